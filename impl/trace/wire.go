package trace

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"multipaxos/impl/paxos"
)

// The parts of a line. docs/trace-format.md says what the fields are.

func (c *codec) headerLine() {
	h := &c.header
	c.open()
	c.textField("format", &h.Format)
	number(c, "version", &h.Version)
	if c.err == nil && (h.Format != Format || h.Version != Version) {
		c.stop(fmt.Errorf("want format %q, version %d, found format %q, version %d", Format, Version, h.Format, h.Version))
	}
	c.key("nodes")
	list(c, &h.Nodes, (*codec).address)
	number(c, "quorum", &h.Quorum)
	number(c, "seed", &h.Seed)
	c.textField("machine", &h.Machine)
	number(c, "checkpoint_every", &h.CheckpointEvery)
	number(c, "window", &h.Window)
	number(c, "config", &h.Config)
	c.key("run")
	c.run(&h.Run)
	c.close()
}

// run is an object with ascending names.
func (c *codec) run(run *map[string]string) {
	if c.null(*run == nil) {
		return
	}
	if c.reading {
		*run = map[string]string{}
	}
	names, last := slices.Sorted(maps.Keys(*run)), ""
	c.open()
	for i := 0; c.more('}', i < len(names)); i++ {
		var name, value string
		if !c.reading {
			name, value = names[i], (*run)[names[i]]
		}
		at := c.at
		c.text(&name)
		c.mark(':')
		c.text(&value)
		c.wantAt(at, i == 0 || name > last, "a name above the last")
		(*run)[name], last = value, name
	}
	c.close()
}

// event is the line of e, up to its effects; change is the rest. Who reads may check in between that e can come next.
func (c *codec) event(e *Event) {
	c.open()
	number(c, "seq", &e.Seq)
	number(c, "time", &e.Time)
	optional(c, "node", &e.Node, (*codec).address)
	c.textField("action", &e.Action)
	optional(c, "id", &e.ID, integer)
	optional(c, "text", &e.Text, (*codec).text)
	pointer(c, "message", &e.Message, (*codec).delivered)
	pointer(c, "timer", &e.Timer, (*codec).timer)
	pointer(c, "command", &e.Command, (*codec).command)
	pointer(c, "durable", &e.Durable, (*codec).durable)
	optionalList(c, "writes", &e.Writes, (*codec).write)
	c.sent(e)
	c.left(e)
	optionalList(c, "answers", &e.Answers, (*codec).answer)
}

// change is what e did to its node's state, which becomes e's when it is read.
func (c *codec) change(e *Event) {
	switch {
	case e.IsStep():
		was, is := &c.states[e.Node], &e.State
		if c.reading {
			is = &c.scratch
		}
		c.decided = paxos.Slots[paxos.Proposal]{}
		c.state(was, is)
		e.decided = c.decided
	case e.Action == Crash || e.Action == Wipe:
		c.states[e.Node] = State{}
	}
	if c.reading && (e.IsStep() || e.Action == Fault) {
		e.State = c.states[e.Node]
	}
	if e.Action == End {
		c.key("in_flight")
		list(c, &e.InFlight, integer)
	}
	c.close()
}

// encode returns the line of e, newline included. It is good until the next call.
func (c *codec) encode(e *Event) ([]byte, error) {
	return c.written(func() {
		c.event(e)
		c.change(e)
	})
}

// pointer is a field that is left out when it is nil.
func pointer[T any](c *codec, name string, v **T, code func(*codec, *T)) {
	if !c.field(name, *v != nil, false) {
		return
	}
	if c.reading {
		*v = new(T)
	}
	code(c, *v)
}

// delivered is a message that is delivered.
func (c *codec) delivered(m *Message) {
	c.open()
	number(c, "id", &m.ID)
	c.key("from")
	c.address(&m.From)
	c.key("to")
	c.address(&m.To)
	c.config(&m.Config)
	tagged(c, messages, &m.Message)
	c.close()
}

// config is a field that is left out when it is the header's.
func (c *codec) config(id *paxos.ConfigID) {
	if c.field("config", *id != c.header.Config, false) {
		at := c.at
		integer(c, id)
		c.wantAt(at, *id != c.header.Config, "another configuration than the header's")
	} else if c.reading {
		*id = c.header.Config
	}
}

// sent is a list of messages, those alike to several nodes in one element.
func (c *codec) sent(e *Event) {
	if !c.field("sent", len(e.Sent) > 0, false) {
		return
	}
	at := c.at
	c.mark('[')
	for i := 0; c.more(']', i < len(e.Sent)); {
		i = c.group(e, i)
	}
	c.mark(']')
	c.wantAt(at, len(e.Sent) > 0, "a message")
}

