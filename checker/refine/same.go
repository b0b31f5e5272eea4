package refine

import (
	"cmp"
	"slices"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// This file compares what the model knows with what the code knows, without converting the one to the other.

func sameBallot(m model.Ballot, b paxos.Ballot) bool {
	return m.N == int(b.N) && m.Leader == int(b.Leader)
}

func sameProposal(m *model.Proposal, p *paxos.Proposal) bool {
	return m.ClientID == int(p.ClientID) && m.Seq == int(p.Seq) && m.Caller == int(p.Caller) && m.Disk == int(p.Disk) &&
		m.Input == p.Input
}

func sameCommander(m *model.Commander, c *trace.Commander) bool {
	return m.Slot == int(c.Slot) && sameBallot(m.BallotNum, c.BallotNum) && sameAddresses(m.Accepted, c.Accepted) &&
		sameProposal(&m.Proposal, &c.Proposal)
}

func sameAddresses(m []model.Address, s paxos.Addresses) bool {
	if len(m) != s.Len() {
		return false
	}
	return !slices.ContainsFunc(m, func(a model.Address) bool { return !s.Has(paxos.Address(a)) })
}

// unchanged says whether two tables are the same memory. The model never changes a table once it is made.
func unchanged[V any](a, b model.Table[V]) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// sameTable compares tables from slots to values.
func sameTable[M, V any](m model.Table[M], s *paxos.Slots[V], same func(*M, *V) bool) bool {
	if len(m) != s.Len() {
		return false
	}
	for i := range m {
		if slot, v := s.At(i); m[i].Slot != int(slot) || !same(&m[i].Value, v) {
			return false
		}
	}
	return true
}

func sameProposals(m model.Table[model.Proposal], s *paxos.Slots[paxos.Proposal]) bool {
	return sameTable(m, s, sameProposal)
}

func sameVotes(m model.Table[model.Vote], s *paxos.Slots[paxos.Vote]) bool {
	return sameTable(m, s, sameVote)
}

func sameVote(m *model.Vote, v *paxos.Vote) bool {
	return sameBallot(m.BallotNum, v.BallotNum) && sameProposal(&m.Proposal, &v.Proposal)
}

func sameCommanders(m model.Table[model.Commander], s *paxos.Slots[trace.Commander]) bool {
	return sameTable(m, s, sameCommander)
}

func sameVoters(m model.Table[int], voters paxos.Voters) bool {
	return slices.EqualFunc(m, voters, func(e model.Entry[int], v paxos.Voter) bool {
		return e.Slot == int(v.Address) && e.Value == int(v.Disk)
	})
}

// sameReplica compares a Replica, but for its decisions, sessions and voters.
func sameReplica(m *model.Replica, r *trace.Replica) bool {
	if !m.Running || r == nil {
		return !m.Running && r == nil
	}
	return m.Slot == int(r.Slot) && m.NextSlot == int(r.NextSlot) && m.First == int(r.First) && m.Leader == int(r.Leader) &&
		sameProposals(m.Proposals, &r.Proposals)
}

// appendSessions adds to list what the code knows of the sessions.
func appendSessions(list paxos.Sessions, sessions model.Table[model.Session], outputs map[int]string) paxos.Sessions {
	for _, e := range sessions {
		list = append(list, paxos.Session{ClientID: paxos.ClientID(e.Slot), Seq: uint64(e.Value.Seq), Slot: paxos.Slot(e.Value.Slot),
			Output: outputs[e.Slot]})
	}
	slices.SortFunc(list, func(a, b paxos.Session) int { return cmp.Compare(a.ClientID, b.ClientID) })
	return list
}

func sameLeader(m *model.Leader, l *trace.Leader) bool {
	if !m.Running || l == nil {
		return !m.Running && l == nil
	}
	return sameBallot(m.BallotNum, l.BallotNum) && m.Active == l.Active && sameProposals(m.Proposals, &l.Proposals)
}

func sameScout(m *model.Scout, s *trace.Scout) bool {
	if !m.Running || s == nil {
		return !m.Running && s == nil
	}
	return sameBallot(m.BallotNum, s.BallotNum) && sameAddresses(m.Promised, s.Promised) &&
		sameVotes(m.AcceptedProposals, &s.AcceptedProposals)
}

func sameBootstrap(m *model.Bootstrap, b *trace.Bootstrap) bool {
	if !m.Running || b == nil {
		return !m.Running && b == nil
	}
	return m.Peer == int(b.Peer) && sameProposals(m.Decisions, &b.Decisions)
}

func sameSeed(m *model.Seed, s *trace.Seed) bool {
	if !m.Running || s == nil {
		return !m.Running && s == nil
	}
	return sameVoters(m.Disks, s.Disks)
}

// sameRequesters compares the commands that clients wait for.
func sameRequesters(calls []call, requesters []trace.Requester) bool {
	waiting := 0
	for i := range calls {
		if calls[i].cancelled {
			continue
		}
		if waiting == len(requesters) || requesters[waiting] != calls[i].requester() {
			return false
		}
		waiting++
	}
	return waiting == len(requesters)
}

// requester is who asks for the command in the code.
func (of *call) requester() trace.Requester {
	return trace.Requester{Client: paxos.ClientID(of.command.ClientID), Seq: uint64(of.command.Seq), Input: of.input}
}

func compareCalls(a, b call) int { return a.requester().Request().Compare(b.requester().Request()) }

// sameMessage compares a message, but for its Config and a Welcome's State.
func sameMessage(m *model.Message, e *paxos.Envelope) bool {
	if m.From != int(e.From) || m.To != int(e.To) {
		return false
	}
	switch b := e.Message.(type) {
	case paxos.Propose:
		return m.Type == model.Propose && m.Slot == int(b.Slot) && sameProposal(&m.Proposal, &b.Proposal)
	case paxos.Prepare:
		return m.Type == model.Prepare && m.Slot == int(b.Slot) && sameBallot(m.BallotNum, b.BallotNum)
	case paxos.Promise:
		return m.Type == model.Promise && sameBallot(m.BallotNum, b.BallotNum) &&
			sameVotes(m.AcceptedProposals, &b.AcceptedProposals)
	case paxos.Accept:
		return m.Type == model.Accept && m.Slot == int(b.Slot) && sameBallot(m.BallotNum, b.BallotNum) &&
			sameProposal(&m.Proposal, &b.Proposal)
	case paxos.Accepted:
		return m.Type == model.Accepted && m.Slot == int(b.Slot) && sameBallot(m.BallotNum, b.BallotNum)
	case paxos.Preempted:
		return m.Type == model.Preempted && m.Slot == int(b.Slot) && sameBallot(m.BallotNum, b.PreemptedBy)
	case paxos.Decision:
		return m.Type == model.Decision && m.Slot == int(b.Slot) && sameProposal(&m.Proposal, &b.Proposal)
	case paxos.Active:
		return m.Type == model.Active && m.Slot == int(b.Slot)
	case paxos.Join:
		return m.Type == model.Join && m.Disk == int(b.Disk)
	case paxos.Welcome:
		return m.Type == model.Welcome && m.Slot == int(b.Slot) && sameProposals(m.Decisions, &b.Decisions)
	}
	return false
}

// sameState compares what executing a prefix of the log led to.
func sameState(a, b paxos.State) bool {
	return a.Machine == b.Machine && slices.Equal(a.Sessions, b.Sessions) && slices.Equal(a.Voters, b.Voters)
}
