package paxos

// Acceptor is the cluster's memory: it promises ballots and accepts proposals. All of its state is durable.
type Acceptor struct {
	role
	BallotNum Ballot      // the highest ballot promised
	Accepted  Slots[Vote] // the vote of the highest ballot, per slot from First on
	First     Slot        // below, everything is decided, in a checkpoint, and forgotten
}

// NewAcceptor returns an Acceptor that remembers what is on disk.
func NewAcceptor(n *Node, d *Durable) *Acceptor {
	n.Acceptor = &Acceptor{role: newRole(n), BallotNum: d.BallotNum, Accepted: d.Accepted.Clone(), First: d.First}
	return n.Acceptor
}

// Deliver hands m to its handler.
func (a *Acceptor) Deliver(out *Out, from Address, m Message) {
	switch m := m.(type) {
	case Prepare:
		a.HandlePrepare(from, m, out)
	case Accept:
		a.HandleAccept(from, m, out)
	}
}

// Fire does nothing: an Acceptor only reacts.
func (a *Acceptor) Fire(*Out, TimerKind) {}

// HandlePrepare promises a ballot unless a higher one was promised, and tells what was accepted from m.Slot on.
// It cannot tell what it has forgotten, so it does not promise when asked for it; the Replica beside it then
// answers with Welcome.
//
// Spec: AcceptorHandlePrepare. Lamport, Paxos Made Simple, §2.2, phase 1(b).
func (a *Acceptor) HandlePrepare(from Address, m Prepare, out *Out) {
	if m.BallotNum.Less(a.BallotNum) {
		out.Send(from, Preempted{PreemptedBy: a.BallotNum})
		return
	}
	if m.Slot < a.First {
		return
	}
	if a.BallotNum.Less(m.BallotNum) {
		a.BallotNum = m.BallotNum
		out.Write(Promised{BallotNum: m.BallotNum})
		out.Local(Accepting{Leader: from})
	}
	out.Send(from, Promise{BallotNum: m.BallotNum, AcceptedProposals: a.Accepted.From(m.Slot)})
}

// HandleAccept accepts a proposal unless a higher ballot was promised. It acknowledges what it stored and
// nothing else: a refusal is a message of its own kind.
//
// Spec: AcceptorHandleAccept. Lamport, Paxos Made Simple, §2.2, phase 2(b).
func (a *Acceptor) HandleAccept(from Address, m Accept, out *Out) {
	if m.BallotNum.Less(a.BallotNum) {
		out.Send(from, Preempted{Slot: m.Slot, PreemptedBy: a.BallotNum})
		return
	}
	if m.Slot < a.First {
		return
	}
	vote, voted := a.Accepted.Get(m.Slot)
	if voted && vote.BallotNum == m.BallotNum && vote.Proposal != m.Proposal {
		return // two proposals in one ballot: its leader is broken
	}
	if a.BallotNum.Less(m.BallotNum) {
		a.BallotNum = m.BallotNum
		out.Local(Accepting{Leader: from})
	}
	if !voted || vote.BallotNum != m.BallotNum {
		a.Accepted.Put(m.Slot, Vote{BallotNum: m.BallotNum, Proposal: m.Proposal})
		out.Write(Voted{Slot: m.Slot, Vote: Vote{BallotNum: m.BallotNum, Proposal: m.Proposal}})
	}
	out.Send(from, Accepted{Slot: m.Slot, BallotNum: m.BallotNum})
}

// forget drops what is below first. The Replica calls it with a checkpoint, which is durable with this step.
func (a *Acceptor) forget(first Slot) {
	a.First = max(a.First, first)
	a.Accepted.TrimBelow(a.First)
}
