package paxos

// Leader has proposals decided, while it leads. To lead it takes a ballot of its own, higher than any it has
// seen, and has a Scout get a majority's promise for it. It starts and stops its Scout and its Commanders.
type Leader struct {
	role
	BallotNum  Ballot            // the ballot it leads at, or will try next
	Active     bool              // a majority promised BallotNum
	Proposals  Slots[Proposal]   // undecided: commanded while active, waiting while not
	Scout      *Scout            // nil unless it tries to lead
	Commanders Slots[*Commander] // by slot
}

// NewLeader returns an inactive Leader. Its ballot is one that no earlier life of the node sent a Prepare for.
func NewLeader(n *Node, d *Durable) *Leader {
	n.Leader = &Leader{role: newRole(n), BallotNum: Ballot{N: d.Scouted.N + 1, Leader: n.Self}}
	return n.Leader
}

// Deliver hands m to its handler.
func (l *Leader) Deliver(out *Out, from Address, m Message) {
	switch m := m.(type) {
	case Propose:
		l.HandlePropose(from, m, out)
	case Adopted:
		l.HandleAdopted(from, m, out)
	case Preempted:
		l.HandlePreempted(from, m, out)
	case Decided:
		l.HandleDecided(from, m, out)
	case Decision:
		l.HandleDecision(from, m, out)
	case Welcome:
		l.HandleWelcome(from, m, out)
	}
}

// Fire keeps the heartbeat going.
func (l *Leader) Fire(out *Out, kind TimerKind) {
	if kind == Heartbeat && l.Active {
		l.SendActive(out)
	}
	out.After(LeaderTimeout/2, Heartbeat)
}

// HandlePropose takes a proposal for a slot that is neither decided nor taken: it commands it, or it keeps it
// until it leads. A Propose while inactive always leads to a Scout.
//
// Spec: LeaderHandlePropose.
func (l *Leader) HandlePropose(from Address, m Propose, out *Out) {
	if l.node.Replica.Decided(m.Slot) {
		return // the Replica beside it answers with the Decision
	}
	if !l.Proposals.Has(m.Slot) {
		l.Proposals.Put(m.Slot, m.Proposal)
		if l.Active {
			l.command(out, m.Slot, m.Proposal)
		}
	}
	if !l.Active && l.Scout == nil {
		out.Write(Scouted{BallotNum: l.BallotNum})
		l.node.start(out, l.node.make().Scout(l.node, l.BallotNum))
	}
}

// HandleAdopted begins to lead. What a majority accepted comes first: it may be decided already. Holes below
// it get the proposal that waits for the slot, or a no-op. Proposals for other slots follow.
//
// Spec: LeaderHandleAdopted. Lamport, Paxos Made Simple, §2.2, phase 2(a), and §3 for the no-ops.
func (l *Leader) HandleAdopted(from Address, m Adopted, out *Out) {
	if l.Scout == nil || m.BallotNum != l.BallotNum {
		return // not the current ballot of the current Scout
	}
	l.node.stop(l.Scout.id)
	l.Scout = nil
	l.Active = true
	for slot := l.node.Replica.Slot; slot <= m.AcceptedProposals.Last(); slot++ {
		if vote, ok := m.AcceptedProposals.Get(slot); ok {
			l.Proposals.Put(slot, vote.Proposal)
		} else if !l.Proposals.Has(slot) {
			l.Proposals.Put(slot, NoopProposal)
		}
	}
	proposals := l.Proposals
	l.Proposals = Slots[Proposal]{}
	for slot, p := range proposals.All() {
		if !l.node.Replica.Decided(slot) {
			l.Proposals.Put(slot, p)
			l.command(out, slot, p)
		}
	}
	l.SendActive(out)
}

// HandlePreempted gives up the ballot for a higher one than any it has seen, and stops leading, when a higher
// ballot than its own was promised. Ballots that are not higher are old news, perhaps of its own doing.
//
// Spec: LeaderHandlePreempted.
func (l *Leader) HandlePreempted(from Address, m Preempted, out *Out) {
	if !l.BallotNum.Less(m.PreemptedBy) {
		return
	}
	l.BallotNum = Ballot{N: m.PreemptedBy.N + 1, Leader: l.node.Self}
	l.Active = false
	l.Proposals = Slots[Proposal]{} // their Replicas will propose them again; adopted ones will be adopted again
	if l.Scout != nil {
		l.node.stop(l.Scout.id)
		l.Scout = nil
	}
	for _, c := range l.Commanders.All() {
		l.node.stop(c.id)
	}
	l.Commanders = Slots[*Commander]{}
}

// HandleDecided ends a Commander that did its work.
//
// Spec: LeaderHandleDecided.
func (l *Leader) HandleDecided(from Address, m Decided, out *Out) {
	l.dismiss(m.Slot)
}

// HandleDecision forgets a proposal for a slot that is decided, whoever had it decided.
//
// Spec: LeaderHandleDecision.
func (l *Leader) HandleDecision(from Address, m Decision, out *Out) {
	l.Proposals.Take(m.Slot)
	l.dismiss(m.Slot)
}

// HandleWelcome forgets the proposals for the slots that the Replica beside it has just jumped over.
//
// Spec: LeaderHandleWelcome.
func (l *Leader) HandleWelcome(from Address, m Welcome, out *Out) {
	l.Proposals.TrimBelow(l.node.Replica.Slot)
	overtaken := l.Commanders.Below(l.node.Replica.Slot)
	for slot := range overtaken.All() {
		l.dismiss(slot)
	}
}

// SendActive tells every Replica that this node leads, and how far it has executed.
//
// Spec: LeaderSendActive.
func (l *Leader) SendActive(out *Out) {
	active := Message(Active{Slot: l.node.Replica.Slot})
	for _, a := range l.node.Config.Members {
		out.Send(a, active)
	}
}

// command starts a Commander for slot.
func (l *Leader) command(out *Out, slot Slot, p Proposal) {
	l.node.start(out, l.node.make().Commander(l.node, l.BallotNum, slot, p))
}

// dismiss stops the Commander for slot, if there is one.
func (l *Leader) dismiss(slot Slot) {
	if c, ok := l.Commanders.Take(slot); ok {
		l.node.stop(c.id)
	}
}
