package explore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// labelled is a step from a state, with all that is known of it.
type labelled struct {
	node int
	step transition
	next []uint64 // the state after it; of no meaning if the step has an error
}

// follow executes again the path of the given keys from the first state: it returns its steps.
func (s *search) follow(keys []uint64) (steps []labelled, last []uint64, err error) {
	state, err := s.system.initial()
	if err != nil {
		return nil, nil, err
	}
	w := s.system.worker()
	for _, key := range keys[1:] {
		at := slices.IndexFunc(s.system.steps(state), func(l labelled) bool { return s.leadsTo(w, l, key) })
		if at < 0 {
			return nil, nil, fmt.Errorf("explore: want a step to the state %x, found none: two states have one key (try another seed)", key)
		}
		step := s.system.steps(state)[at]
		steps, state = append(steps, step), step.next
	}
	return steps, state, nil
}

// leadsTo says whether a step leads to the state with the key, or to one that is equal to it but for names.
func (s *search) leadsTo(w worker, l labelled, key uint64) bool {
	if l.step.err != nil {
		return false
	}
	next := slices.Clone(l.next)
	w.canonical(next)
	return s.key(next) == key
}

// explain returns the steps to the violation.
func (s *search) explain(v *violation) ([]labelled, error) {
	steps, last, err := s.follow(s.path(v.key))
	if err != nil || !v.step {
		return steps, err
	}
	found, next := errors.Unwrap(v.err), s.system.steps(last)
	at := slices.IndexFunc(next, func(l labelled) bool { return l.step.err != nil && l.step.err.Error() == found.Error() })
	if at < 0 { // the search found it in a state with other names of clients
		at = slices.IndexFunc(next, func(l labelled) bool { return l.step.err != nil && property(l.step.err) == property(found) })
	}
	if at < 0 {
		return steps, fmt.Errorf("explore: want the step that breaks %v, found none", v.err)
	}
	return append(steps, next[at]), nil
}

// property is what an error says is broken, without saying by whom.
func property(err error) string {
	name, _, _ := strings.Cut(err.Error(), ":")
	return name
}

// describe writes a step in one line.
func (m *memo) describe(l labelled) string {
	if l.step.message == none {
		return fmt.Sprintf("N%d %s", l.node+1, l.step.action)
	}
	msg := &m.messages[l.step.message]
	return fmt.Sprintf("N%d %s from N%d: %v", l.node+1, l.step.action, msg.From+1, msg.Body)
}

// replay executes a path with nodes of their own, from the first step to the last, and records it.
type replay struct {
	protocol *protocol
	recorder *trace.Recorder
	members  []*member
	sent     map[identity]uint64 // the id of each message that may be delivered
	left     map[uint32]int      // by the message's number: how often it will be delivered
	lastID   uint64
	now      time.Duration
}

// record writes the trace of a path, and returns when it ends. It stops before a step that panics.
func (p *protocol) record(r *trace.Recorder, m *memo, steps []labelled) (end time.Duration) {
	x := p.newReplay(r, steps)
	for _, l := range steps {
		x.now += time.Millisecond
		if !x.step(m, l) {
			break
		}
	}
	return x.now
}

// newReplay starts the members that will take the steps.
func (p *protocol) newReplay(r *trace.Recorder, steps []labelled) *replay {
	x := &replay{protocol: p, recorder: r, sent: map[identity]uint64{}, left: map[uint32]int{}}
	for _, l := range steps {
		x.left[l.step.message]++
	}
	for n := range p.Nodes() {
		x.members = append(x.members, nil)
		x.start(n, p.Start(n).Local.(*member).disk)
	}
	return x
}

func (x *replay) start(n int, disk paxos.Durable) {
	var out paxos.Out
	before := disk
	before.Accepted = disk.Accepted.Clone()
	x.members[n] = &member{disk: disk}
	x.members[n].node = paxos.NewNode(&x.protocol.config, paxos.Address(n+1), before, x.protocol.founds(n, &disk), &out)
	if n == 0 && x.now == 0 {
		for _, m := range x.protocol.proposed() {
			out.Send(paxos.Address(m.To+1), m.Body.(paxos.Message))
		}
	}
	x.finish(x.members[n], trace.Cause{Action: trace.Start, Durable: &before}, &out)
}

// step executes one step. It says false when the step panicked.
func (x *replay) step(m *memo, l labelled) (ok bool) {
	defer func() { ok = recover() == nil }()
	member := x.members[l.node]
	var out paxos.Out
	switch {
	case l.step.crash:
		x.recorder.Crash(x.now, member.node.Self, "")
		disk := member.disk
		if l.step.action == "WipeRestart" {
			x.recorder.Wipe(x.now, member.node.Self)
			disk, _ = x.protocol.wiped(&disk)
		}
		x.start(l.node, disk)
	case l.step.message != none:
		x.receive(member, l.step.message, &m.messages[l.step.message], &out)
	default:
		x.choose(member, l.step.action, &out)
	}
	return true
}

// receive delivers a message. It is duplicated first if it will be delivered once more.
func (x *replay) receive(l *member, number uint32, msg *Message, out *paxos.Out) {
	key := identity{msg.From, msg.To, msg.Key}
	id := x.sent[key]
	if x.left[number]--; x.left[number] > 0 {
		x.recorder.Duplicate(x.now, id)
	} else {
		delete(x.sent, key)
	}
	e := paxos.Envelope{Config: x.protocol.config.ID, From: paxos.Address(msg.From + 1), To: l.node.Self, Message: msg.Body.(paxos.Message)}
	if err := l.node.Receive(e, out); err != nil {
		panic(err)
	}
	x.finish(l, trace.Cause{Action: msg.Action, ID: id, Message: &e}, out)
}

// choose carries out a step without a message.
func (x *replay) choose(l *member, action string, out *paxos.Out) {
	for _, c := range x.protocol.model.Commands {
		if action == "Invoke "+c.String() {
			l.node.Invoke(c.Client, c.Seq, c.String(), out)
			command := trace.Command{Client: c.Client, Seq: c.Seq, Input: c.String()}
			x.finish(l, trace.Cause{Action: "RequesterSendInvoke", Command: &command}, out)
			return
		}
	}
	for _, r := range slices.Clone(l.node.Roles()) {
		for _, a := range x.protocol.names(l, r) {
			if a.action == action {
				x.ring(l, paxos.Timer{Role: r.ID(), Kind: a.kind}, a.times, out)
				return
			}
		}
	}
	panic("explore: no such choice: " + action)
}

func (x *replay) ring(l *member, timer paxos.Timer, times int, out *paxos.Out) {
	leader := l.node.Replica.Leader
	for range times {
		name := trace.TimerAction(l.node, timer)
		l.node.Fire(timer, out)
		x.finish(l, trace.Cause{Action: name, Timer: &timer}, out)
		if l.node.Replica.Leader != leader {
			return
		}
	}
}

// finish writes to disk, records the step, and empties out.
func (x *replay) finish(l *member, c trace.Cause, out *paxos.Out) {
	for _, w := range out.Writes {
		l.disk.Apply(w)
	}
	l.arm(out.Alarms)
	out.Messages = x.protocol.rewrite(out.Messages)
	for i, e := range out.Messages {
		msg := x.protocol.message(e)
		key := identity{msg.From, msg.To, msg.Key}
		if x.sent[key] == 0 {
			x.sent[key] = x.lastID + uint64(i) + 1
		}
	}
	x.recorder.Step(x.now, l.node, c, out, x.lastID+1, len(out.Messages))
	x.lastID += uint64(len(out.Messages))
	out.Reset()
}
