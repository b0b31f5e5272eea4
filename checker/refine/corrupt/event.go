package corrupt

import (
	"fmt"
	"slices"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// state returns the state of node a before event i, and whether the node is up then and free to act.
func (t *Trace) state(a paxos.Address, i int) (s trace.State, free bool) {
	for i--; i >= 0; i-- {
		e := &t.Events[i]
		if e.Node == a && (e.IsStep() || e.Action == trace.Crash) {
			return e.State, e.IsStep() && e.Left == len(e.Sent)
		}
	}
	return s, false
}

// idle says whether the event is an alarm that did nothing that anybody could know of. FollowNext and Active may have
// done something that no state shows: they forget or note a sign of the leader.
func (t *Trace) idle(i int) bool {
	e := &t.Events[i]
	before, _ := t.state(e.Node, i)
	return e.Timer != nil && e.Action != "ReplicaFollowNext" && len(e.Sent)+len(e.Writes)+len(e.Answers) == 0 &&
		trace.Equal(before, e.State)
}

// hidden says whether the event may change something that no state shows.
func hidden(e *trace.Event) bool {
	switch e.Action {
	case "ReplicaFollowNext", "ReceiveActive", "ReceivePrepare", "ReceiveAccept", "ReceivePromise":
		return true
	}
	return false
}

// swap has two events change places that stand side by side.
func (t *Trace) swap() *Case {
	for range 200 {
		i := t.Random.IntN(len(t.Events) - 2)
		if made := t.swapAt(i); made != nil {
			return made
		}
	}
	return nil
}

func (t *Trace) swapAt(i int) *Case {
	a, b := &t.Events[i], &t.Events[i+1]
	what := fmt.Sprintf("events %d, %s, and %d, %s, change places", a.Seq, a.Action, b.Seq, b.Action)
	causes := slices.ContainsFunc(a.Sent, func(m trace.Message) bool { return names(b, m.ID) })
	ids := len(a.Sent) > 0 && len(b.Sent) > 0 // ids rise
	switch {
	case causes:
	case ids && a.Node != b.Node:
		return t.swapped(i, &Case{What: what, At: a.Seq + 1}) // the lower ids come second
	case a.Node != b.Node && !sameMessage(a, b):
		return t.swapped(i, &Case{What: what, Equivalent: Independent})
	case a.Node != b.Node || !t.disjoint(i):
		return nil
	default:
		return t.swapped(i, &Case{What: what, At: a.Seq, By: b.Seq})
	}
	return t.swapped(i, &Case{What: what, At: a.Seq})
}

// sameMessage says whether two events give fates to the same message.
func sameMessage(a, b *trace.Event) bool {
	return a.ID != 0 && names(b, a.ID) || a.Message != nil && names(b, a.Message.ID)
}

func (t *Trace) swapped(i int, made *Case) *Case {
	t.Events[i], t.Events[i+1] = t.Events[i+1], t.Events[i]
	t.Events[i].Time, t.Events[i+1].Time = t.Events[i+1].Time, t.Events[i].Time
	t.number()
	made.Events = t.Events
	return made
}

// disjoint says whether events i and i+1, of one node, each change fields that the other leaves alone. Then the state
// after the second cannot come of the second alone, unless it does what the first does and more; and after that, the
// state after the first cannot come.
func (t *Trace) disjoint(i int) bool {
	a, b := &t.Events[i], &t.Events[i+1]
	before, up := t.state(a.Node, i)
	if !up || !a.IsStep() || !b.IsStep() || a.Durable != nil || a.Left < len(a.Sent) {
		return false
	}
	first, second := trace.Diff(before, a.State), trace.Diff(a.State, b.State)
	both := func(d trace.Difference) bool {
		return slices.ContainsFunc(second, func(o trace.Difference) bool { return o.Field == d.Field })
	}
	return len(first) > 0 && len(second) > 0 && !slices.ContainsFunc(first, both)
}

// drop leaves out an event. Who notices: the next step of the node, when its state had changed, unless it changes it in
// the same way; its restart, when its disk had; who gets a message that was sent; and at last the End, when the fate of
// a message is missing.
func (t *Trace) drop() *Case {
	i := t.pick(func(i int) bool {
		e := &t.Events[i]
		return i < len(t.Events)-1 && !(hidden(e) && t.silent(i)) && e.Action != trace.Wipe && e.Action != trace.Cancel &&
			e.Action != "ReplicaFollowNext"
	})
	if i < 0 {
		return nil
	}
	dropped := t.Events[i]
	made := &Case{What: fmt.Sprintf("event %d, %s, left out", dropped.Seq, dropped.Action)}
	if j := t.noticed(i); j > 0 {
		made.At = uint64(j) // it moves up by one place
		if dropped.Message != nil {
			made.By = uint64(len(t.Events) - 1)
		}
	} else if dropped.Action == trace.Fault || t.idle(i) {
		made.Equivalent = Nothing
	} else {
		made.Equivalent = Forgotten
	}
	t.Events = slices.Delete(t.Events, i, i+1)
	t.number()
	made.Events = t.Events
	return made
}

// silent says whether the state before and after event i is the same.
func (t *Trace) silent(i int) bool {
	before, _ := t.state(t.Events[i].Node, i)
	return trace.Equal(before, t.Events[i].State)
}

// noticed returns the index of the first event that cannot be without event i, or -1.
func (t *Trace) noticed(i int) int {
	e := &t.Events[i]
	if e.Action == trace.Fault || t.idle(i) {
		return -1
	}
	changed, written := e.IsStep() && !t.silent(i), len(e.Writes) > 0
	for j := i + 1; j < len(t.Events); j++ {
		next := &t.Events[j]
		for _, m := range e.Sent {
			if names(next, m.ID) {
				return j
			}
		}
		switch {
		case next.Action == trace.End && e.Message == nil && e.Left == 0 && e.ID == 0:
			return -1 // what was lost in a crash
		case next.Action == trace.End || e.Action == trace.Duplicate && t.overdrawn(e.ID, i, j):
			return j
		}
		if next.Node != e.Node || next.Action == trace.Fault || e.Node == 0 {
			continue
		}
		switch {
		case e.Action == trace.Start || e.Action == trace.Crash || changed && next.IsStep() && next.Durable == nil:
			return j
		case e.Left < len(e.Sent):
			changed = false // it crashes now
		case next.Action == trace.Wipe:
			written = false
		case next.Durable != nil && written:
			return j
		}
		if next.Action == trace.Crash {
			changed = false
		}
	}
	return len(t.Events) - 1
}

// overdrawn says whether event j gives message id more fates than it has copies, if event i had not made one.
func (t *Trace) overdrawn(id uint64, i, j int) bool {
	copies := 0
	for k := range t.Events[:j+1] {
		e := &t.Events[k]
		switch {
		case slices.ContainsFunc(e.Sent, func(m trace.Message) bool { return m.ID == id }):
			copies++
		case e.Action == trace.Duplicate && e.ID == id && k != i:
			copies++
		case e.Action != trace.Duplicate && names(e, id):
			copies--
		}
	}
	return copies < 0
}

// double has an event happen twice.
func (t *Trace) double() *Case {
	i := t.pick(func(i int) bool {
		e := &t.Events[i]
		return i < len(t.Events)-1 && (e.Timer == nil || len(e.Sent) > 0 || t.idle(i)) && e.Action != trace.Wipe &&
			(e.Command == nil || len(e.Sent) > 0) && (e.Message == nil || t.once(e.Message.ID)) && (e.ID == 0 || t.once(e.ID))
	})
	if i < 0 {
		return nil
	}
	e := t.Events[i]
	made := &Case{What: fmt.Sprintf("event %d, %s, twice", e.Seq, e.Action), At: e.Seq + 1}
	if e.Action == trace.Fault || t.idle(i) {
		made.At, made.Equivalent = 0, Nothing
	}
	t.Events = slices.Insert(t.Events, i, e)
	t.number()
	made.Events = t.Events
	return made
}

// once says whether message id was never doubled.
func (t *Trace) once(id uint64) bool {
	return !slices.ContainsFunc(t.Events, func(e trace.Event) bool { return e.Action == trace.Duplicate && e.ID == id })
}

// early delivers a message right before it is sent.
func (t *Trace) early() *Case {
	i := t.pick(func(i int) bool { return t.Events[i].Message != nil })
	if i < 0 {
		return nil
	}
	e := t.Events[i]
	from := slices.IndexFunc(t.Events, func(s trace.Event) bool {
		return slices.ContainsFunc(s.Sent, func(m trace.Message) bool { return m.ID == e.Message.ID })
	})
	e.Time = t.Events[from].Time
	t.Events = slices.Insert(slices.Delete(t.Events, i, i+1), from, e)
	t.number()
	return t.at(from, fmt.Sprintf("%v delivered before it was sent", e.Message.Envelope))
}

// strangeTimer has a timer go off of a role that its node does not play.
func (t *Trace) strangeTimer() *Case {
	timers := []struct {
		action string
		kind   paxos.TimerKind
		plays  func(s trace.State) bool
	}{
		{"ScoutSendPrepare", paxos.Retransmit, func(s trace.State) bool { return s.Scout != nil }},
		{"BootstrapSendJoin", paxos.Retransmit, func(s trace.State) bool { return s.Bootstrap != nil }},
		{"LeaderSendActive", paxos.Heartbeat, func(s trace.State) bool { return s.Leader != nil }},
		{"ReplicaAskMissing", paxos.CatchupTimeout, func(s trace.State) bool { return s.Replica != nil }},
		{"CommanderSendAccept", paxos.Retransmit, func(s trace.State) bool { return s.Commanders.Has(1 << 40) }},
	}
	timer := timers[t.Random.IntN(len(timers))]
	for range 200 {
		i := t.Random.IntN(len(t.Events))
		a := t.Header.Nodes[t.Random.IntN(len(t.Header.Nodes))]
		s, free := t.state(a, i)
		if !free || timer.plays(s) {
			continue
		}
		e := trace.Event{Time: t.Events[i].Time, Node: a, Action: timer.action, State: s,
			Timer: &trace.Timer{Timer: paxos.Timer{Role: 1 << 20, Kind: timer.kind}}}
		if timer.action == "CommanderSendAccept" {
			e.Timer.Slot = 1 << 40
		}
		t.Events = slices.Insert(t.Events, i, e)
		t.number()
		return t.at(i, fmt.Sprintf("%v: %s", a, timer.action))
	}
	return nil
}
