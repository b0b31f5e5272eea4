package tracetlc

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"time"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// segment is a part of a trace that TLC walks on its own.
type segment struct {
	source *source
	base   int
	start  string
	events []string
	last   uint64     // the number of its last event
	goesOn bool       // the next segment goes on from its end
	low    paxos.Slot // no table has an entry below
}

// source is a trace that is cut into segments.
type source struct {
	name    string
	number  int
	header  trace.Header
	founder paxos.Address
	writer  *writer
	nodes   map[paxos.Address]*place
	flight  map[uint64]*message
	lastID  uint64
	seq     uint64        // of the last event
	time    time.Duration // of the last event
	ended   bool
}

// place is a node's in a trace: what TLC is told when a segment starts there.
type place struct {
	started, up, torn, wiped, heard bool
	state                           trace.State // of a node that is down, as it was before it crashed
	disk                            paxos.Durable
}

type message struct {
	envelope paxos.Envelope
	copies   int
}

// cut reads a trace to its end, in segments of as many events as size says of the event that begins one.
func cut(next func() (trace.Event, error), s *source, size func(seq uint64) int) ([]*segment, error) {
	var segments []*segment
	var g *segment
	room := 0
	for {
		e, err := next()
		if err == io.EOF {
			if s.ended {
				return segments, nil
			}
			e, err = trace.Event{Seq: s.seq + 1, Action: "no End"}, nil // which TLC will not allow
		}
		if err != nil {
			return nil, err
		}
		if room == 0 {
			if g != nil {
				g.goesOn = true
			}
			g, room = s.begin(), size(e.Seq)
			segments = append(segments, g)
		}
		g.events, g.last = append(g.events, s.take(&e)), e.Seq
		if room--; e.Action == "no End" {
			return segments, s.writer.err
		}
		if s.writer.err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.name, e.Seq+1, s.writer.err)
		}
	}
}

func newSource(name string, number int, h trace.Header) *source {
	s := &source{name: name, number: number, header: h, nodes: map[paxos.Address]*place{}, flight: map[uint64]*message{}}
	s.writer = &writer{names: newNames(h.Nodes), executed: newExecuted(h.Machine), trace: number}
	for _, a := range h.Nodes {
		s.nodes[a] = &place{}
	}
	return s
}

// take writes e and follows what it does.
func (s *source) take(e *trace.Event) string {
	if s.ended || e.Seq != s.seq+1 || e.Time < s.time {
		e = &trace.Event{Seq: e.Seq, Action: e.Action + " out of order"} // which TLC will not allow
	}
	s.seq, s.time, s.ended = e.Seq, max(e.Time, s.time), s.ended || e.Action == trace.End
	s.learn(e)
	p := s.nodes[e.Node]
	if p == nil {
		p = &place{} // an event of the network
	}
	before := p.state
	if e.Action == trace.Start {
		before = trace.State{}
		s.writer.format(e.Node, e.Durable.Disk)
		if e.State.Seed != nil && s.founder == 0 {
			s.founder = e.Node
		}
	}
	text := s.writer.event(e, before, s.changed(e))
	p.follow(e, before)
	if e.Action == trace.Wipe && !p.wiped {
		p.wiped = true
		s.writer.wipe(e.Node)
	}
	s.fly(e)
	return text
}

// changed says whether the message that arrives is not the one that was sent under its id.
func (s *source) changed(e *trace.Event) bool {
	if e.Message == nil || s.flight[e.Message.ID] == nil {
		return false
	}
	return !reflect.DeepEqual(s.flight[e.Message.ID].envelope, e.Message.Envelope)
}

// learn notes what e tells of decisions.
func (s *source) learn(e *trace.Event) {
	for _, m := range e.Sent {
		if d, ok := m.Message.(paxos.Decision); ok {
			s.writer.executed.decide(d.Slot, d.Proposal)
		}
	}
	if e.State.Replica != nil {
		decisions := e.State.Replica.Decisions.From(s.writer.executed.slot)
		for slot, p := range decisions.All() {
			s.writer.executed.decide(slot, p)
		}
	}
}

// follow follows the life of the node.
func (p *place) follow(e *trace.Event, before trace.State) {
	switch {
	case e.Action == trace.Crash:
		p.up, p.torn = false, false
	case e.Action == trace.Start:
		p.started, p.up, p.wiped = true, true, false
		p.disk = *e.Durable
		p.disk.Accepted = e.Durable.Accepted.Clone()
	}
	if !e.IsStep() {
		return
	}
	p.heard = heard(e, before, p.heard)
	for _, w := range e.Writes {
		p.disk.Apply(w)
	}
	p.torn = p.torn || e.Left < len(e.Sent)
	p.state = e.State
}

// heard says whether the leader has given a sign since the Replica last had to turn to the next: as Heard in Trace.tla.
func heard(e *trace.Event, before trace.State, was bool) bool {
	now := e.State
	switch {
	case e.Action == trace.Start || e.Action == "ReplicaFollowNext":
		return false
	case e.Action == "ReceiveActive":
		return now.Replica != nil
	case (e.Action == "ReceivePrepare" || e.Action == "ReceiveAccept") && now.Acceptor != nil:
		return was || before.Acceptor == nil || before.Acceptor.BallotNum != now.Acceptor.BallotNum
	case e.Action == "ReceivePromise" && now.Leader != nil:
		return was || now.Leader.Active && (before.Leader == nil || !before.Leader.Active)
	}
	return was
}

