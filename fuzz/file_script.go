package fuzz

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"multipaxos/checker/linear"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// happening is one thing that happened in a run, told by what it was about and not by its rank. So it keeps its meaning
// when others before it are taken away. It is the form in which schedules are made small.
type happening struct {
	kind     sim.ActKind
	node     paxos.Address  // where; of a message the receiver
	envelope paxos.Envelope // of Deliver, Drop, Duplicate and Cut
	timer    paxos.Timer    // of Fire
	action   string         // that the timer meant
	client   int            // of Turn, Retry and Abandon
	cut      bool           // the node crashes in this step, after its writes
	left     int            // then: how many of its messages leave
}

// simpler returns what is milder than h, or goes without saying: that the earliest thing happens.
func (h happening) simpler() (list []happening) {
	if h.kind == sim.Step {
		return nil
	}
	list = append(list, happening{kind: sim.Step})
	if h.cut {
		h.cut = false
		list = append(list, h)
	}
	return list
}

// sorts names what h has in common with others, from all that is of its kind to what is about the same.
func (h happening) sorts() []string {
	switch {
	case h.ofMessage():
		kind := fmt.Sprintf("%v %T", h.kind, h.envelope.Message)
		return []string{kind, fmt.Sprintf("%s %v", kind, h.envelope.From), fmt.Sprintf("%s %v-%v", kind, h.envelope.From, h.envelope.To),
			fmt.Sprintf("%v", h.envelope), fmt.Sprintf("slot %d", slotOf(h.envelope.Message))}
	case h.kind == sim.Fire:
		return []string{h.action, fmt.Sprintf("%s %v", h.action, h.node)}
	case h.kind == sim.Turn || h.kind == sim.Retry || h.kind == sim.Abandon:
		return []string{fmt.Sprintf("client %d", h.client), h.kind.String()}
	}
	return []string{h.kind.String(), fmt.Sprintf("%v %v", h.kind, h.node)}
}

// scripted is the Scheduler that has happenings happen, one after the other, and passes over what is not possible. It
// keeps what was, and the acts that it took.
type scripted struct {
	script []happening
	used   []happening
	acts   []sim.Act
	last   sim.Act        // of acts, not as the zero act
	look   func(sim.View) // called when the script is over; nil: nobody looks
	long   int            // what was looked through, beyond what is usual
}

// usual is how much is pending in a run that is nearly small. Where it is more, it takes longer to find something in it than to have it happen.
const usual = 32

func (s *scripted) Next(v sim.View) (sim.Act, bool) {
	for len(s.script) > 0 {
		h := s.script[0]
		s.script = s.script[1:]
		s.long += max(0, v.Len()-usual)
		if a, isUsual, ok := h.act(v); ok {
			s.last = told(v, a)
			if isUsual {
				a = sim.Act{}
			}
			s.used, s.acts = append(s.used, h), append(s.acts, a)
			return a, true
		}
	}
	if s.look != nil {
		s.look(v)
	}
	return sim.Act{}, false
}

// told returns an act that does what a does, and is not the zero act.
func told(v sim.View, a sim.Act) sim.Act {
	if a == (sim.Act{}) && v.Len() > 0 {
		a, _, _ = happeningOf(v, v.Pending(0)).act(v)
	}
	return a
}

// act returns the act by which h happens, and whether the zero act does the same; or false where it cannot happen.
func (h happening) act(v sim.View) (a sim.Act, usual, ok bool) {
	switch h.kind {
	case sim.Step:
		return sim.Act{}, true, true
	case sim.Kill, sim.Wipe:
		a, ok = h.strike(v)
		return a, false, ok
	case sim.Retry, sim.Abandon:
		which := slices.Index(v.Waiting(), h.client)
		return sim.Act{Kind: h.kind, Which: uint8(which), How: uint8(h.node - 1)}.Canonical(), false, which >= 0
	}
	overall, rank, ok := h.find(v)
	switch {
	case !ok || overall > 255:
		return a, false, false
	case h.cut:
		return sim.Act{Kind: sim.Cut, Which: uint8(overall), How: uint8(h.left)}, false, true
	}
	return sim.Act{Kind: h.kind, Which: uint8(rank)}, overall == 0 && (h.kind.Happens() || h.kind == sim.Restart), true
}

// likeness says how well a pending thing is what h is about: 0 is not at all.
func (h happening) likeness(v sim.View, p sim.Pending) int {
	switch {
	case p.Kind == sim.Message && h.ofMessage():
		return h.resembles(p.Envelope)
	case p.Kind == sim.Alarm && h.kind == sim.Fire && p.Node == h.node && v.Node(p.Node) != nil:
		if trace.TimerAction(v.Node(p.Node), p.Timer) != h.action {
			return 0
		}
		return 1 + same(p.Timer == h.timer)
	case p.Kind == sim.ClientTurn && h.kind == sim.Turn && (p.Node == h.node || h.node == 0):
		return same(p.Client == h.client)
	case p.Kind == sim.Restarting && h.kind == sim.Restart:
		return same(p.Node == h.node)
	}
	return 0
}

func (h happening) ofMessage() bool {
	return h.kind == sim.Deliver || h.kind == sim.Drop || h.kind == sim.Duplicate
}

// resembles compares messages: the same, or one of the same type on the same way, or of the same slot, too.
func (h happening) resembles(e paxos.Envelope) int {
	if e.From != h.envelope.From || e.To != h.envelope.To || reflect.TypeOf(e.Message) != reflect.TypeOf(h.envelope.Message) {
		return 0
	}
	return 1 + same(slotOf(e.Message) == slotOf(h.envelope.Message)) + 2*same(reflect.DeepEqual(e, h.envelope))
}

