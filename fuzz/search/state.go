package search

import (
	"slices"

	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// A state is projected to what matters for what can happen next: ballots to their order, slots to their distance
// from the lowest slot that a node has not executed, proposals to whether they are equal. So two states that differ only in how
// long the run has taken are one.

// projection hashes a state.
type projection struct {
	fuzz.Digest
	ballots []paxos.Ballot // all that the state holds, in order
	values  []paxos.Proposal
	base    paxos.Slot
}

func (p *projection) ballot(b paxos.Ballot) {
	i, _ := slices.BinarySearchFunc(p.ballots, b, compare)
	p.Add(uint64(i), uint64(b.Leader))
}

func compare(a, b paxos.Ballot) int {
	switch {
	case a.Less(b):
		return -1
	case b.Less(a):
		return 1
	}
	return 0
}

func (p *projection) slot(s paxos.Slot) { p.Add(uint64(s - p.base)) }

// value adds a proposal: the how-manieth different one it is.
func (p *projection) value(v paxos.Proposal) {
	i := slices.Index(p.values, v)
	if i < 0 {
		i = len(p.values)
		p.values = append(p.values, v)
	}
	p.Add(uint64(i))
	p.AddFlags(v == paxos.NoopProposal)
}

// project returns the hash of the abstract state. The projection is used again for its memory.
func (p *projection) project(v sim.View) uint64 {
	*p = projection{ballots: p.ballots[:0], values: p.values[:0]}
	p.survey(v)
	for _, a := range v.Members() {
		n := v.Node(a)
		p.AddFlags(n != nil, v.Disk(a).Slot != 0)
		if n == nil {
			continue
		}
		if n.Acceptor != nil {
			p.acceptor(n.Acceptor)
		}
		if n.Replica != nil {
			p.replica(n.Replica)
		}
		if n.Leader != nil {
			p.leader(n.Leader)
		}
	}
	return uint64(p.Digest)
}

// survey collects the ballots, and the lowest slot that is not executed everywhere.
func (p *projection) survey(v sim.View) {
	p.base = 0
	for _, a := range v.Members() {
		n := v.Node(a)
		if n == nil {
			continue
		}
		if n.Acceptor != nil {
			p.ballots = append(p.ballots, n.Acceptor.BallotNum)
			for _, vote := range n.Acceptor.Accepted.All() {
				p.ballots = append(p.ballots, vote.BallotNum)
			}
		}
		if n.Leader != nil {
			p.ballots = append(p.ballots, n.Leader.BallotNum)
		}
		if n.Replica != nil && (p.base == 0 || n.Replica.Slot < p.base) {
			p.base = n.Replica.Slot
		}
	}
	slices.SortFunc(p.ballots, compare)
	p.ballots = slices.Compact(p.ballots)
}

func (p *projection) acceptor(a *paxos.Acceptor) {
	p.ballot(a.BallotNum)
	for slot, vote := range a.Accepted.All() {
		if slot >= p.base {
			p.slot(slot)
			p.ballot(vote.BallotNum)
			p.value(vote.Proposal)
		}
	}
}

func (p *projection) replica(r *paxos.Replica) {
	p.Add(uint64(r.Leader))
	p.slot(r.Slot)
	p.slot(r.NextSlot)
	for slot := range r.Proposals.All() {
		p.slot(slot)
	}
	p.Add(1 << 32)
	for slot := range r.Decisions.All() {
		if slot >= p.base {
			p.slot(slot)
		}
	}
}

func (p *projection) leader(l *paxos.Leader) {
	p.AddFlags(l.Active, l.Scout != nil)
	p.ballot(l.BallotNum)
	for slot, proposal := range l.Proposals.All() {
		p.slot(slot)
		p.value(proposal)
	}
	p.Add(1 << 33)
	for slot := range l.Commanders.All() {
		p.slot(slot)
	}
}

// states is the set of the abstract states seen. It forgets some when it is full: its memory is fixed.
type states struct {
	table []uint64
	count int
}

const statesBits = 22 // 32 MB

func newStates() *states { return &states{table: make([]uint64, 1<<statesBits)} }

// add says whether the state is new.
func (s *states) add(hash uint64) bool {
	place := &s.table[hash>>(64-statesBits)]
	if *place == hash {
		return false
	}
	*place = hash
	s.count++
	return true
}
