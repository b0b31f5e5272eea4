package model

// CatchupBatch is the number of Decisions that answer one question for a missed one.
const CatchupBatch = 64

// ReplicaDecided says whether the Replica knows what slot decided, or has executed it.
func (c *Config) ReplicaDecided(x *Node, slot int) bool {
	return slot < x.Replica.Slot || x.Replica.Decisions.Has(slot)
}

// ReplicaExecuted says whether p has had its effect, in whatever slot, or never will have one.
func (c *Config) ReplicaExecuted(x *Node, p Proposal) bool {
	if p.Disk != 0 {
		return x.Replica.Voters.Has(p.Caller)
	}
	session, ok := x.Replica.Sessions.Get(p.ClientID)
	return ok && p.Seq <= session.Seq
}

// ReplicaAnswer repeats the answer to the command p, at the node that asked for it. A node that was admitted asks again.
func (c *Config) ReplicaAnswer(x *Node, p Proposal) {
	session, ok := x.Replica.Sessions.Get(p.ClientID)
	if ok && session.Seq == p.Seq && p.Caller == x.Self {
		c.RequesterHandleInvoked(x, Answer{p.ClientID, p.Seq, session.Slot})
	}
}

// ReplicaSendPropose proposes p for slot, to the node it believes leads or to all that might.
func (c *Config) ReplicaSendPropose(x *Node, slot int, p Proposal) {
	if c.Follow {
		x.Send(Message{Type: Propose, To: x.Replica.Leader, Slot: slot, Proposal: p})
		return
	}
	for _, a := range c.Candidates {
		x.Send(Message{Type: Propose, To: a, Slot: slot, Proposal: p})
	}
}

// ReplicaPropose sends p to the leader for a slot believed unused, or once more for the slot it was proposed for.
func (c *Config) ReplicaPropose(x *Node, p Proposal) {
	for _, e := range x.Replica.Proposals {
		if e.Value == p {
			c.ReplicaSendPropose(x, e.Slot, p)
			return
		}
	}
	slot := x.Replica.NextSlot
	x.Replica.Proposals = x.Replica.Proposals.Put(slot, p)
	x.Replica.NextSlot = slot + 1
	c.ReplicaSendPropose(x, slot, p)
}

// ReplicaRequest proposes p, or answers it when it was executed.
func (c *Config) ReplicaRequest(x *Node, p Proposal) {
	if c.ReplicaExecuted(x, p) {
		c.ReplicaAnswer(x, p)
		return
	}
	c.ReplicaPropose(x, p)
}

// ReplicaHandleInvoke takes a client's command.
func (c *Config) ReplicaHandleInvoke(x *Node, m Proposal) { c.ReplicaRequest(x, m) }

// ReplicaFollow believes that node leads.
func (c *Config) ReplicaFollow(x *Node, node Address) {
	if c.Follow {
		x.Replica.Leader = node
	}
}

// ReplicaSendWelcome brings another node up to date.
func (c *Config) ReplicaSendWelcome(x *Node, to Address) {
	x.Send(Message{Type: Welcome, To: to, Slot: x.Replica.Slot, State: x.Replica.MachineState,
		Decisions: x.Replica.Decisions.From(x.Replica.Slot)})
}

// ReplicaHandlePropose tells a Replica that proposes for a decided slot what was decided there and right after it, or,
// when this is forgotten, brings it up to date.
func (c *Config) ReplicaHandlePropose(x *Node, m *Message) {
	if m.Slot < x.Replica.First {
		c.ReplicaSendWelcome(x, m.From)
		return
	}
	for slot := m.Slot; slot < m.Slot+CatchupBatch; slot++ {
		p, ok := x.Replica.Decisions.Get(slot)
		if !ok {
			return
		}
		x.Send(Message{Type: Decision, To: m.From, Slot: slot, Proposal: p})
	}
}

// ReplicaExecute executes the decision of the lowest slot not executed, unless its command was executed before, or another
// disk of the node was admitted before.
func (c *Config) ReplicaExecute(x *Node) {
	r := &x.Replica
	p, ok := r.Decisions.Get(r.Slot)
	switch {
	case !ok:
		panic("executes a slot that is not decided")
	case p == NoopProposal:
	case c.ReplicaExecuted(x, p):
		c.ReplicaAnswer(x, p)
	case p.Disk != 0:
		r.Voters = r.Voters.Put(p.Caller, p.Disk)
	default:
		r.Sessions = r.Sessions.Put(p.ClientID, Session{p.Seq, r.Slot})
		r.Machine = append(r.Machine[:len(r.Machine):len(r.Machine)], p.command())
		c.ReplicaAnswer(x, p)
	}
}

// ReplicaExecuteAll executes what can be executed.
func (c *Config) ReplicaExecuteAll(x *Node) {
	for x.Replica.Decisions.Has(x.Replica.Slot) {
		c.ReplicaExecute(x)
		x.Replica.Slot++
	}
}