// group is one message to one node or more, from e.Sent[i] on: their ids are ID, ID+1, and so on. It returns where the
// next begins.
func (c *codec) group(e *Event, i int) int {
	m, at, to := &c.message, c.at, c.to[:0]
	*m = Message{}
	if !c.reading {
		for *m = e.Sent[i]; i < len(e.Sent) && (len(to) == 0 || together(e.Sent[i-1], e.Sent[i])); i++ {
			to = append(to, e.Sent[i].To)
		}
	}
	c.open()
	number(c, "id", &m.ID)
	c.key("to")
	list(c, &to, (*codec).address)
	c.config(&m.Config)
	tagged(c, messages, &m.Message)
	c.close()
	c.to = to
	if !c.reading || c.err != nil {
		return i
	}
	c.wantAt(at, len(to) > 0, "a message to somebody")
	e.Sent, m.From = slices.Grow(e.Sent, len(to)), e.Node
	for j := range to {
		m.To = to[j]
		e.Sent = append(e.Sent, *m)
		c.wantAt(at, i == 0 || together(e.Sent[i-1], *m) == (j > 0), "the messages that are alike in one, and no other")
		m.ID, i = m.ID+1, i+1
	}
	return i
}

// together says whether m is one more message of the same content. Those that hold tables are never compared:
// it would cost more than it saves.
func together(last, m Message) bool {
	return m.ID == last.ID+1 && m.Config == last.Config && flat(m.Message) && m.Message == last.Message
}

// flat says whether messages of m's type can be compared with ==.
func flat(m paxos.Message) bool {
	switch m.(type) {
	case paxos.Promise, paxos.Welcome, paxos.Adopted:
		return false
	}
	return true
}

// left is how many messages left, when not all did.
func (c *codec) left(e *Event) {
	if c.field("left", e.Left != len(e.Sent), false) {
		at := c.at
		integer(c, &e.Left)
		c.wantAt(at, e.Left != len(e.Sent), "another number than that of all messages")
	} else if c.reading {
		e.Left = len(e.Sent)
	}
}

var timerKinds = []paxos.TimerKind{paxos.Retransmit, paxos.FollowTimeout, paxos.CatchupTimeout,
	paxos.CheckpointTimeout, paxos.Heartbeat}

var wantKind = fmt.Sprint("one of ", timerKinds)

func (c *codec) timer(t *Timer) {
	c.open()
	number(c, "role", &t.Role)
	c.key("kind")
	at, kind := c.at, t.Kind.String()
	c.text(&kind)
	if c.reading {
		i := slices.IndexFunc(timerKinds, func(k paxos.TimerKind) bool { return k.String() == kind })
		if c.wantAt(at, i >= 0, wantKind); i >= 0 {
			t.Kind = timerKinds[i]
		}
	}
	optional(c, "slot", &t.Slot, integer)
	optional(c, "request", &t.Request, (*codec).request)
	c.close()
}

func (c *codec) request(q *Request) {
	c.open()
	number(c, "client_id", &q.Client)
	number(c, "seq", &q.Seq)
	c.close()
}

func (c *codec) command(q *Command) {
	c.open()
	number(c, "client_id", &q.Client)
	number(c, "seq", &q.Seq)
	c.textField("input", &q.Input)
	c.close()
}

func (c *codec) answer(a *paxos.Answer) { c.session((*paxos.Session)(a)) }

func (c *codec) durable(d *paxos.Durable) {
	c.open()
	number(c, "disk", &d.Disk)
	c.ballotField("ballot_num", &d.BallotNum)
	c.key("accepted")
	slots(c, &d.Accepted, (*codec).vote)
	c.ballotField("scouted", &d.Scouted)
	number(c, "slot", &d.Slot)
	number(c, "first", &d.First)
	c.machineState(&d.State)
	c.close()
}

// messages and writes are the types that travel, or are stored, by their names.
var (
	messages = map[string]func(*codec, *paxos.Message){
		"Propose":   typed[paxos.Message]((*codec).propose),
		"Prepare":   typed[paxos.Message]((*codec).prepare),
		"Promise":   typed[paxos.Message]((*codec).promise),
		"Accept":    typed[paxos.Message]((*codec).accept),
		"Accepted":  typed[paxos.Message]((*codec).accepted),
		"Preempted": typed[paxos.Message]((*codec).preempted),
		"Decision":  typed[paxos.Message]((*codec).decision),
		"Active":    typed[paxos.Message]((*codec).active),
		"Join":      typed[paxos.Message]((*codec).join),
		"Welcome":   typed[paxos.Message]((*codec).welcome),
	}
	writes = map[string]func(*codec, *paxos.Write){
		"Promised":     typed[paxos.Write]((*codec).promised),
		"Voted":        typed[paxos.Write]((*codec).voted),
		"Scouted":      typed[paxos.Write]((*codec).scouted),
		"Checkpointed": typed[paxos.Write]((*codec).checkpointed),
	}
)

// typed returns what writes and reads a value that is a T.
func typed[I, T any](code func(*codec, *T)) func(*codec, *I) {
	return func(c *codec, value *I) {
		var v T
		if !c.reading {
			v = any(*value).(T)
		}
		c.open()
		code(c, &v)
		c.close()
		if c.reading {
			*value = any(v).(I)
		}
	}
}

