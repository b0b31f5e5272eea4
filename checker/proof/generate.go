package proof

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind says what an obligation is for.
type Kind string

// The kinds. The first three prove; the others show that the proof is not empty.
const (
	Init    Kind = "init"    // the initial state satisfies a conjunct
	Step    Kind = "step"    // an action preserves a conjunct
	Goal    Kind = "goal"    // the conjuncts imply the goal
	Can     Kind = "can"     // an action can happen
	Drop    Kind = "drop"    // without a conjunct an obligation fails
	Mistake Kind = "variant" // with a mistake in the protocol an obligation fails
)

// Answer is what a solver says of an obligation.
type Answer string

// The answers. What is no answer at all is an error.
const (
	Unsat   Answer = "unsat" // there is no counterexample
	Sat     Answer = "sat"   // there is one
	Unknown Answer = "unknown"
	Timeout Answer = "timeout"
)

// Obligation is a question to a solver.
type Obligation struct {
	Kind  Kind
	Group string // the action; of a Drop the conjunct, of a Mistake the variant
	Name  string // the conjunct or goal in question; of a Drop and a Mistake the action and the conjunct
	Want  Answer
	Text  string // SMT-LIB

	// Repeat makes, of what is to be proved, the same question in a bounded scope, whose answer comes with a counterexample.
	Repeat func() string
}

func (o Obligation) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", o.Kind, o.Group, o.Name)), " ")
}

// Path is the name of a file for the obligation.
func (o Obligation) Path() string { return strings.ReplaceAll(o.String(), " ", "-") + ".smt2" }

// Obligations lists all that is to be shown, in the order of the source.
func (s *Source) Obligations() []Obligation {
	var list []Obligation
	for _, c := range s.Conjuncts {
		list = append(list, s.question(Init, "", c.Formula, Action{}))
	}
	for _, a := range s.Actions {
		for _, c := range s.Conjuncts {
			list = append(list, s.question(Step, a.Name, c.Formula, a))
		}
	}
	list = append(list, s.question(Goal, "", s.Goal, Action{}))
	list = append(list, s.can(Action{Name: string(Init)}))
	for _, a := range s.Actions {
		list = append(list, s.can(a))
	}
	for _, c := range s.Conjuncts {
		list = append(list, s.without(c.Name).failure(Drop, c.Name, c.Needs))
	}
	for _, v := range s.Variants {
		list = append(list, v.apply(s).failure(Mistake, v.Name, v.Breaks))
	}
	return list
}

// question asks for a counterexample, of which there must be none.
func (s *Source) question(k Kind, group string, f Formula, a Action) Obligation {
	return Obligation{Kind: k, Group: group, Name: f.Name, Want: Unsat,
		Text: s.file(k, a, f, false), Repeat: func() string { return s.file(k, a, f, true) }}
}

// can asks for a state in which the action can happen, so that nothing is proved of an action that never does.
func (s *Source) can(a Action) Obligation {
	return Obligation{Kind: Can, Group: a.Name, Want: Sat, Text: s.file(Can, a, Formula{}, true)}
}

// failure asks for the counterexample that there must be at a place.
func (s *Source) failure(k Kind, group string, at Place) Obligation {
	kind, action, formula := Step, Action{}, s.Goal
	if at.Action == goalStep {
		kind = Goal
	} else {
		action = s.Actions[slices.IndexFunc(s.Actions, func(a Action) bool { return a.Name == at.Action })]
		formula = s.Conjuncts[slices.IndexFunc(s.Conjuncts, func(c Conjunct) bool { return c.Name == at.Conjunct })].Formula
	}
	return Obligation{Kind: k, Group: group, Name: at.String(), Want: Sat, Text: s.file(kind, action, formula, true)}
}

// file writes one SMT-LIB file. A bounded one ends with a question for the counterexample.
func (s *Source) file(k Kind, a Action, f Formula, bounded bool) string {
	g := &generator{source: s, bounded: bounded, after: map[string]string{}}
	g.declare(a)
	started := k == Init || k == Can && a.Name == string(Init)
	if started {
		g.comment("the initial state")
		g.assert(s.Init, nil)
	} else {
		g.invariant()
	}
	if !started && k != Goal {
		g.step(a)
	}
	if k != Can {
		g.comment("there is a counterexample to %s: %s", f.Name, f.Text)
		g.line("(assert (not %s))", g.term(f.Term, g.after))
	}
	g.line("(check-sat)")
	if bounded {
		g.line("(get-value (%s))", strings.Join(s.questions(a, g.after), " "))
	}
	return g.b.String()
}

type generator struct {
	source  *Source
	bounded bool
	b       strings.Builder
	after   map[string]string // names after the step of what the step changes
}

// term writes a term, with some names replaced, and in a bounded scope without quantifiers.
func (g *generator) term(t Term, names map[string]string) string {
	if g.bounded {
		t = g.source.ground(t, nil)
	}
	return t.rename(names)
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(&g.b, format+"\n", args...) }

func (g *generator) comment(format string, args ...any) { g.line("; "+format, args...) }

func (g *generator) assert(t Term, names map[string]string) { g.line("(assert %s)", g.term(t, names)) }

