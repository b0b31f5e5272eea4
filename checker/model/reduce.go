package model

import (
	"bytes"
	"slices"
)

// Which messages are kept when Reduced: those that can still have an effect. What counts at a node is judged by the node
// as the step leaves it; the sender matters only for a Prepare, where open says whether the Promise that it would get
// counts and was not sent yet.

// MayWelcome says whether nodes start without memory, and so begin with a state. They may answer any Prepare and any Accept
// with Welcome.
func (c *Config) MayWelcome() bool { return c.Founder != Nobody || c.MaxDisks > 1 }

// LowestBallot is the lowest ballot that node x may have from now on.
func (c *Config) LowestBallot(x *Node, mayCrash bool) Ballot {
	restarted := c.StartedLeader(x.Self, &x.Disk).BallotNum
	if !x.Leader.Running || mayCrash && Less(restarted, x.Leader.BallotNum) {
		return restarted
	}
	return x.Leader.BallotNum
}

// PromiseCounts says whether a Scout waits for this Promise. No ballot is scouted twice, so no later Scout will.
func (c *Config) PromiseCounts(x *Node, m *Message) bool {
	return x.Scout.Running && x.Scout.BallotNum == m.BallotNum && !slices.Contains(x.Scout.Promised, m.From)
}

// AcceptedCounts says whether a Commander waits for this Accepted.
func (c *Config) AcceptedCounts(x *Node, m *Message) bool {
	commander, ok := x.Commanders.Get(m.Slot)
	return ok && commander.BallotNum == m.BallotNum && !slices.Contains(commander.Accepted, m.From)
}

// PrepareCounts says whether the Acceptor can still promise, or send another Promise that counts.
func (c *Config) PrepareCounts(x *Node, m *Message, open func(prepare *Message) bool) bool {
	return !x.Acceptor.Running || Less(x.Acceptor.BallotNum, m.BallotNum) || x.Acceptor.BallotNum == m.BallotNum && open(m)
}

// AcceptCounts says whether the Acceptor can still accept. Once it has, its Accepted was sent.
func (c *Config) AcceptCounts(x *Node, m *Message) bool {
	vote, voted := x.Acceptor.Accepted.Get(m.Slot)
	return !x.Acceptor.Running || !Less(m.BallotNum, x.Acceptor.BallotNum) && !(voted && vote.BallotNum == m.BallotNum)
}

// DecisionCounts says whether the node does not know the decision, or may forget it.
func (c *Config) DecisionCounts(x *Node, m *Message, mayCrash bool) bool {
	p, ok := x.Replica.Decisions.Get(m.Slot)
	return mayCrash || !x.Replica.Running || !ok || p != m.Proposal || x.Leader.Proposals.Has(m.Slot) || x.Commanders.Has(m.Slot)
}

// Counts says whether m can still have an effect at x.
func (c *Config) Counts(x *Node, m *Message, mayCrash bool, open func(prepare *Message) bool) bool {
	switch m.Type {
	case Prepare:
		return c.MayWelcome() || c.PrepareCounts(x, m, open)
	case Promise:
		return c.PromiseCounts(x, m)
	case Accept:
		return c.MayWelcome() || c.AcceptCounts(x, m)
	case Accepted:
		return c.AcceptedCounts(x, m)
	case Preempted:
		return Less(c.LowestBallot(x, mayCrash), m.BallotNum)
	case Decision:
		return c.DecisionCounts(x, m, mayCrash)
	}
	return true
}

// Same blanks what the handlers do not read: who refused and what, and who tells of a Decision.
func (c *Config) Same(m Message) Message {
	switch m.Type {
	case Preempted:
		m.From, m.Slot = m.To, 0
	case Decision:
		m.From = m.To
	}
	return m
}

// Refusable stands for all that node a can still refuse of node n.
func (c *Config) Refusable(n, a Address) Message {
	return Message{Type: Prepare, From: n, To: a, BallotNum: Ballot{1, n}, Slot: 1}
}

// Useful is what is kept of the messages sent to x, as a set of their encodings.
func (c *Config) Useful(x *Node, inbox []*Message, mayCrash bool, open func(prepare *Message) bool) []Message {
	var kept []Message
	var asked, answered []Address
	for _, m := range inbox {
		asks := m.Type == Prepare || m.Type == Accept
		if asks {
			asked = append(asked, m.From)
		}
		if c.Counts(x, m, mayCrash, open) {
			kept = append(kept, c.Same(*m))
			if asks {
				answered = append(answered, m.From)
			}
		}
	}
	for _, from := range asked {
		if !slices.Contains(answered, from) {
			kept = append(kept, c.Refusable(from, x.Self))
		}
	}
	return distinct(kept)
}

// distinct drops messages that are there twice.
func distinct(messages []Message) []Message {
	slices.SortFunc(messages, func(a, b Message) int { return bytes.Compare(a.encode(nil), b.encode(nil)) })
	return slices.CompactFunc(messages, func(a, b Message) bool { return bytes.Equal(a.encode(nil), b.encode(nil)) })
}