// fly follows the messages.
func (s *source) fly(e *trace.Event) {
	id := e.ID
	if e.Message != nil {
		id = e.Message.ID
	}
	switch m := s.flight[id]; {
	case m == nil:
	case e.Action == trace.Duplicate:
		m.copies++
	default:
		if m.copies--; m.copies == 0 {
			delete(s.flight, id)
		}
	}
	for i, m := range e.Sent {
		s.lastID = m.ID
		if i < e.Left {
			s.flight[m.ID] = &message{m.Envelope, 1}
		}
	}
}

// begin starts a segment where the trace is.
func (s *source) begin() *segment {
	s.writer.base = s.common()
	g := &segment{source: s, base: s.writer.base, low: s.lowest()}
	var nodes []string
	for _, a := range s.header.Nodes {
		nodes = append(nodes, s.node(a))
	}
	r := record{"nodes |-> " + list("<<", nodes, ">>")}
	var flight, extra []string
	for _, id := range slices.Sorted(maps.Keys(s.flight)) {
		flight = append(flight, s.writer.number(id)+" :> "+s.writer.message(s.flight[id].envelope))
		if more := s.flight[id].copies - 1; more > 0 {
			extra = append(extra, fmt.Sprintf("%d :> %d", id, more))
		}
	}
	r.add("flight", table(flight))
	r.add("extra", table(extra))
	r.add("lastID", s.writer.number(s.lastID))
	for _, set := range []struct {
		name string
		in   func(*place) bool
	}{
		{"started", func(p *place) bool { return p.started }}, {"up", func(p *place) bool { return p.up }},
		{"torn", func(p *place) bool { return p.torn }}, {"wiped", func(p *place) bool { return p.wiped }},
		{"heard", func(p *place) bool { return p.heard }},
	} {
		r.add(set.name, s.those(set.in))
	}
	r.add("firsts", s.firsts())
	g.start = r.String()
	return g
}

func (s *source) those(in func(*place) bool) string {
	var items []string
	for _, a := range s.header.Nodes {
		if in(s.nodes[a]) {
			items = append(items, s.writer.address(a))
		}
	}
	return list("{", items, "}")
}

func (s *source) firsts() string {
	var items []string
	for _, a := range s.header.Nodes {
		items = append(items, s.writer.slot(s.nodes[a].disk.First))
	}
	return list("<<", items, ">>")
}

// common counts the commands that all machines here have executed: of the nodes, of the disks, and on the way. A disk that
// has no checkpoint yet, whose slot is 0, has no machine.
func (s *source) common() int {
	least := len(s.writer.executed.commands)
	see := func(slot paxos.Slot) {
		if count, ok := s.writer.executed.below(slot); ok && slot > 0 {
			least = min(least, count)
		}
	}
	for _, p := range s.nodes {
		see(p.disk.Slot)
		if p.state.Replica != nil {
			see(p.state.Replica.Slot)
		}
	}
	for _, m := range s.flight {
		if w, ok := m.envelope.Message.(paxos.Welcome); ok {
			see(w.Slot)
		}
	}
	return least
}

// lowest returns a slot below which no table of a node has an entry.
func (s *source) lowest() paxos.Slot {
	low := s.writer.executed.slot
	for _, p := range s.nodes {
		low = min(low, p.disk.First)
		if p.state.Replica != nil {
			low = min(low, p.state.Replica.First)
		}
	}
	return low
}

// node writes all that a node is.
func (s *source) node(a paxos.Address) string {
	p, w := s.nodes[a], s.writer
	if !p.started {
		return "NewNode(" + w.address(a) + ")"
	}
	r := record{
		role("acceptor", p.state.Acceptor, w.acceptor), s.replica(p),
		role("leader", p.state.Leader, w.leader), role("scout", p.state.Scout, w.scout),
		"commanders |-> " + slotsOf(w.names, p.state.Commanders, w.commander),
		"requester |-> " + w.requests(p.state.Requesters),
		role("bootstrap", p.state.Bootstrap, w.bootstrap), role("seed", p.state.Seed, w.seed),
	}
	r.add("disk", fmt.Sprintf("[disk |-> %s, scouted |-> %s, slot |-> %s, state |-> %s]",
		w.disk(p.disk.Disk), w.ballot(p.disk.Scouted), w.slot(p.disk.Slot), w.state(p.disk.Slot, p.disk.State)))
	return r.String()
}

func role[R any](name string, state *R, fields func(before, after *R) record) string {
	if state == nil {
		return name + " |-> None"
	}
	return name + " |-> " + fields(nil, state).String()
}

func (s *source) replica(p *place) string {
	if p.state.Replica == nil {
		return "replica |-> None"
	}
	r := s.writer.replica(nil, p.state.Replica)
	r.add("machine", s.writer.machine(p.state.Replica.Slot))
	r.add("checkpoint", s.writer.slot(p.disk.Slot))
	return "replica |-> " + r.String()
}
