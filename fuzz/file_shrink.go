package fuzz

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"multipaxos/impl/sim"
)

// ShrinkBudget is the Cost of all runs that shrinking takes at most, unless told: 14 to 25 seconds of CPU where docs/search.md
// was measured. It counts runs and steps, because with seconds the result would depend on the machine.
const ShrinkBudget = 16_000_000

// Cost is what so many runs, of so many steps in all, take from a budget: about their microseconds of CPU. That is more where each
// step is held against the specification.
func Cost(runs, steps int, refined bool) int { return 40*runs + steps*(2+same(refined)) }

// ErrPasses is what shrinking says of a run that does not fail. If it failed before, something in it is determined by neither its
// schedule nor its seed.
var ErrPasses = errors.New("want a run that fails, found one that passes")

// ShrinkOptions says how to shrink.
type ShrinkOptions struct {
	Budget   int          // of all runs, see Cost; 0 means ShrinkBudget
	Property string       // that must stay broken; "" means the Cause of the failure
	Progress func(Shrunk) // called after each run; nil: nobody looks on
}

// Shrunk is the smallest failure so far, and what it took.
type Shrunk struct {
	Repro   Repro
	Outcome *Outcome // of Repro
	First   *Outcome // what there was to shrink
	Before  int      // the size of that
	Runs    int
	Spent   int // of the budget
	Budget  int
	Weight  int // what there is to read of it: the less, the smaller

	Shortest bool // breadth-first search found it, and nothing that is shorter
}

// Size counts the choices or acts that are not zero: what a reader must know beside the scenario.
func (r Repro) Size() (n int) {
	if r.Schedule != nil {
		return r.Schedule.Size()
	}
	for _, c := range r.Choices {
		n += same(c != 0)
	}
	return n
}

// String says in a line how far shrinking came.
func (s Shrunk) String() string {
	a, b := s.First, s.Outcome
	return fmt.Sprintf("from %s steps and %s choices to %s steps and %s choices; %d nodes, %d operations; %s runs",
		thousands(a.Steps), thousands(s.Before), thousands(b.Steps), thousands(s.Repro.Size()), b.Nodes, b.Scenario.Operations, thousands(s.Runs))
}

// Property names what failed, or nothing.
func (o *Outcome) Property() string {
	property, _, _ := strings.Cut(o.Failure(), ":")
	return property
}

// Refinement is the property that each step is one of the specification's.
const Refinement = "Refinement"

// Cause names the property that broke first. A wrong step comes before what it breaks, or with it.
func (o *Outcome) Cause() string {
	if o.Refinement != nil {
		return Refinement
	}
	return o.Property()
}

// Breaks says whether the run breaks the property. Of several it is the one that Property names, but a step that is none of the
// specification's is one whatever comes of it.
func (o *Outcome) Breaks(property string) bool {
	if property == Refinement {
		return o.Refinement != nil
	}
	return o.Property() == property
}

// Shrink runs a scenario with its own seed, and looks for a smaller run with the same Cause. Errors say that
// the scenario is wrong, or does not fail.
//
// If few steps from the founding of a small cluster on fail so, the fewest are what it returns: see FromFounding. Else it
// draws small runs at random, then tells the smallest that it has as a script of what happened, and takes
// things out of that for as long as it fails. What cannot be told so is made small choice by choice.
func Shrink(s Scenario, o ShrinkOptions) (Shrunk, error) {
	c := sim.Seeded(s.Seed)
	if s.Swarm {
		s.Faults, s.Swarm = sim.Swarm(c), false
	}
	r := &recording{chooser: c}
	outcome, err := RunWith(s, r, nil, nil)
	if err != nil {
		return Shrunk{}, err
	}
	if outcome.Failure() == "" {
		return Shrunk{}, fmt.Errorf("shrink: %w: %s", ErrPasses, s.Command())
	}
	m := newMinimizer(outcome, o)
	choices := &choiceMinimizer{minimizer: m}
	choices.adoptRun(outcome, trimmed(r.used))
	m.Before = m.Repro.Size()
	if m.founding(Schedule{Roles: s.Roles, Unrefined: s.Unrefined}) {
		return m.judged()
	}
	choices.leap()
	if !m.minimizeScript() {
		choices.minimize()
		m.minimizeScript()
	}
	return m.judged()
}

// judged takes the best of all stages, and runs it once more, with all judges.
func (m *minimizer) judged() (Shrunk, error) {
	if m.bestSize != nil {
		m.Repro, m.Weight = m.best, m.bestSize[0]
	}
	o, err := m.Repro.Run(nil)
	if err == nil {
		m.Outcome = o
	}
	return m.Shrunk, err
}

// ShrinkSchedule is Shrink for a schedule.
func ShrinkSchedule(s Schedule, o ShrinkOptions) (Shrunk, error) {
	outcome, err := RunSchedule(s, nil)
	if err != nil {
		return Shrunk{}, err
	}
	if outcome.Failure() == "" {
		return Shrunk{}, fmt.Errorf("shrink: %w", ErrPasses)
	}
	s = s.Canonical()
	m := newMinimizer(outcome, o)
	if !outcome.Breaks(m.property) {
		return Shrunk{}, fmt.Errorf("shrink: want a schedule that breaks %s, found %s", m.property, outcome.Failure())
	}
	m.Repro, m.Before = Repro{Schedule: &s}, s.Size()
	if !m.minimizeScript() {
		m.minimizeActs()
	}
	return m.judged()
}

