package model

import "slices"

// Move is a step that an action allows: the node becomes After.
type Move struct {
	Action  string
	Message *Message // received; nil for other actions
	Command Command  // of Invoke and FireRequesterSendInvoke
	Slot    int      // of FireCommanderSendAccept
	After   Node
}

// Action yields the steps of an action at a node.
type Action struct {
	Name  string
	Moves func(c *Config, at *Cell, yield func(Move))
	Crash bool // it needs crashes < MaxCrashes and raises crashes
}

// Actions are the disjuncts of Next.
var Actions = []Action{
	{Name: "ReceivePropose", Moves: (*Config).ReceivePropose},
	{Name: "ReceivePrepare", Moves: (*Config).ReceivePrepare},
	{Name: "ReceivePromise", Moves: (*Config).ReceivePromise},
	{Name: "ReceiveAccept", Moves: (*Config).ReceiveAccept},
	{Name: "ReceiveAccepted", Moves: (*Config).ReceiveAccepted},
	{Name: "ReceivePreempted", Moves: (*Config).ReceivePreempted},
	{Name: "ReceiveDecision", Moves: (*Config).ReceiveDecision},
	{Name: "ReceiveActive", Moves: (*Config).ReceiveActive},
	{Name: "ReceiveJoin", Moves: (*Config).ReceiveJoin},
	{Name: "ReceiveWelcome", Moves: (*Config).ReceiveWelcome},
	{Name: "Invoke", Moves: (*Config).Invoke},
	{Name: "FireRequesterSendInvoke", Moves: (*Config).FireRequesterSendInvoke},
	{Name: "FireScoutSendPrepare", Moves: (*Config).FireScoutSendPrepare},
	{Name: "FireCommanderSendAccept", Moves: (*Config).FireCommanderSendAccept},
	{Name: "FireLeaderSendActive", Moves: (*Config).FireLeaderSendActive},
	{Name: "FireReplicaFollowNext", Moves: (*Config).FireReplicaFollowNext},
	{Name: "FireReplicaAskMissing", Moves: (*Config).FireReplicaAskMissing},
	{Name: "FireReplicaWriteCheckpoint", Moves: (*Config).FireReplicaWriteCheckpoint},
	{Name: "FireBootstrapSendJoin", Moves: (*Config).FireBootstrapSendJoin},
	{Name: "CrashRestart", Moves: (*Config).CrashRestart, Crash: true},
	{Name: "WipeRestart", Moves: (*Config).WipeRestart, Crash: true},
}

// after is the node of a cell as a step leaves it.
func after(at *Cell, step func(x *Node)) Node {
	x := *at.Node
	step(&x)
	return x
}

func (c *Config) receive(at *Cell, t MessageType, yield func(Move)) {
	for _, m := range at.Inbox {
		if m.Type == t {
			yield(Move{Message: m, After: after(at, func(x *Node) { c.NodeReceive(x, m) })})
		}
	}
}

// ReceivePropose delivers a Propose.
func (c *Config) ReceivePropose(at *Cell, yield func(Move)) { c.receive(at, Propose, yield) }

// ReceivePrepare delivers a Prepare.
func (c *Config) ReceivePrepare(at *Cell, yield func(Move)) { c.receive(at, Prepare, yield) }

// ReceivePromise delivers a Promise.
func (c *Config) ReceivePromise(at *Cell, yield func(Move)) { c.receive(at, Promise, yield) }

// ReceiveAccept delivers an Accept.
func (c *Config) ReceiveAccept(at *Cell, yield func(Move)) { c.receive(at, Accept, yield) }

// ReceiveAccepted delivers an Accepted.
func (c *Config) ReceiveAccepted(at *Cell, yield func(Move)) { c.receive(at, Accepted, yield) }

// ReceivePreempted delivers a Preempted.
func (c *Config) ReceivePreempted(at *Cell, yield func(Move)) { c.receive(at, Preempted, yield) }

