package linear

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// call is a porcupine input; the operation's answer is part of it.
type call struct {
	*Operation
	key      string
	readOnly bool
}

// Porcupine searches for an order of all operations, without looking at slots. A bank is searched as a whole, a store
// key by key. The history must be valid. Unknown means that options.Timeout passed.
func Porcupine(h *History, options Options) Verdict {
	return parse(h).porcupine(options)
}

func (p *parsed) porcupine(options Options) Verdict {
	return search(p.Machine, p.initial(options.Verifier), p.sought(options), options.timeout())
}

func search(machine string, initial state, operations []Operation, timeout time.Duration) Verdict {
	result := porcupine.CheckOperationsTimeout(model(initial), porcupineOperations(machine, operations), timeout)
	return verdictOf(result)
}

func verdictOf(result porcupine.CheckResult) Verdict {
	switch result {
	case porcupine.Ok:
		return Linearizable
	case porcupine.Illegal:
		return Violation
	}
	return Unknown
}

// porcupineOperations leaves out pending reads: their answer is unknown and they change nothing, so they fit any order.
func porcupineOperations(machine string, operations []Operation) []porcupine.Operation {
	rows := map[uint64]int{} // client -> row of the drawing, from 0
	var converted []porcupine.Operation
	for i := range operations {
		o := &operations[i]
		c := &call{o, partitionKey(machine, o.Input), readOnly(machine, o.Input)}
		if o.Pending() && c.readOnly {
			continue
		}
		row, known := rows[o.Client]
		if !known {
			row = len(rows)
			rows[o.Client] = row
		}
		converted = append(converted, porcupine.Operation{ClientId: row, Input: c, Call: o.Call, Return: o.Return, Metadata: o})
	}
	return converted
}

// model turns a state into a porcupine model. Its states are of type state; nil is the initial one, because a store's
// partitions start from different parts of it.
func model(initial state) porcupine.Model {
	return porcupine.Model{
		Partition: partition,
		Init:      func() any { return nil },
		Step: func(current, input, _ any) (bool, any) {
			s, _ := current.(state)
			return step(initial, s, input.(*call))
		},
		Equal: func(a, b any) bool { return a.(state).equal(b.(state)) },
		Hash:  func(s any) uint64 { return s.(state).hash() },
		DescribeOperation: func(input, _ any) string {
			o := input.(*call)
			if o.Pending() {
				return short(o.Input) + " -> ?"
			}
			return short(o.Input) + " -> " + o.Output
		},
		DescribeState:             func(s any) string { return html.EscapeString(s.(state).Snapshot()) },
		DescribeOperationMetadata: func(o any) string { return html.EscapeString(o.(*Operation).String()) },
	}
}

// short cuts a long last field, such as a signature, to what fits a drawing.
func short(input string) string {
	if i := strings.LastIndexByte(input, ' '); i >= 0 && len(input)-i > 40 {
		return input[:i+9] + "…"
	}
	return input
}

func step(initial, s state, c *call) (bool, any) {
	if s == nil {
		s = initial.only(c.key)
	}
	if !c.readOnly {
		s = s.clone()
	}
	output := s.Apply(c.Input)
	return c.Pending() || output == c.Output, s
}

// partition groups operations by key, in the order in which the keys occur.
func partition(operations []porcupine.Operation) [][]porcupine.Operation {
	index := map[string]int{}
	var parts [][]porcupine.Operation
	for _, o := range operations {
		key := o.Input.(*call).key
		i, known := index[key]
		if !known {
			i = len(parts)
			index[key] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], o)
	}
	return parts
}

// MaxBruteForce bounds the length of histories for BruteForce, in operations.
const MaxBruteForce = 8

// BruteForce tries every order of a tiny history's operations that respects real time. Longer ones are Unknown.
func BruteForce(h *History, options Options) Verdict {
	return parse(h).bruteForce(options)
}

func (p *parsed) bruteForce(options Options) Verdict {
	operations := p.sought(options)
	if len(operations) > MaxBruteForce {
		return Unknown
	}
	reads := make([]bool, len(operations))
	for i := range operations {
		reads[i] = readOnly(p.Machine, operations[i].Input)
	}
	if someOrder(p.initial(options.Verifier), operations, reads, make([]bool, len(operations))) {
		return Linearizable
	}
	return Violation
}

// someOrder tries each operation that may come next. Pending ones may be left out: they need not take effect. What only
// reads is tried on the state itself: copies are most of what a search costs.
func someOrder(s state, operations []Operation, reads, placed []bool) bool {
	done := true
	for i := range operations {
		o := &operations[i]
		if placed[i] {
			continue
		}
		done = done && o.Pending()
		if mustWait(o, operations, placed) {
			continue
		}
		next := s
		if !reads[i] {
			next = s.clone()
		}
		if output := next.Apply(o.Input); !o.Pending() && output != o.Output {
			continue
		}
		placed[i] = true
		found := someOrder(next, operations, reads, placed)
		placed[i] = false
		if found {
			return true
		}
	}
	return done
}

// mustWait reports that an operation that is not placed yet returned before o was called.
func mustWait(o *Operation, operations []Operation, placed []bool) bool {
	for i := range operations {
		if !placed[i] && operations[i].Return < o.Call {
			return true
		}
	}
	return false
}

// window is a run of executed slots, searched from the state that replaying all slots before it gives.
type window struct {
	initial     state
	operations  []Operation
	first, last uint64 // slots
}

func (w window) String() string { return fmt.Sprintf("slots %d-%d", w.first, w.last) }

// replay cuts a history's executed slots into windows of the given size and hands those that choose wants to visit,
// until visit returns false.
func (p *parsed) replay(options Options, size int, choose func(i int) bool, visit func(window) bool) {
	index := make(map[identity]int, len(p.operations))
	for i, o := range p.operations {
		index[identity{o.Client, o.Seq}] = i
	}
	log := p.executed()
	machine := p.initial(options.Verifier)
	for start := 0; start < len(log); start += size {
		part := log[start:min(start+size, len(log))]
		wanted := choose(start / size)
		w := window{first: part[0].number, last: part[len(part)-1].number}
		if wanted {
			w.initial = machine.clone()
		}
		for _, s := range part {
			machine.Apply(s.input)
			if i, known := index[identity{s.client, s.seq}]; known && wanted {
				w.operations = append(w.operations, p.operations[i])
			}
		}
		if wanted && !visit(w) {
			return
		}
	}
}

// around returns the window of up to before+after executed slots around a slot, with the operation that is to be in it.
func (p *parsed) around(options Options, number uint64, before, after int, must *Operation) window {
	log := p.executed()
	middle := 0
	for middle < len(log) && log[middle].number < number {
		middle++
	}
	start, end := max(0, middle-before), min(len(log), middle+after)
	inside := make(map[identity]bool)
	machine := p.initial(options.Verifier)
	for i, s := range log[:end] {
		if i < start {
			machine.Apply(s.input)
		} else {
			inside[identity{s.client, s.seq}] = true
		}
	}
	if must != nil {
		inside[identity{must.Client, must.Seq}] = true
	}
	w := window{initial: machine}
	for _, o := range p.operations {
		if inside[identity{o.Client, o.Seq}] {
			w.operations = append(w.operations, o)
		}
	}
	if start < end {
		w.first, w.last = log[start].number, log[end-1].number
	}
	return w
}
