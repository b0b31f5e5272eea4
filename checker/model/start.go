package model

import "slices"

// IsVoter says whether node n votes with its disk d: with the one that was admitted, and with no other, for on another it
// has forgotten its promises.
func IsVoter(n Address, d *Disk) bool {
	voter, ok := d.State.Voters.Get(n)
	return ok && voter == d.Disk
}

// StartedReplica is a Replica as it starts from what is on its disk.
func (c *Config) StartedReplica(d *Disk, a *Acceptor) Replica {
	leader := a.BallotNum.Leader
	if !c.Follow || a.BallotNum == NullBallot {
		leader = c.Nodes[0]
	}
	r := Replica{Running: true, NextSlot: 1, Leader: leader}
	c.ReplicaRestore(&r, d.Slot, d.State)
	return r
}

// StartedLeader is a Leader as it starts: its ballot is above all that its node ever scouted with.
func (c *Config) StartedLeader(n Address, d *Disk) Leader {
	return Leader{Running: true, BallotNum: Ballot{d.Scouted.N + 1, n}}
}

// NodePlay starts the roles of a node that is part of the cluster, with what is on its disk. One that does not vote learns
// and serves.
func (c *Config) NodePlay(x *Node, d *Disk, a *Acceptor) {
	x.Acceptor, x.Leader = Acceptor{}, Leader{}
	if IsVoter(x.Self, d) {
		x.Acceptor, x.Leader = *a, c.StartedLeader(x.Self, d)
	}
	x.Replica = c.StartedReplica(d, a)
}

// FormattedAcceptor is that of a node that was welcomed to a new cluster.
var FormattedAcceptor = Acceptor{Running: true, First: 1}

// FormattedDisk is a disk, with the id d, that nothing was written to.
func FormattedDisk(d int) Disk { return Disk{Disk: d} }

// NodeWelcomed starts the roles of a node in the state of m, which becomes its first checkpoint.
func (c *Config) NodeWelcomed(x *Node, m *Message) {
	x.Disk.Slot, x.Disk.State = m.Slot, m.State
	a := FormattedAcceptor
	c.AcceptorForget(&a, m.Slot)
	c.NodePlay(x, &Disk{Disk: x.Disk.Disk, Slot: m.Slot, State: m.State}, &a)
	c.ReplicaHandleDecisions(x, m.Decisions)
}

// BootstrapSendJoin asks the next peer.
func (c *Config) BootstrapSendJoin(x *Node) {
	x.Bootstrap.Peer = c.ConfigNext(x.Bootstrap.Peer)
	if x.Bootstrap.Peer == x.Self {
		x.Bootstrap.Peer = c.ConfigNext(x.Bootstrap.Peer)
	}
	x.Send(Message{Type: Join, To: x.Bootstrap.Peer, Disk: x.Disk.Disk})
}

// BootstrapHandleDecision keeps a decision that overtook the Welcome.
func (c *Config) BootstrapHandleDecision(x *Node, m *Message) {
	x.Bootstrap.Decisions = x.Bootstrap.Decisions.Put(m.Slot, m.Proposal)
}

// BootstrapHandleWelcome makes the node part of the cluster, durably, and starts its roles.
func (c *Config) BootstrapHandleWelcome(x *Node, m *Message) {
	heard := x.Bootstrap.Decisions
	x.Bootstrap = Bootstrap{}
	c.NodeWelcomed(x, m)
	c.ReplicaHandleDecisions(x, heard)
}

// SeedFound founds the cluster, with those that asked as its first voters.
func (c *Config) SeedFound(x *Node) {
	welcome := Message{Type: Welcome, State: MachineState{Voters: x.Seed.Disks}, Slot: 1}
	for _, e := range x.Seed.Disks {
		if welcome.To = e.Slot; e.Slot != x.Self {
			x.Send(welcome)
		}
	}
	x.Seed = Seed{}
	c.NodeWelcomed(x, &welcome)
}

// SeedFoundWithQuorum founds the cluster once a majority has asked.
func (c *Config) SeedFoundWithQuorum(x *Node) {
	if c.IsQuorum(len(x.Seed.Disks)) {
		c.SeedFound(x)
	}
}

// SeedHandleJoin counts a member that asks. With a majority the cluster is founded.
func (c *Config) SeedHandleJoin(x *Node, m *Message) {
	x.Seed.Disks = x.Seed.Disks.Put(m.From, m.Disk)
	c.SeedFoundWithQuorum(x)
}

// StoppedNode is a node that plays no role.
func StoppedNode(n Address, d Disk) Node { return Node{Self: n, Disk: d} }

// StartedNode starts a node on disk d, and with the Acceptor a that is also on the disk: it goes on as part of the cluster,
// or founds it, or asks to join it.
func (c *Config) StartedNode(n Address, d Disk, a Acceptor, founds bool) Node {
	x := StoppedNode(n, d)
	switch {
	case d.Slot != 0:
		c.NodePlay(&x, &d, &a)
	case founds:
		x.Seed = Seed{Running: true, Disks: Table[int]{{n, d.Disk}}}
		c.SeedFoundWithQuorum(&x)
	default:
		x.Bootstrap = Bootstrap{Running: true, Peer: n}
		c.BootstrapSendJoin(&x)
	}
	return x
}

// FirstStart is how node n starts when a cluster with these voters was founded. Those who are joining ask to be welcomed
// to it.
func (c *Config) FirstStart(n Address, voters, joining []Address) Node {
	disk := FormattedDisk(n)
	if slices.Contains(joining, n) {
		return c.StartedNode(n, disk, Acceptor{}, n == c.Founder)
	}
	disk.Slot = 1
	for _, a := range voters {
		disk.State.Voters = disk.State.Voters.Put(a, a)
	}
	return c.StartedNode(n, disk, FormattedAcceptor, false)
}
