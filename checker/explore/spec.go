package explore

import (
	"fmt"
	"slices"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// FromSpec returns the model of the role code with the constants of a model of the specification. Reductions of the
// specification's state space are left out: they are for TLC. The error says which constant the code cannot have.
func FromSpec(name string, c *model.Config) (Model, error) {
	m := Model{Name: name, About: "as in spec/, every message kept", Exact: true,
		Nodes: len(c.Nodes), Callers: addressesOf(c.Callers), Candidates: addressesOf(c.Candidates),
		Waits: c.Waits, Follow: c.Follow, Heartbeats: c.Heartbeats, CheckpointEvery: paxos.Slot(c.CheckpointEvery), Window: paxos.Slot(c.Window),
		MaxCrashes: c.MaxCrashes, MaxDisks: c.MaxDisks, Founder: paxos.Address(c.Founder), MaxSlot: paxos.Slot(c.MaxSlot)}
	for _, k := range c.Commands {
		m.Commands = append(m.Commands, Command{paxos.ClientID(k.ClientID), uint64(k.Seq)})
	}
	for n := range c.Nodes {
		m.MaxBallot = append(m.MaxBallot, uint64(c.MaxBallot[n]))
	}
	for _, action := range c.Next {
		crashes := action == "CrashRestart" || action == "WipeRestart"
		if (!crashes || c.MaxCrashes > 0) && (action != "FireReplicaFollowNext" || c.Follow) {
			m.Steps = append(m.Steps, action)
		}
	}
	if !m.takes("CrashRestart") && !m.takes("WipeRestart") {
		m.MaxCrashes = 0
	}
	m.start(c)
	switch {
	case c.Window == 0 || c.CheckpointEvery == 0:
		return m, fmt.Errorf("explore: model %s: want CheckpointEvery and Window above 0, which to the code is the default, found %d and %d",
			name, c.CheckpointEvery, c.Window)
	case !slices.Contains([]string{"Init", "ProposedInit", "AdmitInit", "DecidedInit"}, c.Start):
		return m, fmt.Errorf("explore: model %s: want an initial state that is known here, found %s", name, c.Start)
	case !c.IsBounded:
		return m, fmt.Errorf("explore: model %s: want the constraint Bounded, found none", name)
	}
	return m, m.Validate()
}

// start sets how the model starts.
func (m *Model) start(c *model.Config) {
	if c.Founder != model.Nobody {
		m.Joining = addressesOf(c.Nodes)
	}
	switch c.Start {
	case "AdmitInit":
		m.Joining = addressesOf(c.Nodes[len(c.Nodes)-1:])
		fallthrough
	case "ProposedInit":
		for _, s := range c.ProposedSlots {
			m.Proposed = append(m.Proposed, paxos.Slot(s))
		}
	case "DecidedInit":
		m.Decided, m.Joining = true, nil
	}
}

// whole returns the configuration without what only makes a search shorter, and without what it is to check.
func whole(c *model.Config) *model.Config {
	all := *c
	all.Reduced, all.Symmetry, all.Invariants, all.Properties = false, false, nil, nil
	return &all
}

// starts are the nodes in the specification's initial state, with the messages that are sent to them.
func starts(c *model.Config) []*model.Cell {
	switch c.Start {
	case "Init":
		return c.Init()
	case "ProposedInit":
		return c.ProposedInit()
	case "AdmitInit":
		return c.AdmitInit()
	case "DecidedInit":
		return c.DecidedInit()
	}
	panic("explore: want initial states that are known here, found " + c.Start)
}

func addressesOf(list []model.Address) (all []paxos.Address) {
	for _, a := range list {
		all = append(all, paxos.Address(a))
	}
	return all
}

// Knows says whether the nodes of a cluster play roles of package paxos, if these make them. Others cannot be explored.
func Knows(roles paxos.Constructors) bool {
	p := newProtocol(Model{Nodes: 1}, roles)
	disk := paxos.Durable{Disk: 1, Slot: 1, First: 1}
	disk.State.Voters = paxos.Voters{{Address: 1, Disk: 1}}
	for _, r := range paxos.NewNode(&p.config, 1, disk, false, &paxos.Out{}).Roles() {
		switch r.(type) {
		case *paxos.Acceptor, *paxos.Replica, *paxos.Leader:
		default:
			return false
		}
	}
	return true
}
