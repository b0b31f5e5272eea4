package model

import (
	"cmp"
	"slices"
)

// Graph is the state graph of a model, Reduced if the model is, for a search whose steps come from elsewhere: package explore
// has the role code propose them. A state is a list of numbers: a cell of each node, and one for the rest. Clients keep
// their names. Not for concurrent use.
type Graph struct {
	w      *worker
	rename *worker // nil: the model has no symmetry
}

// NewGraph returns the graph of c, without its invariants.
func NewGraph(c *Config) *Graph {
	named := *c
	named.Invariants, named.Properties, named.Symmetry = nil, nil, false
	g := &Graph{w: newWorker(&named, newInterner())}
	if c.Symmetry {
		symmetric := named
		symmetric.Symmetry = true
		g.rename = newWorker(&symmetric, g.w.in)
	}
	return g
}

// Init is the initial state.
func (g *Graph) Init() []uint32 { return g.w.initial() }

// Canonical is the state that stands for s where the clients are interchangeable, s itself where they are not.
func (g *Graph) Canonical(s []uint32) []uint32 {
	if g.rename == nil {
		return s
	}
	return g.rename.canonical(s)
}

// Cell is the cell of a number.
func (g *Graph) Cell(id uint32) *Cell { return g.w.view(id).cell }

// Crashes says whether the action of a name is a crash, of which a model has MaxCrashes.
func Crashes(action string) bool {
	return slices.ContainsFunc(Actions, func(a Action) bool { return a.Name == action && a.Crash })
}

// CellOf is the number of the cell of a node with one message.
func (g *Graph) CellOf(x *Node, m *Message) uint32 {
	return g.w.intern(&Cell{Node: x, Inbox: []*Message{m}})
}

// Step is a step of a cell, in numbers.
type Step struct{ move }

// Action is the step's name.
func (g *Graph) Action(s Step) string { return g.w.actions[s.action].Name }

// Steps are the steps that the specification allows a cell, each once, but for those that leave the model's bounds.
func (g *Graph) Steps(id uint32) []Step {
	var steps []Step
	for _, m := range g.w.moves(g.w.view(id)) {
		if g.w.view(m.raw).bounded {
			steps = append(steps, Step{m})
		}
	}
	return Distinct(steps)
}

// Step is what m is as a step of a cell.
func (g *Graph) Step(id uint32, m Move) Step {
	s := Step{g.w.encode(g.Cell(id), &m)}
	at := slices.IndexFunc(g.w.actions, func(a Action) bool { return a.Name == m.Action })
	s.action, s.crash = uint16(at), g.w.actions[at].Crash
	return s
}

// Distinct are the steps, each once, in an order of their own.
func Distinct(steps []Step) []Step {
	slices.SortFunc(steps, CompareSteps)
	return slices.CompactFunc(steps, func(a, b Step) bool { return CompareSteps(a, b) == 0 })
}

// CompareSteps orders steps of one cell.
func CompareSteps(a, b Step) int {
	return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(a.raw, b.raw), cmp.Compare(a.answers, b.answers),
		slices.CompareFunc(a.sent, b.sent, func(p, q parcel) int { return cmp.Or(cmp.Compare(p.to, q.to), cmp.Compare(p.bag, q.bag)) }))
}

// After is the state after a step of node n, counted from 0, of s. ok is false when s has had as many crashes as may be. The
// state is good until the next call.
func (g *Graph) After(s []uint32, n int, step Step) (to []uint32, ok bool) {
	if step.crash && int(s[len(s)-1]&255) >= g.w.c.MaxCrashes {
		return nil, false
	}
	return g.w.step(s, n, &step.move), true
}

// State is the state that s stands for.
func (g *Graph) State(s []uint32) *State {
	var into State
	g.w.state(s, &into)
	return &into
}

// Changes lists what a step changes: the node, what it sends, whom it answers.
func (g *Graph) Changes(id uint32, s Step) []string {
	from, to := g.Cell(id), g.Cell(s.raw)
	after := &Cell{Node: to.Node, Inbox: slices.Clone(to.Inbox)}
	for _, p := range s.sent {
		for _, m := range g.w.in.bagAt[p.bag] {
			after.Inbox = append(after.Inbox, g.w.in.messageAt[m])
		}
	}
	changes := g.w.c.Changes(&State{Cells: []*Cell{from}}, &State{Cells: []*Cell{after}, Answers: g.w.in.lookAnswers(s.answers)})
	if len(changes) == 0 {
		return []string{"nothing changes"}
	}
	return changes
}
