package refine

import (
	"fmt"
	"strings"

	"multipaxos/impl/trace"
)

// The conjuncts of a step, in the order in which they are held. After them come the invariants, under their own names.
const (
	Fate       = "fate"   // a message delivered, lost or doubled that was not in flight; an id used twice; End's list
	Guard      = "action" // no action of that name is enabled there
	Acceptor   = "acceptor"
	Replica    = "replica"
	Leader     = "leader"
	Scout      = "scout"
	Commanders = "commanders"
	Requesters = "requester"
	Bootstrap  = "bootstrap"
	Seed       = "seed"
	Disk       = "disk" // what is durable, after the writes of the step
	Messages   = "msgs" // what was sent
	Answers    = "answers"
)

// Verdict says why an event is no step of the specification.
type Verdict struct {
	Seq      uint64 // of the event
	Event    string // the event, in one line
	Action   string // of the specification
	Conjunct string // the first that fails
	Field    string // the field, or the guard
	Expected string
	Found    string
	Methods  []string // of impl/paxos that take the step, with file and line; the most likely culprit first
}

func (v *Verdict) Error() string {
	return fmt.Sprintf("event %d, %s: %s: %s: want %s, found %s", v.Seq, v.Action, v.Conjunct, v.Field, v.Expected, v.Found)
}

// Line is the line of the event in a trace.
func (v *Verdict) Line() uint64 { return v.Seq + 1 }

// Report says all of it, over several lines. file is the trace.
func (v *Verdict) Report(file string) string {
	var b strings.Builder
	line := func(label, text string) { fmt.Fprintf(&b, "  %-9s %s\n", label, text) }
	fmt.Fprintf(&b, "%s:%d: event %d is no step of the specification\n", file, v.Line(), v.Seq)
	line("event", v.Event)
	line("action", v.Action)
	for i, m := range v.Methods {
		if i == 0 {
			line("code", m)
		} else {
			line("", m)
		}
	}
	line("conjunct", v.Conjunct)
	line("field", v.Field)
	line("want", v.Expected)
	line("found", v.Found)
	return b.String()
}

// Around selects the part of a trace around the event, for a ladder.
func (v *Verdict) Around(events uint64) trace.Options {
	return trace.Options{FromSeq: v.Seq - min(v.Seq, events), ToSeq: v.Seq}
}
