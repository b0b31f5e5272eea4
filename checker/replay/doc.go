// Package replay plays behaviours of MultiPaxos.tla against the role code of impl/paxos: from spec to code.
//
// TLC makes the behaviours: random walks ([Simulate]), every edge of a dumped graph ([Graph]), or the error trace of a
// model whose flaw is planted in the code too ([Counterexample]). Each step is done by a real [paxos.Node] in a cluster
// of them (world.go), and then the whole modelled state of code and spec is compared, with the set of messages.
//
// TLC does not say which message a step delivered. The step's action and the two states leave few candidates; each is
// tried on a copy of the node, and one that leads to the spec's next state is right: the code is deterministic, so
// nothing is guessed. When none does, that is a [Mismatch].
package replay

// Abstraction is a difference between the states of code and spec that is no mismatch: the spec's words for it, and
// what this package does about it. There are no others.
type Abstraction struct {
	Spec string // from the head comment of MultiPaxos.tla
	Here string
}

// Abstractions are those that the head comment of MultiPaxos.tla lists, in its order.
var Abstractions = []Abstraction{
	{"Messages within a node (Invoke, Invoked, Adopted, Decided, Accepting) are calls inside the step.",
		"Node.Receive, Fire and Invoke end when their queue is empty; states are compared after that"},
	{"Time: any timer may fire whenever its role exists, and any message may be delivered at any later time, repeatedly " +
		"or never. So loss, duplication, reordering and every choice of timeouts are included.",
		"an alarm fires when the spec says so, but only one that the code has set; messages stay for ever"},
	{"Replica.heard: it only decides whether FollowNext turns to the next node. Here FollowNext always turns, and it may " +
		"fire at any time.",
		"where FollowTimeout only clears heard, it is fired a second time"},
	{"With Follow = FALSE the Leader that a Replica believes in: a Propose is then sent to every node of Candidates, so " +
		"it includes any belief.",
		"a Propose must go to the believed leader; it then counts as sent to all Candidates; Replica.Leader is not compared"},
	{"With Heartbeats = FALSE Active messages: Active only changes the believed leader and NextSlot.",
		"Active is not counted as sent"},
	{"Proposal.Input, Session.Output: nothing is decided on them. Client and sequence number name a command, the machine " +
		"is the sequence of the commands that it executed, and an output depends on nothing else.",
		"inputs and outputs name their command; one that names another is a difference; the machine records its inputs"},
	{"Session.ClientID is the key of its session here.", "a session under another key is a difference"},
	{"A disk's id: the first of node n is n, and further ones are fresh.", "disks are formatted with the spec's ids"},
	{"Node.refuse: no role here sends a message that is refused.", "a refused message is a mismatch"},
	{"A crash and the restart after it are one step: a node that is down for longer is one that no message reaches.",
		"CrashRestart drops the Node and starts one from what the writes left on its disk, WipeRestart from another disk"},
}
