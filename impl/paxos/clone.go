package paxos

import "slices"

// Clone returns a deep copy of a node between two steps: the same roles in the same state, with the same IDs, so
// that an alarm of the one is an alarm of the other. The copy and the original share nothing that a step changes.
// Roles of other packages cannot be copied: a node that plays one panics.
func (n *Node) Clone() *Node {
	c := &Node{Config: n.Config, Self: n.Self, Disk: n.Disk, lastID: n.lastID, roles: make([]Role, len(n.roles))}
	for i, r := range n.roles {
		c.roles[i] = n.cloneRole(r, c)
	}
	return c
}

// cloneRole copies a role of n for c. The Leader comes before the Scout and the Commanders that it started.
func (n *Node) cloneRole(r Role, c *Node) Role {
	switch r := r.(type) {
	case *Acceptor:
		c.Acceptor = &Acceptor{role: role{c, r.id}, BallotNum: r.BallotNum, Accepted: r.Accepted.Clone(), First: r.First}
		return c.Acceptor
	case *Replica:
		c.Replica = r.clone(c)
		return c.Replica
	case *Leader:
		c.Leader = &Leader{role: role{c, r.id}, BallotNum: r.BallotNum, Active: r.Active, Proposals: r.Proposals.Clone()}
		return c.Leader
	case *Scout:
		s := *r
		s.node, s.AcceptedProposals = c, r.AcceptedProposals.Clone()
		if n.Leader.Scout == r {
			c.Leader.Scout = &s
		}
		return &s
	case *Commander:
		m := *r
		m.node = c
		if current, _ := n.Leader.Commanders.Get(r.Slot); current == r {
			c.Leader.Commanders.Put(r.Slot, &m)
		}
		return &m
	case *Requester:
		q := *r
		q.node = c
		return &q
	case *Seed:
		return &Seed{role: role{c, r.id}, Disks: slices.Clone(r.Disks)}
	case *Bootstrap:
		return &Bootstrap{role: role{c, r.id}, Peer: r.Peer, Decisions: r.Decisions.Clone()}
	}
	panicf("%v: want a role of this package to copy, found %T", n.Self, r)
	return nil
}

func (r *Replica) clone(c *Node) *Replica {
	copied := *r
	copied.node = c
	copied.Proposals, copied.Decisions = r.Proposals.Clone(), r.Decisions.Clone()
	copied.Sessions, copied.Voters = slices.Clone(r.Sessions), slices.Clone(r.Voters)
	copied.Machine = copyMachine(r)
	return &copied
}

// copyMachine returns a machine in the state of r's.
func copyMachine(r *Replica) Machine {
	m := r.node.Config.NewMachine()
	if err := m.Restore(r.Machine.Snapshot()); err != nil {
		panicf("%v: a snapshot that cannot be restored: %v", r.node.Self, err)
	}
	return m
}
