package paxos

// Scout gets a majority of Acceptors to promise one ballot of its Leader.
type Scout struct {
	role
	BallotNum         Ballot
	Promised          Addresses   // the Acceptors that promised
	AcceptedProposals Slots[Vote] // the highest vote that they reported, per slot
}

// NewScout returns a Scout for ballot.
func NewScout(n *Node, ballot Ballot) *Scout {
	n.Leader.Scout = &Scout{role: newRole(n), BallotNum: ballot}
	return n.Leader.Scout
}

// Deliver hands m to its handler.
func (s *Scout) Deliver(out *Out, from Address, m Message) {
	if m, ok := m.(Promise); ok {
		s.HandlePromise(from, m, out)
	}
}

// Fire sends Prepare, at first and again.
func (s *Scout) Fire(out *Out, _ TimerKind) {
	s.SendPrepare(out)
	out.After(PrepareRetransmit, Retransmit)
}

// SendPrepare asks every Acceptor that has not promised for a promise, and for its votes on all slots that are
// not executed here.
//
// Spec: ScoutSendPrepare. Lamport, Paxos Made Simple, §2.2, phase 1(a).
func (s *Scout) SendPrepare(out *Out) {
	prepare := Message(Prepare{BallotNum: s.BallotNum, Slot: s.node.Replica.Slot})
	for _, a := range s.node.Config.Members {
		if !s.Promised.Has(a) {
			out.Send(a, prepare)
		}
	}
}

// HandlePromise counts a promise and keeps the highest vote of each slot. With a majority the ballot is adopted.
//
// Spec: ScoutHandlePromise. Lamport, Paxos Made Simple, §2.2, phase 2(a).
func (s *Scout) HandlePromise(from Address, m Promise, out *Out) {
	if m.BallotNum != s.BallotNum || s.Promised.Has(from) {
		return
	}
	s.Promised = s.Promised.With(from)
	for slot, vote := range m.AcceptedProposals.All() {
		highest, _ := s.AcceptedProposals.Get(slot)
		if highest.BallotNum.Less(vote.BallotNum) {
			s.AcceptedProposals.Put(slot, vote)
		}
	}
	if s.Promised.Len() >= s.node.Config.Quorum() {
		out.Local(Adopted{BallotNum: s.BallotNum, AcceptedProposals: s.AcceptedProposals.Clone()})
	}
}