func (g *generator) declare(a Action) {
	s := g.source
	for _, sort := range s.Sorts {
		g.line("(declare-sort %s 0) ; %s", sort.Name, sort.Text)
	}
	for _, f := range slices.Concat(s.Constants, s.States, a.Params) {
		g.line("(declare-fun %s (%s) %s) ; %s", f.Name, strings.Join(f.Args, " "), f.Result, cmp.Or(f.Text, "parameter"))
	}
	if g.bounded {
		g.bound(a)
	}
	for _, d := range s.Defines {
		g.define(d, nil)
	}
	for _, f := range s.Axioms {
		g.comment("%s: %s", f.Name, f.Text)
		g.assert(f.Term, nil)
	}
}

func (g *generator) define(d Define, names map[string]string) {
	symbol := d.Name
	if renamed, ok := names[d.Name]; ok {
		symbol = renamed
	}
	g.line("(define-fun %s (%s) %s %s) ; %s", symbol, variables(d.Params), d.Result, g.term(d.Term, names), d.Text)
}

func variables(list []Symbol) string {
	parts := make([]string, 0, len(list))
	for _, v := range list {
		parts = append(parts, fmt.Sprintf("(%s %s)", v.Name, v.Result))
	}
	return strings.Join(parts, " ")
}

// bound names the elements of each sort, and says that there are no others. Two names may be of one element: the scope
// is the most that there are.
func (g *generator) bound(a Action) {
	g.comment("a bounded scope: whatever is found in it is a counterexample without bounds too")
	s := g.source
	for _, sort := range s.Sorts {
		for i, e := range s.elements(sort.Name) {
			g.line("(declare-const %s %s)", e, sort.Name)
			if order, ok := s.Orders[sort.Name]; ok && i > 0 {
				before := s.elements(sort.Name)[i-1]
				g.line("(assert (or (= %s %s) (%s %s %s)))", before, e, order, before, e)
			}
		}
	}
	for _, f := range slices.Concat(s.Constants, s.States, a.Params) {
		if f.Result == Bool {
			continue
		}
		for _, t := range s.applications(f.Name, f) {
			var equal []string
			for _, e := range s.elements(f.Result) {
				equal = append(equal, fmt.Sprintf("(= %s %s)", t, e))
			}
			g.line("(assert (or false %s))", strings.Join(equal, " "))
		}
	}
}

// ground replaces quantifiers by their instances for all elements, so that no solver has to search for them.
func (s *Source) ground(t Term, values map[string]string) Term {
	if t.List == nil {
		if e, ok := values[t.Symbol]; ok {
			return Term{Symbol: e}
		}
		return t
	}
	if head := t.List[0].Symbol; head == "forall" || head == "exists" {
		connective := map[string]string{"forall": "and", "exists": "or"}[head]
		return Term{List: append([]Term{{Symbol: connective}}, s.instances(t.List[1].List, t.List[2], values)...)}
	}
	g := Term{}
	for _, part := range t.List {
		g.List = append(g.List, s.ground(part, values))
	}
	return g
}

// instances are the terms for all values of the variables.
func (s *Source) instances(vars []Term, body Term, values map[string]string) []Term {
	if len(vars) == 0 {
		return []Term{s.ground(body, values)}
	}
	inner := maps.Clone(values)
	if inner == nil {
		inner = map[string]string{}
	}
	var list []Term
	for _, e := range s.elements(vars[0].List[1].Symbol) {
		inner[vars[0].List[0].Symbol] = e
		list = append(list, s.instances(vars[1:], body, inner)...)
	}
	return list
}

// elements are the names of what a sort may have in a bounded scope. The dot keeps them apart from the source's names.
func (s *Source) elements(sort string) []string {
	var list []string
	for i := range s.Scopes[sort] {
		list = append(list, fmt.Sprintf("%s.%d", sort, i+1))
	}
	return list
}

func (g *generator) invariant() {
	g.comment("the state before satisfies the invariant")
	for _, c := range g.source.Conjuncts {
		g.comment("%s: %s", c.Name, c.Text)
		g.assert(c.Term, nil)
	}
}

// step writes the guards, and what is changed after the action. A changed name gets a prime, as in TLA+.
func (g *generator) step(a Action) {
	g.comment("%s: %s", a.Name, a.Text)
	for _, guard := range a.Guards {
		g.comment("guard %s", guard.Name)
		g.assert(guard.Term, nil)
	}
	for _, u := range a.Updates {
		g.update(u)
	}
	for _, u := range a.Updates {
		g.after[u.State.Name] = prime(u.State.Name)
	}
	for _, d := range g.source.Defines {
		if d.Term.mentions(g.after) {
			g.after[d.Name] = prime(d.Name)
			g.define(d, g.after)
		}
	}
}

func prime(name string) string { return "|" + name + "'|" }

// update defines the state after from the state before: the new value where the arguments match, the old elsewhere.
func (g *generator) update(u Update) {
	var params, names, matches []string
	for i, arg := range u.Args {
		v := fmt.Sprintf("x.%d", i+1)
		if isVariable(arg) {
			v = arg.Symbol
		} else {
			matches = append(matches, fmt.Sprintf("(= %s %s)", v, arg))
		}
		params = append(params, fmt.Sprintf("(%s %s)", v, u.State.Args[i]))
		names = append(names, v)
	}
	body := u.Term.String()
	if len(matches) > 0 {
		old := fmt.Sprintf("(%s %s)", u.State.Name, strings.Join(names, " "))
		body = fmt.Sprintf("(ite (and true %s) %s %s)", strings.Join(matches, " "), u.Term, old)
	}
	g.line("(define-fun %s (%s) %s %s)", prime(u.State.Name), strings.Join(params, " "), u.State.Result, body)
}
