package paxos

// Machine is a deterministic state machine: output and next state follow from state and input alone.
type Machine interface {
	// Apply executes an operation. What it cannot execute it answers with an error as output.
	Apply(input string) (output string)
	// Snapshot returns the whole state: equal states have equal snapshots.
	Snapshot() string
	// Restore replaces the state by that of a snapshot.
	Restore(snapshot string) error
}

// MachineFailed is the output of an operation that made the state machine panic.
const MachineFailed = "error the state machine panicked"

// apply executes input. A panic of the machine, like its outputs, is the same on every node, so it becomes an
// output too: a bad operation must not kill every replica.
func apply(m Machine, input string) (output string) {
	defer func() {
		if recover() != nil {
			output = MachineFailed
		}
	}()
	return m.Apply(input)
}
