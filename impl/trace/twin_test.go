package trace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
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

// twinMessages and twinWrites make a value of each type from its fields.
var (
	twinMessages = map[string]func([]byte) (paxos.Message, error){
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
	twinWrites = map[string]func([]byte) (paxos.Write, error){
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

// twin is what a codec does, by encoding/json and types that spell a line: another description of the format, and the
// judge of what a codec writes and accepts.
type twin struct {
	header Header
	line   line
	sent   []sentJSON
	writes []taggedJSON
	buf    bytes.Buffer
}

// encode returns the line of e, newline included, at a node in the state before.
func (c *twin) encode(before State, e *Event) ([]byte, error) {
	var d *delta
	if e.IsStep() {
		d = diff(before, e.State)
	}
	return c.spell(e, d)
}

// spell returns the line of e with what it changed, newline included.
func (c *twin) spell(e *Event, d *delta) ([]byte, error) {
	c.line = line{Seq: e.Seq, Time: int64(e.Time), Node: e.Node, Action: e.Action, ID: e.ID, Text: e.Text,
		Command: e.Command, State: d}
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

// accepts says whether a line is that of an event at a node in the state before, and spelt as such; and the state after.
func (c *twin) accepts(before State, data []byte) (after State, ok bool) {
	e, d, err := c.decode(data)
	if err != nil || e.Time < 0 || e.Left < 0 {
		return before, false
	}
	e.State = before.apply(d)
	again, err := c.encode(before, e)
	return e.State, err == nil && string(again) == string(data)+"\n"
}

// marshal returns value as a line.
func (c *twin) marshal(value any) ([]byte, error) {
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

func (c *twin) putCause(e *Event) error {
	if m := e.Message; m != nil {
		name, fields, err := encode(twinMessages, m.Message)
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

func (c *twin) putEffects(e *Event) error {
	c.sent, c.writes = c.sent[:0], c.writes[:0]
	for _, w := range e.Writes {
		name, fields, err := encode(twinWrites, w)
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
		name, fields, err := encode(twinMessages, m.Message)
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
func (c *twin) config(id paxos.ConfigID) *paxos.ConfigID {
	if id == c.header.Config {
		return nil
	}
	return &id
}

// decode returns the event of a line, without its newline, and what it changed. Its State is not set.
func (c *twin) decode(data []byte) (*Event, *delta, error) {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, nil, err
	}
	e := &Event{Seq: l.Seq, Time: time.Duration(l.Time), Node: l.Node, Action: l.Action, ID: l.ID, Text: l.Text,
		Command: l.Command}
	if err := c.getCause(e, &l); err != nil {
		return nil, nil, err
	}
	if err := c.getEffects(e, &l); err != nil {
		return nil, nil, err
	}
	if l.InFlight != nil {
		e.InFlight = *l.InFlight
	}
	return e, l.State, nil
}

func (c *twin) getCause(e *Event, l *line) error {
	if m := l.Message; m != nil {
		message, err := decode(twinMessages, m.Type, m.Fields)
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

func (c *twin) getEffects(e *Event, l *line) error {
	for _, w := range l.Writes {
		write, err := decode(twinWrites, w.Type, w.Fields)
		if err != nil {
			return err
		}
		e.Writes = append(e.Writes, write)
	}
	for _, s := range l.Sent {
		message, err := decode(twinMessages, s.Type, s.Fields)
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

func (c *twin) configOf(id *paxos.ConfigID) paxos.ConfigID {
	if id == nil {
		return c.header.Config
	}
	return *id
}

// delta is the difference of two states, as it stands on disk. A field that did not change is absent. A role
// that started has all its fields.
type delta struct {
	Stopped    []string                       `json:"stopped,omitempty"` // roles that are not played any longer
	Acceptor   *acceptorDelta                 `json:"acceptor,omitempty"`
	Replica    *replicaDelta                  `json:"replica,omitempty"`
	Leader     *leaderDelta                   `json:"leader,omitempty"`
	Scout      *scoutDelta                    `json:"scout,omitempty"`
	Commanders *slotsDelta[commanderJSON]     `json:"commanders,omitempty"`
	Bootstrap  *bootstrapDelta                `json:"bootstrap,omitempty"`
	Seed       *seedDelta                     `json:"seed,omitempty"`
	Requesters *listDelta[Request, Requester] `json:"requesters,omitempty"`
}

type (
	acceptorDelta struct {
		BallotNum *paxos.Ballot           `json:"ballot_num,omitempty"`
		Accepted  *slotsDelta[paxos.Vote] `json:"accepted,omitempty"`
		First     *paxos.Slot             `json:"first,omitempty"`
	}
	replicaDelta struct {
		Slot      *paxos.Slot                               `json:"slot,omitempty"`
		NextSlot  *paxos.Slot                               `json:"next_slot,omitempty"`
		Proposals *slotsDelta[paxos.Proposal]               `json:"proposals,omitempty"`
		Decisions *slotsDelta[paxos.Proposal]               `json:"decisions,omitempty"`
		First     *paxos.Slot                               `json:"first,omitempty"`
		Sessions  *listDelta[paxos.ClientID, paxos.Session] `json:"sessions,omitempty"`
		Voters    *listDelta[paxos.Address, paxos.Voter]    `json:"voters,omitempty"`
		Leader    *paxos.Address                            `json:"leader,omitempty"`
	}
	leaderDelta struct {
		BallotNum *paxos.Ballot               `json:"ballot_num,omitempty"`
		Active    *bool                       `json:"active,omitempty"`
		Proposals *slotsDelta[paxos.Proposal] `json:"proposals,omitempty"`
	}
	scoutDelta struct {
		BallotNum         *paxos.Ballot           `json:"ballot_num,omitempty"`
		Promised          *addresses              `json:"promised,omitempty"`
		AcceptedProposals *slotsDelta[paxos.Vote] `json:"accepted_proposals,omitempty"`
	}
	bootstrapDelta struct {
		Peer      *paxos.Address              `json:"peer,omitempty"`
		Decisions *slotsDelta[paxos.Proposal] `json:"decisions,omitempty"`
	}
	seedDelta struct {
		Disks *listDelta[paxos.Address, paxos.Voter] `json:"disks,omitempty"`
	}
	commanderJSON struct {
		BallotNum paxos.Ballot   `json:"ballot_num"`
		Slot      paxos.Slot     `json:"slot"`
		Proposal  paxos.Proposal `json:"proposal"`
		Accepted  addresses      `json:"accepted"`
	}
)

// slotsDelta changes a table by slot: first the slots in the ranges of Drop, both ends included, lose their
// values, then those in Put get theirs.
type slotsDelta[T any] struct {
	Drop [][2]paxos.Slot `json:"drop,omitempty"`
	Put  paxos.Slots[T]  `json:"put,omitzero"`
}

// listDelta changes a list that is ordered by the keys of its entries: first the keys in Drop lose theirs, then those in
// Put come in.
type listDelta[K comparable, E any] struct {
	Drop []K `json:"drop,omitempty"`
	Put  []E `json:"put,omitempty"`
}

// addresses is a set, on disk an ascending list.
type addresses paxos.Addresses

func (s addresses) MarshalJSON() ([]byte, error) {
	list := paxos.Addresses(s).List()
	if list == nil {
		list = []paxos.Address{}
	}
	return json.Marshal(list)
}

func (s *addresses) UnmarshalJSON(data []byte) error {
	var list []paxos.Address
	err := json.Unmarshal(data, &list)
	*s = addresses(paxos.AddressesOf(list...))
	return err
}

// diff returns what changes from into to, or nil.
func diff(from, to State) *delta {
	d := delta{
		Acceptor:   diffAcceptor(from.Acceptor, to.Acceptor),
		Replica:    diffReplica(from.Replica, to.Replica),
		Leader:     diffLeader(from.Leader, to.Leader),
		Scout:      diffScout(from.Scout, to.Scout),
		Commanders: diffCommanders(from.Commanders, to.Commanders),
		Bootstrap:  diffBootstrap(from.Bootstrap, to.Bootstrap),
		Seed:       diffSeed(from.Seed, to.Seed),
		Requesters: twinDiffList(false, from.Requesters, to.Requesters, Requester.Request, Request.Compare),
	}
	stopped := func(role string, was, is bool) {
		if was && !is {
			d.Stopped = append(d.Stopped, role)
		}
	}
	stopped("acceptor", from.Acceptor != nil, to.Acceptor != nil)
	stopped("replica", from.Replica != nil, to.Replica != nil)
	stopped("leader", from.Leader != nil, to.Leader != nil)
	stopped("scout", from.Scout != nil, to.Scout != nil)
	stopped("bootstrap", from.Bootstrap != nil, to.Bootstrap != nil)
	stopped("seed", from.Seed != nil, to.Seed != nil)
	if d.Stopped == nil && d.Acceptor == nil && d.Replica == nil && d.Leader == nil && d.Scout == nil &&
		d.Commanders == nil && d.Bootstrap == nil && d.Seed == nil && d.Requesters == nil {
		return nil
	}
	return &d
}

// apply returns the state that d makes of s. It shares with s the tables that did not change.
func (s State) apply(d *delta) State {
	if d == nil {
		return s
	}
	for _, role := range d.Stopped {
		s.stop(role)
	}
	s.Acceptor = applyRole(s.Acceptor, d.Acceptor)
	s.Replica = applyRole(s.Replica, d.Replica)
	s.Leader = applyRole(s.Leader, d.Leader)
	s.Scout = applyRole(s.Scout, d.Scout)
	s.Commanders = applyCommanders(s.Commanders, d.Commanders)
	s.Bootstrap = applyRole(s.Bootstrap, d.Bootstrap)
	s.Seed = applyRole(s.Seed, d.Seed)
	s.Requesters = twinApplyList(s.Requesters, d.Requesters, Requester.Request, Request.Compare)
	return s
}

// roleDelta is the pointer to a delta D of a role's state R.
type roleDelta[R, D any] interface {
	*D
	apply(r *R)
}

// applyRole returns what d makes of the role.
func applyRole[R, D any, P roleDelta[R, D]](role *R, d P) *R {
	if d == nil {
		return role
	}
	var twinChanged R
	if role != nil {
		twinChanged = *role
	}
	d.apply(&twinChanged)
	return &twinChanged
}

func (d *acceptorDelta) apply(a *Acceptor) {
	set(&a.BallotNum, d.BallotNum)
	a.Accepted = twinApplySlots(a.Accepted, d.Accepted)
	set(&a.First, d.First)
}

func (d *replicaDelta) apply(r *Replica) {
	set(&r.Slot, d.Slot)
	set(&r.NextSlot, d.NextSlot)
	r.Proposals = twinApplySlots(r.Proposals, d.Proposals)
	r.Decisions = twinApplySlots(r.Decisions, d.Decisions)
	set(&r.First, d.First)
	r.Sessions = twinApplyList(r.Sessions, d.Sessions, clientOf, cmp.Compare)
	r.Voters = twinApplyList(r.Voters, d.Voters, addressOf, cmp.Compare)
	set(&r.Leader, d.Leader)
}

func (d *leaderDelta) apply(l *Leader) {
	set(&l.BallotNum, d.BallotNum)
	set(&l.Active, d.Active)
	l.Proposals = twinApplySlots(l.Proposals, d.Proposals)
}

func (d *scoutDelta) apply(s *Scout) {
	set(&s.BallotNum, d.BallotNum)
	set(&s.Promised, (*paxos.Addresses)(d.Promised))
	s.AcceptedProposals = twinApplySlots(s.AcceptedProposals, d.AcceptedProposals)
}

func (d *bootstrapDelta) apply(b *Bootstrap) {
	set(&b.Peer, d.Peer)
	b.Decisions = twinApplySlots(b.Decisions, d.Decisions)
}

func (d *seedDelta) apply(s *Seed) {
	s.Disks = twinApplyList(s.Disks, d.Disks, addressOf, cmp.Compare)
}

// begin returns what to compare the role to with, and whether the role just started, so that it is written whole.
func begin[R any](from *R) (R, bool) {
	if from == nil {
		var zero R
		return zero, true
	}
	return *from, false
}

// unlessEmpty returns d, or nil when it changes nothing.
func unlessEmpty[D comparable](d D) *D {
	var empty D
	if d == empty {
		return nil
	}
	return &d
}

func diffAcceptor(from, to *Acceptor) *acceptorDelta {
	if to == nil {
		return nil
	}
	a, all := begin(from)
	return unlessEmpty(acceptorDelta{
		BallotNum: twinChanged(all, a.BallotNum, to.BallotNum),
		Accepted:  twinDiffSlots(all, a.Accepted, to.Accepted),
		First:     twinChanged(all, a.First, to.First),
	})
}

func diffReplica(from, to *Replica) *replicaDelta {
	if to == nil {
		return nil
	}
	r, all := begin(from)
	return unlessEmpty(replicaDelta{
		Slot:      twinChanged(all, r.Slot, to.Slot),
		NextSlot:  twinChanged(all, r.NextSlot, to.NextSlot),
		Proposals: twinDiffSlots(all, r.Proposals, to.Proposals),
		Decisions: twinDiffSlots(all, r.Decisions, to.Decisions),
		First:     twinChanged(all, r.First, to.First),
		Sessions:  twinDiffList(all, r.Sessions, to.Sessions, clientOf, cmp.Compare),
		Voters:    twinDiffList(all, r.Voters, to.Voters, addressOf, cmp.Compare),
		Leader:    twinChanged(all, r.Leader, to.Leader),
	})
}

func diffLeader(from, to *Leader) *leaderDelta {
	if to == nil {
		return nil
	}
	l, all := begin(from)
	return unlessEmpty(leaderDelta{
		BallotNum: twinChanged(all, l.BallotNum, to.BallotNum),
		Active:    twinChanged(all, l.Active, to.Active),
		Proposals: twinDiffSlots(all, l.Proposals, to.Proposals),
	})
}

func diffScout(from, to *Scout) *scoutDelta {
	if to == nil {
		return nil
	}
	s, all := begin(from)
	return unlessEmpty(scoutDelta{
		BallotNum:         twinChanged(all, s.BallotNum, to.BallotNum),
		Promised:          (*addresses)(twinChanged(all, s.Promised, to.Promised)),
		AcceptedProposals: twinDiffSlots(all, s.AcceptedProposals, to.AcceptedProposals),
	})
}

func diffBootstrap(from, to *Bootstrap) *bootstrapDelta {
	if to == nil {
		return nil
	}
	b, all := begin(from)
	return unlessEmpty(bootstrapDelta{
		Peer:      twinChanged(all, b.Peer, to.Peer),
		Decisions: twinDiffSlots(all, b.Decisions, to.Decisions),
	})
}

func diffSeed(from, to *Seed) *seedDelta {
	if to == nil {
		return nil
	}
	s, all := begin(from)
	return unlessEmpty(seedDelta{Disks: twinDiffList(all, s.Disks, to.Disks, addressOf, cmp.Compare)})
}

func diffCommanders(from, to paxos.Slots[Commander]) *slotsDelta[commanderJSON] {
	d := twinDiffSlots(false, from, to)
	if d == nil {
		return nil
	}
	on := &slotsDelta[commanderJSON]{Drop: d.Drop}
	for slot, c := range d.Put.All() {
		on.Put.Put(slot, commanderJSON{c.BallotNum, c.Slot, c.Proposal, addresses(c.Accepted)})
	}
	return on
}

func applyCommanders(table paxos.Slots[Commander], d *slotsDelta[commanderJSON]) paxos.Slots[Commander] {
	if d == nil {
		return table
	}
	in := &slotsDelta[Commander]{Drop: d.Drop}
	for slot, c := range d.Put.All() {
		in.Put.Put(slot, Commander{c.BallotNum, c.Slot, c.Proposal, paxos.Addresses(c.Accepted)})
	}
	return twinApplySlots(table, in)
}

// twinChanged returns to, or nil when it need not be written.
func twinChanged[T comparable](all bool, from, to T) *T {
	if !all && from == to {
		return nil
	}
	return &to
}

// set changes field, unless it did not change.
func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// twinDiffSlots finds the changes with one look-up per entry: two tables of a node in successive states are nearly
// the same, and its look-ups take constant time.
func twinDiffSlots[T comparable](all bool, from, to paxos.Slots[T]) *slotsDelta[T] {
	var d slotsDelta[T]
	kept := 0
	for slot, value := range to.All() {
		old, ok := from.Get(slot)
		if ok {
			kept++
		}
		if !ok || old != value {
			d.Put.Put(slot, value)
		}
	}
	if kept < from.Len() {
		d.Drop = twinDropped(from, to)
	}
	if !all && d.Drop == nil && d.Put.Len() == 0 {
		return nil
	}
	return &d
}

// twinDropped returns the ranges of from's slots that to does not have.
func twinDropped[T any](from, to paxos.Slots[T]) (ranges [][2]paxos.Slot) {
	open := false
	for slot := range from.All() {
		switch {
		case to.Has(slot):
			open = false
		case open:
			ranges[len(ranges)-1][1] = slot
		default:
			ranges, open = append(ranges, [2]paxos.Slot{slot, slot}), true
		}
	}
	return ranges
}

func twinApplySlots[T any](table paxos.Slots[T], d *slotsDelta[T]) paxos.Slots[T] {
	if d == nil {
		return table
	}
	table = table.Clone()
	for _, slot := range within(table, d.Drop) {
		table.Take(slot)
	}
	for slot, value := range d.Put.All() {
		table.Put(slot, value)
	}
	return table
}

// within returns the slots of the table that are in the ranges, the highest first: so taking them out is cheap
// whichever end they are at.
func within[T any](table paxos.Slots[T], ranges [][2]paxos.Slot) (slots []paxos.Slot) {
	if len(ranges) == 0 {
		return nil
	}
	for slot := range table.All() {
		for len(ranges) > 0 && ranges[0][1] < slot {
			ranges = ranges[1:]
		}
		if len(ranges) > 0 && ranges[0][0] <= slot {
			slots = append(slots, slot)
		}
	}
	slices.Reverse(slots)
	return slots
}

// twinDiffList walks through both lists at once.
func twinDiffList[K, E comparable, L ~[]E](all bool, from, to L, key func(E) K, compare func(a, b K) int) *listDelta[K, E] {
	var d listDelta[K, E]
	for _, e := range to {
		for len(from) > 0 && compare(key(from[0]), key(e)) < 0 {
			d.Drop, from = append(d.Drop, key(from[0])), from[1:]
		}
		old := len(from) > 0 && key(from[0]) == key(e)
		if !old || from[0] != e {
			d.Put = append(d.Put, e)
		}
		if old {
			from = from[1:]
		}
	}
	for _, e := range from {
		d.Drop = append(d.Drop, key(e))
	}
	if !all && d.Put == nil && d.Drop == nil {
		return nil
	}
	return &d
}

func twinApplyList[K, E comparable, L ~[]E](list L, d *listDelta[K, E], key func(E) K, compare func(a, b K) int) L {
	if d == nil {
		return list
	}
	list = slices.Clone(list)
	search := func(k K) (int, bool) {
		return slices.BinarySearchFunc(list, k, func(e E, k K) int { return compare(key(e), k) })
	}
	for _, k := range d.Drop {
		if i, ok := search(k); ok {
			list = slices.Delete(list, i, i+1)
		}
	}
	for _, e := range d.Put {
		i, ok := search(key(e))
		if !ok {
			list = slices.Insert(list, i, e)
		}
		list[i] = e
	}
	return list
}
