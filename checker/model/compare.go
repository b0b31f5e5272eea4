package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// difference is the first one between two graphs: from a state that both have, Action leads one where it does not lead
// the other. With the action "Init" there is no such state, and the initial states differ.
type difference struct {
	Action  string
	Path    []TraceStep // to the state that both have
	TLC, Go []State     // where the action leads only TLC, only Go
}

// edge is an action and the number of the state that it leads to.
type edge struct {
	action uint16
	to     uint32
}

func compareEdges(a, b edge) int { return cmp.Or(int(a.action)-int(b.action), cmp.Compare(a.to, b.to)) }

// walk visits both graphs at once, breadth first from the initial state. Numbers are those of TLC's graph; states that
// only Go has get numbers above.
type walk struct {
	w       *worker
	g       *dotGraph
	numbers map[string]uint32 // of a state's code
	theirs  [][]edge
	parents []uint32 // of visited states, plus 1; 0: not visited
	queue   []uint32
	edges   int
}

func newWalk(w *worker, g *dotGraph) (*walk, error) {
	k := &walk{w: w, g: g, numbers: map[string]uint32{}, theirs: make([][]edge, len(g.codes)),
		parents: make([]uint32, len(g.codes))}
	for i, s := range g.codes {
		if other, twice := k.numbers[string(key(s))]; twice {
			return nil, fmt.Errorf("TLC tells states %d and %d of its graph apart, which the model does not", other, i)
		}
		k.numbers[string(key(s))] = uint32(i)
	}
	for _, e := range g.edges {
		from, known := g.numbers[e.from]
		to, alsoKnown := g.numbers[e.to]
		if !known || !alsoKnown {
			return nil, fmt.Errorf("TLC's graph lacks a state of the edge %d -> %d", e.from, e.to)
		}
		k.theirs[from] = append(k.theirs[from], edge{e.action, to})
	}
	g.edges = nil
	for i := range k.theirs {
		slices.SortFunc(k.theirs[i], compareEdges)
		k.theirs[i] = slices.Compact(k.theirs[i])
	}
	return k, nil
}

// number is that of s in TLC's graph, a new one when it is not there.
func (k *walk) number(s code) uint32 {
	n, ok := k.numbers[string(key(s))]
	if !ok {
		n = uint32(len(k.g.codes))
		k.numbers[string(key(s))] = n
		k.g.codes = append(k.g.codes, slices.Clone(s))
	}
	return n
}

// mine are the model's steps from s.
func (k *walk) mine(s code) []edge {
	var edges []edge
	k.w.successors(s, func(_ int, m *move, to code) {
		if k.w.bounded(to) {
			edges = append(edges, edge{m.action, k.number(k.w.canonical(to))})
		}
	})
	slices.SortFunc(edges, compareEdges)
	return slices.Compact(edges)
}

// run returns the first difference, nil when the graphs are equal.
func (k *walk) run() *difference {
	root := k.number(k.w.initial())
	if !slices.Equal(k.g.initial, []uint32{root}) {
		return &difference{Action: "Init", TLC: k.states(nil, k.g.initial), Go: k.states(nil, []uint32{root})}
	}
	k.parents[root] = root + 1
	k.queue = []uint32{root}
	for at := 0; at < len(k.queue); at++ {
		from := k.queue[at]
		mine, theirs := k.mine(k.g.codes[from]), k.theirs[from]
		if !slices.Equal(mine, theirs) {
			return k.differ(from, mine, theirs)
		}
		k.edges += len(mine)
		for _, e := range mine {
			if k.parents[e.to] == 0 {
				k.parents[e.to] = from + 1
				k.queue = append(k.queue, e.to)
			}
		}
	}
	if len(k.queue) != len(k.theirs) {
		panic(fmt.Sprintf("walked %d of the %d states that TLC reached", len(k.queue), len(k.theirs)))
	}
	return nil
}

func without(edges, others []edge) []edge {
	return slices.DeleteFunc(slices.Clone(edges), func(e edge) bool { return slices.Contains(others, e) })
}

func (k *walk) differ(from uint32, mine, theirs []edge) *difference {
	onlyMine, onlyTheirs := without(mine, theirs), without(theirs, mine)
	action := slices.MinFunc(slices.Concat(onlyMine, onlyTheirs), compareEdges).action
	d := &difference{Action: k.w.actions[action].Name, Path: k.path(from)}
	targets := func(edges []edge) (to []uint32) {
		for _, e := range edges {
			if e.action == action {
				to = append(to, e.to)
			}
		}
		return to
	}
	at := &d.Path[len(d.Path)-1].State
	d.TLC, d.Go = k.states(at, targets(onlyTheirs)), k.states(at, targets(onlyMine))
	return d
}

// path leads from the initial state to a visited one.
func (k *walk) path(to uint32) []TraceStep {
	numbers := []uint32{to}
	for k.parents[to] != to+1 {
		to = k.parents[to] - 1
		numbers = append(numbers, to)
	}
	slices.Reverse(numbers)
	at := k.g.codes[numbers[0]]
	steps := []TraceStep{k.w.traceStep("Init", at)}
	for _, n := range numbers[1:] {
		var action string
		action, at = k.w.stepTo(at, func(_ *move, s code) bool { return equalCodes(k.w.canonical(s), k.g.codes[n]) })
		steps = append(steps, k.w.traceStep(action, at))
	}
	return steps
}

// states decodes states, each with the names of clients that make it most like the state before.
func (k *walk) states(before *State, numbers []uint32) []State {
	var states []State
	for _, n := range numbers {
		nearest := k.w.traceStep("", k.g.codes[n]).State
		for r := range k.w.renames {
			k.w.rename(k.g.codes[n], r)
			other := k.w.traceStep("", slices.Clone(k.w.other)).State
			if before != nil && len(k.w.c.Changes(before, &other)) < len(k.w.c.Changes(before, &nearest)) {
				nearest = other
			}
		}
		states = append(states, nearest)
	}
	return states
}

// format renders a difference: the state, the action, what each side says, and how to get to the state.
func (d *difference) format(c *Config) string {
	var b strings.Builder
	before := &State{}
	if len(d.Path) == 0 {
		fmt.Fprintf(&b, "the initial states differ\n")
	} else {
		before = &d.Path[len(d.Path)-1].State
		fmt.Fprintf(&b, "%s differs in state %d of this path\n%s", d.Action, len(d.Path), c.FormatTrace(d.Path))
		fmt.Fprintf(&b, "the state\n")
		for _, line := range c.Show(before) {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	formatSide(&b, c, "TLC", d.Action, before, d.TLC)
	formatSide(&b, c, "Go", d.Action, before, d.Go)
	return b.String()
}

func formatSide(b *strings.Builder, c *Config, side, action string, before *State, states []State) {
	if len(states) == 0 {
		fmt.Fprintf(b, "%s: %s leads nowhere that the other does not go\n", side, action)
	}
	for i := range states {
		fmt.Fprintf(b, "only in %s: %s changes\n", side, action)
		lines := c.Changes(before, &states[i])
		if len(before.Cells) == 0 {
			lines = c.Show(&states[i])
		}
		if len(lines) == 0 {
			lines = []string{"nothing"}
		}
		for _, line := range lines {
			fmt.Fprintf(b, "      %s\n", line)
		}
	}
}
