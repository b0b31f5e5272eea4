package model

// AcceptorForget drops the votes below first.
func (c *Config) AcceptorForget(a *Acceptor, first int) {
	a.First = max(a.First, first)
	a.Accepted = a.Accepted.From(a.First)
}

// AcceptorHandlePrepare promises a ballot unless a higher one was promised, and tells what was accepted from m.Slot on.
// It does not promise when asked for what it has forgotten.
func (c *Config) AcceptorHandlePrepare(x *Node, m *Message) {
	if Less(m.BallotNum, x.Acceptor.BallotNum) {
		x.Send(Message{Type: Preempted, To: m.From, BallotNum: x.Acceptor.BallotNum})
		return
	}
	if m.Slot < x.Acceptor.First {
		return
	}
	if Less(x.Acceptor.BallotNum, m.BallotNum) {
		x.Acceptor.BallotNum = m.BallotNum
		c.ReplicaHandleAccepting(x, m.From)
	}
	x.Send(promise(x, m))
}

// promise answers the Prepare m of x's ballot.
func promise(x *Node, m *Message) Message {
	return Message{Type: Promise, From: x.Self, To: m.From, BallotNum: m.BallotNum,
		AcceptedProposals: x.Acceptor.Accepted.From(m.Slot)}
}

// AcceptorHandleAccept accepts a proposal unless a higher ballot was promised. It acknowledges what it stored and
// nothing else.
func (c *Config) AcceptorHandleAccept(x *Node, m *Message) {
	a := &x.Acceptor
	vote := Vote{m.BallotNum, m.Proposal}
	if Less(m.BallotNum, a.BallotNum) {
		x.Send(Message{Type: Preempted, To: m.From, Slot: m.Slot, BallotNum: a.BallotNum})
		return
	}
	if m.Slot < a.First {
		return
	}
	old, voted := a.Accepted.Get(m.Slot)
	voted = voted && old.BallotNum == m.BallotNum
	if voted && old != vote {
		return // two proposals in one ballot: its leader is broken
	}
	if Less(a.BallotNum, m.BallotNum) {
		a.BallotNum = m.BallotNum
		c.ReplicaHandleAccepting(x, m.From)
	}
	if !voted { // else the table is as it would be
		a.Accepted = a.Accepted.Put(m.Slot, vote)
	}
	x.Send(Message{Type: Accepted, To: m.From, Slot: m.Slot, BallotNum: m.BallotNum})
}
