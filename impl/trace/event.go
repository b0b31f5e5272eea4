package trace

import (
	"time"

	"multipaxos/impl/paxos"
)

// Format and Version are what the first line of a trace must name.
const (
	Format  = "multipaxos-trace"
	Version = 1
)

// MaxLine is the greatest length of a line, in bytes, that is written or read.
const MaxLine = 16 << 20

// Header is the first line.
type Header struct {
	Format          string            `json:"format"`  // NewRecorder sets it
	Version         int               `json:"version"` // NewRecorder sets it
	Nodes           []paxos.Address   `json:"nodes"`   // the members, ascending
	Quorum          int               `json:"quorum"`  // Acceptors in a majority
	Seed            uint64            `json:"seed"`
	Machine         string            `json:"machine"` // the state machine's name
	CheckpointEvery paxos.Slot        `json:"checkpoint_every"`
	Window          paxos.Slot        `json:"window"`
	Config          paxos.ConfigID    `json:"config"`
	Run             map[string]string `json:"run"` // free text: flags, faults
}

// Command is a client's command.
type Command struct {
	Client paxos.ClientID `json:"client_id"`
	Seq    uint64         `json:"seq"`
	Input  string         `json:"input"`
}

// The actions that are neither a message delivered nor an alarm.
const (
	Start     = "Start"     // a node starts, or restarts, on what its disk holds
	Cancel    = "Cancel"    // a client does not wait for its command any longer
	Lose      = "Lose"      // one copy of a message is lost
	Duplicate = "Duplicate" // the network makes one more copy of a message
	Crash     = "Crash"     // a node loses all but its disk
	Wipe      = "Wipe"      // a node that is down loses its disk
	Fault     = "Fault"     // something that changes no modelled state: a partition, a slow node
	End       = "End"       // the last line
)

// Event is one line: a step of a node, or something that happened to a message or a node.
type Event struct {
	Seq    uint64        // from 1, without gaps
	Time   time.Duration // virtual, since the start of the run
	Node   paxos.Address // where it happened; nobody in Lose, Duplicate, End and a Fault of the network
	Action string

	// The cause of a step: exactly one is set.
	Message *Message       // delivered
	Timer   *Timer         // fired
	Command *Command       // invoked or cancelled
	Durable *paxos.Durable // started from

	// The effects of a step.
	Writes  []paxos.Write
	Sent    []Message
	Left    int // how many of Sent left the node; a crash lost the others
	Answers []paxos.Answer
	State   State // the node's state after the step; it shares memory with other events: do not change it

	ID       uint64   // the message of Lose and Duplicate
	Text     string   // of Lose, Crash and Fault
	InFlight []uint64 // at the End: the ids that were neither delivered nor lost, once per copy

	decided paxos.Slots[paxos.Proposal] // what the step let the Replica learn
	about   paxos.Envelope              // the message of Lose and Duplicate, as the Reader knows it
}

// Message is an envelope and its id. No two messages of a run share one; the copies of a message do.
type Message struct {
	ID uint64
	paxos.Envelope
}

// Timer is an alarm that went off, and whose it was.
type Timer struct {
	paxos.Timer
	Slot    paxos.Slot // a Commander's; else 0
	Request Request    // a Requester's; else zero
}

// IsStep says whether e is a step of a node: it has a cause, effects and a state.
func (e *Event) IsStep() bool {
	return e.Message != nil || e.Timer != nil || e.Command != nil || e.Durable != nil
}
