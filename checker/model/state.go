package model

import "cmp"

// Address is a node: 1, 2, ... Nobody is 0.
type Address = int

// Nobody leads the null ballot and calls the no-op.
const Nobody Address = 0

// Ballot is ordered by number, then leader.
type Ballot struct {
	N      int
	Leader Address
}

// NullBallot is below every ballot.
var NullBallot = Ballot{0, Nobody}

// Less is the order of ballots.
func Less(b, c Ballot) bool { return b.N < c.N || b.N == c.N && b.Leader < c.Leader }

// Command is what a client asks for. ClientID is its place in Config.Clients, from 1.
type Command struct{ ClientID, Seq int }

// Proposal is a command and the node that the client turned to.
type Proposal struct {
	Caller        Address
	ClientID, Seq int
}

// NoopProposal fills a gap.
var NoopProposal = Proposal{Nobody, 0, 0}

func (p Proposal) command() Command { return Command{p.ClientID, p.Seq} }

// Vote is what an Acceptor accepted for a slot.
type Vote struct {
	BallotNum Ballot
	Proposal  Proposal
}

// Session is the last command of a client that was executed, and the slot that decided it.
type Session struct{ Seq, Slot int }

// Answer is what a client gets.
type Answer struct{ ClientID, Seq, Slot int }

// Acceptor is durable.
type Acceptor struct {
	BallotNum Ballot
	Accepted  Table[Vote]
	First     int // lowest slot not forgotten
}

// MachineState is what a checkpoint saves: the state that executing decisions leads to: the commands executed, in order, and the last of each client.
type MachineState struct {
	Machine  []Command
	Sessions Table[Session] // by client
}

// Replica executes decisions. Slot is the next to execute, NextSlot the next to propose for.
type Replica struct {
	Slot, NextSlot int
	Proposals      Table[Proposal]
	Decisions      Table[Proposal]
	First          int // lowest slot not forgotten
	MachineState
	Leader     Address
	Checkpoint int // the slot that the last one was written at
}

// Leader commands proposals while Active.
type Leader struct {
	BallotNum Ballot
	Active    bool
	Proposals Table[Proposal]
}

// Scout is None unless Running.
type Scout struct {
	Running           bool
	BallotNum         Ballot
	Promised          []Address // ascending
	AcceptedProposals Table[Vote]
}

// None is a Scout that is not there.
var None = Scout{}

// Commander has one proposal accepted.
type Commander struct {
	BallotNum Ballot
	Slot      int
	Proposal  Proposal
	Accepted  []Address // ascending
}

// Disk is what is durable and not part of a role's state.
type Disk struct {
	Scouted Ballot
	Slot    int // of the checkpoint
	State   MachineState
}

// Node is a node's roles and disk. Out and Answers are what the step at hand has sent; they are empty between steps.
type Node struct {
	Self       Address
	Acceptor   Acceptor
	Replica    Replica
	Leader     Leader
	Scout      Scout
	Commanders Table[Commander]
	Requester  []Command // ascending
	Disk       Disk

	Out     []Message
	Answers []Answer
}

// MessageType names a message.
type MessageType uint8

// The messages.
const (
	Propose MessageType = iota + 1
	Prepare
	Promise
	Accept
	Accepted
	Preempted
	Decision
	Active
	Welcome
)

var typeNames = []string{"", "Propose", "Prepare", "Promise", "Accept", "Accepted", "Preempted", "Decision", "Active",
	"Welcome"}

func (t MessageType) String() string { return typeNames[t] }

// Message holds the fields of every type of message; those that a type lacks are zero.
type Message struct {
	Type              MessageType
	From, To          Address
	Slot              int
	BallotNum         Ballot // of Preempted: preemptedBy
	Proposal          Proposal
	AcceptedProposals Table[Vote]
	State             MachineState
	Decisions         Table[Proposal]
}

// Cell is a node and the messages that were sent to it. It holds all that the node's next step depends on, but for how
// often nodes crashed.
type Cell struct {
	Node  *Node
	Inbox []*Message // a set

	decided  []slotProposal // what the cell adds to Decided
	proposed []ballotVote   // what the cell adds to Proposed

	id    uint32   // its number, see interner
	node  uint32   // the number of its node
	inbox []uint32 // the numbers of its messages, ascending
}

type slotProposal struct {
	slot     int
	proposal Proposal
}

type ballotVote struct {
	ballot Ballot
	slot   int
	Proposal
}

// State is a state of the specification. Cells[i] belongs to Config.Nodes[i].
type State struct {
	Cells   []*Cell
	Answers []Answer // a set
	Crashes int
}

func compareCommands(a, b Command) int {
	return cmp.Or(a.ClientID-b.ClientID, a.Seq-b.Seq)
}

func compareAnswers(a, b Answer) int {
	return cmp.Or(a.ClientID-b.ClientID, a.Seq-b.Seq, a.Slot-b.Slot)
}