// ReceiveDecision delivers a Decision.
func (c *Config) ReceiveDecision(at *Cell, yield func(Move)) { c.receive(at, Decision, yield) }

// ReceiveActive delivers an Active.
func (c *Config) ReceiveActive(at *Cell, yield func(Move)) { c.receive(at, Active, yield) }

// ReceiveJoin delivers a Join.
func (c *Config) ReceiveJoin(at *Cell, yield func(Move)) { c.receive(at, Join, yield) }

// ReceiveWelcome delivers a Welcome.
func (c *Config) ReceiveWelcome(at *Cell, yield func(Move)) { c.receive(at, Welcome, yield) }

// Invoke is a client's call. Commands of one client may be called in any order, and again at any time.
func (c *Config) Invoke(at *Cell, yield func(Move)) {
	for _, a := range c.Callers {
		if a != at.Node.Self {
			continue
		}
		for _, command := range c.Commands {
			if !c.Waits || mayCall(at.Node, command) {
				yield(Move{Command: command, After: after(at, func(x *Node) { c.NodeInvoke(x, command) })})
			}
		}
	}
}

// mayCall says whether a client, all of whose calls are made at x, may call: its next command, or once more the one that was
// executed last, of which it heard nothing if the node crashed.
func mayCall(x *Node, m Command) bool {
	last, _ := x.Replica.Sessions.Get(m.ClientID)
	waits := slices.ContainsFunc(x.Requester, func(r Command) bool { return r.ClientID == m.ClientID })
	return !waits && (m.Seq == last.Seq || m.Seq == last.Seq+1)
}

// FireRequesterSendInvoke is the timer of a Requester.
func (c *Config) FireRequesterSendInvoke(at *Cell, yield func(Move)) {
	for _, command := range at.Node.Requester {
		yield(Move{Command: command, After: after(at, func(x *Node) { c.RequesterSendInvoke(x, command) })})
	}
}

// FireScoutSendPrepare is the timer of a Scout.
func (c *Config) FireScoutSendPrepare(at *Cell, yield func(Move)) {
	if at.Node.Scout.Running {
		yield(Move{After: after(at, c.ScoutSendPrepare)})
	}
}

// FireCommanderSendAccept is the timer of a Commander.
func (c *Config) FireCommanderSendAccept(at *Cell, yield func(Move)) {
	for _, e := range at.Node.Commanders {
		yield(Move{Slot: e.Slot, After: after(at, func(x *Node) { c.CommanderSendAccept(x, e.Slot) })})
	}
}

// FireLeaderSendActive is the timer of a Leader that leads.
func (c *Config) FireLeaderSendActive(at *Cell, yield func(Move)) {
	if at.Node.Leader.Active {
		yield(Move{After: after(at, c.LeaderSendActive)})
	}
}

// FireReplicaFollowNext is the timer of a Replica that hears nothing of the leader.
func (c *Config) FireReplicaFollowNext(at *Cell, yield func(Move)) {
	if c.Follow && at.Node.Replica.Running {
		yield(Move{After: after(at, c.ReplicaFollowNext)})
	}
}

// FireReplicaAskMissing is the timer of a Replica that lacks a decision.
func (c *Config) FireReplicaAskMissing(at *Cell, yield func(Move)) {
	if at.Node.Replica.Running {
		yield(Move{After: after(at, c.ReplicaAskMissing)})
	}
}

// FireReplicaWriteCheckpoint is the timer of a Replica that has executed enough since the last checkpoint.
func (c *Config) FireReplicaWriteCheckpoint(at *Cell, yield func(Move)) {
	if r := at.Node.Replica; r.Running && r.Slot >= r.Checkpoint+c.CheckpointEvery {
		yield(Move{After: after(at, c.ReplicaWriteCheckpoint)})
	}
}

