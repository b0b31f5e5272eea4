package refine

import (
	"fmt"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// output is what executing a command in this step gave.
type output struct {
	slot int
	text string
}

// execute has the machine beside the model execute what the model's Replica executed in this step, and notes what a
// checkpoint of this step must hold.
func (v *Validator) execute(n *node, before *model.Node, e *trace.Event) *Verdict {
	v.history.outputs = v.history.outputs[:0]
	x := &n.model
	if !x.Replica.Running {
		return nil
	}
	from := before.Replica.Slot
	if state, slot, jumps := v.jump(n, before, e); jumps {
		if failed := v.restore(n, state); failed != nil {
			return failed
		}
		from = slot
	}
	if x.Disk.Slot != before.Disk.Slot {
		n.checkpoint = n.state(x.Disk.State)
	}
	executed := x.Replica.Machine
	for slot := from; slot < x.Replica.Slot; slot++ {
		p, ok := x.Replica.Decisions.Get(slot)
		if !ok {
			return fails("ExecutedAtOnce", fmt.Sprintf("slot %d", slot), "a decision that was executed", "none")
		}
		has := len(executed) > 0 && p.Disk == 0 && executed[0] == model.Command{ClientID: p.ClientID, Seq: p.Seq}
		text := ""
		if has {
			executed = executed[1:]
			text = apply(n.machine, p.Input)
			n.outputs[p.ClientID] = text
			v.history.outputs = append(v.history.outputs, output{slot, text})
		}
		if failed := v.history.execute(slot, p, has, text); failed != nil {
			return failed
		}
	}
	x.Replica.Machine, x.Disk.State.Machine = nil, nil
	return nil
}

// hear notes a sign of the leader, as the Replica's handlers of Accepting, Adopted and Active do.
func (n *node) hear(before *model.Node, e *trace.Event) {
	x := &n.model
	promised := x.Acceptor.Running && before.Acceptor.Running && x.Acceptor.BallotNum != before.Acceptor.BallotNum
	adopted := before.Scout.Running && x.Leader.Active
	active := x.Replica.Running && e.Action == "ReceiveActive"
	n.heard = n.heard || promised || adopted || active
}

// jump returns the state that the Replica took over in this step, and the slot that it is the state of, if it did.
func (v *Validator) jump(n *node, before *model.Node, e *trace.Event) (state paxos.State, slot int, jumps bool) {
	if e.Durable != nil && n.durable.Slot != 0 {
		return n.durable.State, int(n.durable.Slot), true
	}
	if !before.Replica.Running || e.Durable != nil {
		before = &model.Node{}
	}
	if e.Message != nil {
		if m, ok := e.Message.Message.(paxos.Welcome); ok {
			return m.State, int(m.Slot), before.Replica.Slot < int(m.Slot)
		}
	}
	if before.Replica.Running {
		return state, 0, false
	}
	return v.founding(&n.model, e), 1, true
}

// founding returns the state in which a Seed founds the cluster. Which state the machine begins with is no business of
// the specification: it is what the first checkpoint says.
func (v *Validator) founding(x *model.Node, e *trace.Event) paxos.State {
	if v.initial == nil {
		for _, w := range e.Writes {
			if c, ok := w.(paxos.Checkpointed); ok {
				v.initial = &c.State.Machine
			}
		}
	}
	s := paxos.State{}
	if v.initial != nil {
		s.Machine = *v.initial
	}
	s.Voters = votersOf(x.Replica.Voters)
	return s
}

// restore replaces the machine by that of a state.
func (v *Validator) restore(n *node, s paxos.State) *Verdict {
	n.machine = v.newMachine()
	if err := n.machine.Restore(s.Machine); err != nil {
		return fails(Disk, "state.machine", "a snapshot", err)
	}
	n.outputs, n.sessionsOf, n.sessions = make(map[int]string, len(s.Sessions)), nil, nil
	for _, session := range s.Sessions {
		n.outputs[int(session.ClientID)] = session.Output
	}
	return nil
}

// apply executes input as the Replica does: what a machine panics on is an output.
func apply(m paxos.Machine, input string) (text string) {
	defer func() {
		if recover() != nil {
			text = paxos.MachineFailed
		}
	}()
	return m.Apply(input)
}
