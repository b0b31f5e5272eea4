package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/fuzz/shrink"
	"multipaxos/impl/sim"
)

// ShrinkBudget is how many simulated steps shrinking takes at most, unless told: about 30 seconds of CPU. It counts
// steps, because with seconds the result would depend on the machine.
const ShrinkBudget = 30_000_000

// runCost is what a run costs besides its steps, in steps.
const runCost = 100

// ShrinkOptions says how to shrink.
type ShrinkOptions struct {
	Budget   int          // simulated steps; 0 means ShrinkBudget
	Progress func(Shrunk) // called after each run; nil: nobody looks on
}

// Shrunk is the smallest failure so far, and what it took.
type Shrunk struct {
	Outcome *Outcome
	Choices []int    // of the run, without the zeros at the end
	First   *Outcome // what there was to shrink
	Before  int      // its choices that were not zero
	Runs    int
	Spent   int // of the budget
	Budget  int
}

// Size counts the choices that are not zero: what a reader must know beside the scenario.
func (s Shrunk) Size() int { return nonzero(s.Choices) }

func nonzero(choices []int) (n int) {
	for _, c := range choices {
		if c != 0 {
			n++
		}
	}
	return n
}

// String says in a line how far shrinking came.
func (s Shrunk) String() string {
	a, b := s.First, s.Outcome
	return fmt.Sprintf("from %s steps and %s choices to %s steps and %s choices; %d nodes, %d operations; %s runs",
		thousands(a.Steps), thousands(s.Before), thousands(b.Steps), thousands(s.Size()), b.Nodes, b.Scenario.Operations, thousands(s.Runs))
}

// Property names what failed, or nothing.
func (o *Outcome) Property() string {
	property, _, _ := strings.Cut(o.Failure(), ":")
	return property
}

// Shrink runs a scenario with its own seed, and looks for a smaller run that fails in the same property. Errors say that
// the scenario is wrong, or does not fail.
func Shrink(s Scenario, o ShrinkOptions) (Shrunk, error) {
	c := sim.Seeded(s.Seed)
	if s.Swarm {
		s.Faults, s.Swarm = sim.Swarm(c), false
	}
	return shrinkRun(s, c, o)
}

// ShrinkChoices is Shrink for a run of recorded choices.
func ShrinkChoices(s Scenario, choices []int, o ShrinkOptions) (Shrunk, error) {
	return shrinkRun(s, &sim.Recorded{Choices: choices}, o)
}

func shrinkRun(s Scenario, c sim.Chooser, o ShrinkOptions) (Shrunk, error) {
	r := &recording{chooser: c}
	outcome, err := RunWith(s, r, nil, nil)
	if err != nil {
		return Shrunk{}, err
	}
	if outcome.Failure() == "" {
		return Shrunk{}, fmt.Errorf("shrink: want a run that fails, found one that passes: %s", s.Command())
	}
	m := newMinimizer(outcome, trimmed(r.used), o)
	m.minimize()
	return m.Shrunk, nil
}

// minimizer looks for a smaller run.
type minimizer struct {
	Shrunk
	property string
	list     []choice // the choices of the smallest run
	size     []int
	progress func(Shrunk)
}

func newMinimizer(first *Outcome, list []choice, o ShrinkOptions) *minimizer {
	m := &minimizer{property: first.Property(), progress: o.Progress}
	m.First, m.Budget = first, o.Budget
	if m.Budget == 0 {
		m.Budget = ShrinkBudget
	}
	m.adopt(first, list)
	m.Before = m.Size()
	return m
}

func (m *minimizer) adopt(o *Outcome, list []choice) {
	m.Outcome, m.list, m.Choices, m.size = o, list, valuesOf(list), sizeOf(o, list)
}

// sizeOf is what runs are compared by: the scenario first, then what a reader must know of the run, then the rest.
func sizeOf(o *Outcome, list []choice) []int {
	values, sum := valuesOf(list), 0
	for _, v := range values {
		sum += v
	}
	return []int{o.Nodes, o.Scenario.Operations, o.Clients, classes(o.Scenario.Faults), nonzero(values), o.Steps, len(values), sum}
}

func classes(f sim.Faults) int {
	if f == (sim.Faults{}) {
		return 0
	}
	return 1 + strings.Count(f.String(), ",")
}

// minimize goes on until nothing helps, or the budget is spent.
func (m *minimizer) minimize() {
	m.leap()
	for again := true; again; {
		shrink.List(m.list, choice.simpler, func(list []choice) ([]choice, bool) {
			ok := m.try(m.Outcome.Scenario, &aligned{list: list})
			return m.list, ok
		})
		again = m.simplify()
	}
}

// try runs a candidate, and adopts it if it fails in the same property and is smaller.
func (m *minimizer) try(s Scenario, c sim.Chooser) bool {
	if m.Spent >= m.Budget {
		return false
	}
	r := &recording{chooser: c}
	o, err := RunWith(s, r, nil, nil)
	if err != nil {
		return false // a scenario that cannot be run
	}
	m.Runs++
	m.Spent += o.Steps + runCost
	list := trimmed(r.used)
	smaller := o.Property() == m.property && slices.Compare(sizeOf(o, list), m.size) < 0
	if smaller {
		m.adopt(o, list)
	}
	if m.progress != nil {
		m.progress(m.Shrunk)
	}
	return smaller
}

// leap draws small runs at random. A bug that many runs show, some small run shows, and to find that is faster than to
// take a long one apart. It spends no more than a third of the budget.
func (m *minimizer) leap() {
	s := m.Outcome.Scenario
	for draws := uint64(30); draws <= 30_000; draws *= 10 {
		for ops := 1; ops <= s.Operations/2; ops += (ops + 1) / 2 {
			for seed := range draws {
				small := s
				small.Seed, small.Operations = seed, ops
				small.Clients = min(s.Clients, 1+int(seed)%ops)
				small.Nodes = min(s.Nodes, 3)
				if m.try(small, sim.Seeded(seed)) {
					return
				}
				if m.Spent > m.Budget/3 {
					return
				}
			}
		}
	}
}

// simplify tries simpler scenarios with the same choices, and says whether one helped.
func (m *minimizer) simplify() (helped bool) {
	for again := true; again; {
		again = false
		for _, s := range m.Outcome.Scenario.simpler() {
			if m.try(s, &aligned{list: m.list}) {
				again, helped = true, true
				break
			}
		}
	}
	return helped
}

// simpler returns scenarios with less of one thing.
func (s Scenario) simpler() (list []Scenario) {
	add := func(change func(*Scenario)) {
		t := s
		change(&t)
		list = append(list, t)
	}
	for _, n := range shrink.Int(s.Nodes) {
		add(func(t *Scenario) { t.Nodes = n })
	}
	for _, n := range shrink.Int(s.Operations) {
		add(func(t *Scenario) { t.Operations = n })
	}
	for _, n := range shrink.Int(s.Clients) {
		add(func(t *Scenario) { t.Clients = n })
	}
	text := s.Faults.String()
	for class := range strings.SplitSeq(text, ",") {
		rest, err := sim.ParseFaults(without(text, class))
		if err == nil && text != "none" {
			add(func(t *Scenario) { t.Faults = rest })
		}
	}
	return list
}

// without removes an item from a list with commas.
func without(list, item string) string {
	items := slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == item })
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ",")
}
