package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"multipaxos/impl/paxos"
)

// line is an event as it stands on disk.
type line struct {
	Seq      uint64        `json:"seq"`
	Time     int64         `json:"time"` // ns
	Node     paxos.Address `json:"node,omitzero"`
	Action   string        `json:"action"`
	ID       uint64        `json:"id,omitempty"`
	Text     string        `json:"text,omitempty"`
	Message  *messageJSON  `json:"message,omitempty"`
	Timer    *timerJSON    `json:"timer,omitempty"`
	Command  *Command      `json:"command,omitempty"`
	Durable  *durableJSON  `json:"durable,omitempty"`
	Writes   []taggedJSON  `json:"writes,omitempty"`
	Sent     []sentJSON    `json:"sent,omitempty"`
	Left     *int          `json:"left,omitempty"` // absent when all of Sent left
	Answers  []answerJSON  `json:"answers,omitempty"`
	State    *delta        `json:"state,omitempty"`
	InFlight *[]uint64     `json:"in_flight,omitempty"` // of End only
}

type (
	// messageJSON is a message that is delivered.
	messageJSON struct {
		ID     uint64          `json:"id"`
		From   paxos.Address   `json:"from"`
		To     paxos.Address   `json:"to"`
		Config *paxos.ConfigID `json:"config,omitempty"` // absent when it is the header's
		Type   string          `json:"type"`
		Fields json.RawMessage `json:"fields"`
	}
	// sentJSON is one message to each node of To: their ids are ID, ID+1, and so on.
	sentJSON struct {
		ID     uint64          `json:"id"`
		To     []paxos.Address `json:"to"`
		Config *paxos.ConfigID `json:"config,omitempty"`
		Type   string          `json:"type"`
		Fields json.RawMessage `json:"fields"`
	}
	// taggedJSON is a durable write.
	taggedJSON struct {
		Type   string          `json:"type"`
		Fields json.RawMessage `json:"fields"`
	}
	timerJSON struct {
		Role    paxos.RoleID `json:"role"`
		Kind    timerKind    `json:"kind"`
		Slot    paxos.Slot   `json:"slot,omitempty"`
		Request *Request     `json:"request,omitempty"`
	}
	durableJSON struct {
		Disk      paxos.DiskID            `json:"disk"`
		BallotNum paxos.Ballot            `json:"ballot_num"`
		Accepted  paxos.Slots[paxos.Vote] `json:"accepted"`
		Scouted   paxos.Ballot            `json:"scouted"`
		Slot      paxos.Slot              `json:"slot"`
		First     paxos.Slot              `json:"first"`
		State     paxos.State             `json:"state"`
	}
	answerJSON struct {
		ClientID paxos.ClientID `json:"client_id"`
		Seq      uint64         `json:"seq"`
		Slot     paxos.Slot     `json:"slot"`
		Output   string         `json:"output"`
	}
)

// timerKind is a paxos.TimerKind, on disk its name.
type timerKind paxos.TimerKind

var timerKinds = []paxos.TimerKind{paxos.Retransmit, paxos.FollowTimeout, paxos.CatchupTimeout,
	paxos.CheckpointTimeout, paxos.Heartbeat}

func (k timerKind) MarshalText() ([]byte, error) { return []byte(paxos.TimerKind(k).String()), nil }

func (k *timerKind) UnmarshalText(text []byte) error {
	for _, kind := range timerKinds {
		if kind.String() == string(text) {
			*k = timerKind(kind)
			return nil
		}
	}
	return fmt.Errorf("timer: want one of %v, found %q", timerKinds, text)
}

// messages and writes make a value of each type from its fields.
var (
	messages = map[string]func([]byte) (paxos.Message, error){
		"Propose":   as[paxos.Propose, paxos.Message],
		"Prepare":   as[paxos.Prepare, paxos.Message],
		"Promise":   as[paxos.Promise, paxos.Message],
		"Accept":    as[paxos.Accept, paxos.Message],
		"Accepted":  as[paxos.Accepted, paxos.Message],
		"Preempted": as[paxos.Preempted, paxos.Message],
		"Decision":  as[paxos.Decision, paxos.Message],
		"Active":    as[paxos.Active, paxos.Message],
		"Join":      as[paxos.Join, paxos.Message],
		"Welcome":   as[paxos.Welcome, paxos.Message],
	}
	writes = map[string]func([]byte) (paxos.Write, error){
		"Promised":     as[paxos.Promised, paxos.Write],
		"Voted":        as[paxos.Voted, paxos.Write],
		"Scouted":      as[paxos.Scouted, paxos.Write],
		"Checkpointed": as[paxos.Checkpointed, paxos.Write],
	}
)

