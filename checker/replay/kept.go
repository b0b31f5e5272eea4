package replay

import (
	"slices"

	"multipaxos/impl/paxos"
)

// This file is the part of MultiPaxos.tla headed "Which messages are kept", about the nodes of a world after a step: an
// operator a function, under its name. All else comes from the code; this does not, because the code keeps nothing.

// keep is Kept, or what a flaw's model puts in its place, after the step e.
func (w *world) keep(e Event) {
	switch {
	case w.model.Kept != "":
		sent := *w
		once := w.model.Kept == "KeepOnce" && (e.Action == "ReceiveDecision" || e.Action == "ReceiveJoin")
		w.msgs = slices.DeleteFunc(slices.Clone(w.msgs), func(m message) bool {
			return once && m.text == e.Message || !sent.keepFlawed(m)
		})
	case w.model.Reduced:
		w.useful()
	}
}

// keepFlawed says whether KeepUseful or KeepDelivered of Flaws.tla keeps m.
func (w *world) keepFlawed(m message) bool {
	asks := false
	switch m.Message.(type) {
	case paxos.Decision:
		return true
	case paxos.Accept:
		if w.model.Kept == "KeepDelivered" {
			return true
		}
		asks = true
	case paxos.Prepare:
		asks = true
	}
	refusable := asks && slices.Contains(w.model.Steps, "Preempted")
	return w.model.delivers(m) && (w.model.Kept == "KeepDelivered" || refusable || w.counts(m))
}

// delivers says whether a model of Flaws.tla has steps that deliver m.
func (m *Model) delivers(msg message) bool {
	if msg.From+msg.To == 3 && msg.From*msg.To == 2 && m.Links == "ThroughN3" {
		return false
	}
	return slices.Contains(m.Steps, msg.kind())
}

// useful is Useful.
func (w *world) useful() {
	sent := *w
	w.msgs = nil
	type pair struct{ from, to paxos.Address }
	asked, open := map[pair]bool{}, map[pair]bool{}
	for _, m := range sent.msgs {
		p, asks := pair{m.From, m.To}, false
		switch m.Message.(type) {
		case paxos.Prepare, paxos.Accept:
			asked[p], asks = true, true
		}
		if sent.counts(m) {
			w.put(sent.same(m))
			open[p] = open[p] || asks
		}
	}
	for p := range asked { // in any order: msgs is sorted
		if !open[p] {
			w.put(sent.refusable(p.from, p.to))
		}
	}
}

func (w *world) at(a paxos.Address) *paxos.Node { return w.nodes[a-1] }

func (w *world) mayWelcome() bool { return w.model.Founder != 0 || w.model.MaxDisks > 1 }

func (w *world) mayCrash() bool { return w.crashes < w.model.MaxCrashes }

func (w *world) lowestBallot(a paxos.Address) paxos.Ballot {
	restarted := paxos.Ballot{N: w.disks[a-1].Scouted.N + 1, Leader: a}
	if w.at(a).Leader == nil {
		return restarted
	}
	if current := w.at(a).Leader.BallotNum; !w.mayCrash() || !restarted.Less(current) {
		return current
	}
	return restarted
}

func (w *world) promiseCounts(from, to paxos.Address, b paxos.Ballot) bool {
	l := w.at(to).Leader
	if l == nil {
		return false
	}
	s := l.Scout
	return s != nil && s.BallotNum == b && !s.Promised.Has(from)
}

func (w *world) acceptedCounts(from, to paxos.Address, m paxos.Accepted) bool {
	l := w.at(to).Leader
	if l == nil {
		return false
	}
	c, ok := l.Commanders.Get(m.Slot)
	return ok && c.BallotNum == m.BallotNum && !c.Accepted.Has(from)
}

func (w *world) prepareCounts(from, to paxos.Address, m paxos.Prepare) bool {
	a := w.at(to).Acceptor
	if a == nil {
		return true
	}
	promise := w.model.message(paxos.Envelope{From: to, To: from, Message: paxos.Promise{
		BallotNum: m.BallotNum, AcceptedProposals: a.Accepted.From(m.Slot)}}).Canonical()
	_, sent := w.find(promise)
	return a.BallotNum.Less(m.BallotNum) ||
		a.BallotNum == m.BallotNum && !sent && w.promiseCounts(to, from, m.BallotNum)
}

func (w *world) acceptCounts(to paxos.Address, m paxos.Accept) bool {
	a := w.at(to).Acceptor
	if a == nil {
		return true
	}
	vote, voted := a.Accepted.Get(m.Slot)
	return !m.BallotNum.Less(a.BallotNum) && !(voted && vote.BallotNum == m.BallotNum)
}

func (w *world) decisionCounts(to paxos.Address, m paxos.Decision) bool {
	n := w.at(to)
	if w.mayCrash() || n.Replica == nil {
		return true
	}
	p, decided := n.Replica.Decisions.Get(m.Slot)
	return !decided || p != m.Proposal ||
		n.Leader != nil && (n.Leader.Proposals.Has(m.Slot) || n.Leader.Commanders.Has(m.Slot))
}

func (w *world) counts(m message) bool {
	switch b := m.Message.(type) {
	case paxos.Prepare:
		return w.mayWelcome() || w.prepareCounts(m.From, m.To, b)
	case paxos.Promise:
		return w.promiseCounts(m.From, m.To, b.BallotNum)
	case paxos.Accept:
		return w.mayWelcome() || w.acceptCounts(m.To, b)
	case paxos.Accepted:
		return w.acceptedCounts(m.From, m.To, b)
	case paxos.Preempted:
		return w.lowestBallot(m.To).Less(b.PreemptedBy)
	case paxos.Decision:
		return w.decisionCounts(m.To, b)
	}
	return true
}

// same is Same. The message stays the one that was sent; only the spec's value of it is another's.
func (w *world) same(m message) message {
	e := m.Envelope
	switch b := e.Message.(type) {
	case paxos.Preempted:
		e.From, e.Message = e.To, paxos.Preempted{PreemptedBy: b.PreemptedBy}
	case paxos.Decision:
		e.From = e.To
	default:
		return m
	}
	m.text = w.model.message(e).Canonical()
	return m
}

func (w *world) refusable(from, to paxos.Address) message {
	e := paxos.Envelope{Config: w.config.ID, From: from, To: to,
		Message: paxos.Prepare{BallotNum: paxos.Ballot{N: 1, Leader: from}, Slot: 1}}
	return message{w.model.message(e).Canonical(), e}
}
