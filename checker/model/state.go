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

// Proposal is a command and the node that the client turned to, or the admission of the disk with which Caller votes.
type Proposal struct {
	Caller        Address
	ClientID, Seq int // 0 in an admission
	Disk          int // 0 in a command

	Input string // what the command asks of the machine, where that is known: nothing is decided on it
}

// NoopProposal fills a gap.
var NoopProposal = Proposal{}

// CommandProposal is command m, asked for at node n.
func CommandProposal(n Address, m Command) Proposal {
	return Proposal{Caller: n, ClientID: m.ClientID, Seq: m.Seq}
}

// AdmissionProposal makes node n a voter, with the disk whose id is d.
func AdmissionProposal(n Address, d int) Proposal { return Proposal{Caller: n, Disk: d} }

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

// Acceptor is durable. It is None unless Running, as the other roles are.
type Acceptor struct {
	Running   bool
	BallotNum Ballot
	Accepted  Table[Vote]
	First     int // lowest slot not forgotten
}

// MachineState is what a checkpoint saves: the state that executing decisions leads to.
type MachineState struct {
	Machine  []Command      // executed, in order
	Sessions Table[Session] // the last of each client, by client
	Voters   Table[int]     // the disk with which each node votes, by node
}

// Replica executes decisions. Slot is the next to execute, NextSlot the next to propose for.
type Replica struct {
	Running        bool
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
	Running   bool
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

// Bootstrap gets a node into the cluster.
type Bootstrap struct {
	Running   bool
	Peer      Address // asked last
	Decisions Table[Proposal]
}

// Seed founds the cluster.
type Seed struct {
	Running bool
	Disks   Table[int] // of the nodes that asked, by node
}

// Disk is what is durable and not part of a role's state.
type Disk struct {
	Disk    int // its id
	Scouted Ballot
	Slot    int // of the checkpoint, 0 before the first Welcome
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
	Bootstrap  Bootstrap
	Seed       Seed
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
	Join
	Welcome
)

var typeNames = []string{"", "Propose", "Prepare", "Promise", "Accept", "Accepted", "Preempted", "Decision", "Active",
	"Join", "Welcome"}

func (t MessageType) String() string { return typeNames[t] }

// Message holds the fields of every type of message; those that a type lacks are zero.
type Message struct {
	Type              MessageType
	From, To          Address
	Slot              int
	BallotNum         Ballot // of Preempted: preemptedBy
	Proposal          Proposal
	AcceptedProposals Table[Vote]
	Disk              int // of Join
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

// CompareCommands orders commands by client, then number.
func CompareCommands(a, b Command) int {
	return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.Seq, b.Seq))
}

func compareAnswers(a, b Answer) int {
	return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Slot, b.Slot))
}
