package explore

import (
	"fmt"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// FromSpec returns the model of the role code with the constants of a model of the specification. Reductions of the
// specification's state space are left out: they are for TLC. The error says which constant the code cannot have.
func FromSpec(name string, c *model.Config) (Model, error) {
	m := Model{Name: name, About: "as in spec/, every message kept", Nodes: len(c.Nodes), Follow: c.Follow, Heartbeats: c.Heartbeats,
		CheckpointEvery: paxos.Slot(c.CheckpointEvery), Window: paxos.Slot(c.Window), MaxCrashes: c.MaxCrashes,
		MaxDisks: c.MaxDisks, Founder: paxos.Address(c.Founder), MaxSlot: paxos.Slot(c.MaxSlot), Callers: addressesOf(c.Callers), Candidates: addressesOf(c.Candidates), Exact: true}
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
	switch c.Start {
	case "ProposedInit":
		for _, s := range c.ProposedSlots {
			m.Proposed = append(m.Proposed, paxos.Slot(s))
		}
	case "DecidedInit":
		m.Decided = true
	}
	switch {
	case c.Window == 0 || c.CheckpointEvery == 0:
		return m, fmt.Errorf("explore: model %s: want CheckpointEvery and Window above 0, which to the code is the default, found %d and %d",
			name, c.CheckpointEvery, c.Window)
	case !c.IsBounded:
		return m, fmt.Errorf("explore: model %s: want the constraint Bounded, found none", name)
	}
	return m, m.Validate()
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
	case "ProposedInit":
		return c.ProposedInit()
	case "DecidedInit":
		return c.DecidedInit()
	}
	return c.Init()
}

func addressesOf(list []model.Address) (all []paxos.Address) {
	for _, a := range list {
		all = append(all, paxos.Address(a))
	}
	return all
}
