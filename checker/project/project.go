// Package project writes what the role code knows as values of the specification (checker/model). The explorer compares
// the role code with the model by it, and the trace validator hands the model the messages that are delivered.
package project

import (
	"cmp"
	"fmt"
	"slices"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// Ballot writes a ballot.
func Ballot(b paxos.Ballot) model.Ballot { return model.Ballot{N: int(b.N), Leader: int(b.Leader)} }

// Set writes a set of addresses.
func Set(a paxos.Addresses) (list []model.Address) {
	for _, address := range a.List() {
		list = append(list, int(address))
	}
	return list
}

// Table writes a table from slots to values.
func Table[T, V any](s *paxos.Slots[T], value func(T) V) model.Table[V] {
	t := make(model.Table[V], 0, s.Len())
	for slot, v := range s.All() {
		t = append(t, model.Entry[V]{Slot: int(slot), Value: value(v)})
	}
	return t
}

// Voters writes the disks of members.
func Voters(voters paxos.Voters) (t model.Table[int]) {
	for _, v := range voters {
		t = append(t, model.Entry[int]{Slot: int(v.Address), Value: int(v.Disk)})
	}
	return t
}

// Sessions writes sessions, without their outputs. Clients of 64 bits have another order in the model.
func Sessions(sessions paxos.Sessions) (t model.Table[model.Session]) {
	for _, s := range sessions {
		t = append(t, model.Entry[model.Session]{Slot: int(s.ClientID), Value: model.Session{Seq: int(s.Seq), Slot: int(s.Slot)}})
	}
	slices.SortFunc(t, func(a, b model.Entry[model.Session]) int { return cmp.Compare(a.Slot, b.Slot) })
	return t
}

// Proposal writes a proposal, with what its command asks of the machine.
func Proposal(p paxos.Proposal) model.Proposal {
	return model.Proposal{Caller: int(p.Caller), ClientID: int(p.ClientID), Seq: int(p.Seq), Disk: int(p.Disk), Input: p.Input}
}

// Projection is how to write that of which the specification knows less than the code.
type Projection struct {
	Proposal func(paxos.Proposal) model.Proposal
	State    func(paxos.State) model.MachineState
}

// Vote writes a vote.
func (p *Projection) Vote(v paxos.Vote) model.Vote {
	return model.Vote{BallotNum: Ballot(v.BallotNum), Proposal: p.Proposal(v.Proposal)}
}

// Message writes a message between nodes to m, but for its sender and receiver.
func (p *Projection) Message(m *model.Message, message paxos.Message) {
	switch b := message.(type) {
	case paxos.Propose:
		m.Type, m.Slot, m.Proposal = model.Propose, int(b.Slot), p.Proposal(b.Proposal)
	case paxos.Prepare:
		m.Type, m.Slot, m.BallotNum = model.Prepare, int(b.Slot), Ballot(b.BallotNum)
	case paxos.Promise:
		m.Type, m.BallotNum, m.AcceptedProposals = model.Promise, Ballot(b.BallotNum), Table(&b.AcceptedProposals, p.Vote)
	case paxos.Accept:
		m.Type, m.Slot, m.BallotNum, m.Proposal = model.Accept, int(b.Slot), Ballot(b.BallotNum), p.Proposal(b.Proposal)
	case paxos.Accepted:
		m.Type, m.Slot, m.BallotNum = model.Accepted, int(b.Slot), Ballot(b.BallotNum)
	case paxos.Preempted:
		m.Type, m.Slot, m.BallotNum = model.Preempted, int(b.Slot), Ballot(b.PreemptedBy)
	case paxos.Decision:
		m.Type, m.Slot, m.Proposal = model.Decision, int(b.Slot), p.Proposal(b.Proposal)
	case paxos.Active:
		m.Type, m.Slot = model.Active, int(b.Slot)
	case paxos.Join:
		m.Type, m.Disk = model.Join, int(b.Disk)
	case paxos.Welcome:
		m.Type, m.Slot, m.State, m.Decisions = model.Welcome, int(b.Slot), p.State(b.State), Table(&b.Decisions, p.Proposal)
	default:
		panic(fmt.Sprintf("project: want a message between nodes, found %v", message))
	}
}
