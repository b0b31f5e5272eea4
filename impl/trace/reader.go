package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"time"

	"multipaxos/impl/paxos"
)

// Reader reads a trace, one event at a time, and refuses one that no run can have left. Its memory is bounded by
// MaxLine, by the nodes' states and by the messages in flight.
type Reader struct {
	name     string
	r        *bufio.Reader
	file     io.Closer
	codec    codec
	event    Event
	number   int // of the line read last
	seq      uint64
	time     time.Duration
	messages Ledger[paxos.Envelope]
	nodes    map[paxos.Address]*life
	ended    bool
	err      error // the first; Next repeats it
}

// life is what a Reader knows of a node.
type life struct {
	started bool // ever
	up      bool
	torn    bool // its last step lost messages: it must crash before anything else happens to it
}

// Open reads the header of the trace in a file. Close closes it.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Read(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.file = f
	return r, nil
}

// Read reads the header of a trace. Errors call the trace by its name.
func Read(r io.Reader, name string) (*Reader, error) {
	t := &Reader{name: name, r: bufio.NewReaderSize(r, 1<<16), nodes: map[paxos.Address]*life{}}
	data, err := t.readLine()
	if err == io.EOF {
		return nil, t.wrong(1, "a header", "an empty trace")
	}
	if err != nil {
		return nil, err
	}
	if err := t.readHeader(data); err != nil {
		return nil, err
	}
	for _, a := range t.codec.header.Nodes {
		t.nodes[a] = &life{}
	}
	return t, nil
}

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Header returns the first line.
func (r *Reader) Header() Header { return r.codec.header }

// Line returns the number of the line read last, from 1.
func (r *Reader) Line() int { return r.number }

// Errorf says what is wrong with the line read last.
func (r *Reader) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", r.name, r.number, fmt.Errorf(format, args...))
}

func (r *Reader) wrong(number int, want, found string) error {
	return fmt.Errorf("%s:%d: want %s, found %s", r.name, number, want, found)
}

func (r *Reader) readHeader(data []byte) error {
	if !bytes.HasPrefix(data, []byte(`{"format":`)) {
		return r.wrong(1, "a header", excerpt(data, 0))
	}
	r.codec.read(data)
	r.codec.headerLine()
	if err := r.codec.end(); err != nil {
		return r.Errorf("%w", err)
	}
	if err := r.codec.header.validate(); err != nil {
		return r.Errorf("%w", err)
	}
	return nil
}

// validate says what is wrong with the header.
func (h *Header) validate() error {
	if len(h.Nodes) == 0 {
		return errors.New("want at least one node, found none")
	}
	for i, a := range h.Nodes {
		if a == 0 || a > paxos.MaxAddress || i > 0 && a <= h.Nodes[i-1] {
			return fmt.Errorf("want ascending nodes from N1 to N%d, found %v", paxos.MaxAddress, h.Nodes)
		}
	}
	if h.Quorum < 1 || h.Quorum > len(h.Nodes) {
		return fmt.Errorf("want a quorum from 1 to %d, found %d", len(h.Nodes), h.Quorum)
	}
	return nil
}

// readLine returns the next line without its newline, or io.EOF when there is none.
func (r *Reader) readLine() ([]byte, error) {
	r.number++
	var long []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(long)+len(part) > MaxLine {
			return nil, r.wrong(r.number, fmt.Sprintf("a line of up to %d bytes", MaxLine), "a longer one")
		}
		switch {
		case err == bufio.ErrBufferFull:
			long = append(long, part...)
			continue
		case err == io.EOF && len(long)+len(part) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, r.wrong(r.number, "a newline at the end of the line", "the end of the trace: it was cut")
		case err != nil:
			return nil, fmt.Errorf("%s:%d: %w", r.name, r.number, err)
		case long != nil:
			part = append(long, part...)
		}
		return part[:len(part)-1], nil
	}
}

// Next returns the next event; after the End event, io.EOF.
func (r *Reader) Next() (Event, error) {
	if r.err != nil {
		return Event{}, r.err
	}
	e, err := r.next()
	if err != nil {
		r.err = err
		return Event{}, err
	}
	return *e, nil
}

