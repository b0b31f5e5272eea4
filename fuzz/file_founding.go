package fuzz

import "multipaxos/impl/workload"

// Many failures show within ten steps of the founding of a cluster. Breadth-first search from there on finds the shortest of
// them, whatever way the random failure took: shrinking that keeps to its own way, and may end where nothing can be left out.

// foundings are the clusters on which FromFounding searches, the smallest first, and how many runs it takes: together a second, in
// which it gets ten steps far on one node with one client, and six or seven on the others. With checkpoints after each slot, and a
// window of one, all there is comes in the fewest steps, and the fewest things can happen at a time.
var foundings = []founding{
	{Schedule{Nodes: 1, Clients: 1, Operations: 2, Checkpoint: 1, Window: 1}, 8_000},
	{Schedule{Nodes: 2, Clients: 1, Operations: 1, Checkpoint: 1, Window: 1}, 3_000},
	{Schedule{Nodes: 1, Clients: 2, Operations: 2}, 3_000},
}

type founding struct {
	cluster Schedule
	runs    int
}

// with returns the cluster with the roles of s.
func (f *founding) with(s Schedule) Schedule {
	cluster := f.cluster
	cluster.Machine, cluster.Roles, cluster.Unrefined = workload.Machines[1], s.Roles, s.Unrefined
	return cluster
}

// FromFounding looks for the shortest run that breaks the property o.Property, breadth first: all that can happen does, from the
// founding of a small cluster with the roles of s on, with at most one crash. Its Outcome is nil where so few steps do not
// show it, and of properties that only the end of a run shows. It takes a third of the budget at most.
func FromFounding(s Schedule, o ShrinkOptions) (Shrunk, error) {
	m := newMinimizer(nil, o)
	if !m.founding(s) {
		return m.Shrunk, nil
	}
	return m.judged()
}

// founding takes the shortest run that it finds for the smallest.
func (m *minimizer) founding(of Schedule) bool {
	if !m.atOnce() {
		return false
	}
	budget, before, outcome, size := m.Budget, m.Repro, m.Outcome, m.size
	m.Budget -= (m.Budget - m.Spent) * 2 / 3
	m.size = nil
	for _, f := range foundings {
		m.fromFounding(f.with(of), f.runs)
	}
	m.Shortest = true
	if m.best.Schedule == nil && m.property == Refinement {
		m.Shortest = m.exploreAll(of)
	}
	m.Budget = budget
	if m.best.Schedule == nil {
		m.Repro, m.Outcome, m.size, m.Shortest = before, outcome, size, false
		return false
	}
	m.Repro = m.best
	m.tell(byActs)
	m.Repro = m.best
	m.minimizeActs()
	return true
}

// fromFounding goes on as long as nothing is found, or as a shorter run than the shortest of other clusters may be.
func (m *minimizer) fromFounding(cluster Schedule, runs int) {
	s := &scriptMinimizer{minimizer: m, cluster: cluster, by: byActs}
	b := &breadth{scriptMinimizer: s, cluster: cluster, seen: map[Digest]bool{}, runs: runs}
	var first walk
	isNew, found := b.explore(&first)
	level := []walk{first}
	for depth := 1; isNew && !found && len(level) > 0 && b.runs > 0; depth++ {
		if m.best.Schedule != nil && cluster.Nodes+depth >= m.steps(m.Outcome) {
			return
		}
		level, found = b.deeper(level)
	}
}
