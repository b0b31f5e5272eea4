package paxos

// Bootstrap gets a node that is not part of a cluster, or not any longer, into one.
type Bootstrap struct {
	role
	Peer      Address         // the member asked last
	Decisions Slots[Proposal] // heard of meanwhile
}

// NewBootstrap returns a Bootstrap for a node that was never welcomed.
func NewBootstrap(n *Node, _ *Durable) *Bootstrap {
	return &Bootstrap{role: newRole(n), Peer: n.Self}
}

// Deliver hands m to its handler.
func (b *Bootstrap) Deliver(out *Out, from Address, m Message) {
	switch m := m.(type) {
	case Welcome:
		b.HandleWelcome(from, m, out)
	case Decision:
		b.HandleDecision(from, m, out)
	}
}

// Fire sends Join, at first and again.
func (b *Bootstrap) Fire(out *Out, _ TimerKind) {
	b.SendJoin(out)
	out.After(JoinRetransmit, Retransmit)
}

// SendJoin asks the next peer.
//
// Spec: BootstrapSendJoin.
func (b *Bootstrap) SendJoin(out *Out) {
	b.Peer = b.node.Config.Next(b.Peer)
	if b.Peer == b.node.Self {
		b.Peer = b.node.Config.Next(b.Peer)
	}
	out.Send(b.Peer, Join{Disk: b.node.Disk})
}

// HandleDecision keeps a decision that overtook the Welcome.
//
// Spec: BootstrapHandleDecision.
func (b *Bootstrap) HandleDecision(from Address, m Decision, out *Out) {
	b.Decisions.Put(m.Slot, m.Proposal)
}

// HandleWelcome makes the node part of the cluster, durably, and starts its roles.
//
// Spec: BootstrapHandleWelcome.
func (b *Bootstrap) HandleWelcome(from Address, m Welcome, out *Out) {
	b.node.stop(b.id)
	b.node.welcomed(out, m)
	for slot, p := range b.Decisions.All() {
		b.node.Replica.HandleDecision(from, Decision{Slot: slot, Proposal: p}, out)
	}
}

// welcomed starts the roles of a node in the state of m, which becomes its first checkpoint.
func (n *Node) welcomed(out *Out, m Welcome) {
	joined := Checkpointed{Slot: m.Slot, First: m.Slot, State: m.State}
	out.Write(joined)
	d := Durable{Disk: n.Disk}
	d.Apply(joined)
	n.play(out, &d)
	for slot, p := range m.Decisions.All() {
		n.Replica.HandleDecision(n.Self, Decision{Slot: slot, Proposal: p}, out)
	}
}
