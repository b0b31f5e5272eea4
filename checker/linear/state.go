package linear

import (
	"fmt"

	"multipaxos/impl/bank"
	"multipaxos/impl/kv"
)

// Verdict is what a judge says. Only Linearizable is a pass.
type Verdict uint8

// The verdicts. The zero Verdict is Unknown.
const (
	Unknown      Verdict = iota // the judge ran out of time, or what it knows decides neither way
	Linearizable                // one order of all operations explains every answer and respects real time
	Violation                   // no such order exists, or the decided slots do not give it
)

// String returns the verdict as a word.
func (v Verdict) String() string {
	switch v {
	case Linearizable:
		return "linearizable"
	case Violation:
		return "violation"
	}
	return "unknown"
}

// state is a state machine that judges can branch.
type state interface {
	Apply(input string) (output string)
	Snapshot() string
	clone() state
	equal(other state) bool
	hash() uint64
	only(key string) state // the part of the state that operations on key see; it may be shared with the whole
}

type bankState struct{ *bank.Bank }

func (s bankState) clone() state           { return bankState{s.Clone()} }
func (s bankState) equal(other state) bool { return s.Equal(other.(bankState).Bank) }
func (s bankState) hash() uint64           { return s.Hash() }
func (s bankState) only(string) state      { return s }

type kvState struct{ *kv.Store }

func (s kvState) clone() state           { return kvState{s.Clone()} }
func (s kvState) equal(other state) bool { return s.Equal(other.(kvState).Store) }
func (s kvState) hash() uint64           { return s.Hash() }
func (s kvState) only(key string) state  { return kvState{s.Only(key)} }

// newState restores a machine of the named kind. The verifier, for banks, may be nil.
func newState(machine, snapshot string, verifier *bank.Verifier) (state, error) {
	switch machine {
	case "bank":
		var b bank.Bank
		bank.WithVerifier(verifier)(&b)
		return bankState{&b}, b.Restore(snapshot)
	case "kv":
		var s kv.Store
		return kvState{&s}, s.Restore(snapshot)
	}
	return nil, fmt.Errorf("unknown machine %.60q: want \"bank\" or \"kv\"", machine)
}

// initial is newState for a history that Validate accepted.
func (h *History) initial(verifier *bank.Verifier) state {
	s, err := newState(h.Machine, h.Initial, verifier)
	if err != nil {
		panic(fmt.Sprintf("%s: Validate was not called: %v", h.Where(-1), err))
	}
	return s
}

func readOnly(machine, input string) bool {
	if machine == "bank" {
		return bank.ReadOnly(input)
	}
	return kv.ReadOnly(input)
}

// partitionKey names the independent part of the state that an operation works on. A bank has one part: transfers tie
// all accounts together. Malformed operations of a store, which have no key, form a part of their own.
func partitionKey(machine, input string) string {
	if machine == "bank" {
		return ""
	}
	op, _ := kv.Parse(input)
	return op.Key
}
