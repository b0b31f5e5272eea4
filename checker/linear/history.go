// Package linear judges histories: what clients called, what they were answered, and in which slots the cluster
// decided it. Is there one order of all operations that explains every answer and never contradicts real time?
//
// Three judges answer independently, and must agree:
//
//	Certificate   replays the decided slots: the order is given, so its check is linear in the history's length
//	Porcupine     searches for an order and knows nothing of slots: exponential at worst, so it may end Unknown
//	BruteForce    tries all orders of a tiny history: the twin of the other two
//
// Check runs those that fit a history and reports. The package judges data only; it imports the state machines
// (package bank, package kv), never the protocol.
package linear

import (
	"fmt"
	"slices"
	"time"
)

// Kind says what an Event is.
type Kind uint8

// The kinds of events.
const (
	Call    Kind = iota + 1 // a client calls an operation
	Return                  // a client gets the answer
	Retry                   // a client sends its open call again, perhaps to another node
	Abandon                 // a client gives its open call up: whether it takes effect is unknown
	Decided                 // the cluster decided a slot
	Note                    // something worth showing beside the operations: a crash, a partition, a new leader
)

var kindNames = [...]string{Call: "call", Return: "return", Retry: "retry", Abandon: "abandon", Decided: "decided", Note: "note"}

// String returns the name that history files use.
func (k Kind) String() string {
	if k < Call || k > Note {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// Event is one line of a history. Which fields a kind uses is told beside them; the others are zero.
type Event struct {
	Kind   Kind
	Time   time.Duration // virtual time since the start of the run: for display only, the order of events is their order
	Client uint64        // session, at least 1; all but Note. 0 in Decided is a no-op
	Seq    uint64        // number of the call in its session, at least 1 and rising; as Client
	Slot   uint64        // Return: the slot in which the operation was executed; Decided. Slots start at 1
	Node   string        // Call, Return, Retry: the client's node; Note: the node concerned, or empty
	Input  string        // Call, Decided: the operation; empty for a no-op
	Output string        // Return: the answer
	Note   string        // Note: crash, restart, partition, heal, leader, or any other word
	Text   string        // Note: what to show
}

// The words of notes that the visualization understands: from crash to restart, from partition to heal and from
// leader to leader it draws a bar, all else is a point.
const (
	NoteCrash     = "crash"
	NoteRestart   = "restart"
	NotePartition = "partition"
	NoteHeal      = "heal"
	NoteLeader    = "leader"
)

// Header describes a run.
type Header struct {
	Machine string            // "bank" or "kv"
	Initial string            // snapshot of the machine before the first decided slot
	Nodes   []string          // addresses; when given, events may name no others
	Seed    uint64            // of the run
	Run     map[string]string // whatever else tells runs apart: commit, configuration, replay command
}

// History is a header and events in real-time order.
type History struct {
	Header
	Name   string // where it came from, for messages: a file name
	Events []Event
}

// Where names the line of event i in the history's file: the header is line 1, and each event has a line.
func (h *History) Where(i int) string {
	name := h.Name
	if name == "" {
		name = "history"
	}
	return fmt.Sprintf("%s:%d", name, i+2)
}

// Recorder collects the history of a live run in memory. It checks nothing (Validate does) and is not safe for
// concurrent use.
type Recorder struct {
	header  Header
	full    [][]Event // of chunkLength each: a long run copies no events while it grows
	current []Event
	decided map[uint64]int // slot -> index of the event that first told of it
}

const chunkLength = 1 << 13

// command identifies what a slot decides. The zero command is a no-op.
type command struct {
	client, seq uint64
	input       string
}

// NewRecorder starts a history.
func NewRecorder(header Header) *Recorder {
	return &Recorder{header: header, current: make([]Event, 0, 1<<6), decided: map[uint64]int{}}
}

// Call records that a client calls an operation at a node.
func (r *Recorder) Call(at time.Duration, client, seq uint64, node, input string) {
	r.add(Event{Kind: Call, Time: at, Client: client, Seq: seq, Node: node, Input: input})
}

// Return records an answer and the slot in which the operation was executed (not the slot of a later duplicate).
func (r *Recorder) Return(at time.Duration, client, seq uint64, node, output string, slot uint64) {
	r.add(Event{Kind: Return, Time: at, Client: client, Seq: seq, Node: node, Output: output, Slot: slot})
}

// Retry records that a client sends its open call again.
func (r *Recorder) Retry(at time.Duration, client, seq uint64, node string) {
	r.add(Event{Kind: Retry, Time: at, Client: client, Seq: seq, Node: node})
}

// Abandon records that a client gives its open call up.
func (r *Recorder) Abandon(at time.Duration, client, seq uint64) {
	r.add(Event{Kind: Abandon, Time: at, Client: client, Seq: seq})
}

// Decided records a decision; client 0, seq 0 and an empty input are a no-op. Every node may report every decision:
// what is known already is not recorded again, and what contradicts it is.
func (r *Recorder) Decided(at time.Duration, slot, client, seq uint64, input string) {
	first, known := r.decided[slot]
	if !known {
		r.decided[slot] = r.Len()
	} else if e := r.event(first); e.Client == client && e.Seq == seq && e.Input == input {
		return
	}
	r.add(Event{Kind: Decided, Time: at, Slot: slot, Client: client, Seq: seq, Input: input})
}

// Note records an annotation; node may be empty.
func (r *Recorder) Note(at time.Duration, node, word, text string) {
	r.add(Event{Kind: Note, Time: at, Node: node, Note: word, Text: text})
}

// Len returns the number of events recorded so far.
func (r *Recorder) Len() int { return len(r.full)*chunkLength + len(r.current) }

// History returns what was recorded so far. Recording more does not change it. It shares memory with the recorder.
func (r *Recorder) History() *History {
	if len(r.full) == 0 {
		return &History{Header: r.header, Events: slices.Clip(r.current)}
	}
	events := make([]Event, 0, r.Len())
	for _, chunk := range r.full {
		events = append(events, chunk...)
	}
	return &History{Header: r.header, Events: append(events, r.current...)}
}

func (r *Recorder) event(i int) *Event {
	if chunk := i / chunkLength; chunk < len(r.full) {
		return &r.full[chunk][i%chunkLength]
	}
	return &r.current[i%chunkLength]
}

func (r *Recorder) add(e Event) {
	if len(r.current) == chunkLength {
		r.full = append(r.full, r.current)
		r.current = make([]Event, 0, chunkLength)
	}
	r.current = append(r.current, e)
}
