package corrupt

import (
	"fmt"
	"slices"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// The functions below return a message with another ballot, slot or proposal, or nil if it has none.

func higher(b paxos.Ballot) paxos.Ballot { return paxos.Ballot{N: b.N + 1, Leader: b.Leader} }

func withBallot(m paxos.Message) paxos.Message {
	switch m := m.(type) {
	case paxos.Prepare:
		m.BallotNum = higher(m.BallotNum)
		return m
	case paxos.Promise:
		m.BallotNum = higher(m.BallotNum)
		return m
	case paxos.Accept:
		m.BallotNum = higher(m.BallotNum)
		return m
	case paxos.Accepted:
		m.BallotNum = higher(m.BallotNum)
		return m
	case paxos.Preempted:
		m.PreemptedBy = higher(m.PreemptedBy)
		return m
	}
	return nil
}

func withSlot(m paxos.Message) paxos.Message {
	switch m := m.(type) {
	case paxos.Propose:
		m.Slot++
		return m
	case paxos.Prepare:
		m.Slot++
		return m
	case paxos.Accept:
		m.Slot++
		return m
	case paxos.Accepted:
		m.Slot++
		return m
	case paxos.Decision:
		m.Slot++
		return m
	case paxos.Active:
		m.Slot++
		return m
	case paxos.Welcome:
		m.Slot++
		return m
	}
	return nil
}

func withProposal(m paxos.Message) paxos.Message {
	switch m := m.(type) {
	case paxos.Propose:
		m.Proposal = another(m.Proposal)
		return m
	case paxos.Accept:
		m.Proposal = another(m.Proposal)
		return m
	case paxos.Decision:
		m.Proposal = another(m.Proposal)
		return m
	}
	return nil
}

// another returns the next command of the session, or a command in place of a no-op or an admission.
func another(p paxos.Proposal) paxos.Proposal {
	if p.ClientID == 0 {
		return paxos.Proposal{Caller: max(p.Caller, 1), ClientID: 1, Seq: 1, Input: p.Input}
	}
	p.Seq++
	return p
}

// replaceSent changes one message that event i sent, in a copy of the event's list.
func (t *Trace) replaceSent(i, j int, m trace.Message) {
	t.Events[i].Sent = slices.Clone(t.Events[i].Sent)
	t.Events[i].Sent[j] = m
}

// sent changes one message that was sent, and not its delivery: the step sent something else.
func sent(change func(paxos.Message) paxos.Message) func(*Trace) *Case {
	return func(t *Trace) *Case {
		changes := func(m trace.Message) bool { return change(m.Message) != nil }
		i := t.pick(func(i int) bool { return slices.ContainsFunc(t.Events[i].Sent, changes) })
		if i < 0 {
			return nil
		}
		list := t.Events[i].Sent
		j := t.Random.IntN(len(list))
		for !changes(list[j]) {
			j = (j + 1) % len(list)
		}
		m := list[j]
		m.Message = change(m.Message)
		what := fmt.Sprintf("%v sent as %v", list[j].Envelope, m.Envelope)
		t.replaceSent(i, j, m)
		return t.at(i, what)
	}
}

func (t *Trace) pickSent() (i, j int) {
	i = t.pick(func(i int) bool { return len(t.Events[i].Sent) > 0 })
	if i < 0 {
		return -1, -1
	}
	return i, t.Random.IntN(len(t.Events[i].Sent))
}

func (t *Trace) otherReceiver() *Case {
	i, j := t.pickSent()
	if i < 0 {
		return nil
	}
	m := t.Events[i].Sent[j]
	to := t.other(m.To)
	if to == 0 {
		return nil
	}
	what := fmt.Sprintf("%v sent to %v", m.Envelope, to)
	m.To = to
	t.replaceSent(i, j, m)
	return t.at(i, what)
}

func (t *Trace) dropSent() *Case {
	i, j := t.pickSent()
	if i < 0 {
		return nil
	}
	e := &t.Events[i]
	what := fmt.Sprintf("%v not sent", e.Sent[j].Envelope)
	if j < e.Left {
		e.Left--
	}
	e.Sent = slices.Delete(slices.Clone(e.Sent), j, j+1)
	return t.at(i, what)
}

// addSent has a step send one message more: what another message says, to somebody it did not say it to.
func (t *Trace) addSent() *Case {
	said, _ := t.pickSent()
	i := t.pick(func(i int) bool {
		e := &t.Events[i]
		return e.IsStep() && e.Action != trace.Cancel && e.Left == len(e.Sent)
	})
	if said < 0 || i < 0 {
		return nil
	}
	e := &t.Events[i]
	m := t.Events[said].Sent[0]
	m.From, m.ID = e.Node, t.lastID(i)+1
	m.To = t.other(m.To)
	alike := func(o trace.Message) bool { return o.To == m.To && fmt.Sprint(o.Message) == fmt.Sprint(m.Message) }
	if m.To == 0 || slices.ContainsFunc(e.Sent, alike) {
		return nil
	}
	e.Sent = append(slices.Clone(e.Sent), m)
	e.Left++
	return t.at(i, fmt.Sprintf("%v sent, too", m.Envelope))
}

// lastID returns the highest id that was used up to event i.
func (t *Trace) lastID(i int) uint64 {
	for ; i >= 0; i-- {
		if n := len(t.Events[i].Sent); n > 0 {
			return t.Events[i].Sent[n-1].ID
		}
	}
	return 0
}

// delivered changes a message that is delivered, and not how it was sent.
func delivered(change func(paxos.Message) paxos.Message) func(*Trace) *Case {
	return func(t *Trace) *Case {
		i := t.pick(func(i int) bool { return t.Events[i].Message != nil && change(t.Events[i].Message.Message) != nil })
		if i < 0 {
			return nil
		}
		m := *t.Events[i].Message
		m.Message = change(m.Message)
		what := fmt.Sprintf("%v delivered as %v", t.Events[i].Message.Envelope, m.Envelope)
		t.Events[i].Message = &m
		return t.at(i, what)
	}
}

func (t *Trace) otherSender() *Case {
	i := t.pick(func(i int) bool { return t.Events[i].Message != nil })
	if i < 0 {
		return nil
	}
	m := *t.Events[i].Message
	m.From = t.other(m.From)
	if m.From == 0 {
		return nil
	}
	what := fmt.Sprintf("%v delivered as from %v", t.Events[i].Message.Envelope, m.From)
	t.Events[i].Message = &m
	return t.at(i, what)
}

// strangeLoss loses a message that has no copy in flight.
func (t *Trace) strangeLoss() *Case {
	i := t.pick(func(i int) bool { return t.Events[i].Action == trace.Lose })
	if i < 0 {
		return nil
	}
	flights := map[uint64]int{}
	for _, e := range t.Events[:i] {
		for _, m := range e.Sent[:e.Left] {
			flights[m.ID]++
		}
		switch {
		case e.Message != nil:
			flights[e.Message.ID]--
		case e.Action == trace.Lose:
			flights[e.ID]--
		case e.Action == trace.Duplicate:
			flights[e.ID]++
		}
	}
	for range 100 {
		if id := 1 + t.Random.Uint64N(t.lastID(i)+3); flights[id] == 0 {
			what := fmt.Sprintf("message %d lost in place of %d", id, t.Events[i].ID)
			t.Events[i].ID = id
			return t.at(i, what)
		}
	}
	return nil
}

// lessLeft has the last message of a step not leave, as if a crash had come; but the node goes on, or somebody gets it.
func (t *Trace) lessLeft() *Case {
	i := t.pick(func(i int) bool { return t.Events[i].Left > 0 })
	if i < 0 {
		return nil
	}
	e := &t.Events[i]
	e.Left--
	id := e.Sent[e.Left].ID
	for j := i + 1; j < len(t.Events); j++ {
		next := &t.Events[j]
		if next.Node == e.Node && next.Action == trace.Crash {
			e = &trace.Event{Node: 255} // all is well with the node, but not with the message
		}
		if names(next, id) || next.Node == e.Node && next.Action != trace.Fault || next.Action == trace.End {
			return t.at(j, fmt.Sprintf("message %d did not leave, but event %d says otherwise", id, j+1))
		}
	}
	return nil
}

func (t *Trace) changeEnd() *Case {
	i := len(t.Events) - 1
	e := &t.Events[i]
	e.InFlight = slices.Clone(e.InFlight)
	if len(e.InFlight) == 0 || t.Random.IntN(2) == 0 {
		e.InFlight = append(e.InFlight, t.lastID(i))
		return t.at(i, "the last message is in flight once more at the end")
	}
	j := t.Random.IntN(len(e.InFlight))
	e.InFlight = slices.Delete(e.InFlight, j, j+1)
	return t.at(i, "a message is not in flight at the end")
}
