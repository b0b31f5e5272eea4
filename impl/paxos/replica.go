package paxos

import "slices"

// Replica turns commands into proposals for slots, and executes what the slots decided, in slot order.
type Replica struct {
	role
	Slot      Slot            // the lowest slot not executed
	NextSlot  Slot            // the lowest slot above all that it knows to be used
	Proposals Slots[Proposal] // what it proposed, where the slot is undecided
	Decisions Slots[Proposal] // what was decided, from First on
	First     Slot            // below, decisions are forgotten
	Sessions  Sessions        // the last command of each client
	Voters    Voters          // the disk with which each member votes
	Machine   Machine
	Leader    Address // the node it believes leads

	heard      bool // a sign of the leader came since the last FollowTimeout
	checkpoint Slot // Slot at the last checkpoint
}

// CatchupBatch is the number of Decisions that answer one question for a missed one.
const CatchupBatch = 64

// NewReplica returns a Replica in the state that is on disk. It follows whom the Acceptor last promised.
func NewReplica(n *Node, d *Durable) *Replica {
	n.Replica = &Replica{role: newRole(n), NextSlot: 1, Leader: n.Config.Members[0]}
	n.Replica.restore(d.Slot, d.State)
	if d.BallotNum != NullBallot {
		n.Replica.Leader = d.BallotNum.Leader
	}
	return n.Replica
}

// Deliver hands m to its handler.
func (r *Replica) Deliver(out *Out, from Address, m Message) {
	switch m := m.(type) {
	case Invoke:
		r.HandleInvoke(from, m, out)
	case Propose:
		r.HandlePropose(from, m, out)
	case Decision:
		r.HandleDecision(from, m, out)
	case Prepare:
		r.HandlePrepare(from, m, out)
	case Accept:
		r.HandleAccept(from, m, out)
	case Join:
		r.HandleJoin(from, m, out)
	case Welcome:
		r.HandleWelcome(from, m, out)
	case Adopted:
		r.HandleAdopted(from, m, out)
	case Accepting:
		r.HandleAccepting(from, m, out)
	case Active:
		r.HandleActive(from, m, out)
	}
}

// Fire watches the leader, asks for what was missed, and writes checkpoints.
func (r *Replica) Fire(out *Out, kind TimerKind) {
	switch kind {
	case Started:
		out.After(LeaderTimeout, FollowTimeout)
		out.After(CatchupInterval, CatchupTimeout)
		out.After(CatchupInterval, CheckpointTimeout)
	case FollowTimeout:
		r.FollowNext(out)
		out.After(LeaderTimeout, FollowTimeout)
	case CatchupTimeout:
		r.AskMissing(out)
		out.After(CatchupInterval, CatchupTimeout)
	case CheckpointTimeout:
		if r.Slot >= r.checkpoint+r.node.Config.checkpointEvery() {
			r.WriteCheckpoint(out)
		}
		out.After(CatchupInterval, CheckpointTimeout)
	}
}

// Decided says whether the Replica knows that slot is decided.
func (r *Replica) Decided(slot Slot) bool { return slot < r.Slot || r.Decisions.Has(slot) }

// HandleInvoke answers a command that was executed, and proposes any other.
//
// Spec: ReplicaHandleInvoke.
func (r *Replica) HandleInvoke(from Address, m Invoke, out *Out) {
	r.request(out, Proposal{Caller: m.Caller, ClientID: m.ClientID, Seq: m.Seq, Input: m.InputValue})
}

// HandlePropose tells a Replica that proposes for a decided slot what was decided there and right after it, or,
// when this is forgotten, brings it up to date.
//
// Spec: ReplicaHandlePropose.
func (r *Replica) HandlePropose(from Address, m Propose, out *Out) {
	if m.Slot < r.First {
		out.Send(from, r.welcome())
		return
	}
	for slot := m.Slot; slot < m.Slot+CatchupBatch; slot++ {
		p, ok := r.Decisions.Get(slot)
		if !ok {
			return
		}
		out.Send(from, Decision{Slot: slot, Proposal: p})
	}
}

