package model

import (
	"cmp"
	"slices"
)

// ScoutSendPrepare asks every Acceptor that has not promised for a promise, and for its votes on all slots that are not
// executed here.
func (c *Config) ScoutSendPrepare(x *Node) {
	for _, a := range c.Nodes {
		if !slices.Contains(x.Scout.Promised, a) {
			x.Send(Message{Type: Prepare, To: a, BallotNum: x.Scout.BallotNum, Slot: x.Replica.Slot})
		}
	}
}

// CommanderSendAccept asks every Acceptor that has not accepted to accept the proposal.
func (c *Config) CommanderSendAccept(x *Node, slot int) {
	commander, _ := x.Commanders.Get(slot)
	for _, a := range c.Nodes {
		if !slices.Contains(commander.Accepted, a) {
			x.Send(Message{Type: Accept, To: a, Slot: slot, BallotNum: commander.BallotNum,
				Proposal: commander.Proposal})
		}
	}
}

// LeaderCommand starts a Commander for slot.
func (c *Config) LeaderCommand(x *Node, slot int, p Proposal) {
	x.Commanders = x.Commanders.Put(slot, Commander{BallotNum: x.Leader.BallotNum, Slot: slot, Proposal: p})
	c.CommanderSendAccept(x, slot)
}

// LeaderScout starts a Scout, once its ballot is on disk, so that no later life of the node uses it again.
func (c *Config) LeaderScout(x *Node) {
	x.Disk.Scouted = x.Leader.BallotNum
	x.Scout = Scout{Running: true, BallotNum: x.Leader.BallotNum}
	c.ScoutSendPrepare(x)
}

// LeaderDismiss stops the Commander for slot, if there is one.
func (c *Config) LeaderDismiss(x *Node, slot int) { x.Commanders = x.Commanders.Take(slot) }

// LeaderHandlePropose takes a proposal for a slot that is neither decided nor taken: it commands it, or it keeps it
// until it leads. A Propose while inactive always leads to a Scout.
func (c *Config) LeaderHandlePropose(x *Node, m *Message) {
	if c.ReplicaDecided(x, m.Slot) {
		return
	}
	if !x.Leader.Proposals.Has(m.Slot) {
		x.Leader.Proposals = x.Leader.Proposals.Put(m.Slot, m.Proposal)
		if x.Leader.Active {
			c.LeaderCommand(x, m.Slot, m.Proposal)
		}
	}
	if !x.Leader.Active && !x.Scout.Running {
		c.LeaderScout(x)
	}
}

// LeaderSendActive tells every Replica that this node leads, and how far it has executed.
func (c *Config) LeaderSendActive(x *Node) {
	if !c.Heartbeats {
		return
	}
	for _, a := range c.Nodes {
		x.Send(Message{Type: Active, To: a, Slot: x.Replica.Slot})
	}
}

// LeaderCommandAll commands every proposal, lowest slot first.
func (c *Config) LeaderCommandAll(x *Node, proposals Table[Proposal]) {
	for _, e := range proposals {
		c.LeaderCommand(x, e.Slot, e.Value)
	}
}

// LeaderHandleAdopted begins to lead. What a majority accepted comes first: it may be decided already. Holes below it
// get the proposal that waits for the slot, or a no-op. Proposals for other slots follow.
func (c *Config) LeaderHandleAdopted(x *Node, ballot Ballot, votes Table[Vote]) {
	if !x.Scout.Running || ballot != x.Leader.BallotNum {
		return // not the current ballot of the current Scout
	}
	waiting, adopted := x.Leader.Proposals, votes.From(x.Replica.Slot)
	var proposals Table[Proposal]
	for slot := x.Replica.Slot; slot <= max(waiting.Last(), adopted.Last()); slot++ {
		vote, voted := adopted.Get(slot)
		p, waits := waiting.Get(slot)
		switch {
		case c.ReplicaDecided(x, slot):
		case voted:
			proposals = proposals.Put(slot, vote.Proposal)
		case waits:
			proposals = proposals.Put(slot, p)
		case slot <= adopted.Last():
			proposals = proposals.Put(slot, NoopProposal)
		}
	}
	x.Scout = None
	x.Leader.Active = true
	x.Leader.Proposals = proposals
	c.LeaderCommandAll(x, proposals)
	c.LeaderSendActive(x)
}

// LeaderHandlePreempted gives up the ballot for a higher one than any it has seen, and stops leading, when a higher
// ballot than its own was promised.
func (c *Config) LeaderHandlePreempted(x *Node, m *Message) {
	if !Less(x.Leader.BallotNum, m.BallotNum) {
		return
	}
	x.Leader = Leader{Running: true, BallotNum: Ballot{m.BallotNum.N + 1, x.Self}}
	x.Scout = None
	x.Commanders = nil
}

// LeaderHandleDecided ends a Commander that did its work.
func (c *Config) LeaderHandleDecided(x *Node, slot int) { c.LeaderDismiss(x, slot) }

// LeaderHandleDecision forgets a proposal for a slot that is decided, whoever had it decided.
func (c *Config) LeaderHandleDecision(x *Node, m *Message) {
	x.Leader.Proposals = x.Leader.Proposals.Take(m.Slot)
	c.LeaderDismiss(x, m.Slot)
}

// LeaderHandleWelcome forgets the proposals for the slots that the Replica beside it has just jumped over.
func (c *Config) LeaderHandleWelcome(x *Node, _ *Message) {
	x.Leader.Proposals = x.Leader.Proposals.From(x.Replica.Slot)
	x.Commanders = x.Commanders.From(x.Replica.Slot)
}

// ScoutHandlePromise counts a promise and keeps the highest vote of each slot. With a majority the ballot is adopted.
func (c *Config) ScoutHandlePromise(x *Node, m *Message) {
	s := &x.Scout
	if !s.Running || m.BallotNum != s.BallotNum || slices.Contains(s.Promised, m.From) {
		return
	}
	votes := s.AcceptedProposals
	for _, theirs := range m.AcceptedProposals {
		mine, ok := votes.Get(theirs.Slot)
		if !ok || Less(mine.BallotNum, theirs.Value.BallotNum) {
			votes = votes.Put(theirs.Slot, theirs.Value)
		}
	}
	s.Promised = with(s.Promised, m.From, cmp.Compare[Address])
	s.AcceptedProposals = votes
	if !c.IsQuorum(len(s.Promised)) {
		return
	}
	c.ReplicaHandleAdopted(x)
	c.LeaderHandleAdopted(x, s.BallotNum, votes)
}

// CommanderHandleAccepted counts an acceptance in its own ballot. With a majority the proposal is decided.
func (c *Config) CommanderHandleAccepted(x *Node, m *Message) {
	commander, ok := x.Commanders.Get(m.Slot)
	if !ok || m.BallotNum != commander.BallotNum || slices.Contains(commander.Accepted, m.From) {
		return
	}
	commander.Accepted = with(commander.Accepted, m.From, cmp.Compare[Address])
	x.Commanders = x.Commanders.Put(m.Slot, commander)
	if !c.IsQuorum(len(commander.Accepted)) {
		return
	}
	for _, a := range c.Nodes {
		x.Send(Message{Type: Decision, To: a, Slot: m.Slot, Proposal: commander.Proposal})
	}
	c.LeaderHandleDecided(x, m.Slot)
}
