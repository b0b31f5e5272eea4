package fuzz

import (
	"slices"
	"strings"

	"multipaxos/fuzz/shrink"
	"multipaxos/impl/sim"
)

// choice is an answer of a sim.Chooser, and the range that was asked for.
type choice struct{ of, value int }

// lookAhead is how many choices an aligned chooser passes over to find one of the range that it is asked for.
const lookAhead = 8

// aligned is a sim.Chooser that replays the choices of one run in another that differs a little: it passes over those
// that this run does not ask for. Where it finds none it chooses zero, the mildest.
type aligned struct {
	list []choice
	next int
}

func (a *aligned) Choose(n int) int {
	ahead := a.list[min(a.next, len(a.list)):min(a.next+lookAhead, len(a.list))]
	i := slices.IndexFunc(ahead, func(c choice) bool { return c.of == n })
	if i < 0 {
		return 0
	}
	a.next += i + 1
	return ahead[i].value
}

// recording is a sim.Recording that also keeps the ranges.
type recording struct {
	chooser sim.Chooser
	used    []choice
}

func (r *recording) Choose(n int) int {
	c := choice{n, r.chooser.Choose(n)}
	r.used = append(r.used, c)
	return c.value
}

// trimmed is the list without the zeros at its end, which need not be recorded.
func trimmed(list []choice) []choice {
	end := len(list)
	for end > 0 && list[end-1].value == 0 {
		end--
	}
	return slices.Clone(list[:end])
}

// certain is the range of the choices that decide whether something rare happens: only their highest values matter.
const certain = 10000

// simpler returns the milder choices in place of c.
func (c choice) simpler() (list []choice) {
	values := shrink.Int(c.value)
	if c.of == certain && len(values) > 1 {
		values = values[:1]
	}
	for _, v := range values {
		list = append(list, choice{c.of, v})
	}
	return list
}

// choiceMinimizer makes a list of choices small.
type choiceMinimizer struct {
	*minimizer
	scenario Scenario
	list     []choice // the choices of the smallest run
}

// adoptRun takes a run as the smallest.
func (m *choiceMinimizer) adoptRun(o *Outcome, list []choice) {
	m.scenario, m.list, m.Outcome = o.Scenario, list, o
	m.Repro, m.size = m.sized(o, list)
}

// sized returns what runs are compared by: the scenario first, then what a reader must know of the run, then the rest.
func (m *choiceMinimizer) sized(o *Outcome, list []choice) (Repro, []int) {
	r, sum := Repro{Scenario: o.Scenario}, 0
	for _, c := range list {
		r.Choices = append(r.Choices, c.value)
		sum += c.value
	}
	return r, []int{o.Nodes, o.Scenario.Operations, o.Clients, classes(o.Scenario.Faults), r.Size(), m.steps(o), len(list), sum}
}

func classes(f sim.Faults) int {
	if f == (sim.Faults{}) {
		return 0
	}
	return 1 + strings.Count(f.String(), ",")
}

// minimize goes on until nothing helps, or half of the budget that is left is spent.
func (m *choiceMinimizer) minimize() {
	budget := m.Budget
	m.Budget -= (m.Budget - m.Spent) / 2
	defer func() { m.Budget = budget }()
	for again := true; again; {
		shrink.List(m.list, choice.simpler, func(list []choice) ([]choice, bool) {
			ok := m.try(m.scenario, &aligned{list: list})
			return m.list, ok
		}, m.more)
		again = m.simplify()
	}
}

// try runs a candidate, and adopts it if it fails in the same property and is smaller.
func (m *choiceMinimizer) try(s Scenario, c sim.Chooser) bool {
	if !m.more() {
		return false
	}
	r := &recording{chooser: c}
	unrefined := s.Unrefined
	s.Unjudged, s.Unrefined = m.unjudged(), m.unrefined(unrefined)
	o, err := RunWith(s, r, nil, nil)
	if err != nil {
		return false // a scenario that cannot be run
	}
	o.Scenario.Unjudged, o.Scenario.Unrefined = false, unrefined
	list := trimmed(r.used)
	repro, size := m.sized(o, list)
	if !m.offer(o, repro, size) {
		return false
	}
	m.scenario, m.list = o.Scenario, list
	return true
}

// leap draws small runs at random. A bug that many runs show, some small run shows, and to find that is faster than to
// take a long one apart. It spends no more than a tenth of the budget.
func (m *choiceMinimizer) leap() {
	s := m.scenario
	for draws := uint64(30); draws <= 30_000; draws *= 10 {
		for ops := 1; ops <= s.Operations/2; ops += (ops + 1) / 2 {
			for seed := range draws {
				small := s
				small.Seed, small.Operations = seed, ops
				small.Clients = min(s.Clients, 1+int(seed)%ops)
				small.Nodes = min(s.Nodes, 3)
				if m.try(small, sim.Seeded(seed)) || m.Spent > m.Budget/10 {
					return
				}
			}
		}
	}
}

// simplify tries simpler scenarios with the same choices, and says whether one helped.
func (m *choiceMinimizer) simplify() (helped bool) {
	for again := true; again; {
		again = false
		for _, s := range m.scenario.simpler() {
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
	for _, of := range []func(*Scenario) *int{
		func(s *Scenario) *int { return &s.Nodes },
		func(s *Scenario) *int { return &s.Operations },
		func(s *Scenario) *int { return &s.Clients },
	} {
		for _, n := range shrink.Int(*of(&s)) {
			t := s
			*of(&t) = n
			list = append(list, t)
		}
	}
	classes := strings.Split(s.Faults.String(), ",")
	for i := range classes {
		t := s
		rest := strings.Join(slices.Delete(slices.Clone(classes), i, i+1), ",")
		var err error
		if t.Faults, err = sim.ParseFaults(orNone(rest)); err == nil && t.Faults != s.Faults {
			list = append(list, t)
		}
	}
	return list
}

func orNone(faults string) string {
	if faults == "" {
		return "none"
	}
	return faults
}