// minimizer keeps the smallest run.
type minimizer struct {
	Shrunk
	property string
	size     []int // of the smallest run; nil: any that fails is smaller
	progress func(Shrunk)
	within   int // the bound of a candidate, if it is not 0

	stepsFirst bool // candidates with more steps are not smaller

	best        Repro // that was offered, in whatever stage; sizes of two stages do not compare
	bestOutcome *Outcome
	bestSize    []int // of best, see overall; nil: there is none
}

func newMinimizer(first *Outcome, o ShrinkOptions) *minimizer {
	m := &minimizer{property: o.Property, progress: o.Progress}
	if m.property == "" {
		m.property = first.Cause()
	}
	m.First, m.Outcome, m.Budget = first, first, o.Budget
	if m.Budget == 0 {
		m.Budget = ShrinkBudget
	}
	return m
}

// more says whether there is budget left.
func (m *minimizer) more() bool { return m.Spent < m.Budget }

// offer counts a run, and adopts it if it fails in the same property and is smaller. Sizes of one stage of the
// search are compared from the left.
func (m *minimizer) offer(o *Outcome, r Repro, size []int) bool {
	m.Runs++
	m.Spent += Cost(1, o.Steps, !o.Unrefined)
	shows := o.Breaks(m.property)
	smaller := shows && (m.size == nil || slices.Compare(size, m.size) < 0)
	if smaller {
		m.Outcome, m.Repro, m.size = o, r, size
	}
	if of := m.overall(o, r); shows && (m.bestSize == nil || slices.Compare(of, m.bestSize) < 0) && r.valid() {
		m.best, m.bestOutcome, m.bestSize = r, o, of
	}
	if m.progress != nil {
		m.progress(m.Shrunk)
	}
	return smaller
}

// attempt runs a candidate, but not on and on: where the property breaks at a step, one that does not break it about as soon
// as the smallest run is of no use.
func (m *minimizer) attempt(s Schedule, scheduler sim.Scheduler) (*Outcome, error) {
	s.Unjudged, s.Unrefined = m.unjudged(), m.unrefined(s.Unrefined)
	return s.runWithin(m.bound(), scheduler, nil)
}

// bound is how many steps and acts a candidate may take. Where fewer steps are what counts, more than the smallest run has are
// of no use: so many, each by an act, and some acts that are no steps.
func (m *minimizer) bound() int {
	switch {
	case m.within > 0:
		return m.within
	case m.Repro.Schedule == nil || !m.atOnce():
		return scheduleBudget
	case m.stepsFirst:
		return min(scheduleBudget, 2*m.steps(m.Outcome)+m.Repro.Size()+10)
	}
	return min(scheduleBudget, 2*(m.steps(m.Outcome)+len(m.Repro.Schedule.Acts))+100)
}

// atOnce says whether a run shows at a step that the property is broken, and not only at its end.
func (m *minimizer) atOnce() bool {
	return !slices.Contains([]string{"Liveness", "Linearizability", "SameState", "Budget"}, m.property)
}

// Readable is how many acts a schedule may tell before it is better to have fewer of them than to have fewer steps. (A wrong step is
// best reached in the fewest steps: they are what its shortest way is counted in.)
const Readable = 40

// weight is what there is to read: steps, and what must be told of them. Choices can hardly be read at all.
func (m *minimizer) weight(o *Outcome, r Repro) int {
	unreadable := same(m.property != Refinement) * max(0, r.Size()-Readable)
	return 1 + 8*m.steps(o) + r.Size() + 100*unreadable + 10_000_000*same(r.Schedule == nil)
}

// overall is what runs of all stages are compared by.
func (m *minimizer) overall(o *Outcome, r Repro) []int {
	size := []int{m.weight(o, r), o.Nodes, o.Scenario.Operations, o.Clients}
	if s := r.Schedule; s != nil {
		size = append(size, s.Checkpoint, s.Window, int(s.Seed))
	}
	return size
}

// valid says whether r can be filed: as a schedule, and with its trace, which must name a quorum of at least one node. A bug may
// be that there is none.
func (r Repro) valid() bool {
	if r.Schedule == nil {
		return true
	}
	header := (&sim.Options{Nodes: r.Schedule.Nodes}).Header(0, "", nil)
	return r.Schedule.Validate() == nil && header.Quorum >= 1
}

// unjudged says that histories do not matter for the property.
func (m *minimizer) unjudged() bool { return m.property != "Linearizability" }

// unrefined says that it does not matter for the property whether the steps are those of the specification, or that nobody
// asked.
func (m *minimizer) unrefined(asked bool) bool { return asked || m.property != Refinement }

// steps is the length of a run that a reader sees: up to the step that breaks the property. One that gets stuck is as long as
// its bound, whatever it does.
func (m *minimizer) steps(o *Outcome) int {
	switch {
	case m.property == "Liveness":
		return 0
	case m.property == Refinement && o.Refinement != nil:
		return int(o.Refinement.Seq)
	}
	return o.Steps
}
