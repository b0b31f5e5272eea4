package paxos

import "slices"

// Seed founds a cluster, once: with those of the first majority of members to ask, itself among them, as its
// first voters. Only a node that was never part of a cluster asks.
type Seed struct {
	role
	Disks Voters // of the members that asked, and its own
}

// NewSeed returns a Seed for a node that was never part of a cluster.
func NewSeed(n *Node, d *Durable) *Seed {
	return &Seed{role: newRole(n), Disks: Voters{{n.Self, d.Disk}}}
}

// Deliver hands m to its handler.
func (s *Seed) Deliver(out *Out, from Address, m Message) {
	if m, ok := m.(Join); ok {
		s.HandleJoin(from, m, out)
	}
}

// Fire founds the cluster of a single member, which waits for nobody.
func (s *Seed) Fire(out *Out, _ TimerKind) {
	if len(s.Disks) >= s.node.Config.Quorum() {
		s.found(out)
	}
}

// HandleJoin counts a member that asks. With a majority the cluster is founded. The founding is on disk before
// anybody learns of it, so a Seed that restarts does not found a second one.
//
// Spec: SeedHandleJoin.
func (s *Seed) HandleJoin(from Address, m Join, out *Out) {
	s.Disks.Put(from, m.Disk)
	if len(s.Disks) >= s.node.Config.Quorum() {
		s.found(out)
	}
}

func (s *Seed) found(out *Out) {
	state := State{Machine: s.node.Config.NewMachine().Snapshot(), Voters: slices.Clone(s.Disks)}
	welcome := Welcome{State: state, Slot: 1}
	for _, v := range state.Voters {
		if v.Address != s.node.Self {
			out.Send(v.Address, welcome)
		}
	}
	s.node.stop(s.id)
	s.node.welcomed(out, welcome)
}