// ReplicaHandleDecision stores a decision, executes what can be executed, and proposes again what lost the slot.
func (c *Config) ReplicaHandleDecision(x *Node, m *Message) {
	if x.Replica.Decisions.Has(m.Slot) || m.Slot < x.Replica.Slot {
		return
	}
	proposed, ok := x.Replica.Proposals.Get(m.Slot)
	x.Replica.Decisions = x.Replica.Decisions.Put(m.Slot, m.Proposal)
	x.Replica.NextSlot = max(x.Replica.NextSlot, m.Slot+1)
	c.ReplicaExecuteAll(x)
	x.Replica.Proposals = x.Replica.Proposals.Take(m.Slot)
	if ok && proposed != m.Proposal {
		c.ReplicaRequest(x, proposed)
	}
}

// ReplicaHandlePrepare brings a node that tries to lead up to date when it asks for slots that are forgotten here.
func (c *Config) ReplicaHandlePrepare(x *Node, m *Message) {
	if m.Slot < x.Replica.First {
		c.ReplicaSendWelcome(x, m.From)
	}
}

// ReplicaHandleAccept brings a leader up to date that has a slot decided again which is forgotten here.
func (c *Config) ReplicaHandleAccept(x *Node, m *Message) {
	if m.Slot < x.Replica.First {
		c.ReplicaSendWelcome(x, m.From)
	}
}

// ReplicaHandleJoin welcomes a member whose disk was decided upon, and otherwise has it decided: the first disk that is
// decided for a member is the one with which it votes.
func (c *Config) ReplicaHandleJoin(x *Node, m *Message) {
	if x.Replica.Voters.Has(m.From) {
		c.ReplicaSendWelcome(x, m.From)
		return
	}
	c.ReplicaRequest(x, AdmissionProposal(m.From, m.Disk))
}

// ReplicaRestore takes over a state that executing the slots below slot has led to.
func (c *Config) ReplicaRestore(r *Replica, slot int, state MachineState) {
	r.Slot, r.First, r.Checkpoint = slot, slot, slot
	r.NextSlot = max(r.NextSlot, slot)
	r.Decisions = r.Decisions.From(slot)
	r.MachineState = state
}

// ReplicaWriteCheckpoint makes the state durable, and forgets all but the last slots that led to it.
func (c *Config) ReplicaWriteCheckpoint(x *Node) {
	r := &x.Replica
	first := max(r.First, r.Slot-min(r.Slot, c.Window))
	r.Checkpoint = r.Slot
	r.First = first
	r.Decisions = r.Decisions.From(first)
	if x.Acceptor.Running {
		c.AcceptorForget(&x.Acceptor, first)
	}
	x.Disk.Slot = r.Slot
	x.Disk.State = r.MachineState
}

// ReplicaRequestAll requests every proposal, lowest slot first.
func (c *Config) ReplicaRequestAll(x *Node, proposals Table[Proposal]) {
	for _, e := range proposals {
		c.ReplicaRequest(x, e.Value)
	}
}

// ReplicaHandleDecisions takes every decision, lowest slot first.
func (c *Config) ReplicaHandleDecisions(x *Node, decisions Table[Proposal]) {
	for _, e := range decisions {
		c.ReplicaHandleDecision(x, &Message{Slot: e.Slot, Proposal: e.Value})
	}
}

// ReplicaHandleWelcome jumps ahead to the state in m, and proposes again what that leaves without an answer.
func (c *Config) ReplicaHandleWelcome(x *Node, m *Message) {
	if x.Replica.Slot < m.Slot {
		overtaken := x.Replica.Proposals.Below(m.Slot)
		c.ReplicaRestore(&x.Replica, m.Slot, m.State)
		c.ReplicaWriteCheckpoint(x)
		c.ReplicaExecuteAll(x)
		x.Replica.Proposals = x.Replica.Proposals.From(m.Slot)
		c.ReplicaRequestAll(x, overtaken)
	}
	c.ReplicaHandleDecisions(x, m.Decisions)
}

// ReplicaHandleAdopted follows the Leader of its own node, which just came to lead.
func (c *Config) ReplicaHandleAdopted(x *Node) { c.ReplicaFollow(x, x.Self) }

// ReplicaHandleAccepting follows the node whose ballot the Acceptor of its own node just promised.
func (c *Config) ReplicaHandleAccepting(x *Node, leader Address) { c.ReplicaFollow(x, leader) }

// ReplicaHandleActive follows the node that says it leads, and learns how many slots that one executed.
func (c *Config) ReplicaHandleActive(x *Node, m *Message) {
	c.ReplicaFollow(x, m.From)
	x.Replica.NextSlot = max(x.Replica.NextSlot, m.Slot)
}

// ReplicaFollowNext turns to the next member when the leader gave no sign.
func (c *Config) ReplicaFollowNext(x *Node) { c.ReplicaFollow(x, c.ConfigNext(x.Replica.Leader)) }

// ReplicaAskMissing proposes for the slot that holds up execution, though a higher one is used: what it proposed there
// before, or a no-op.
func (c *Config) ReplicaAskMissing(x *Node) {
	r := &x.Replica
	if r.Slot >= r.NextSlot {
		return
	}
	p, ok := r.Proposals.Get(r.Slot)
	if !ok {
		p = NoopProposal
	}
	c.ReplicaSendPropose(x, r.Slot, p)
}
