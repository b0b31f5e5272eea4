package proof

import (
	"fmt"
	"slices"
)

// Source is a proof as it is written down: a protocol, its invariant, and mistakes that the proof must see.
type Source struct {
	File      string
	Sorts     []Symbol
	Scopes    map[string]int    // elements of each sort in a counterexample
	Orders    map[string]string // a relation in whose order they are numbered
	Constants []Symbol
	States    []Symbol
	Defines   []Define
	Axioms    []Formula
	Init      Term
	Actions   []Action
	Conjuncts []Conjunct
	Goal      Formula
	Variants  []Variant

	Abstracted []Symbol // handlers of the specification that are no actions here, and why
}

// Formula is a closed term with a name.
type Formula struct {
	Name, Text string
	Term       Term
	Line       int
}

// Define is an abbreviation.
type Define struct {
	Symbol
	Params []Symbol
	Term   Term
}

// Action is a step: it may happen when all guards hold.
type Action struct {
	Name, Text string
	Params     []Symbol
	Guards     []Formula
	Updates    []Update
	Line       int
}

// Update changes a state where its arguments are as given.
type Update struct {
	State Symbol
	Args  []Term // a ?variable is any element
	Term  Term
	Line  int
}

// Conjunct is a part of the invariant, and an obligation that fails without it.
type Conjunct struct {
	Formula
	Needs Place
}

// Place names an obligation: that an action preserves a conjunct, or, for the action "goal", that the goal follows.
type Place struct {
	Action, Conjunct string
	Line             int
}

func (p Place) String() string { return p.Action + " " + p.Conjunct }

// goalStep stands in a Place for no action: the invariant implies the goal.
const goalStep = "goal"

// Variant is the protocol with a mistake in it, and the obligation that then fails.
type Variant struct {
	Name, Text string
	Breaks     Place
	Axioms     []token    // left out
	Guards     [][2]token // left out: action and guard
	Updates    []ActionUpdate
	Line       int
}

// ActionUpdate is an Update in place of the action's own one of the same state.
type ActionUpdate struct {
	Action string
	Update Update
}

// apply returns the proof with the mistake in it.
func (v Variant) apply(s *Source) *Source {
	changed := *s
	changed.Axioms = slices.DeleteFunc(slices.Clone(s.Axioms), func(f Formula) bool {
		return slices.ContainsFunc(v.Axioms, func(t token) bool { return t.text == f.Name })
	})
	changed.Actions = slices.Clone(s.Actions)
	for i := range changed.Actions {
		v.edit(&changed.Actions[i])
	}
	return &changed
}

func (v Variant) edit(a *Action) {
	a.Guards = slices.DeleteFunc(slices.Clone(a.Guards), func(f Formula) bool {
		return slices.ContainsFunc(v.Guards, func(g [2]token) bool { return g[0].text == a.Name && g[1].text == f.Name })
	})
	for _, u := range v.Updates {
		if u.Action != a.Name {
			continue
		}
		a.Updates = append(slices.DeleteFunc(slices.Clone(a.Updates), func(o Update) bool {
			return o.State.Name == u.Update.State.Name
		}), u.Update)
	}
}

// without returns the proof without a conjunct.
func (s *Source) without(conjunct string) *Source {
	changed := *s
	changed.Conjuncts = slices.DeleteFunc(slices.Clone(s.Conjuncts), func(c Conjunct) bool { return c.Name == conjunct })
	return &changed
}

func (s *Source) String() string {
	return fmt.Sprintf("%s: %d actions, %d conjuncts, %d variants", s.File, len(s.Actions), len(s.Conjuncts), len(s.Variants))
}
