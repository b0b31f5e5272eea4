package trace

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"multipaxos/impl/paxos"
)

// Cause is what made a node take a step. Exactly one of the fields after ID is set.
type Cause struct {
	Action  string          // Start, "Receive" and the message's type, TimerAction's answer, "RequesterSendInvoke", Cancel
	ID      uint64          // of the message delivered; 0 if none
	Message *paxos.Envelope // delivered
	Timer   *paxos.Timer    // fired
	Command *Command        // invoked or cancelled by a client
	Durable *paxos.Durable  // started from
}

// Recorder writes a trace, or hands its events to who looks on, or both. It reads the nodes and changes nothing. Not
// for concurrent use.
type Recorder struct {
	w        *bufio.Writer // nil: nothing is written
	see      func(*Event)  // nil: nobody looks on
	codec    codec
	err      error // the first; nothing is written after it
	seq      uint64
	event    Event
	message  Message
	timer    Timer
	sent     []Message
	messages Ledger[struct{}]
	nodes    [paxos.MaxAddress + 1]*lens // nil: nothing since its last crash
}

// NewRecorder writes the header and returns a Recorder. It buffers: Close writes the rest. Errors are kept for
// Close. With a nil w nothing is written: see Observe.
func NewRecorder(w io.Writer, h Header) *Recorder {
	h.Format, h.Version = Format, Version
	r := &Recorder{codec: codec{header: h}}
	r.keep(h.validate())
	if w != nil {
		r.w = bufio.NewWriterSize(w, 1<<16)
		r.write(r.codec.written(r.codec.headerLine))
	}
	return r
}

// Header returns the first line of the trace.
func (r *Recorder) Header() Header { return r.codec.header }

// Observe has each event handed to see when it is recorded. The event and its state are good until see returns.
func (r *Recorder) Observe(see func(*Event)) { r.see = see }

// Step records a step of node that c caused and out came of. out.Messages[i] has the id firstID+i; only the first
// sent of them left, because a crash lost the others. Ids rise from step to step. A Cancel has no out.
func (r *Recorder) Step(at time.Duration, node *paxos.Node, c Cause, out *paxos.Out, firstID uint64, sent int) {
	if r.err != nil {
		return
	}
	e := r.next(at, node.Self, c.Action)
	e.Command, e.Durable = c.Command, c.Durable
	if c.Message != nil {
		r.message = Message{c.ID, *c.Message}
		e.Message = &r.message
		_, err := r.messages.Take(c.ID)
		r.keep(err)
	}
	last := r.nodes[node.Self]
	if last == nil {
		last = new(lens)
		r.nodes[node.Self] = last
	}
	if c.Timer != nil {
		r.timer = last.timer(*c.Timer)
		e.Timer = &r.timer
	}
	if out != nil {
		r.addEffects(e, out, firstID, sent)
	}
	e.State = last.view(node)
	r.put(e)
}

func (r *Recorder) addEffects(e *Event, out *paxos.Out, firstID uint64, left int) {
	r.sent = r.sent[:0]
	for i := range out.Messages {
		r.sent = append(r.sent, Message{firstID + uint64(i), out.Messages[i]})
	}
	e.Writes, e.Sent, e.Left, e.Answers = out.Writes, r.sent, left, out.Answers
	r.keep(sendAll(&r.messages, e.Sent, left, func(*Message) struct{} { return struct{}{} }))
}

// Lose records that one copy of a message is lost, and why: loss, partition, crashed, refused, …
func (r *Recorder) Lose(at time.Duration, id uint64, why string) {
	e := r.next(at, 0, Lose)
	e.ID, e.Text = id, why
	_, err := r.messages.Take(id)
	r.keep(err)
	r.put(e)
}

// Duplicate records that one more copy of a message will be delivered or lost. The message must be in flight.
func (r *Recorder) Duplicate(at time.Duration, id uint64) {
	e := r.next(at, 0, Duplicate)
	e.ID = id
	_, err := r.messages.Duplicate(id)
	r.keep(err)
	r.put(e)
}

// Crash records that a node lost all but its disk. The note says what the disk kept of an unfinished step.
func (r *Recorder) Crash(at time.Duration, node paxos.Address, note string) {
	e := r.next(at, node, Crash)
	e.Text = note
	r.put(e)
	r.nodes[node] = nil
}

// Wipe records that a node that is down lost its disk.
func (r *Recorder) Wipe(at time.Duration, node paxos.Address) { r.put(r.next(at, node, Wipe)) }

// Fault records what changes no modelled state: a partition, a slow node, a clock's skew. node is 0 when it
// happens to the network.
func (r *Recorder) Fault(at time.Duration, node paxos.Address, text string) {
	e := r.next(at, node, Fault)
	e.Text = text
	r.put(e)
}

// Close writes the End line, with the ids that are still in flight, and returns the first error of all.
func (r *Recorder) Close(at time.Duration) error {
	e := r.next(at, 0, End)
	e.InFlight = r.messages.InFlight()
	r.put(e)
	if r.w != nil {
		r.keep(r.w.Flush())
	}
	return r.err
}

// next begins an event.
func (r *Recorder) next(at time.Duration, node paxos.Address, action string) *Event {
	r.seq++
	e := &r.event
	*e = Event{}
	e.Seq, e.Time, e.Node, e.Action = r.seq, at, node, action
	return e
}

// put writes an event, and shows it.
func (r *Recorder) put(e *Event) {
	if r.err == nil && r.w != nil {
		r.write(r.codec.encode(e))
	}
	if r.err == nil && r.see != nil {
		r.see(e)
	}
}

func (r *Recorder) write(data []byte, err error) {
	r.keep(err)
	if r.err == nil {
		_, err = r.w.Write(data)
		r.keep(err)
	}
}

// keep keeps the first error.
func (r *Recorder) keep(err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("trace: event %d: %w", r.seq, err)
	}
}
