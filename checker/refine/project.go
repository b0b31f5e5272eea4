package refine

import (
	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// This file writes what the model knows as the code would know it: to show a difference.

func ballotOf(b model.Ballot) paxos.Ballot {
	return paxos.Ballot{N: uint64(b.N), Leader: paxos.Address(b.Leader)}
}

func proposalOf(p model.Proposal) paxos.Proposal {
	return paxos.Proposal{Caller: paxos.Address(p.Caller), ClientID: paxos.ClientID(p.ClientID), Seq: uint64(p.Seq),
		Input: p.Input, Disk: paxos.DiskID(p.Disk)}
}

func voteOf(v model.Vote) paxos.Vote {
	return paxos.Vote{BallotNum: ballotOf(v.BallotNum), Proposal: proposalOf(v.Proposal)}
}

func commanderOf(c model.Commander) trace.Commander {
	return trace.Commander{BallotNum: ballotOf(c.BallotNum), Slot: paxos.Slot(c.Slot), Proposal: proposalOf(c.Proposal),
		Accepted: addressesOf(c.Accepted)}
}

func addressesOf(list []model.Address) (s paxos.Addresses) {
	for _, a := range list {
		s = s.With(paxos.Address(a))
	}
	return s
}

func slotsOf[V, W any](t model.Table[V], of func(V) W) (s paxos.Slots[W]) {
	for _, e := range t {
		s.Put(paxos.Slot(e.Slot), of(e.Value))
	}
	return s
}

func votersOf(t model.Table[int]) (voters paxos.Voters) {
	for _, e := range t {
		voters = append(voters, paxos.Voter{Address: paxos.Address(e.Slot), Disk: paxos.DiskID(e.Value)})
	}
	return voters
}

// project writes the node as it is in a trace.
func (n *node) project() (s trace.State) {
	x := &n.model
	if a := x.Acceptor; a.Running {
		s.Acceptor = &trace.Acceptor{BallotNum: ballotOf(a.BallotNum), Accepted: slotsOf(a.Accepted, voteOf), First: paxos.Slot(a.First)}
	}
	if r := x.Replica; r.Running {
		s.Replica = &trace.Replica{Slot: paxos.Slot(r.Slot), NextSlot: paxos.Slot(r.NextSlot),
			Proposals: slotsOf(r.Proposals, proposalOf), Decisions: slotsOf(r.Decisions, proposalOf), First: paxos.Slot(r.First),
			Sessions: appendSessions(nil, r.Sessions, n.outputs), Voters: votersOf(r.Voters), Leader: paxos.Address(r.Leader)}
	}
	if l := x.Leader; l.Running {
		s.Leader = &trace.Leader{BallotNum: ballotOf(l.BallotNum), Active: l.Active, Proposals: slotsOf(l.Proposals, proposalOf)}
	}
	if c := x.Scout; c.Running {
		s.Scout = &trace.Scout{BallotNum: ballotOf(c.BallotNum), Promised: addressesOf(c.Promised),
			AcceptedProposals: slotsOf(c.AcceptedProposals, voteOf)}
	}
	s.Commanders = slotsOf(x.Commanders, commanderOf)
	if b := x.Bootstrap; b.Running {
		s.Bootstrap = &trace.Bootstrap{Peer: paxos.Address(b.Peer), Decisions: slotsOf(b.Decisions, proposalOf)}
	}
	if d := x.Seed; d.Running {
		s.Seed = &trace.Seed{Disks: votersOf(d.Disks)}
	}
	for _, of := range n.calls {
		if !of.cancelled {
			s.Requesters = append(s.Requesters, of.requester())
		}
	}
	return s
}

// envelope writes a message of node n as it is on the wire.
func (v *Validator) envelope(n *node, m *model.Message) paxos.Envelope {
	e := paxos.Envelope{Config: v.header.Config, From: paxos.Address(m.From), To: paxos.Address(m.To)}
	slot, ballot, proposal := paxos.Slot(m.Slot), ballotOf(m.BallotNum), proposalOf(m.Proposal)
	switch m.Type {
	case model.Propose:
		e.Message = paxos.Propose{Slot: slot, Proposal: proposal}
	case model.Prepare:
		e.Message = paxos.Prepare{BallotNum: ballot, Slot: slot}
	case model.Promise:
		e.Message = paxos.Promise{BallotNum: ballot, AcceptedProposals: slotsOf(m.AcceptedProposals, voteOf)}
	case model.Accept:
		e.Message = paxos.Accept{Slot: slot, BallotNum: ballot, Proposal: proposal}
	case model.Accepted:
		e.Message = paxos.Accepted{Slot: slot, BallotNum: ballot}
	case model.Preempted:
		e.Message = paxos.Preempted{Slot: slot, PreemptedBy: ballot}
	case model.Decision:
		e.Message = paxos.Decision{Slot: slot, Proposal: proposal}
	case model.Active:
		e.Message = paxos.Active{Slot: slot}
	case model.Join:
		e.Message = paxos.Join{Disk: paxos.DiskID(m.Disk)}
	case model.Welcome:
		e.Message = paxos.Welcome{State: n.state(m.State), Slot: slot, Decisions: slotsOf(m.Decisions, proposalOf)}
	}
	return e
}

// state writes what executing a prefix of the log led to, at a node whose machine is there now.
func (n *node) state(m model.MachineState) paxos.State {
	return paxos.State{Machine: n.machine.Snapshot(), Sessions: appendSessions(nil, m.Sessions, n.outputs), Voters: votersOf(m.Voters)}
}
