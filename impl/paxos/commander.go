package paxos

// Commander gets a majority of Acceptors to accept one proposal for one slot in one ballot.
type Commander struct {
	role
	BallotNum Ballot
	Slot      Slot
	Proposal  Proposal
	Accepted  Addresses // the Acceptors that accepted
}

// NewCommander returns a Commander for proposal p in slot.
func NewCommander(n *Node, ballot Ballot, slot Slot, p Proposal) *Commander {
	c := &Commander{role: newRole(n), BallotNum: ballot, Slot: slot, Proposal: p}
	n.Leader.Commanders.Put(slot, c)
	return c
}

// Deliver hands m to its handler.
func (c *Commander) Deliver(out *Out, from Address, m Message) {
	if m, ok := m.(Accepted); ok {
		c.HandleAccepted(from, m, out)
	}
}

// Fire sends Accept, at first and again.
func (c *Commander) Fire(out *Out, _ TimerKind) {
	c.SendAccept(out)
	out.After(AcceptRetransmit, Retransmit)
}

// SendAccept asks every Acceptor that has not accepted to accept the proposal.
//
// Spec: CommanderSendAccept. Lamport, Paxos Made Simple, §2.2, phase 2(a).
func (c *Commander) SendAccept(out *Out) {
	accept := Message(Accept{Slot: c.Slot, BallotNum: c.BallotNum, Proposal: c.Proposal})
	for _, a := range c.node.Config.Members {
		if !c.Accepted.Has(a) {
			out.Send(a, accept)
		}
	}
}

// HandleAccepted counts an acceptance in its own ballot. With a majority the proposal is decided.
//
// Spec: CommanderHandleAccepted. Lamport, Paxos Made Simple, §2.3.
func (c *Commander) HandleAccepted(from Address, m Accepted, out *Out) {
	if m.Slot != c.Slot || m.BallotNum != c.BallotNum || c.Accepted.Has(from) {
		return
	}
	c.Accepted = c.Accepted.With(from)
	if c.Accepted.Len() < c.node.Config.Quorum() {
		return
	}
	decision := Message(Decision{Slot: c.Slot, Proposal: c.Proposal})
	for _, a := range c.node.Config.Members {
		out.Send(a, decision)
	}
	out.Local(Decided{Slot: c.Slot})
}