func (r *Reader) next() (*Event, error) {
	data, err := r.readLine()
	switch {
	case err == io.EOF && r.ended:
		return nil, io.EOF
	case err == io.EOF:
		return nil, r.wrong(r.number, "an End event", "the end of the trace: it was cut")
	case err != nil:
		return nil, err
	case r.ended:
		return nil, r.wrong(r.number, "the end of the trace after End", excerpt(data, 0))
	}
	r.codec.read(data)
	e := &r.event
	*e = Event{}
	if err := r.read(e); err != nil {
		return nil, r.Errorf("%w", err)
	}
	return e, nil
}

// read reads an event. What it did to its node is read when it is known that it can come next.
func (r *Reader) read(e *Event) error {
	c := &r.codec
	if c.event(e); c.err != nil {
		return c.err
	}
	if err := r.follow(e); err != nil {
		return err
	}
	c.change(e)
	if err := c.end(); err != nil {
		return err
	}
	return r.followMessages(e)
}

// excerpt quotes the part of a line that begins at i, and a little of what stands before it.
func excerpt(data []byte, i int) string {
	part := string(data[max(0, i-20):min(len(data), i+40)])
	if strconv.CanBackquote(part) {
		return "`" + part + "`"
	}
	return strconv.Quote(part)
}

// follow checks that e can come next, but for its messages.
func (r *Reader) follow(e *Event) error {
	switch {
	case e.Seq != r.seq+1:
		return fmt.Errorf("want seq %d, found %d", r.seq+1, e.Seq)
	case e.Time < r.time:
		return fmt.Errorf("want a time from %d ns on, found %d", int64(r.time), int64(e.Time))
	}
	r.seq, r.time = e.Seq, e.Time
	if err := checkCause(e); err != nil {
		return err
	}
	return r.followNode(e)
}

// checkCause checks that e's action is one, and that the event has what belongs to it.
func checkCause(e *Event) error {
	want, known := causes[e.Action]
	if !known {
		return fmt.Errorf("want a known action, found %q", e.Action)
	}
	var found cause
	for _, c := range []struct {
		is  bool
		bit cause
	}{{e.Durable != nil, byDurable}, {e.Message != nil, byMessage}, {e.Timer != nil, byTimer}, {e.Command != nil, byCommand}} {
		if c.is {
			found |= c.bit
		}
	}
	if found&^want != 0 || found&(found-1) != 0 || want != 0 && found == 0 {
		return fmt.Errorf("want %v of %s, found %v", want, e.Action, found)
	}
	if e.Message != nil && e.Action != ReceiveAction(e.Message.Message) {
		return fmt.Errorf("want action %s, found %s", ReceiveAction(e.Message.Message), e.Action)
	}
	if err := checkAlarm(e); err != nil {
		return err
	}
	return checkFields(e)
}

// checkAlarm checks that e's alarm is one that its action has.
func checkAlarm(e *Event) error {
	t := e.Timer
	switch {
	case t == nil:
		return nil
	case t.Kind != alarms[e.Action]:
		return fmt.Errorf("want the alarm %v of %s, found %v", alarms[e.Action], e.Action, t.Kind)
	case t.Slot != 0 && e.Action != "CommanderSendAccept":
		return fmt.Errorf("want no slot in the alarm of %s, found %d", e.Action, t.Slot)
	case t.Request != Request{} && e.Action != "RequesterSendInvoke":
		return fmt.Errorf("want no request in the alarm of %s, found %v", e.Action, t.Request)
	}
	return nil
}

