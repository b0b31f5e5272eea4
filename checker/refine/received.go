package refine

import (
	"cmp"
	"slices"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// This file writes messages that are delivered as the model knows them.

func ballotIn(b paxos.Ballot) model.Ballot { return model.Ballot{N: int(b.N), Leader: int(b.Leader)} }

func proposalIn(p paxos.Proposal) model.Proposal {
	return model.Proposal{Caller: int(p.Caller), ClientID: int(p.ClientID), Seq: int(p.Seq), Disk: int(p.Disk), Input: p.Input}
}

func voteIn(v paxos.Vote) model.Vote {
	return model.Vote{BallotNum: ballotIn(v.BallotNum), Proposal: proposalIn(v.Proposal)}
}

func tableIn[W, V any](s paxos.Slots[W], in func(W) V) model.Table[V] {
	t := make(model.Table[V], 0, s.Len())
	for slot, value := range s.All() {
		t = append(t, model.Entry[V]{Slot: int(slot), Value: in(value)})
	}
	return t
}

// stateIn writes a state. The machine has no name in it: package refine runs it beside the model.
func stateIn(s paxos.State) (m model.MachineState) {
	for _, session := range s.Sessions {
		m.Sessions = append(m.Sessions, model.Entry[model.Session]{Slot: int(session.ClientID),
			Value: model.Session{Seq: int(session.Seq), Slot: int(session.Slot)}})
	}
	slices.SortFunc(m.Sessions, func(a, b model.Entry[model.Session]) int { return cmp.Compare(a.Slot, b.Slot) })
	for _, voter := range s.Voters {
		m.Voters = append(m.Voters, model.Entry[int]{Slot: int(voter.Address), Value: int(voter.Disk)})
	}
	return m
}

// receive writes a message to m.
func receive(m *model.Message, e *paxos.Envelope) {
	m.From, m.To = int(e.From), int(e.To)
	switch b := e.Message.(type) {
	case paxos.Propose:
		m.Type, m.Slot, m.Proposal = model.Propose, int(b.Slot), proposalIn(b.Proposal)
	case paxos.Prepare:
		m.Type, m.Slot, m.BallotNum = model.Prepare, int(b.Slot), ballotIn(b.BallotNum)
	case paxos.Promise:
		m.Type, m.BallotNum, m.AcceptedProposals = model.Promise, ballotIn(b.BallotNum), tableIn(b.AcceptedProposals, voteIn)
	case paxos.Accept:
		m.Type, m.Slot, m.BallotNum, m.Proposal = model.Accept, int(b.Slot), ballotIn(b.BallotNum), proposalIn(b.Proposal)
	case paxos.Accepted:
		m.Type, m.Slot, m.BallotNum = model.Accepted, int(b.Slot), ballotIn(b.BallotNum)
	case paxos.Preempted:
		m.Type, m.Slot, m.BallotNum = model.Preempted, int(b.Slot), ballotIn(b.PreemptedBy)
	case paxos.Decision:
		m.Type, m.Slot, m.Proposal = model.Decision, int(b.Slot), proposalIn(b.Proposal)
	case paxos.Active:
		m.Type, m.Slot = model.Active, int(b.Slot)
	case paxos.Join:
		m.Type, m.Disk = model.Join, int(b.Disk)
	case paxos.Welcome:
		m.Type, m.Slot, m.State, m.Decisions = model.Welcome, int(b.Slot), stateIn(b.State), tableIn(b.Decisions, proposalIn)
	}
}
