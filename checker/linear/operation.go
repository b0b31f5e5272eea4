package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Infinity is the Return of a pending operation.
const Infinity = math.MaxInt64

// Operation is a call with its answer, if there is one.
type Operation struct {
	Client uint64
	Seq    uint64
	Node   string // where it was called
	Input  string
	Call   int64  // index of the call event: positions are unique, and their order is real time
	Output string // empty when pending
	Slot   uint64 // in which it was executed; 0 when pending
	Return int64  // index of the return event, or Infinity when pending
}

// Pending reports that the operation was never answered: it may take effect at any time after its call, or never.
func (o *Operation) Pending() bool { return o.Return == Infinity }

// String shows an operation as `client 3 seq 7 "transfer a b 5" -> "ok 1 9" (slot 12)`.
func (o *Operation) String() string {
	text := fmt.Sprintf("client %d seq %d %q", o.Client, o.Seq, o.Input)
	if o.Pending() {
		return text + " -> no answer"
	}
	return text + fmt.Sprintf(" -> %q (slot %d)", o.Output, o.Slot)
}

// Operations pairs calls and answers, in the order of the calls. Only a history that Validate accepts has a meaning.
func (h *History) Operations() []Operation {
	calls := 0
	for i := range h.Events {
		if h.Events[i].Kind == Call {
			calls++
		}
	}
	operations := make([]Operation, 0, calls)
	open := map[uint64]int{} // client -> index of its latest operation
	for i := range h.Events {
		switch e := &h.Events[i]; e.Kind {
		case Call:
			open[e.Client] = len(operations)
			operations = append(operations, Operation{Client: e.Client, Seq: e.Seq, Node: e.Node, Input: e.Input,
				Call: int64(i), Return: Infinity})
		case Return:
			o := &operations[open[e.Client]]
			o.Output, o.Slot, o.Return = e.Output, e.Slot, int64(i)
		}
	}
	return operations
}

// session is what Validate knows of a client: its latest call, and what became of it.
type session struct {
	seq   uint64
	state string // "open", "answered" or "abandoned"
	where int
}

// Validate checks that a history is one that clients can have seen: each answer has an open call, a session has one
// open call at a time, its numbers rise. The first fault is the error, which starts with `name:line: `.
//
// A slot that was decided twice with different commands is no fault of the history but of the cluster: Certificate
// reports it.
func Validate(h *History) error {
	if _, err := newState(h.Machine, h.Initial, nil); err != nil {
		return fmt.Errorf("%s: %w", h.Where(-1), err)
	}
	sessions := map[uint64]*session{}
	for i := range h.Events {
		if err := h.validate(i, sessions); err != nil {
			return fmt.Errorf("%s: %w", h.Where(i), err)
		}
	}
	if len(sessions) == 0 {
		return fmt.Errorf("%s: empty history: no operation was called", h.Where(len(h.Events)-1))
	}
	return nil
}

func (h *History) validate(i int, sessions map[uint64]*session) error {
	e := &h.Events[i]
	if len(h.Nodes) > 0 && e.Node != "" && !slices.Contains(h.Nodes, e.Node) {
		return fmt.Errorf("%v at unknown node %q: the header names %q", e.Kind, e.Node, h.Nodes)
	}
	switch e.Kind {
	case Call:
		return h.validateCall(i, sessions)
	case Return, Retry, Abandon:
		return h.validateAfterCall(i, sessions[e.Client])
	case Decided:
		return validateDecided(e)
	case Note:
		if e.Note == "" {
			return fmt.Errorf("note without a kind")
		}
		return nil
	}
	return fmt.Errorf("unknown kind of event: %v", e.Kind)
}

func (h *History) validateCall(i int, sessions map[uint64]*session) error {
	e := &h.Events[i]
	s := sessions[e.Client]
	switch {
	case e.Client == 0 || e.Seq == 0:
		return fmt.Errorf("call of client %d seq %d: want both at least 1", e.Client, e.Seq)
	case s == nil:
		s = &session{}
		sessions[e.Client] = s
	case s.state == "open":
		return fmt.Errorf("call of client %d seq %d overlaps its seq %d, open since %s", e.Client, e.Seq, s.seq, h.Where(s.where))
	case e.Seq <= s.seq:
		return fmt.Errorf("call of client %d seq %d after its seq %d: want rising numbers", e.Client, e.Seq, s.seq)
	}
	*s = session{e.Seq, "open", i}
	return nil
}

