package fuzz

import (
	"bytes"
	"math"
	"slices"

	"multipaxos/fuzz/shrink"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

// scriptMinimizer makes a script small: what happened, one thing after the other.
type scriptMinimizer struct {
	*minimizer
	cluster Schedule // without acts
	script  []happening
	by      order
	look    func(sim.View) // called at the end of a candidate's script; nil: nobody looks
}

// order says what makes a script smaller than another on the same cluster.
type order int

const (
	byUse   order = iota // less of it happens, however long the run goes on after its end
	bySteps              // the run is shorter
	byActs               // there is less to read: steps first, then acts, and only then the cluster
)

// minimizeScript tells the smallest run so far as a script and makes that small, and does it once more with all that the
// run did after the script's end, and once more to have less to tell. It says whether the run could be told and is now small enough for a schedule.
func (m *minimizer) minimizeScript() bool {
	before, size, outcome := m.Repro, m.size, m.Outcome
	for by := byUse; by <= byActs; by++ {
		if by == byActs && m.best.Schedule != nil {
			m.Repro, m.Outcome = m.best, m.bestOutcome // of either stage: the other may have fewer steps, or less to tell
		}
		m.tell(by)
	}
	if m.bestSize != nil && m.best.Schedule != nil {
		m.Repro = m.best
		m.minimizeActs()
		return true
	}
	m.Repro, m.size, m.Outcome = before, size, outcome
	return false
}

func (m *minimizer) tell(by order) {
	m.stepsFirst = by != byUse
	script, err := m.told()
	if err != nil {
		return
	}
	size := m.size
	m.size = nil
	for _, cluster := range m.clusters(script) {
		s := &scriptMinimizer{minimizer: m, cluster: cluster, by: by}
		if s.try(cluster, script) {
			s.minimize()
			return
		}
	}
	m.size = size
}

// told returns what happens in the smallest run.
func (m *minimizer) told() ([]happening, error) {
	var recorded bytes.Buffer
	o, panics, err := m.Repro.record(&recorded)
	if err != nil {
		return nil, err
	}
	last := uint64(math.MaxUint64)
	if m.property == Refinement && o.Refinement != nil {
		last = o.Refinement.Seq // what comes after it does not matter
	}
	script, err := scriptOf(&recorded, o.History, o.Clients, last)
	return append(script, panics...), err
}

// clusters returns those on which the script may fail: a simple state machine first, and a few seeds for what clients ask
// for, if what they ask for matters.
func (m *minimizer) clusters(script []happening) (list []Schedule) {
	o := m.Outcome
	s := Schedule{Nodes: o.Nodes, Clients: o.Clients, Operations: o.Scenario.Operations, Checkpoint: o.Checkpoint, Window: o.Window,
		Roles: o.Roles, Unrefined: o.Unrefined}
	if m.Repro.Schedule != nil {
		s = *m.Repro.Schedule
		s.Acts = nil
	}
	calls := 0
	for _, h := range script {
		if h.kind == sim.Turn {
			calls++
			s.Clients = max(s.Clients, h.client+1)
		}
	}
	s.Operations = max(calls, s.Operations)
	if m.Repro.Schedule != nil {
		return []Schedule{s}
	}
	for _, s.Machine = range []string{workload.Machines[1], workload.Machines[0]} {
		for s.Seed = range uint16(1 + 15*same(m.property == "Linearizability")) {
			list = append(list, s)
		}
	}
	return list
}

// minimize goes on until nothing helps, or the budget is spent.
func (m *scriptMinimizer) minimize() {
	for again := true; again; {
		m.removeGroups()
		m.removeSlots()
		if m.by == byActs {
			m.idle()
		}
		if m.by == byActs && m.atOnce() {
			m.reorder()
		}
		if m.by == byActs && m.atOnce() && !m.Shortest {
			m.wide()
		}
		shrink.List(m.script, happening.simpler, func(script []happening) ([]happening, bool) {
			ok := m.try(m.cluster, script)
			return m.script, ok
		}, m.more)
		again = m.simplify()
	}
}

// removeGroups leaves out all that is of one sort, or the first or second half of it: all heartbeats, all that one client
// asks for, all that one node sends another. It is how a long script becomes short: a part of it, from here to there, can
// rarely be missed.
func (m *scriptMinimizer) removeGroups() {
	for again := true; again; {
		before := len(m.script)
		for _, sort := range m.sorts() {
			for half := 0; half < 3 && m.more(); half++ {
				if m.try(m.cluster, without(m.script, sort, half)) {
					break
				}
			}
		}
		again = len(m.script) < before*9/10
	}
}

// idle has the run begin by itself: what happens is the earliest thing, as often as what was told before, or more often.
// Clients then call early, so they may call more often.
func (m *scriptMinimizer) idle() {
	for told := len(m.script); told > 0; told-- {
		for tries := range 20 {
			steps := told * (4 + tries%5) / 4
			cluster := m.cluster
			cluster.Operations += tries / 5
			if told <= len(m.script) && m.try(cluster, slices.Concat(slices.Repeat([]happening{{kind: sim.Step}}, steps), m.script[told:])) {
				break
			}
		}
	}
}

// reorder has each thing happen earlier or later, so that more of what happens is the earliest thing and need not be told.
func (m *scriptMinimizer) reorder() {
	for i := 0; i < len(m.script); i++ {
		for k := 0; k < len(m.script) && i < len(m.script) && m.more(); k++ {
			if k != i {
				rest := slices.Delete(slices.Clone(m.script), i, i+1)
				m.try(m.cluster, slices.Insert(rest, min(k, len(rest)), m.script[i]))
			}
		}
	}
}

// removeSlots leaves out what one slot decides: its messages, and the client's call, and what is about later slots moves up.
func (m *scriptMinimizer) removeSlots() {
	for slot := paxos.Slot(1); slot <= 64 && m.more(); slot++ {
		for _, calls := range []bool{true, false} {
			if m.try(m.cluster, withoutSlot(m.script, slot, calls)) {
				slot--
				break
			}
		}
	}
}

// withoutSlot returns the script without the messages about a slot, and if wanted without the call that it decides.
func withoutSlot(script []happening, slot paxos.Slot, calls bool) (left []happening) {
	var decides paxos.Proposal
	for _, h := range script {
		if a, ok := h.envelope.Message.(paxos.Accept); ok && a.Slot == slot {
			decides = a.Proposal
		}
	}
	turn := uint64(0)
	for _, h := range script {
		if calls && h.kind == sim.Turn && h.client+1 == int(decides.ClientID) {
			if turn++; turn == decides.Seq {
				continue
			}
		}
		if at := slotOf(h.envelope.Message); h.ofMessage() && at == slot {
			continue
		} else if at > slot {
			h.envelope.Message = withSlot(h.envelope.Message, at-1)
		}
		left = append(left, h)
	}
	return left
}

// sorts lists the sorts of happenings in the script, in the order of their first.
func (m *scriptMinimizer) sorts() (list []string) {
	seen := map[string]bool{}
	for _, h := range m.script {
		for _, sort := range h.sorts() {
			if !seen[sort] {
				seen[sort] = true
				list = append(list, sort)
			}
		}
	}
	return list
}

// without returns the script without the happenings of a sort: all, the second half, the first half.
func without(script []happening, sort string, half int) (left []happening) {
	total := 0
	for _, h := range script {
		total += same(slices.Contains(h.sorts(), sort))
	}
	from, to := [...]int{0, total / 2, 0}[half], [...]int{total, total, total / 2}[half]
	n := 0
	for _, h := range script {
		if slices.Contains(h.sorts(), sort) {
			n++
			if n > from && n <= to {
				continue
			}
		}
		left = append(left, h)
	}
	return left
}

// try runs a candidate, and adopts it if it fails in the same property and is smaller.
func (m *scriptMinimizer) try(cluster Schedule, script []happening) bool {
	if !m.more() {
		return false
	}
	scheduler := &scripted{script: slices.Clone(script), look: m.look}
	o, err := m.attempt(cluster, scheduler)
	m.Spent += scheduler.long / usual
	if err != nil {
		return false // a cluster that cannot be run
	}
	s := scheduler.schedule(cluster)
	steps, used := m.steps(o), len(scheduler.used)
	length := [...]int{byUse: used, bySteps: steps, byActs: m.weight(o, Repro{Schedule: &s})}[m.by]
	size := []int{s.Nodes, s.Operations, s.Clients, s.Checkpoint, s.Window, length, steps, used, s.Size(), int(s.Seed)}
	if m.by == byActs {
		size = append([]int{length}, size...)
	}
	if !m.offer(o, Repro{Schedule: &s}, size) {
		return false
	}
	m.cluster, m.script = cluster, scheduler.used
	return true
}

// schedule returns the acts that were taken. The last is written out, so that it is not taken for the end.
func (s *scripted) schedule(cluster Schedule) Schedule {
	cluster.Acts = slices.Clone(s.acts)
	if n := len(cluster.Acts); n > 0 {
		cluster.Acts[n-1] = s.last
	}
	return cluster.Canonical()
}

// simplify tries simpler clusters with the same script, and says whether one helped.
func (m *scriptMinimizer) simplify() (helped bool) {
	for again := true; again; {
		again = slices.ContainsFunc(m.cluster.simpler(), func(s Schedule) bool { return m.try(s, m.script) })
		helped = helped || again
	}
	return helped
}

// simpler returns schedules with less of one thing.
func (s Schedule) simpler() (list []Schedule) {
	for i, f := range s.fields() {
		for _, n := range shrink.Int(*f.value) {
			t := s
			*t.fields()[i].value = n
			list = append(list, t)
		}
	}
	if s.Seed != 0 {
		t := s
		t.Seed = 0
		list = append(list, t)
	}
	return list
}

// minimizeActs makes the acts of a schedule small, as they stand: those that are zero need not be told.
func (m *minimizer) minimizeActs() {
	if m.Repro.Schedule == nil {
		return
	}
	m.size, m.stepsFirst = nil, true
	m.tryActs(m.Repro.Schedule.Acts)
	shrink.List(m.Repro.Schedule.Acts, simplerActs, func(acts []sim.Act) ([]sim.Act, bool) {
		ok := m.tryActs(acts)
		return m.Repro.Schedule.Acts, ok
	}, m.more)
}

func (m *minimizer) tryActs(acts []sim.Act) bool {
	if !m.more() {
		return false
	}
	s := *m.Repro.Schedule
	s.Acts = acts
	s = s.Canonical()
	if s.Validate() != nil {
		return false // too many acts
	}
	o, err := m.attempt(s, &follower{acts: s.Acts})
	if err != nil {
		return false
	}
	sum := 0
	for _, a := range s.Acts {
		sum += int(a.Kind)<<16 + int(a.Which)<<8 + int(a.How)
	}
	return m.offer(o, Repro{Schedule: &s}, []int{m.weight(o, Repro{Schedule: &s}), s.Size(), len(s.Acts), sum})
}

// simplerActs returns what is milder than a: the earliest thing happens, or something of a lower rank.
func simplerActs(a sim.Act) (list []sim.Act) {
	if a == (sim.Act{}) {
		return nil
	}
	list = append(list, sim.Act{})
	for _, n := range shrink.Int(int(a.Which)) {
		list = append(list, sim.Act{Kind: a.Kind, Which: uint8(n), How: a.How})
	}
	for _, n := range shrink.Int(int(a.How)) {
		list = append(list, sim.Act{Kind: a.Kind, Which: a.Which, How: uint8(n)})
	}
	return list
}
