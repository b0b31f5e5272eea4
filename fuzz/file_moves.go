package fuzz

import (
	"bytes"
	"io"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// Moves counts the steps of a run that change something: a node's state, or the set of messages that were ever sent. That
// is what checker/explore counts the length of a path in, so the two can be compared. A step that only repeats messages is
// none, nor is the first start of a node; a crash and the start after it are one. The run is counted up to the step that broke
// its property, so what is wrong before the first step, in the run's header, takes none.
func (r Repro) Moves() (moves int, err error) {
	var recorded bytes.Buffer
	o, err := r.Run(&recorded)
	if err != nil {
		return 0, err
	}
	if o.Refinement != nil && o.Refinement.Seq == 0 {
		return 0, nil
	}
	reader, err := trace.Read(&recorded, "trace")
	if err != nil {
		return 0, err
	}
	m := &mover{states: map[paxos.Address]Digest{}, sent: map[Digest]bool{}}
	for {
		e, err := reader.Next()
		if err == io.EOF {
			return moves, nil
		} else if err != nil {
			return 0, err
		}
		moves += same(m.moves(&e))
		if o.Refinement != nil && e.Seq == o.Refinement.Seq {
			return moves, nil
		}
	}
}

// mover knows what has been.
type mover struct {
	states map[paxos.Address]Digest
	sent   map[Digest]bool
}

// moves says whether the event changes something.
func (m *mover) moves(e *trace.Event) bool {
	switch e.Action {
	case trace.Lose, trace.Duplicate, trace.Fault, trace.End, trace.Wipe:
		return false
	}
	changed := len(e.Answers) > 0 || e.Action == trace.Crash
	for _, sent := range e.Sent {
		key := of(sent.Envelope)
		changed = changed || !m.sent[key]
		m.sent[key] = true
	}
	state := of(e.State)
	changed = changed || m.states[e.Node] != state
	m.states[e.Node] = state
	return changed && e.Action != trace.Start
}