// HandleDecision stores a decision, proposes again what lost the slot, and executes what can be executed.
//
// Spec: ReplicaHandleDecision.
func (r *Replica) HandleDecision(from Address, m Decision, out *Out) {
	if p, ok := r.Decisions.Get(m.Slot); ok {
		if p != m.Proposal {
			panicf("%v: slot %d decided %v and %v", r.node.Self, m.Slot, p, m.Proposal)
		}
		return
	}
	if m.Slot < r.Slot {
		return
	}
	r.Decisions.Put(m.Slot, m.Proposal)
	r.NextSlot = max(r.NextSlot, m.Slot+1)
	r.executeAll(out)
	if mine, ok := r.Proposals.Take(m.Slot); ok && mine != m.Proposal {
		r.request(out, mine)
	}
}

// HandlePrepare brings a node that tries to lead up to date when it asks for slots that are forgotten here.
//
// Spec: ReplicaHandlePrepare.
func (r *Replica) HandlePrepare(from Address, m Prepare, out *Out) {
	if m.Slot < r.First {
		out.Send(from, r.welcome())
	}
}

// HandleAccept brings a leader up to date that has a slot decided again which is forgotten here.
//
// Spec: ReplicaHandleAccept.
func (r *Replica) HandleAccept(from Address, m Accept, out *Out) {
	if m.Slot < r.First {
		out.Send(from, r.welcome())
	}
}

// HandleJoin welcomes a member whose disk was decided upon, and otherwise has it decided: the first disk that
// is decided for a member is the one with which it votes.
//
// Spec: ReplicaHandleJoin.
func (r *Replica) HandleJoin(from Address, m Join, out *Out) {
	if r.Voters.DiskOf(from) != 0 {
		out.Send(from, r.welcome())
		return
	}
	r.request(out, Proposal{Caller: from, Disk: m.Disk})
}

// HandleWelcome jumps ahead to the state in m, and proposes again what that leaves without an answer.
//
// Spec: ReplicaHandleWelcome.
func (r *Replica) HandleWelcome(from Address, m Welcome, out *Out) {
	if r.Slot < m.Slot {
		r.restore(m.Slot, m.State)
		r.WriteCheckpoint(out)
		r.executeAll(out) // it may have known the next decisions, and waited for the state before them
		overtaken := r.Proposals.Below(m.Slot)
		r.Proposals.TrimBelow(m.Slot)
		for _, mine := range overtaken.All() {
			r.request(out, mine)
		}
	}
	for slot, p := range m.Decisions.All() {
		r.HandleDecision(from, Decision{Slot: slot, Proposal: p}, out)
	}
}

// HandleAdopted follows the Leader of its own node, which just came to lead.
//
// Spec: ReplicaHandleAdopted.
func (r *Replica) HandleAdopted(from Address, m Adopted, out *Out) { r.follow(from) }

// HandleAccepting follows the node whose ballot the Acceptor of its own node just promised.
//
// Spec: ReplicaHandleAccepting.
func (r *Replica) HandleAccepting(from Address, m Accepting, out *Out) { r.follow(m.Leader) }

// HandleActive follows the node that says it leads, and learns how many slots that one executed.
//
// Spec: ReplicaHandleActive.
func (r *Replica) HandleActive(from Address, m Active, out *Out) {
	r.follow(from)
	r.NextSlot = max(r.NextSlot, m.Slot)
}

// FollowNext turns to the next member when the leader gave no sign. All replicas go through the members in the
// same order, so they meet.
//
// Spec: ReplicaFollowNext.
func (r *Replica) FollowNext(out *Out) {
	if !r.heard {
		r.Leader = r.node.Config.Next(r.Leader)
	}
	r.heard = false
}

// AskMissing proposes for the slot that holds up execution, though a higher one is used: what it proposed there
// before, or a no-op. Where the slot is decided, the answer is the Decision; where not, this fills the gap.
//
// Spec: ReplicaAskMissing. Lamport, Paxos Made Simple, §3.
func (r *Replica) AskMissing(out *Out) {
	if r.Slot < r.NextSlot {
		p, _ := r.Proposals.Get(r.Slot) // or NoopProposal, which is the zero Proposal
		out.Send(r.Leader, Propose{Slot: r.Slot, Proposal: p})
	}
}