func (h *History) validateAfterCall(i int, s *session) error {
	e := &h.Events[i]
	switch {
	case s == nil || s.seq != e.Seq:
		return fmt.Errorf("%v of client %d seq %d, which has no call before it", e.Kind, e.Client, e.Seq)
	case s.state != "open":
		return fmt.Errorf("%v of client %d seq %d, which was %s at %s", e.Kind, e.Client, e.Seq, s.state, h.Where(s.where))
	case e.Kind == Return && e.Slot == 0:
		return fmt.Errorf("return of client %d seq %d names slot 0: slots start at 1", e.Client, e.Seq)
	case e.Kind == Return:
		s.state, s.where = "answered", i
	case e.Kind == Abandon:
		s.state, s.where = "abandoned", i
	}
	return nil
}

func validateDecided(e *Event) error {
	if e.Slot == 0 {
		return fmt.Errorf("slot 0 decided: slots start at 1")
	}
	if (e.Client == 0) != (e.Seq == 0) || e.Client == 0 && e.Input != "" {
		return fmt.Errorf("slot %d decided as client %d seq %d %q: want client and seq of at least 1, or a no-op with neither, and no input",
			e.Slot, e.Client, e.Seq, e.Input)
	}
	return nil
}

// identity names a call of a session.
type identity struct{ client, seq uint64 }

// slot is one entry of the decided log.
type slot struct {
	number uint64
	command
	event int64 // index of the first event that tells of it
}

// decidedLog returns the decided slots in order, with conflicting decisions side by side.
func (h *History) decidedLog() []slot {
	var log []slot
	for i := range h.Events {
		if e := &h.Events[i]; e.Kind == Decided {
			log = append(log, slot{e.Slot, command{e.Client, e.Seq, e.Input}, int64(i)})
		}
	}
	slices.SortStableFunc(log, func(a, b slot) int { return cmp.Compare(a.number, b.number) })
	return slices.CompactFunc(log, func(a, b slot) bool { return a.number == b.number && a.command == b.command })
}

// parsed is a history with what all judges take from it, taken once: in a short history that is most of their work.
type parsed struct {
	*History
	operations []Operation
	log        []slot      // decided
	settled    []Operation // see Resolve
}

// parse reads a history that Validate accepted. The judges change nothing in the result.
func parse(h *History) *parsed {
	operations, log := h.Operations(), h.decidedLog()
	return &parsed{h, operations, log, resolve(log, operations)}
}

// sought returns the operations of which a search looks for an order.
func (p *parsed) sought(options Options) []Operation {
	if options.KeepPending {
		return p.operations
	}
	return p.settled
}

// executed returns the slots that a correct cluster executes, by the log or else by the answers.
func (p *parsed) executed() []slot {
	if len(p.log) == 0 {
		return execution(answeredLog(p.operations))
	}
	return execution(p.log)
}

// answeredLog stands in for a history without decisions: the slots that the answers name.
func answeredLog(operations []Operation) []slot {
	var log []slot
	for i := range operations {
		if o := &operations[i]; !o.Pending() {
			log = append(log, slot{o.Slot, command{o.Client, o.Seq, o.Input}, o.Call})
		}
	}
	slices.SortStableFunc(log, func(a, b slot) int { return cmp.Compare(a.number, b.number) })
	return log
}

// execution returns the log's slots that a correct cluster executes, in order: the first decision of each slot,
// unless it is a no-op or its session has executed the same or a later call before.
func execution(log []slot) []slot {
	var executed []slot
	last := map[uint64]uint64{} // client -> seq
	for i, s := range log {
		if i > 0 && log[i-1].number == s.number || s.client == 0 || s.seq <= last[s.client] {
			continue
		}
		last[s.client] = s.seq
		executed = append(executed, s)
	}
	return executed
}

// Resolve uses the decided log to settle pending operations: one that was decided takes effect and stays pending, one
// that was not is dropped. Without any decision in the history it returns the operations unchanged.
func Resolve(h *History, operations []Operation) []Operation {
	return resolve(h.decidedLog(), operations)
}

func resolve(log []slot, operations []Operation) []Operation {
	pending := slices.ContainsFunc(operations, func(o Operation) bool { return o.Pending() })
	if len(log) == 0 || !pending {
		return operations
	}
	decided := make(map[identity]bool, len(log))
	for _, s := range execution(log) {
		decided[identity{s.client, s.seq}] = true
	}
	var resolved []Operation
	for _, o := range operations {
		if !o.Pending() || decided[identity{o.Client, o.Seq}] {
			resolved = append(resolved, o)
		}
	}
	return resolved
}

// Width returns the largest number of operations that are open at the same time.
func Width(operations []Operation) int {
	var edges []int64 // calls as they are, returns negative
	for i := range operations {
		edges = append(edges, operations[i].Call)
		if !operations[i].Pending() {
			edges = append(edges, -operations[i].Return)
		}
	}
	slices.SortFunc(edges, func(a, b int64) int { return cmp.Compare(max(a, -a), max(b, -b)) })
	width, open := 0, 0
	for _, edge := range edges {
		if edge < 0 {
			open--
		} else {
			open++
		}
		width = max(width, open)
	}
	return width
}