// as reads a T and returns it as the interface I.
func as[T, I any](data []byte) (I, error) {
	var value T
	err := json.Unmarshal(data, &value)
	return any(value).(I), err
}

// decode reads the value of the named type.
func decode[I any](types map[string]func([]byte) (I, error), name string, fields []byte) (I, error) {
	read, ok := types[name]
	if !ok {
		var none I
		return none, fmt.Errorf("want a type of %v, found %q", reflect.TypeFor[I](), name)
	}
	return read(fields)
}

// encode returns the type's name and the fields of a message or write.
func encode[I any](types map[string]func([]byte) (I, error), value I) (string, json.RawMessage, error) {
	name := typeName(value)
	if _, ok := types[name]; !ok {
		return "", nil, fmt.Errorf("want a type of %v, found %T", reflect.TypeFor[I](), value)
	}
	fields, err := json.Marshal(value)
	return name, fields, err
}

// typeName returns the name of a message's or write's type.
func typeName(value any) string { return reflect.TypeOf(value).Name() }

// codec turns events into lines and back.
type codec struct {
	header Header
	line   line
	sent   []sentJSON
	writes []taggedJSON
	buf    bytes.Buffer
}

// encode returns the line of e, newline included. It is good until the next call.
func (c *codec) encode(e *Event) ([]byte, error) {
	c.line = line{Seq: e.Seq, Time: int64(e.Time), Node: e.Node, Action: e.Action, ID: e.ID, Text: e.Text,
		Command: e.Command, State: e.delta}
	if err := c.putCause(e); err != nil {
		return nil, err
	}
	if err := c.putEffects(e); err != nil {
		return nil, err
	}
	if e.Action == End {
		inFlight := append([]uint64{}, e.InFlight...)
		c.line.InFlight = &inFlight
	}
	return c.marshal(&c.line)
}

// marshal returns value as a line.
func (c *codec) marshal(value any) ([]byte, error) {
	c.buf.Reset()
	if err := json.NewEncoder(&c.buf).Encode(value); err != nil {
		return nil, err
	}
	data := c.buf.Bytes()
	if i := replaced(data); i >= 0 {
		return nil, fmt.Errorf("want text in UTF-8, found %q", data[max(0, i-20):min(len(data), i+20)])
	}
	if len(data) > MaxLine {
		return nil, fmt.Errorf("want a line of up to %d bytes, found %d", MaxLine, len(data))
	}
	return data, nil
}