// slotOf returns the slot that a message is about, or 0.
func slotOf(m paxos.Message) paxos.Slot {
	if m == nil {
		return 0
	}
	if f := reflect.ValueOf(m).FieldByName("Slot"); f.IsValid() {
		return f.Interface().(paxos.Slot)
	}
	return 0
}

// withSlot returns a copy of a message that is about another slot.
func withSlot(m paxos.Message, slot paxos.Slot) paxos.Message {
	changed := reflect.New(reflect.TypeOf(m)).Elem()
	changed.Set(reflect.ValueOf(m))
	changed.FieldByName("Slot").Set(reflect.ValueOf(slot))
	return changed.Interface().(paxos.Message)
}

func same(is bool) int {
	if is {
		return 1
	}
	return 0
}

// find returns the pending thing that is most like h: its rank among all, and among those that the act counts.
func (h happening) find(v sim.View) (overall, rank int, ok bool) {
	best, counted := 0, 0
	for i := range v.Len() {
		if !v.Counts(h.kind, i) {
			continue
		}
		if like := h.likeness(v, v.Pending(i)); like > best {
			best, overall, rank = like, i, counted
		}
		counted++
	}
	return overall, rank, best > 0
}

// strike returns the act that crashes the node.
func (h happening) strike(v sim.View) (sim.Act, bool) {
	which := 0
	for _, a := range v.Members() {
		wanted := v.Node(a) != nil && (h.kind == sim.Kill || v.Spared(a))
		if wanted && a == h.node {
			return sim.Act{Kind: h.kind, Which: uint8(which)}, true
		}
		which += same(wanted)
	}
	return sim.Act{}, false
}

// scriptOf returns what happened in a recorded run, up to an event.
func scriptOf(recorded io.Reader, h *linear.History, clients int, last uint64) (script []happening, err error) {
	r, err := trace.Read(recorded, "trace")
	if err != nil {
		return nil, err
	}
	nodes := len(r.Header().Nodes)
	s := &scriber{sent: map[uint64]paxos.Envelope{}, nodes: nodes, owners: owners(h, clients, nodes), called: map[trace.Request]bool{}}
	for _, e := range h.Events {
		if e.Kind == linear.Abandon {
			s.abandoned = append(s.abandoned, e)
		}
	}
	for {
		e, err := r.Next()
		if err == io.EOF || err == nil && e.Seq > last {
			return s.script, nil
		}
		if err != nil {
			return nil, err
		}
		s.write(&e)
	}
}

// owners returns the client of each session, from session 1. A client that gives up goes on in a new one. Those that a run
// adds at its end, one at each node, become clients that are at home at the same nodes.
func owners(h *linear.History, clients, nodes int) (list []int) {
	for c := range clients {
		list = append(list, c)
	}
	for _, e := range h.Events {
		switch {
		case e.Kind == linear.Abandon:
			list = append(list, list[e.Client-1])
		case e.Kind == linear.Note && e.Note == linear.NoteHeal && e.Text == "all faults end":
			for home := range nodes {
				list = append(list, clients+(home-clients%nodes+nodes)%nodes)
			}
		}
	}
	return list
}

// scriber writes a script from a trace.
type scriber struct {
	script []happening
	sent   map[uint64]paxos.Envelope
	owners []int // of sessions
	nodes  int
	starts int

	called    map[trace.Request]bool
	abandoned []linear.Event // that are still to come
}

func (s *scriber) write(e *trace.Event) {
	for len(s.abandoned) > 0 && s.abandoned[0].Time < e.Time {
		s.script = append(s.script, happening{kind: sim.Abandon, client: s.owners[s.abandoned[0].Client-1]})
		s.abandoned = s.abandoned[1:]
	}
	for _, m := range e.Sent {
		s.sent[m.ID] = m.Envelope
	}
	h := happening{node: e.Node}
	switch {
	case e.Message != nil:
		h.kind, h.envelope = sim.Deliver, e.Message.Envelope
	case e.Timer != nil:
		h.kind, h.timer, h.action = sim.Fire, e.Timer.Timer, e.Action
	case e.Command != nil && e.Action != trace.Cancel:
		h.kind, h.client = sim.Turn, s.owners[e.Command.Client-1]
		call := trace.Request{Client: e.Command.Client, Seq: e.Command.Seq}
		if s.called[call] {
			h.kind = sim.Retry
		}
		s.called[call] = true
	case e.Action == trace.Start && s.starts >= s.nodes:
		h.kind = sim.Restart
	case e.Action == trace.Lose:
		h.kind, h.envelope = sim.Drop, s.sent[e.ID]
		if h.envelope.From == h.envelope.To || strings.Contains(e.Text, "refused") {
			h.kind = sim.Deliver
		}
	case e.Action == trace.Duplicate:
		h.kind, h.envelope = sim.Duplicate, s.sent[e.ID]
	case e.Action == trace.Crash:
		s.crash(e)
		return
	default:
		s.starts += same(e.Action == trace.Start)
		return
	}
	h.left = e.Left
	s.script = append(s.script, h)
}

// crash writes a crash: in the step before, or of its own. A step that was undone did not happen.
func (s *scriber) crash(e *trace.Event) {
	switch {
	case strings.Contains(e.Text, "after its writes") && len(s.script) > 0:
		s.script[len(s.script)-1].cut = true
	case strings.Contains(e.Text, "disk") && !strings.Contains(e.Text, "within"):
		s.script = append(s.script, happening{kind: sim.Wipe, node: e.Node})
	default:
		s.script = append(s.script, happening{kind: sim.Kill, node: e.Node})
	}
}