// tagged is the name of a value's type, and its fields.
func tagged[I any](c *codec, types map[string]func(*codec, *I), value *I) {
	var name string
	if !c.reading {
		name = typeName(*value)
	}
	c.key("type")
	at := c.at
	c.text(&name)
	code, ok := types[name]
	switch {
	case ok:
		c.key("fields")
		code(c, value)
	case c.reading:
		c.failAt(at, fmt.Sprintf("a type of %v", reflect.TypeFor[I]()))
	default:
		c.stop(fmt.Errorf("want a type of %v, found %T", reflect.TypeFor[I](), *value))
	}
}

// typeName returns the name of a message's or write's type.
func typeName(value any) string { return reflect.TypeOf(value).Name() }

func (c *codec) write(w *paxos.Write) {
	c.open()
	tagged(c, writes, w)
	c.close()
}

func (c *codec) propose(m *paxos.Propose) {
	number(c, "slot", &m.Slot)
	c.proposalField(&m.Proposal)
}

func (c *codec) prepare(m *paxos.Prepare) {
	c.ballotField("ballot_num", &m.BallotNum)
	number(c, "slot", &m.Slot)
}

func (c *codec) promise(m *paxos.Promise) {
	c.ballotField("ballot_num", &m.BallotNum)
	c.key("accepted_proposals")
	slots(c, &m.AcceptedProposals, (*codec).vote)
}

func (c *codec) accept(m *paxos.Accept) {
	number(c, "slot", &m.Slot)
	c.ballotField("ballot_num", &m.BallotNum)
	c.proposalField(&m.Proposal)
}

func (c *codec) accepted(m *paxos.Accepted) {
	number(c, "slot", &m.Slot)
	c.ballotField("ballot_num", &m.BallotNum)
}

func (c *codec) preempted(m *paxos.Preempted) {
	optional(c, "slot", &m.Slot, integer)
	c.ballotField("preempted_by", &m.PreemptedBy)
}

func (c *codec) decision(m *paxos.Decision) { c.propose((*paxos.Propose)(m)) }

func (c *codec) active(m *paxos.Active) { number(c, "slot", &m.Slot) }

func (c *codec) join(m *paxos.Join) { number(c, "disk", &m.Disk) }

func (c *codec) welcome(m *paxos.Welcome) {
	c.machineState(&m.State)
	number(c, "slot", &m.Slot)
	c.key("decisions")
	slots(c, &m.Decisions, (*codec).proposal)
}

func (c *codec) promised(w *paxos.Promised) { c.ballotField("ballot_num", &w.BallotNum) }

func (c *codec) voted(w *paxos.Voted) {
	number(c, "slot", &w.Slot)
	c.key("vote")
	c.vote(&w.Vote)
}

func (c *codec) scouted(w *paxos.Scouted) { c.promised((*paxos.Promised)(w)) }

func (c *codec) checkpointed(w *paxos.Checkpointed) {
	number(c, "slot", &w.Slot)
	number(c, "first", &w.First)
	c.machineState(&w.State)
}

func (c *codec) machineState(s *paxos.State) {
	c.key("state")
	c.open()
	c.textField("machine", &s.Machine)
	nullList(c, "sessions", &s.Sessions, (*codec).session)
	nullList(c, "voters", &s.Voters, (*codec).voter)
	c.close()
}

func (c *codec) session(s *paxos.Session) {
	c.open()
	number(c, "client_id", &s.ClientID)
	number(c, "seq", &s.Seq)
	number(c, "slot", &s.Slot)
	c.textField("output", &s.Output)
	c.close()
}

func (c *codec) voter(v *paxos.Voter) {
	c.open()
	c.key("address")
	c.address(&v.Address)
	number(c, "disk", &v.Disk)
	c.close()
}

func (c *codec) ballotField(name string, b *paxos.Ballot) {
	c.key(name)
	c.ballot(b)
}

func (c *codec) ballot(b *paxos.Ballot) {
	c.open()
	number(c, "n", &b.N)
	c.key("leader")
	c.address(&b.Leader)
	c.close()
}

func (c *codec) vote(v *paxos.Vote) {
	c.open()
	c.ballotField("ballot_num", &v.BallotNum)
	c.proposalField(&v.Proposal)
	c.close()
}

func (c *codec) proposalField(p *paxos.Proposal) {
	c.key("proposal")
	c.proposal(p)
}

// proposal has its own memory for the fields that optional gets, so that p need not be allocated.
func (c *codec) proposal(p *paxos.Proposal) {
	v := &c.proposed
	if *v = *p; c.reading {
		*v = paxos.Proposal{}
	}
	c.open()
	optional(c, "caller", &v.Caller, (*codec).address)
	optional(c, "client_id", &v.ClientID, integer)
	optional(c, "seq", &v.Seq, integer)
	optional(c, "input", &v.Input, (*codec).text)
	optional(c, "disk", &v.Disk, integer)
	c.close()
	*p = *v
}