// WriteCheckpoint makes the state durable, and forgets all but the last slots that led to it.
//
// Spec: ReplicaWriteCheckpoint.
func (r *Replica) WriteCheckpoint(out *Out) {
	first := max(r.First, r.Slot-min(r.Slot, r.node.Config.window()))
	r.checkpoint, r.First = r.Slot, first
	r.Decisions.TrimBelow(first)
	if r.node.Acceptor != nil {
		r.node.Acceptor.forget(first)
	}
	out.Write(Checkpointed{Slot: r.Slot, First: first, State: r.state()})
}

// request proposes p, or answers it when it was executed.
func (r *Replica) request(out *Out, p Proposal) {
	if r.executed(p) {
		r.answer(out, p)
		return
	}
	r.propose(out, p)
}

// executed says whether p has had its effect, in whatever slot, or never will have one.
func (r *Replica) executed(p Proposal) bool {
	if p.Disk != 0 {
		return r.Voters.DiskOf(p.Caller) != 0
	}
	return p.Seq <= r.Sessions.Of(p.ClientID).Seq
}

// propose sends p to the leader for a slot believed unused, or once more for the slot it was proposed for.
func (r *Replica) propose(out *Out, p Proposal) {
	for slot, mine := range r.Proposals.All() {
		if mine == p {
			out.Send(r.Leader, Propose{Slot: slot, Proposal: p})
			return
		}
	}
	r.Proposals.Put(r.NextSlot, p)
	out.Send(r.Leader, Propose{Slot: r.NextSlot, Proposal: p})
	r.NextSlot++
}

// executeAll executes decisions in slot order, up to the first that is missing.
func (r *Replica) executeAll(out *Out) {
	for p, ok := r.Decisions.Get(r.Slot); ok; p, ok = r.Decisions.Get(r.Slot) {
		r.execute(out, p)
		r.Slot++
	}
}

// execute executes the decision of r.Slot, unless its command was executed before.
func (r *Replica) execute(out *Out, p Proposal) {
	switch {
	case p == NoopProposal:
		return
	case r.executed(p):
	case p.Disk != 0:
		r.Voters.Put(p.Caller, p.Disk)
	default:
		output := apply(r.Machine, p.Input)
		r.Sessions.Put(Session{ClientID: p.ClientID, Seq: p.Seq, Slot: r.Slot, Output: output})
	}
	r.answer(out, p)
}

// answer repeats the answer to the command p, at the node that asked for it. A client that has moved on to a
// later command does not wait for it, and a node that was admitted asks again.
func (r *Replica) answer(out *Out, p Proposal) {
	if s := r.Sessions.Of(p.ClientID); p.Disk == 0 && s.Seq == p.Seq && p.Caller == r.node.Self {
		out.Local(Invoked(s))
	}
}

// follow believes that leader leads.
func (r *Replica) follow(leader Address) { r.Leader, r.heard = leader, true }

// welcome returns all that a node needs to be where this one is.
func (r *Replica) welcome() Welcome {
	return Welcome{State: r.state(), Slot: r.Slot, Decisions: r.Decisions.From(r.Slot)}
}

// state returns what executing the slots below r.Slot has led to.
func (r *Replica) state() State {
	return State{Machine: r.Machine.Snapshot(), Sessions: slices.Clone(r.Sessions), Voters: slices.Clone(r.Voters)}
}

// restore takes over a state that executing the slots below slot has led to.
func (r *Replica) restore(slot Slot, s State) {
	r.Slot, r.First, r.checkpoint = slot, slot, slot
	r.NextSlot = max(r.NextSlot, slot)
	r.Decisions.TrimBelow(slot)
	r.Machine = r.node.Config.NewMachine()
	if err := r.Machine.Restore(s.Machine); err != nil {
		panicf("%v: state of slot %d: %v", r.node.Self, slot, err)
	}
	r.Sessions, r.Voters = slices.Clone(s.Sessions), slices.Clone(s.Voters)
}
