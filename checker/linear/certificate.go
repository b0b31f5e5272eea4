package linear

import (
	"cmp"
	"fmt"
	"slices"
)

// Rule names what a history violates.
type Rule string

// The rules of Certificate.
const (
	RuleAgreement   Rule = "agreement"    // a slot is decided once
	RuleUniqueSlot  Rule = "unique-slot"  // no two answers name one slot
	RuleNoHole      Rule = "no-hole"      // every slot below an answered one is decided
	RuleInLog       Rule = "in-log"       // the slot that an answer names decided that very command
	RuleInvoked     Rule = "invoked"      // what is decided was called before, with that input
	RuleExecuteOnce Rule = "execute-once" // an answer names the slot in which its command was executed first
	RuleOutput      Rule = "output"       // replaying the slots in order gives each answer
	RuleRealTime    Rule = "real-time"    // a call made after an answer gets a higher slot
)

// Counterexample is the first operation, in slot order, that breaks a rule.
type Counterexample struct {
	Rule      Rule
	Slot      uint64
	Operation *Operation // nil if a slot holds what no client called
	Other     *Operation // the operation that it contradicts, if there is one
	Want      string     // by the rule
	Found     string     // in the history
	Where     string     // file:line of the answer, or of what stands in its place
	Event     int64      // index of that event
}

// String tells the rule, the operation and both values, in several lines.
func (c *Counterexample) String() string {
	text := fmt.Sprintf("%s: rule %q is broken in slot %d", c.Where, c.Rule, c.Slot)
	if c.Operation != nil {
		text += fmt.Sprintf("\n  operation  %v", c.Operation)
	}
	if c.Other != nil {
		text += fmt.Sprintf("\n  against    %v", c.Other)
	}
	return text + fmt.Sprintf("\n  expected   %s\n  found      %s", c.Want, c.Found)
}

// certifier walks the slots in order.
type certifier struct {
	history    *History
	machine    state
	operations []Operation
	index      map[identity]int // of operations
	answers    []int            // operations with an answer, by the slot that the answer names
	executed   map[uint64]slot  // client -> the last command executed
	latest     *Operation       // of those in smaller slots, the one called last
	decided    bool             // the history has a log; else the answers' slots stand in for it
}

// Certificate checks that executing the decided slots in order gives every answer and respects real time, in time
// n log n for n events. The history must be valid.
//
// Linearizable needs no trust in the slots: they are an order of the operations, and the check shows that it is a
// right one. A Violation comes with the first operation in slot order that breaks a rule; then either no order exists
// or the slots are wrong, and a cluster that does its work has neither. Without decisions in the history, an answer
// that the answered operations do not explain is Unknown as long as an unanswered one might.
func Certificate(h *History, options Options) (Verdict, *Counterexample) {
	return parse(h).certificate(options)
}

func (p *parsed) certificate(options Options) (Verdict, *Counterexample) {
	c := &certifier{history: p.History, machine: p.initial(options.Verifier), operations: p.operations,
		executed: map[uint64]slot{}}
	c.prepare()
	log := p.log
	if c.decided = len(log) > 0; !c.decided {
		log = answeredLog(c.operations)
	}
	bad := c.walk(log)
	if bad == nil {
		return Linearizable, nil
	}
	if bad.Rule == RuleOutput && !c.decided && c.pendingBefore(bad.Operation) {
		return Unknown, bad
	}
	return Violation, bad
}

func (c *certifier) prepare() {
	c.index = make(map[identity]int, len(c.operations))
	for i := range c.operations {
		o := &c.operations[i]
		c.index[identity{o.Client, o.Seq}] = i
		if !o.Pending() {
			c.answers = append(c.answers, i)
		}
	}
	slices.SortFunc(c.answers, func(i, j int) int {
		a, b := &c.operations[i], &c.operations[j]
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Return, b.Return))
	})
}

func (c *certifier) walk(log []slot) *Counterexample {
	for i, s := range log {
		var previous, next *slot
		if i > 0 {
			previous = &log[i-1]
		}
		if i+1 < len(log) {
			next = &log[i+1]
		}
		if bad := c.checkSlot(s, previous, next); bad != nil {
			return bad
		}
		if bad := c.execute(s); bad != nil {
			return bad
		}
		if len(c.answers) > 0 && c.operations[c.answers[0]].Slot == s.number {
			c.answers = c.answers[1:]
		}
	}
	if len(c.answers) > 0 {
		return c.missing(&c.operations[c.answers[0]])
	}
	return nil
}

