package explore

import (
	"fmt"
	"slices"
	"sync"
)

// memo remembers every local state, message and step that was met, and gives them numbers. It executes each step of
// the protocol once. All is guarded by mu, but for what workers copy from it.
type memo struct {
	mu       sync.Mutex
	multiset bool // a message sent twice is two messages
	protocol Protocol
	nodes    []*nodeMemo
	messages []Message
	ids      map[identity]uint32
	ordinals []uint32 // of each message among those with the same destination
	inboxes  []uint32 // the number of messages to each node
	events   [][]Event
	executed int // steps of the protocol
	actions  map[string]int
}

type identity struct {
	from, to int
	key      string
}

// nodeMemo is what is known of one node.
type nodeMemo struct {
	bases []*base
	ids   map[string]uint32
	sent  *sets // sets of messages that the node sends
	steps []transition
}

// base is a local state. It was first reached from the base origin by a message or, if that is none, by a choice.
type base struct {
	local    Local
	received []uint32 // by the message's ordinal: 1 + the number of the step, 0 if not known
	choices  []uint32 // steps
	chosen   bool     // choices is complete
	origin   origin
	renamed  []uint32 // 1 + the number under each renaming, 0 if not known
	mirrored uint32   // 1 + the number of what it is to the specification, 0 if not known
}

type origin struct {
	base    uint32
	message uint32
	action  string // of a choice, when message is none
}

const none = ^uint32(0)

// transition is one step of one node.
type transition struct {
	to      uint32 // base
	sent    uint32 // set
	events  uint32 // index in memo.events
	message uint32 // none for a choice
	action  string
	crash   bool
	taken   bool // else the model takes no such step
	blocked bool // because it leaves the model's bounds
	err     error
}

func newMemo(p Protocol) *memo {
	m := &memo{protocol: p, ids: map[identity]uint32{}, inboxes: make([]uint32, p.Nodes()), actions: map[string]int{}}
	m.events = append(m.events, nil)
	for n := 0; n < p.Nodes(); n++ {
		m.nodes = append(m.nodes, &nodeMemo{ids: map[string]uint32{}, sent: newSets()})
	}
	return m
}

// start returns the base in which node n starts, as if a step had led there.
func (m *memo) start(n int) transition {
	return m.record(n, m.protocol.Start(n), origin{none, none, "Start"})
}

// message returns the number of a message.
func (m *memo) message(msg Message) uint32 {
	key := identity{msg.From, msg.To, msg.Key}
	if id, ok := m.ids[key]; ok {
		return id
	}
	id := uint32(len(m.messages))
	m.messages = append(m.messages, msg)
	m.ids[key] = id
	ordinal := uint32(0)
	if msg.To != Client {
		ordinal = m.inboxes[msg.To]
		m.inboxes[msg.To]++
	}
	m.ordinals = append(m.ordinals, ordinal)
	return id
}

// receive returns the step in which the base b of node n receives a message.
func (m *memo) receive(n int, b, message uint32) *transition {
	node := m.nodes[n]
	from := node.bases[b]
	ordinal := int(m.ordinals[message])
	for len(from.received) <= ordinal {
		from.received = append(from.received, 0)
	}
	if from.received[ordinal] == 0 {
		msg := &m.messages[message]
		step, ok := m.execute(from.local, msg)
		t := transition{to: b, action: msg.Action, message: message}
		if ok {
			t = m.record(n, step, origin{b, message, msg.Action})
			m.check(n, b, &t)
		}
		node.steps = append(node.steps, t)
		from.received[ordinal] = uint32(len(node.steps))
	}
	return &node.steps[from.received[ordinal]-1]
}

// execute runs the protocol, whose panic is an error of the step.
func (m *memo) execute(local Local, msg *Message) (s Step, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s, ok = Step{Local: local, Err: fmt.Errorf("panic: %v", p)}, true
		}
	}()
	m.executed++
	return m.protocol.Receive(local, msg)
}

// choices returns the steps that the base b of node n may take without a message.
func (m *memo) choices(n int, b uint32) []uint32 {
	node := m.nodes[n]
	from := node.bases[b]
	if !from.chosen {
		from.chosen = true
		for _, c := range m.protocol.Choices(n, from.local) {
			m.executed++
			t := m.record(n, c.Step, origin{b, none, c.Action})
			t.crash = c.Crash
			m.check(n, b, &t)
			from.choices = append(from.choices, uint32(len(node.steps)))
			node.steps = append(node.steps, t)
		}
	}
	return from.choices
}

// record gives numbers to what a step led to.
func (m *memo) record(n int, s Step, from origin) transition {
	t := transition{to: from.base, action: from.action, message: from.message, err: s.Err, blocked: s.Blocked, taken: !s.Blocked}
	if s.Blocked || s.Err != nil {
		return t
	}
	m.actions[from.action]++
	var sent []uint32
	for _, msg := range s.Sent {
		sent = append(sent, m.message(msg))
	}
	sent = merge(sent, nil)
	if !m.multiset {
		sent = slices.Compact(sent)
	}
	t.sent = m.nodes[n].sent.id(sent)
	t.to = m.base(n, s.Local, from)
	if len(s.Events) > 0 {
		t.events = uint32(len(m.events))
		m.events = append(m.events, s.Events)
	}
	return t
}

func (m *memo) base(n int, local Local, from origin) uint32 {
	node := m.nodes[n]
	key := local.Key()
	if id, ok := node.ids[key]; ok {
		return id
	}
	id := uint32(len(node.bases))
	node.bases = append(node.bases, &base{local: local, origin: from})
	node.ids[key] = id
	return id
}

// check holds the invariants of steps.
func (m *memo) check(n int, b uint32, t *transition) {
	c, ok := m.protocol.(Checker)
	if !ok || !t.taken || t.err != nil {
		return
	}
	bases := m.nodes[n].bases
	t.err = c.CheckStep(n, bases[b].local, bases[t.to].local, t.crash)
}
