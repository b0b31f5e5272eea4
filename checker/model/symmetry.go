package model

import "slices"

// rename gives every client i the name of client to[i-1].
type rename []int

func (to rename) client(id int) int {
	if id == 0 {
		return 0 // the no-op's
	}
	return to[id-1]
}

func (to rename) command(c Command) Command { return Command{to.client(c.ClientID), c.Seq} }
func (to rename) proposal(p Proposal) Proposal {
	p.ClientID = to.client(p.ClientID)
	return p
}
func (to rename) vote(v Vote) Vote { return Vote{v.BallotNum, to.proposal(v.Proposal)} }
func (to rename) answer(a Answer) Answer {
	return Answer{to.client(a.ClientID), a.Seq, a.Slot}
}

func (to rename) commander(c Commander) Commander {
	c.Proposal = to.proposal(c.Proposal)
	return c
}

func each[V any](t []V, f func(V) V) []V {
	next := slices.Clone(t)
	for i := range next {
		next[i] = f(next[i])
	}
	return next
}

func values[V any](t Table[V], f func(V) V) Table[V] {
	return each(t, func(e Entry[V]) Entry[V] { return Entry[V]{e.Slot, f(e.Value)} })
}

func (to rename) state(s MachineState) MachineState {
	var sessions Table[Session]
	for _, e := range s.Sessions {
		sessions = sessions.Put(to.client(e.Slot), e.Value)
	}
	return MachineState{each(s.Machine, to.command), sessions, s.Voters}
}

func (to rename) node(x Node) Node {
	x.Acceptor.Accepted = values(x.Acceptor.Accepted, to.vote)
	x.Replica.Proposals = values(x.Replica.Proposals, to.proposal)
	x.Replica.Decisions = values(x.Replica.Decisions, to.proposal)
	x.Replica.MachineState = to.state(x.Replica.MachineState)
	x.Leader.Proposals = values(x.Leader.Proposals, to.proposal)
	x.Scout.AcceptedProposals = values(x.Scout.AcceptedProposals, to.vote)
	x.Commanders = values(x.Commanders, to.commander)
	x.Bootstrap.Decisions = values(x.Bootstrap.Decisions, to.proposal)
	x.Requester = each(x.Requester, to.command)
	slices.SortFunc(x.Requester, CompareCommands)
	x.Disk.State = to.state(x.Disk.State)
	return x
}

func (to rename) message(m Message) Message {
	m.Proposal = to.proposal(m.Proposal)
	m.AcceptedProposals = values(m.AcceptedProposals, to.vote)
	m.State = to.state(m.State)
	m.Decisions = values(m.Decisions, to.proposal)
	return m
}

// Symmetry is every renaming of n clients but the identity.
func Symmetry(n int) []rename {
	all := []rename{{}}
	for id := 1; id <= n; id++ {
		var longer []rename
		for _, p := range all {
			for at := 0; at <= len(p); at++ {
				longer = append(longer, slices.Insert(slices.Clone(p), at, id))
			}
		}
		all = longer
	}
	return slices.DeleteFunc(all, func(p rename) bool { return slices.IsSorted(p) })
}
