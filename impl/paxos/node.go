package paxos

import (
	"fmt"
	"slices"
)

// ConfigID identifies a cluster's configuration: a node refuses messages of any other.
type ConfigID uint64

// Config is what all nodes of a cluster are configured with, alike.
type Config struct {
	ID         ConfigID
	Members    []Address      // ascending, without repetition
	NewMachine func() Machine // the state machine in its initial state

	// A Replica writes a checkpoint once CheckpointEvery slots were executed since the last, and then keeps the
	// last Window of them, to help those that are a little behind. Zero means DefaultWindow.
	CheckpointEvery Slot
	Window          Slot

	// Roles makes the roles. Tests replace constructors to plant faults. The zero value means DefaultRoles.
	Roles Constructors
}

// Quorum is the number of Acceptors in a majority.
func (c *Config) Quorum() int { return len(c.Members)/2 + 1 }

// Next returns the member after a in sorted order, after the last the first.
func (c *Config) Next(a Address) Address {
	for _, m := range c.Members {
		if m > a {
			return m
		}
	}
	return c.Members[0]
}

// Validate says what is wrong with the configuration.
func (c *Config) Validate() error {
	switch {
	case len(c.Members) == 0:
		return fmt.Errorf("config: want at least one member, found none")
	case c.Members[0] == 0 || c.Members[len(c.Members)-1] > MaxAddress:
		return fmt.Errorf("config: want members from N1 to N%d, found %v", MaxAddress, c.Members)
	case c.NewMachine == nil:
		return fmt.Errorf("config: want a state machine, found none")
	}
	for i, m := range c.Members[1:] {
		if m <= c.Members[i] {
			return fmt.Errorf("config: want members in ascending order, found %v", c.Members)
		}
	}
	return nil
}

// RoleID tells a node's roles apart. No two roles of one incarnation of a node share one.
type RoleID uint32

// Role is a part that a node plays. It gets every message and handles those it has a handler for.
type Role interface {
	ID() RoleID
	// Deliver hands m to the role's handler for it, if there is one.
	Deliver(out *Out, from Address, m Message)
	// Fire tells the role that it started, or that an alarm it asked for went off.
	Fire(out *Out, kind TimerKind)
}

// Constructors make the roles. A test that plants a fault wraps the role that the default constructor returns
// and overrides Deliver or Fire.
type Constructors struct {
	Acceptor  func(n *Node, d *Durable) Role
	Replica   func(n *Node, d *Durable) Role
	Leader    func(n *Node, d *Durable) Role
	Scout     func(n *Node, ballot Ballot) Role
	Commander func(n *Node, ballot Ballot, slot Slot, p Proposal) Role
	Bootstrap func(n *Node, d *Durable) Role
	Seed      func(n *Node, d *Durable) Role
	Requester func(n *Node, client ClientID, seq uint64, input string) Role
}

// DefaultRoles makes the roles of this package.
func DefaultRoles() Constructors {
	return Constructors{
		Acceptor:  func(n *Node, d *Durable) Role { return NewAcceptor(n, d) },
		Replica:   func(n *Node, d *Durable) Role { return NewReplica(n, d) },
		Leader:    func(n *Node, d *Durable) Role { return NewLeader(n, d) },
		Scout:     func(n *Node, b Ballot) Role { return NewScout(n, b) },
		Commander: func(n *Node, b Ballot, s Slot, p Proposal) Role { return NewCommander(n, b, s, p) },
		Bootstrap: func(n *Node, d *Durable) Role { return NewBootstrap(n, d) },
		Seed:      func(n *Node, d *Durable) Role { return NewSeed(n, d) },
		Requester: func(n *Node, c ClientID, seq uint64, in string) Role { return NewRequester(n, c, seq, in) },
	}
}

// role is what all roles have.
type role struct {
	node *Node
	id   RoleID
}

func (r role) ID() RoleID { return r.id }

// newRole returns the base of a role of n, with an ID of its own.
func newRole(n *Node) role {
	n.lastID++
	return role{n, n.lastID}
}

// Node is one incarnation of a cluster member: it lives from a start to a crash. Only its Durable outlives it.
type Node struct {
	Config *Config
	Self   Address
	Disk   DiskID

	// The roles that others of the node consult; nil while the node does not play them.
	Acceptor *Acceptor
	Replica  *Replica
	Leader   *Leader

	roles  []Role // in starting order; nil where one stopped during this step
	lastID RoleID
}

