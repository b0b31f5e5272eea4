package fuzz

import (
	"fmt"
	"slices"

	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// Breadth-first search makes a script shorter where taking things out of it does not: what it must go through, it may
// reach by a way of its own. The search is made small by the script: only what is of its sorts happens.

// walk is a beginning of a script, and what may happen next.
type walk struct {
	script []happening
	next   []happening
}

// breadth searches from a place of a script.
type breadth struct {
	*scriptMinimizer
	cluster  Schedule
	alphabet map[string]bool // of what may happen; nil: anything, and one crash
	tail     []happening     // that follows each walk
	seen     map[Digest]bool
	runs     int // that are left
}

// wide replaces parts of the script by shorter ones: all of it, on fewer nodes first, then its end, then any few steps.
func (m *scriptMinimizer) wide() {
	if script, err := m.told(); err == nil {
		m.script = script // with what went without saying
	}
	for nodes := 1; nodes <= m.cluster.Nodes && m.more(); nodes++ {
		cluster := m.cluster
		cluster.Nodes = nodes
		m.shortcut(cluster, 0, len(m.script), wholeRuns)
	}
	for from := len(m.script) - 3; from > 0 && m.more(); from-- {
		if m.shortcut(m.cluster, from, len(m.script), endRuns) {
			from = len(m.script) - 2
		}
	}
	for from := 0; from < len(m.script)-2 && m.more(); from++ {
		for to := min(from+windowSteps, len(m.script)-1); to > from+1 && m.more(); to-- {
			if m.shortcut(m.cluster, from, to, windowRuns) {
				break
			}
		}
	}
}

// How many runs a search may take: of the whole script, of its end, of a part.
const (
	wholeRuns   = 10_000
	endRuns     = 1_000
	windowRuns  = 200
	windowSteps = 6
)

// shortcut looks for something shorter in place of a part of the script.
func (m *scriptMinimizer) shortcut(cluster Schedule, from, to, runs int) bool {
	b := &breadth{scriptMinimizer: m, cluster: cluster, tail: slices.Clone(m.script[to:]), alphabet: map[string]bool{}, seen: map[Digest]bool{}, runs: runs}
	for _, h := range m.script {
		b.alphabet[h.letter()] = true
	}
	first := walk{script: slices.Clone(m.script[:from])}
	isNew, found := b.explore(&first)
	level := []walk{first}
	for depth := from + 1; depth < to && isNew && !found; depth++ {
		level, found = b.deeper(level)
	}
	return found
}

// deeper returns the walks that are a step longer, or says that one of them was adopted.
func (b *breadth) deeper(level []walk) (next []walk, found bool) {
	for _, w := range level {
		for _, h := range w.next {
			if b.runs <= 0 || !b.more() {
				return nil, false
			}
			longer := walk{script: append(slices.Clone(w.script), h)}
			isNew, found := b.explore(&longer)
			if found || isNew && len(b.tail) > 0 && b.try(b.cluster, slices.Concat(longer.script, b.tail)) {
				return nil, true
			}
			if isNew {
				next = append(next, longer)
			}
		}
	}
	return next, false
}

// explore runs a walk, and sees what may happen next. It says whether the walk leads to a new state, and whether it breaks
// the property and is the smallest that does.
func (b *breadth) explore(w *walk) (isNew, smallest bool) {
	b.runs--
	b.look = func(v sim.View) {
		if key := stateOf(v); !b.seen[key] {
			b.seen[key], isNew = true, true
			w.next = b.choices(v, w.script)
		}
	}
	b.within = b.cluster.Nodes + 2*len(w.script) // the walk, and not what comes after it
	defer func() { b.look, b.within = nil, 0 }()
	smallest = b.try(b.cluster, w.script)
	return isNew, smallest
}

// choices returns what may happen next, of the alphabet.
func (b *breadth) choices(v sim.View, before []happening) (list []happening) {
	different := map[Digest]bool{}
	for i := range v.Len() {
		p := v.Pending(i)
		h := happeningOf(v, p)
		if key := pendingOf(v, p); b.may(h) && !different[key] {
			different[key] = true
			list = append(list, h)
		}
	}
	isKill := func(h happening) bool { return h.kind == sim.Kill }
	for _, a := range v.Members() {
		kill := happening{kind: sim.Kill, node: a}
		if v.Node(a) != nil && b.may(kill) && !(b.alphabet == nil && slices.ContainsFunc(before, isKill)) {
			list = append(list, kill)
		}
	}
	return list
}

// may says whether h is of the alphabet.
func (b *breadth) may(h happening) bool { return b.alphabet == nil || b.alphabet[h.letter()] }

// happeningOf is that a pending thing happens.
func happeningOf(v sim.View, p sim.Pending) happening {
	switch h := (happening{node: p.Node}); p.Kind {
	case sim.Message:
		h.kind, h.envelope = sim.Deliver, p.Envelope
		return h
	case sim.Alarm:
		h.kind, h.timer, h.action = sim.Fire, p.Timer, trace.TimerAction(v.Node(p.Node), p.Timer)
		return h
	case sim.ClientTurn:
		h.kind, h.client = sim.Turn, p.Client
		return h
	default:
		h.kind = sim.Restart
		return h
	}
}

// letter names what h is, wherever it happens.
func (h happening) letter() string {
	switch {
	case h.ofMessage():
		return fmt.Sprintf("%v %T", h.kind, h.envelope.Message)
	case h.kind == sim.Fire:
		return h.action
	}
	return h.kind.String()
}