// FireBootstrapSendJoin is the timer of a Bootstrap.
func (c *Config) FireBootstrapSendJoin(at *Cell, yield func(Move)) {
	if at.Node.Bootstrap.Running {
		yield(Move{After: after(at, c.BootstrapSendJoin)})
	}
}

// CrashRestart loses all that is not durable. The Founder founds a cluster only on its first disk.
func (c *Config) CrashRestart(at *Cell, yield func(Move)) {
	x := at.Node
	yield(Move{After: c.StartedNode(x.Self, x.Disk, x.Acceptor, x.Self == c.Founder && x.Disk.Disk == x.Self)})
}

// WipeRestart loses all that the node has: it starts on another disk.
func (c *Config) WipeRestart(at *Cell, yield func(Move)) {
	x := at.Node
	if fresh := x.Disk.Disk + len(c.Nodes); fresh <= c.MaxDisks*len(c.Nodes) {
		yield(Move{After: c.StartedNode(x.Self, FormattedDisk(fresh), Acceptor{}, false)})
	}
}

// InitWith is the nodes as they first start, each with the messages that are for it: of sent, and of those that nodes send
// as they start.
func (c *Config) InitWith(voters, joining []Address, sent []Message) []*Cell {
	var cells []*Cell
	for _, n := range c.Nodes {
		node := c.FirstStart(n, voters, joining)
		sent = append(sent, node.Out...)
		node.Out = nil
		cells = append(cells, &Cell{Node: &node})
	}
	for _, cell := range cells {
		for _, m := range sent {
			if m.To == cell.Node.Self {
				cell.Inbox = append(cell.Inbox, &m)
			}
		}
	}
	return cells
}

// The initial states, by the names in MultiPaxos.tla and MC.tla.
var inits = map[string]func(c *Config) []*Cell{
	"Init":         (*Config).Init,
	"ProposedInit": (*Config).ProposedInit,
	"AdmitInit":    (*Config).AdmitInit,
	"DecidedInit":  (*Config).DecidedInit,
}

// Init sends nothing.
func (c *Config) Init() []*Cell { return c.initSent(nil) }

// initSent is InitWith with all nodes outside of the cluster, or none.
func (c *Config) initSent(sent []Message) []*Cell {
	if c.Founder == Nobody {
		return c.InitWith(c.Nodes, nil, sent)
	}
	return c.InitWith(nil, c.Nodes, sent)
}

// ProposedInit has every command proposed for every slot of ProposedSlots.
func (c *Config) ProposedInit() []*Cell { return c.initSent(c.EveryPropose()) }

// AdmitInit is the same in a cluster of all nodes but the highest, which asks to join it.
func (c *Config) AdmitInit() []*Cell {
	last := len(c.Nodes) - 1
	return c.InitWith(c.Nodes[:last], c.Nodes[last:], c.EveryPropose())
}

// EveryPropose is every command, proposed for every slot of ProposedSlots.
func (c *Config) EveryPropose() []Message {
	var sent []Message
	for _, to := range c.Candidates {
		for _, slot := range c.ProposedSlots {
			for _, command := range c.Commands {
				sent = append(sent, Message{Type: Propose, From: c.Nodes[0], To: to, Slot: slot,
					Proposal: CommandProposal(c.Nodes[0], command)})
			}
		}
	}
	return sent
}

// DecidedInit has the slots up to MaxSlot decided.
func (c *Config) DecidedInit() []*Cell {
	var sent []Message
	for _, to := range c.Nodes {
		for slot := 1; slot <= c.MaxSlot; slot++ {
			sent = append(sent, Message{Type: Decision, From: 1, To: to, Slot: slot, Proposal: CommandProposal(1, Command{1, slot})})
		}
	}
	return c.InitWith(c.Nodes, nil, sent)
}

// Bounded is whether a node may be in the state that a step leads to.
func (c *Config) Bounded(x *Node) bool {
	return x.Disk.Scouted.N <= c.MaxBallot[x.Self-1] && x.Replica.NextSlot <= c.MaxSlot+1
}