// checkSlot checks what can be said of a slot before executing it.
func (c *certifier) checkSlot(s slot, previous, next *slot) *Counterexample {
	first, second := c.claims(s.number)
	switch {
	case second != nil:
		return c.bad(RuleUniqueSlot, s, second, first, "one answer that names the slot", "two")
	case next != nil && next.number == s.number:
		return c.bad(RuleAgreement, *next, first, nil, s.command.String()+" only, decided at "+c.history.Where(int(s.event)),
			"also "+next.command.String()+", decided at "+c.history.Where(int(next.event)))
	case len(c.answers) > 0 && c.operations[c.answers[0]].Slot < s.number:
		return c.missing(&c.operations[c.answers[0]])
	case c.decided && previous != nil && previous.number+1 != s.number && len(c.answers) > 0:
		return c.bad(RuleNoHole, s, &c.operations[c.answers[0]], nil,
			fmt.Sprintf("a decision for slot %d, below an answered slot", previous.number+1), "none")
	case first != nil && (first.Client != s.client || first.Seq != s.seq):
		return c.bad(RuleInLog, s, first, nil, command{first.Client, first.Seq, first.Input}.String(), s.command.String())
	case s.client == 0:
		return nil
	}
	return c.checkInvoked(s)
}

func (c *certifier) checkInvoked(s slot) *Counterexample {
	i, known := c.index[identity{s.client, s.seq}]
	switch {
	case !known:
		return c.bad(RuleInvoked, s, nil, nil, "a command that a client called", s.command.String())
	case s.input != c.operations[i].Input:
		return c.bad(RuleInvoked, s, &c.operations[i], nil, fmt.Sprintf("%q", c.operations[i].Input), fmt.Sprintf("%q", s.input))
	case s.event < c.operations[i].Call:
		return c.bad(RuleInvoked, s, &c.operations[i], nil, "a decision after the call at "+c.history.Where(int(c.operations[i].Call)),
			"a decision at "+c.history.Where(int(s.event)))
	}
	return nil
}

// execute replays a slot, unless it is a no-op or a duplicate.
func (c *certifier) execute(s slot) *Counterexample {
	if s.client == 0 {
		return nil
	}
	o := &c.operations[c.index[identity{s.client, s.seq}]]
	if done := c.executed[s.client]; s.seq <= done.seq {
		if o.Slot == s.number {
			return c.bad(RuleExecuteOnce, s, o, nil, fmt.Sprintf("the slot that executed the command; the session had executed seq %d in slot %d",
				done.seq, done.number), fmt.Sprintf("slot %d, a duplicate", s.number))
		}
		return nil
	}
	c.executed[s.client] = s
	output := c.machine.Apply(s.input)
	if bad := c.checkAnswer(s, o, output); bad != nil {
		return bad
	}
	if c.latest == nil || c.latest.Call < o.Call {
		c.latest = o
	}
	return nil
}

// checkAnswer compares the answer that a client got with what the slot gives. A pending operation got none.
func (c *certifier) checkAnswer(s slot, o *Operation, output string) *Counterexample {
	switch {
	case o.Pending():
		return nil
	case o.Slot != s.number:
		return c.bad(RuleExecuteOnce, s, o, nil, fmt.Sprintf("slot %d, which executed the command", s.number), fmt.Sprintf("slot %d", o.Slot))
	case o.Output != output:
		return c.bad(RuleOutput, s, o, nil, fmt.Sprintf("%q", output), fmt.Sprintf("%q", o.Output))
	case c.latest != nil && o.Return < c.latest.Call:
		return c.bad(RuleRealTime, s, o, c.latest,
			fmt.Sprintf("a slot above %d for a call at %s, after the answer at %s", s.number,
				c.history.Where(int(c.latest.Call)), c.history.Where(int(o.Return))), "a smaller slot")
	}
	return nil
}

// claims returns the first two answers, if any, that name a slot.
func (c *certifier) claims(number uint64) (first, second *Operation) {
	if len(c.answers) > 0 && c.operations[c.answers[0]].Slot == number {
		first = &c.operations[c.answers[0]]
	}
	if len(c.answers) > 1 && c.operations[c.answers[1]].Slot == number {
		second = &c.operations[c.answers[1]]
	}
	return first, second
}

func (c *certifier) missing(o *Operation) *Counterexample {
	return c.bad(RuleInLog, slot{number: o.Slot}, o, nil, fmt.Sprintf("a decision for slot %d, which the answer names", o.Slot), "none")
}

func (c *certifier) pendingBefore(o *Operation) bool {
	return slices.ContainsFunc(c.operations, func(p Operation) bool {
		return p.Pending() && p.Call < o.Return && !readOnly(c.history.Machine, p.Input)
	})
}

func (c *certifier) bad(rule Rule, s slot, o, other *Operation, want, found string) *Counterexample {
	event := s.event
	if o != nil && !o.Pending() {
		event = o.Return
	} else if o != nil {
		event = o.Call
	}
	return &Counterexample{Rule: rule, Slot: s.number, Operation: o, Other: other, Want: want, Found: found,
		Where: c.history.Where(int(event)), Event: event}
}

func (c command) String() string {
	if c.client == 0 {
		return "a no-op"
	}
	return fmt.Sprintf("client %d seq %d %q", c.client, c.seq, c.input)
}