// NewNode starts a node on what its disk holds. With seed, a node that never was part of a cluster founds one;
// without, it asks its peers to join theirs. seed must not be set again once the disk is lost.
func NewNode(cfg *Config, self Address, d Durable, seed bool, out *Out) *Node {
	n := &Node{Config: cfg, Self: self, Disk: d.Disk}
	n.enter(out)
	switch {
	case d.Slot != 0:
		n.play(out, &d)
	case seed:
		n.start(out, n.make().Seed(n, &d))
	default:
		n.start(out, n.make().Bootstrap(n, &d))
	}
	n.settle(out)
	return n
}

// Receive handles a message. It is one step, or none: the error says why the message was refused.
func (n *Node) Receive(e Envelope, out *Out) error {
	if err := n.refuse(e); err != nil {
		return err
	}
	n.enter(out)
	n.deliver(out, e.From, e.Message)
	n.settle(out)
	return nil
}

// Fire handles an alarm. It is one step, or none: false says that the role which asked for it has stopped.
func (n *Node) Fire(t Timer, out *Out) bool {
	for _, r := range n.roles {
		if r.ID() == t.Role {
			n.enter(out)
			n.fire(out, r, t.Kind)
			n.settle(out)
			return true
		}
	}
	return false
}

// Invoke starts a Requester for a client's command. It is one step. Repeat it, here or at another node, with
// the same client and seq, as long as there is no answer.
func (n *Node) Invoke(client ClientID, seq uint64, input string, out *Out) {
	if client == 0 || seq == 0 {
		panicf("%v: a client and its sequence number are at least 1, and these are %d and %d", n.Self, client, seq)
	}
	n.Cancel(client, seq)
	n.enter(out)
	n.start(out, n.make().Requester(n, client, seq, input))
	n.settle(out)
}

// Cancel ends the Requester of a client's command: its client does not wait any longer. The command may still
// be executed.
func (n *Node) Cancel(client ClientID, seq uint64) {
	n.roles = slices.DeleteFunc(n.roles, func(r Role) bool {
		q, ok := r.(interface{ Requests(ClientID, uint64) bool })
		return ok && q.Requests(client, seq)
	})
}

var defaultRoles = DefaultRoles()

// Roles lists the roles that the node plays, in starting order.
func (n *Node) Roles() []Role { return n.roles }

// make returns the constructors of the node's roles.
func (n *Node) make() *Constructors {
	if n.Config.Roles.Acceptor == nil {
		return &defaultRoles
	}
	return &n.Config.Roles
}

// play starts the roles of a node that is part of the cluster. A node whose disk is not the one that was
// admitted as a voter has forgotten its promises: it learns and serves, but it never votes or leads.
func (n *Node) play(out *Out, d *Durable) {
	if d.State.Voters.DiskOf(n.Self) == d.Disk {
		n.start(out, n.make().Acceptor(n, d))
	}
	n.start(out, n.make().Replica(n, d))
	if d.State.Voters.DiskOf(n.Self) == d.Disk {
		n.start(out, n.make().Leader(n, d))
	}
}

// start adds a role and tells it so.
func (n *Node) start(out *Out, r Role) {
	n.roles = append(n.roles, r)
	n.fire(out, r, Started)
}

// stop removes a role. Its alarms will not be heard.
func (n *Node) stop(id RoleID) {
	for i, r := range n.roles {
		if r != nil && r.ID() == id {
			n.roles[i] = nil
		}
	}
}

func (n *Node) fire(out *Out, r Role, kind TimerKind) {
	running := out.role
	out.role = r.ID()
	r.Fire(out, kind)
	out.role = running
}

// deliver hands m to every role that the node plays now.
func (n *Node) deliver(out *Out, from Address, m Message) {
	for _, r := range n.roles {
		if r != nil {
			out.role = r.ID()
			r.Deliver(out, from, m)
		}
	}
}

// enter begins a step.
func (n *Node) enter(out *Out) {
	out.self, out.config = n.Self, n.Config.ID
}

