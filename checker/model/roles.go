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
func (x Node) Send(m Message) Node {
	m.From = x.Self
	x.Out = append(x.Out[:len(x.Out):len(x.Out)], m)
	return x
}

// RequesterHandleInvoked passes the answer to its command on to the client.
func (c *Config) RequesterHandleInvoked(x Node, m Answer) Node {
	command := Command{m.ClientID, m.Seq}
	at, found := slices.BinarySearchFunc(x.Requester, command, CompareCommands)
	if !found {
		return x
	}
	x.Requester = slices.Delete(slices.Clone(x.Requester), at, at+1)
	x.Answers = with(x.Answers, m, compareAnswers)
	return x
}

// RequesterSendInvoke asks the Replica of its own node to have the command executed.
func (c *Config) RequesterSendInvoke(x Node, m Command) Node {
	if !x.Replica.Running {
		return x
	}
	return c.ReplicaHandleInvoke(x, CommandProposal(x.Self, m))
}

// NodeInvoke starts a Requester for a client's command.
func (c *Config) NodeInvoke(x Node, m Command) Node {
	x.Requester = with(x.Requester, m, CompareCommands)
	return c.RequesterSendInvoke(x, m)
}

// VoterReceive hands m to every role of a node that is part of the cluster and votes, in the order Acceptor, Replica,
// Leader.
func (c *Config) VoterReceive(x Node, m Message) Node {
	switch m.Type {
	case Propose:
		return c.LeaderHandlePropose(c.ReplicaHandlePropose(x, m), m)
	case Prepare:
		return c.ReplicaHandlePrepare(c.AcceptorHandlePrepare(x, m), m)
	case Promise:
		return c.ScoutHandlePromise(x, m)
	case Accept:
		return c.ReplicaHandleAccept(c.AcceptorHandleAccept(x, m), m)
	case Accepted:
		return c.CommanderHandleAccepted(x, m)
	case Preempted:
		return c.LeaderHandlePreempted(x, m)
	case Decision:
		return c.LeaderHandleDecision(c.ReplicaHandleDecision(x, m), m)
	case Active:
		return c.ReplicaHandleActive(x, m)
	case Join:
		return c.ReplicaHandleJoin(x, m)
	case Welcome:
		return c.LeaderHandleWelcome(c.ReplicaHandleWelcome(x, m), m)
	}
	panic("no role takes " + m.Type.String())
}

// LearnerReceive is the same for a node that does not vote: it has a Replica only.
func (c *Config) LearnerReceive(x Node, m Message) Node {
	switch m.Type {
	case Propose:
		return c.ReplicaHandlePropose(x, m)
	case Prepare:
		return c.ReplicaHandlePrepare(x, m)
	case Accept:
		return c.ReplicaHandleAccept(x, m)
	case Decision:
		return c.ReplicaHandleDecision(x, m)
	case Active:
		return c.ReplicaHandleActive(x, m)
	case Join:
		return c.ReplicaHandleJoin(x, m)
	case Welcome:
		return c.ReplicaHandleWelcome(x, m)
	}
	return x
}

// NodeReceive hands m to every role of the node that has a handler for it.
func (c *Config) NodeReceive(x Node, m Message) Node {
	switch {
	case x.Seed.Running && m.Type == Join:
		return c.SeedHandleJoin(x, m)
	case x.Bootstrap.Running && m.Type == Decision:
		return c.BootstrapHandleDecision(x, m)
	case x.Bootstrap.Running && m.Type == Welcome:
		return c.BootstrapHandleWelcome(x, m)
	case x.Seed.Running || x.Bootstrap.Running:
		return x
	case x.Leader.Running:
		return c.VoterReceive(x, m)
	}
	return c.LearnerReceive(x, m)
}