// checkFields checks the fields that only some actions have.
func checkFields(e *Event) error {
	step := e.IsStep()
	message := e.Action == Lose || e.Action == Duplicate
	text := e.Action == Lose || e.Action == Crash || e.Action == Fault
	switch {
	case !step && (len(e.Writes)+len(e.Sent)+len(e.Answers) > 0 || e.Left != 0):
		return fmt.Errorf("want no effects of %s, found some", e.Action)
	case (e.ID != 0) != message:
		return fmt.Errorf("want the id of a message with Lose and Duplicate only, found %d with %s", e.ID, e.Action)
	case e.Text != "" && !text || e.Text == "" && e.Action == Lose:
		return fmt.Errorf("want a text with Lose, Crash and Fault only, found %q with %s", e.Text, e.Action)
	case e.Node == 0 && (step || e.Action == Crash || e.Action == Wipe):
		return fmt.Errorf("want a node with %s, found none", e.Action)
	case e.Node != 0 && (message || e.Action == End):
		return fmt.Errorf("want no node with %s, found %v", e.Action, e.Node)
	}
	return nil
}

// followNode checks that e's node lives as e says.
func (r *Reader) followNode(e *Event) error {
	if e.Node == 0 {
		return nil
	}
	n, ok := r.nodes[e.Node]
	if !ok {
		return fmt.Errorf("want a node of %v, found %v", r.codec.header.Nodes, e.Node)
	}
	switch {
	case e.Action == Fault:
		return nil
	case e.Action == Start:
		if n.up {
			return fmt.Errorf("want a Start of a node that is down, found %v, which is up", e.Node)
		}
	case !n.started:
		return fmt.Errorf("want a Start of %v first, found %s", e.Node, e.Action)
	case e.Action == Wipe && n.up:
		return fmt.Errorf("want a Wipe of a node that is down, found %v, which is up", e.Node)
	case e.Action != Wipe && !n.up:
		return fmt.Errorf("want a Start of %v, which is down, found %s", e.Node, e.Action)
	case n.torn && e.Action != Crash:
		return fmt.Errorf("want a Crash of %v, whose last step lost messages, found %s", e.Node, e.Action)
	}
	n.started, n.up, n.torn = true, e.IsStep(), e.Left < len(e.Sent)
	return nil
}

// equal says whether two envelopes are. Most messages can be compared with ==, in a fraction of the time.
func equal(a, b paxos.Envelope) bool {
	if !flat(a.Message) || !flat(b.Message) {
		return reflect.DeepEqual(a, b)
	}
	return a == b
}

func (r *Reader) followMessages(e *Event) (err error) {
	var sent paxos.Envelope
	switch {
	case e.Message != nil:
		sent, err = r.messages.Take(e.Message.ID)
		if err == nil && !equal(sent, e.Message.Envelope) {
			return fmt.Errorf("want message %d as it was sent, %v, found %v", e.Message.ID, sent, e.Message.Envelope)
		}
		if err == nil && e.Message.To != e.Node {
			return fmt.Errorf("want a delivery to %v, found one to %v", e.Node, e.Message.To)
		}
	case e.Action == Lose:
		e.about, err = r.messages.Take(e.ID)
	case e.Action == Duplicate:
		e.about, err = r.messages.Duplicate(e.ID)
	case e.Action == End:
		return r.end(e)
	}
	if err != nil {
		return err
	}
	for _, m := range e.Sent {
		if r.nodes[m.To] == nil {
			return fmt.Errorf("want messages to %v, found %v", r.codec.header.Nodes, m.Envelope)
		}
	}
	return sendAll(&r.messages, e.Sent, e.Left, func(m *Message) paxos.Envelope { return m.Envelope })
}

func (r *Reader) end(e *Event) error {
	r.ended = true
	if want := r.messages.InFlight(); !slices.Equal(want, e.InFlight) {
		return fmt.Errorf("want in flight %v, found %v", want, e.InFlight)
	}
	for _, a := range r.codec.header.Nodes {
		if r.nodes[a].torn {
			return fmt.Errorf("want a Crash of %v, whose last step lost messages, found %s", a, e.Action)
		}
	}
	return nil
}

func (c cause) String() string {
	var names []string
	for i, name := range []string{"durable", "message", "timer", "command"} {
		if c>>i&1 == 1 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "no cause"
	}
	return fmt.Sprint("cause ", names)
}
