package replay

import (
	"fmt"
	"strings"

	"multipaxos/impl/paxos"
)

// machine is a state machine whose state is the sequence of its inputs.
type machine struct{ inputs []string }

func newMachine() paxos.Machine { return &machine{} }

func (m *machine) Apply(input string) string {
	m.inputs = append(m.inputs, input)
	return outputOf(input)
}

func (m *machine) Snapshot() string { return strings.Join(m.inputs, ",") }

func (m *machine) Restore(snapshot string) error {
	m.inputs = nil
	if snapshot != "" {
		m.inputs = strings.Split(snapshot, ",")
	}
	return nil
}

// inputOf is the input of a client's command: it names the command.
func inputOf(client paxos.ClientID, seq uint64) string { return fmt.Sprintf("%d#%d", client, seq) }

// outputOf is what the machine answers to an input.
func outputOf(input string) string { return "did " + input }