// settle handles the messages within the node to the end, and so ends the step.
func (n *Node) settle(out *Out) {
	for i := 0; i < len(out.local); i++ {
		n.deliver(out, n.Self, out.local[i])
	}
	clear(out.local)
	out.local = out.local[:0]
	n.roles = slices.DeleteFunc(n.roles, func(r Role) bool { return r == nil })
}

// refuse says why a message must not be handled: nothing that a stranger or a misconfigured node sends counts.
func (n *Node) refuse(e Envelope) error {
	if e.Config != n.Config.ID {
		return fmt.Errorf("%v: want configuration %x, found %x in %v", n.Self, uint64(n.Config.ID), uint64(e.Config), e)
	}
	if e.To != n.Self {
		return fmt.Errorf("%v: want a message to %v, found %v", n.Self, n.Self, e)
	}
	if !slices.Contains(n.Config.Members, e.From) {
		return fmt.Errorf("%v: want a message from a member, found %v", n.Self, e)
	}
	return n.refuseMessage(e)
}

// terms are what a message names that could be wrong. leader is who the ballot must belong to.
type terms struct {
	slot     Slot
	ballot   Ballot
	leader   Address
	proposal Proposal
}

func (n *Node) refuseMessage(e Envelope) error {
	t, err := n.terms(e)
	switch {
	case err != nil:
		return fmt.Errorf("%v: %w in %v", n.Self, err, e)
	case t.slot == 0 || t.slot > maxSlot:
		return fmt.Errorf("%v: want a slot from 1 to %d, found %v", n.Self, maxSlot, e)
	case t.ballot.N == 0 || t.ballot.N > maxBallot:
		return fmt.Errorf("%v: want a ballot from 1 to %d, found %v", n.Self, uint64(maxBallot), e)
	case t.ballot.Leader != t.leader || !slices.Contains(n.Config.Members, t.leader):
		return fmt.Errorf("%v: want a ballot of %v, found %v", n.Self, t.leader, e)
	case t.proposal != NoopProposal && !slices.Contains(n.Config.Members, t.proposal.Caller):
		return fmt.Errorf("%v: want a proposal of a member, found %v", n.Self, e)
	}
	return nil
}

// terms returns what the message names, with something that is right for what it does not name.
func (n *Node) terms(e Envelope) (terms, error) {
	t := terms{1, Ballot{1, e.From}, e.From, NoopProposal}
	switch m := e.Message.(type) {
	case Propose:
		t.slot, t.proposal = m.Slot, m.Proposal
	case Prepare:
		t.slot, t.ballot = m.Slot, m.BallotNum
	case Promise:
		t.ballot, t.leader = m.BallotNum, n.Self
	case Accept:
		t.slot, t.ballot, t.proposal = m.Slot, m.BallotNum, m.Proposal
	case Accepted:
		t.slot, t.ballot, t.leader = m.Slot, m.BallotNum, n.Self
	case Preempted:
		t.ballot, t.leader = m.PreemptedBy, m.PreemptedBy.Leader
	case Decision:
		t.slot, t.proposal = m.Slot, m.Proposal
	case Active:
		t.slot = m.Slot
	case Join:
		if m.Disk == 0 {
			return t, fmt.Errorf("want the id of a disk, found none")
		}
	case Welcome:
		t.slot = m.Slot
		if err := m.State.validate(); err != nil {
			return t, err
		}
		if err := n.Config.NewMachine().Restore(m.State.Machine); err != nil {
			return t, fmt.Errorf("want a state that can be restored, found %w", err)
		}
	default:
		return t, fmt.Errorf("want a message between nodes, found one within a node")
	}
	return t, nil
}

// Slots and ballots above these are refused, so that counting on from one never overflows.
const (
	maxSlot   Slot   = 1 << 62
	maxBallot uint64 = 1 << 62
)

// panicf ends a node whose invariant is broken.
func panicf(format string, args ...any) {
	panic("paxos: broken invariant: " + fmt.Sprintf(format, args...))
}

func (c *Config) checkpointEvery() Slot { return orDefault(c.CheckpointEvery) }
func (c *Config) window() Slot          { return orDefault(c.Window) }

// DefaultWindow is the default of CheckpointEvery and of Window.
const DefaultWindow Slot = 64

func orDefault(s Slot) Slot {
	if s == 0 {
		return DefaultWindow
	}
	return s
}
