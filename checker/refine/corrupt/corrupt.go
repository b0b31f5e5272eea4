// Package corrupt makes wrong traces of right ones, for the tests of those who judge traces.
//
// Each corruption changes a trace at one random place, so that it tells of a run that cannot have happened, and says at
// which event a judge must say so. Some changes make a trace that tells of the same behaviour as before, in other words:
// two events that have nothing to do with each other change places, an alarm that does nothing goes off once more. These
// say Equivalent and why, and a judge must accept them. That is decided here from the trace alone, without a model.
package corrupt

import (
	"math/rand/v2"
	"slices"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// Case is a corrupted trace.
type Case struct {
	Name       string        // of the corruption
	What       string        // was done, in words
	Events     []trace.Event // they share memory with those of the trace
	At, By     uint64        // the first wrong event, and the last event at which a judge must reject; nearly always the same
	Equivalent string        // why the trace still tells of a possible run; empty when it does not
}

// Why a changed trace tells of a possible run. After the first two it is the same run.
const (
	Independent = "the events are at different nodes, and neither caused the other"
	Nothing     = "nothing happened in the event"
	Forgotten   = "nobody learnt of the event before its node crashed"
)

// Corruption changes a trace at a random place. It returns nil when the trace has no such place.
type Corruption struct {
	Name  string
	Apply func(t *Trace) *Case
}

// Trace is a trace to corrupt, and the random source that says where. Its events end with End.
type Trace struct {
	Header trace.Header
	Events []trace.Event
	Random *rand.Rand
}

// Apply makes the corruption. The trace stays as it is.
func Apply(c Corruption, h trace.Header, events []trace.Event, random *rand.Rand) *Case {
	made := c.Apply(&Trace{h, slices.Clone(events), random})
	if made != nil {
		made.Name = c.Name
		if made.By == 0 {
			made.By = made.At
		}
	}
	return made
}

// All lists the corruptions.
var All = []Corruption{
	{"ballot of a message sent", sent(func(m paxos.Message) paxos.Message { return withBallot(m) })},
	{"slot of a message sent", sent(func(m paxos.Message) paxos.Message { return withSlot(m) })},
	{"value of a message sent", sent(func(m paxos.Message) paxos.Message { return withProposal(m) })},
	{"receiver of a message sent", (*Trace).otherReceiver},
	{"message not sent", (*Trace).dropSent},
	{"message added", (*Trace).addSent},
	{"sender of a message delivered", (*Trace).otherSender},
	{"ballot of a message delivered", delivered(withBallot)},
	{"slot of a message delivered", delivered(withSlot)},
	{"value of a message delivered", delivered(withProposal)},
	{"events swapped", (*Trace).swap},
	{"event dropped", (*Trace).drop},
	{"event doubled", (*Trace).double},
	{"write missing", (*Trace).dropWrite},
	{"write changed", (*Trace).changeWrite},
	{"slot of an answer", (*Trace).changeAnswer},
	{"answer missing", (*Trace).dropAnswer},
	{"restart that forgot a promise", restart(forgetPromise)},
	{"restart that forgot a vote", restart(forgetVote)},
	{"restart that forgot a ballot", restart(forgetBallot)},
	{"restart that forgot its checkpoint", restart(forgetCheckpoint)},
	{"delivery before the send", (*Trace).early},
	{"field of state", (*Trace).changeState},
	{"entry of a table", (*Trace).changeTable},
	{"role that stopped", (*Trace).stopRole},
	{"timer of a role that is not there", (*Trace).strangeTimer},
	{"loss of what is not in flight", (*Trace).strangeLoss},
	{"message that did not leave", (*Trace).lessLeft},
	{"in flight at the end", (*Trace).changeEnd},
}

// pick returns a random index at which ok holds, or -1.
func (t *Trace) pick(ok func(i int) bool) int {
	var places []int
	for i := range t.Events {
		if ok(i) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return -1
	}
	return places[t.Random.IntN(len(places))]
}

// at is the case that event i is wrong.
func (t *Trace) at(i int, what string) *Case {
	return &Case{What: what, Events: t.Events, At: t.Events[i].Seq}
}

// number gives the events the numbers of their places, and times that do not fall.
func (t *Trace) number() {
	for i := range t.Events {
		t.Events[i].Seq = uint64(i + 1)
		if i > 0 {
			t.Events[i].Time = max(t.Events[i].Time, t.Events[i-1].Time)
		}
	}
}

// names says whether the event gives a fate to message id.
func names(e *trace.Event, id uint64) bool {
	return e.ID == id && id != 0 || e.Message != nil && e.Message.ID == id
}

// other returns an address of the header that is not a, or 0.
func (t *Trace) other(a paxos.Address) paxos.Address {
	list := slices.DeleteFunc(slices.Clone(t.Header.Nodes), func(b paxos.Address) bool { return b == a })
	if len(list) == 0 {
		return 0
	}
	return list[t.Random.IntN(len(list))]
}