// replaced returns where the encoder replaced a byte that is not UTF-8, or -1. It writes the replacement as an
// escape, and an escape begins with an odd number of backslashes; a U+FFFD in the text it writes as it is.
func replaced(data []byte) int {
	const escape = `\ufffd`
	for from := 0; ; {
		i := bytes.Index(data[from:], []byte(escape))
		if i < 0 {
			return -1
		}
		i += from
		slashes := i + 1 - len(bytes.TrimRight(data[:i+1], `\`))
		if slashes%2 == 1 {
			return i
		}
		from = i + len(escape)
	}
}

func (c *codec) putCause(e *Event) error {
	if m := e.Message; m != nil {
		name, fields, err := encode(messages, m.Message)
		if err != nil {
			return err
		}
		c.line.Message = &messageJSON{m.ID, m.From, m.To, c.config(m.Config), name, fields}
	}
	if t := e.Timer; t != nil {
		c.line.Timer = &timerJSON{Role: t.Role, Kind: timerKind(t.Kind), Slot: t.Slot}
		if t.Request != (Request{}) {
			c.line.Timer.Request = &t.Request
		}
	}
	if d := e.Durable; d != nil {
		c.line.Durable = &durableJSON{d.Disk, d.BallotNum, d.Accepted, d.Scouted, d.Slot, d.First, d.State}
	}
	return nil
}

func (c *codec) putEffects(e *Event) error {
	c.sent, c.writes = c.sent[:0], c.writes[:0]
	for _, w := range e.Writes {
		name, fields, err := encode(writes, w)
		if err != nil {
			return err
		}
		c.writes = append(c.writes, taggedJSON{name, fields})
	}
	for i, m := range e.Sent {
		if i > 0 && together(e.Sent[i-1], m) {
			last := &c.sent[len(c.sent)-1]
			last.To = append(last.To, m.To)
			continue
		}
		name, fields, err := encode(messages, m.Message)
		if err != nil {
			return err
		}
		c.sent = append(c.sent, sentJSON{m.ID, []paxos.Address{m.To}, c.config(m.Config), name, fields})
	}
	c.line.Writes, c.line.Sent = c.writes, c.sent
	if e.Left != len(e.Sent) {
		c.line.Left = &e.Left
	}
	for _, a := range e.Answers {
		c.line.Answers = append(c.line.Answers, answerJSON(a))
	}
	return nil
}

// config returns id, or nil when it is the header's.
func (c *codec) config(id paxos.ConfigID) *paxos.ConfigID {
	if id == c.header.Config {
		return nil
	}
	return &id
}

// together says whether m is one more message of the same content. Those that hold tables are never compared:
// it would cost more than it saves.
func together(last, m Message) bool {
	return m.ID == last.ID+1 && m.Config == last.Config && reflect.TypeOf(m.Message) == reflect.TypeOf(last.Message) &&
		reflect.TypeOf(m.Message).Comparable() && m.Message == last.Message
}

// decode returns the event of a line, without its newline. Its State is not set.
func (c *codec) decode(data []byte) (*Event, error) {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, err
	}
	e := &Event{Seq: l.Seq, Time: time.Duration(l.Time), Node: l.Node, Action: l.Action, ID: l.ID, Text: l.Text,
		Command: l.Command, delta: l.State}
	if err := c.getCause(e, &l); err != nil {
		return nil, err
	}
	if err := c.getEffects(e, &l); err != nil {
		return nil, err
	}
	if l.InFlight != nil {
		e.InFlight = *l.InFlight
	}
	return e, nil
}

func (c *codec) getCause(e *Event, l *line) error {
	if m := l.Message; m != nil {
		message, err := decode(messages, m.Type, m.Fields)
		if err != nil {
			return err
		}
		e.Message = &Message{m.ID, paxos.Envelope{Config: c.configOf(m.Config), From: m.From, To: m.To, Message: message}}
	}
	if t := l.Timer; t != nil {
		e.Timer = &Timer{Timer: paxos.Timer{Role: t.Role, Kind: paxos.TimerKind(t.Kind)}, Slot: t.Slot}
		if t.Request != nil {
			e.Timer.Request = *t.Request
		}
	}
	if d := l.Durable; d != nil {
		e.Durable = &paxos.Durable{Disk: d.Disk, BallotNum: d.BallotNum, Accepted: d.Accepted, Scouted: d.Scouted,
			Slot: d.Slot, First: d.First, State: d.State}
	}
	return nil
}

func (c *codec) getEffects(e *Event, l *line) error {
	for _, w := range l.Writes {
		write, err := decode(writes, w.Type, w.Fields)
		if err != nil {
			return err
		}
		e.Writes = append(e.Writes, write)
	}
	for _, s := range l.Sent {
		message, err := decode(messages, s.Type, s.Fields)
		if err != nil {
			return err
		}
		for i, to := range s.To {
			e.Sent = append(e.Sent, Message{s.ID + uint64(i),
				paxos.Envelope{Config: c.configOf(s.Config), From: l.Node, To: to, Message: message}})
		}
	}
	e.Left = len(e.Sent)
	if l.Left != nil {
		e.Left = *l.Left
	}
	for _, a := range l.Answers {
		e.Answers = append(e.Answers, paxos.Answer(a))
	}
	return nil
}

func (c *codec) configOf(id *paxos.ConfigID) paxos.ConfigID {
	if id == nil {
		return c.header.Config
	}
	return *id
}
