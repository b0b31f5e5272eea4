package model

import "slices"

// IsQuorum says whether a set of size nodes is a majority.
func (c *Config) IsQuorum(size int) bool { return 2*size > len(c.Nodes) }

// ConfigNext is the node after a, in a circle.
func (c *Config) ConfigNext(a Address) Address {
	for _, b := range c.Nodes {
		if b > a {
			return b
		}
	}
	return c.Nodes[0]
}

// Send adds a message to what the step sends.
func (x *Node) Send(m Message) {
	m.From = x.Self
	x.Out = append(x.Out, m)
}

// RequesterHandleInvoked passes the answer to its command on to the client.
func (c *Config) RequesterHandleInvoked(x *Node, m Answer) {
	command := Command{m.ClientID, m.Seq}
	at, found := slices.BinarySearchFunc(x.Requester, command, CompareCommands)
	if !found {
		return
	}
	x.Requester = slices.Delete(slices.Clone(x.Requester), at, at+1)
	x.Answers = with(x.Answers, m, compareAnswers)
}

// RequesterSendInvoke asks the Replica of its own node to have the command executed.
func (c *Config) RequesterSendInvoke(x *Node, m Command) {
	if x.Replica.Running {
		c.ReplicaHandleInvoke(x, CommandProposal(x.Self, m))
	}
}

// NodeInvoke starts a Requester for a client's command.
func (c *Config) NodeInvoke(x *Node, m Command) {
	x.Requester = with(x.Requester, m, CompareCommands)
	c.RequesterSendInvoke(x, m)
}

// VoterReceive hands m to every role of a node that is part of the cluster and votes, in the order Acceptor, Replica,
// Leader.
func (c *Config) VoterReceive(x *Node, m *Message) {
	switch m.Type {
	case Propose:
		c.ReplicaHandlePropose(x, m)
		c.LeaderHandlePropose(x, m)
	case Prepare:
		c.AcceptorHandlePrepare(x, m)
		c.ReplicaHandlePrepare(x, m)
	case Promise:
		c.ScoutHandlePromise(x, m)
	case Accept:
		c.AcceptorHandleAccept(x, m)
		c.ReplicaHandleAccept(x, m)
	case Accepted:
		c.CommanderHandleAccepted(x, m)
	case Preempted:
		c.LeaderHandlePreempted(x, m)
	case Decision:
		c.ReplicaHandleDecision(x, m)
		c.LeaderHandleDecision(x, m)
	case Active:
		c.ReplicaHandleActive(x, m)
	case Join:
		c.ReplicaHandleJoin(x, m)
	case Welcome:
		c.ReplicaHandleWelcome(x, m)
		c.LeaderHandleWelcome(x, m)
	default:
		panic("no role takes " + m.Type.String())
	}
}

// LearnerReceive is the same for a node that does not vote: it has a Replica only.
func (c *Config) LearnerReceive(x *Node, m *Message) {
	switch m.Type {
	case Propose:
		c.ReplicaHandlePropose(x, m)
	case Prepare:
		c.ReplicaHandlePrepare(x, m)
	case Accept:
		c.ReplicaHandleAccept(x, m)
	case Decision:
		c.ReplicaHandleDecision(x, m)
	case Active:
		c.ReplicaHandleActive(x, m)
	case Join:
		c.ReplicaHandleJoin(x, m)
	case Welcome:
		c.ReplicaHandleWelcome(x, m)
	}
}

// NodeReceive hands m to every role of the node that has a handler for it.
func (c *Config) NodeReceive(x *Node, m *Message) {
	switch {
	case x.Seed.Running && m.Type == Join:
		c.SeedHandleJoin(x, m)
	case x.Bootstrap.Running && m.Type == Decision:
		c.BootstrapHandleDecision(x, m)
	case x.Bootstrap.Running && m.Type == Welcome:
		c.BootstrapHandleWelcome(x, m)
	case x.Seed.Running || x.Bootstrap.Running:
	case x.Leader.Running:
		c.VoterReceive(x, m)
	default:
		c.LearnerReceive(x, m)
	}
}
