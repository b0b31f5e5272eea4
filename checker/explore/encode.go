package explore

import (
	"encoding/binary"
	"fmt"
	"slices"

	"multipaxos/impl/paxos"
)

// encoder writes canonical encodings: equal values, and no others, have equal encodings.
type encoder struct{ b []byte }

func (e *encoder) num(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) text(s string) {
	e.num(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) flag(is bool) {
	if is {
		e.num(1)
	} else {
		e.num(0)
	}
}

func (e *encoder) ballot(b paxos.Ballot) {
	e.num(b.N)
	e.num(uint64(b.Leader))
}

func (e *encoder) proposal(p paxos.Proposal) {
	e.num(uint64(p.Caller))
	e.num(uint64(p.ClientID))
	e.num(p.Seq)
	e.text(p.Input)
	e.num(uint64(p.Disk))
}

func (e *encoder) vote(v paxos.Vote) {
	e.ballot(v.BallotNum)
	e.proposal(v.Proposal)
}

func slotTable[T any](e *encoder, t *paxos.Slots[T], value func(T)) {
	e.num(uint64(t.Len()))
	for slot, v := range t.All() {
		e.num(uint64(slot))
		value(v)
	}
}

func (e *encoder) state(s paxos.State) {
	e.text(s.Machine)
	e.sessions(s.Sessions)
	e.voters(s.Voters)
}

func (e *encoder) sessions(list []paxos.Session) {
	e.num(uint64(len(list)))
	for _, s := range list {
		e.num(uint64(s.ClientID))
		e.num(s.Seq)
		e.num(uint64(s.Slot))
		e.text(s.Output)
	}
}

func (e *encoder) durable(d *paxos.Durable) {
	e.num(uint64(d.Disk))
	e.ballot(d.BallotNum)
	slotTable(e, &d.Accepted, e.vote)
	e.ballot(d.Scouted)
	e.num(uint64(d.Slot))
	e.num(uint64(d.First))
	e.state(d.State)
}

func (e *encoder) voters(list paxos.Voters) {
	e.num(uint64(len(list)))
	for _, v := range list {
		e.num(uint64(v.Address))
		e.num(uint64(v.Disk))
	}
}

// node writes the modelled state of a node's roles. Not modelled are RoleIDs, Replica.heard, and, unless follow, whom
// the Replica follows.
func (e *encoder) node(n *paxos.Node, follow bool) {
	for _, r := range inOrder(n.Roles()) {
		switch r := r.(type) {
		case *paxos.Acceptor:
			e.num(1)
			e.ballot(r.BallotNum)
			slotTable(e, &r.Accepted, e.vote)
			e.num(uint64(r.First))
		case *paxos.Replica:
			e.num(2)
			e.replica(r, follow)
		case *paxos.Leader:
			e.num(3)
			e.ballot(r.BallotNum)
			e.flag(r.Active)
			slotTable(e, &r.Proposals, e.proposal)
		case *paxos.Scout:
			e.num(4)
			e.flag(n.Leader.Scout == r)
			e.ballot(r.BallotNum)
			e.num(uint64(r.Promised))
			slotTable(e, &r.AcceptedProposals, e.vote)
		case *paxos.Commander:
			e.num(5)
			current, _ := n.Leader.Commanders.Get(r.Slot)
			e.flag(current == r)
			e.commander(r)
		case *paxos.Requester:
			e.num(6)
			e.num(uint64(r.ClientID))
			e.num(r.Seq)
		default:
			e.outside(r)
		}
	}
	e.num(0)
}

// outside writes a role of a node that is not part of a cluster.
func (e *encoder) outside(r paxos.Role) {
	switch r := r.(type) {
	case *paxos.Bootstrap:
		e.num(7)
		e.num(uint64(r.Peer))
		slotTable(e, &r.Decisions, e.proposal)
	case *paxos.Seed:
		e.num(8)
		e.voters(r.Disks)
	default:
		panic(fmt.Sprintf("explore: want a role of package paxos, found %T", r))
	}
}

func (e *encoder) commander(c *paxos.Commander) {
	e.ballot(c.BallotNum)
	e.num(uint64(c.Slot))
	e.proposal(c.Proposal)
	e.num(uint64(c.Accepted))
}

func (e *encoder) replica(r *paxos.Replica, follow bool) {
	e.num(uint64(r.Slot))
	e.num(uint64(r.NextSlot))
	slotTable(e, &r.Proposals, e.proposal)
	slotTable(e, &r.Decisions, e.proposal)
	e.num(uint64(r.First))
	e.text(r.Machine.Snapshot())
	e.sessions(r.Sessions)
	e.voters(r.Voters)
	if follow {
		e.num(uint64(r.Leader))
	}
}

// inOrder sorts roles by what they are for. In what order they started changes nothing but the order of effects.
func inOrder(roles []paxos.Role) []paxos.Role {
	sorted := slices.Clone(roles)
	slices.SortStableFunc(sorted, func(a, b paxos.Role) int { return slices.Compare(rank(a), rank(b)) })
	return sorted
}

func rank(r paxos.Role) []uint64 {
	switch r := r.(type) {
	case *paxos.Acceptor:
		return []uint64{1}
	case *paxos.Replica:
		return []uint64{2}
	case *paxos.Leader:
		return []uint64{3}
	case *paxos.Scout:
		return []uint64{4, r.BallotNum.N}
	case *paxos.Commander:
		return []uint64{5, uint64(r.Slot), r.BallotNum.N}
	case *paxos.Requester:
		return []uint64{6, uint64(r.ClientID), r.Seq}
	}
	return []uint64{7}
}

// message writes a message between nodes.
func (e *encoder) message(m paxos.Message) {
	switch m := m.(type) {
	case paxos.Propose:
		e.slotted(1, m.Slot, m.Proposal)
	case paxos.Prepare:
		e.num(2)
		e.ballot(m.BallotNum)
		e.num(uint64(m.Slot))
	case paxos.Promise:
		e.num(3)
		e.ballot(m.BallotNum)
		slotTable(e, &m.AcceptedProposals, e.vote)
	case paxos.Accept:
		e.slotted(4, m.Slot, m.Proposal)
		e.ballot(m.BallotNum)
	case paxos.Accepted:
		e.num(5)
		e.num(uint64(m.Slot))
		e.ballot(m.BallotNum)
	case paxos.Preempted:
		e.num(6)
		e.num(uint64(m.Slot))
		e.ballot(m.PreemptedBy)
	case paxos.Decision:
		e.slotted(7, m.Slot, m.Proposal)
	case paxos.Active:
		e.num(8)
		e.num(uint64(m.Slot))
	case paxos.Welcome:
		e.num(9)
		e.state(m.State)
		e.num(uint64(m.Slot))
		slotTable(e, &m.Decisions, e.proposal)
	case paxos.Join:
		e.num(10)
		e.num(uint64(m.Disk))
	default:
		panic(fmt.Sprintf("explore: want a message between members, found %v", m))
	}
}

func (e *encoder) slotted(kind uint64, slot paxos.Slot, p paxos.Proposal) {
	e.num(kind)
	e.num(uint64(slot))
	e.proposal(p)
}
