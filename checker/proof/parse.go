package proof

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxSource is some forty times what the proof has: a file without end must not fill the memory.
const maxSource = 1 << 20

// ReadFile reads a proof. Its errors name file and line, what was expected and what was found.
func ReadFile(path string) (*Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSource+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSource {
		return nil, fmt.Errorf("%s:1: want a proof of at most %d bytes, found more", path, maxSource)
	}
	return Parse(path, string(text))
}

// Parse reads a proof from text; file is for errors.
func Parse(file, text string) (*Source, error) {
	list, err := lex(file, text)
	if err != nil {
		return nil, err
	}
	p := &parser{
		checker: checker{file: file, sorts: map[string]bool{Bool: true}},
		tokens:  list,
		source:  &Source{File: file, Scopes: map[string]int{}, Orders: map[string]string{}},
		names:   scope{},
		taken:   map[string]int{},
	}
	for p.peek() != (token{line: p.peek().line}) { // the end
		if err := p.statement(); err != nil {
			return nil, err
		}
	}
	return p.source, p.complete()
}

// parser reads statement after statement.
type parser struct {
	checker
	tokens []token
	source *Source
	names  scope
	taken  map[string]int // line on which a name was declared
	loose  bool           // any symbol is a name: what a solver answers
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

// follows takes the word if it comes next.
func (p *parser) follows(word string) bool {
	if p.peek().quoted || p.peek().text != word {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(word string) error {
	if t := p.peek(); !p.follows(word) {
		return p.errorf(t.line, "want %s, found %v", word, t)
	}
	return nil
}

// reserved words of SMT-LIB that look like names.
var reserved = []string{"and", "or", "not", "ite", "distinct", "forall", "exists", "true", "false", "let", "match", "par",
	"xor", Bool}

func (p *parser) word() (token, error) {
	t := p.next()
	if t.quoted || !name.MatchString(t.text) || t.text[0] == '?' || slices.Contains(reserved, t.text) {
		return t, p.errorf(t.line, "want a name, found %v", t)
	}
	return t, nil
}

// declare reads a name that must be new.
func (p *parser) declare() (token, error) {
	t, err := p.word()
	if err != nil {
		return t, err
	}
	if line, ok := p.taken[t.text]; ok {
		return t, p.errorf(t.line, "%s was declared on line %d", t.text, line)
	}
	p.taken[t.text] = t.line
	return t, nil
}

func (p *parser) text() (string, error) {
	t := p.next()
	if !t.quoted || t.text == "" {
		return "", p.errorf(t.line, "want a text in quotes, found %v", t)
	}
	return t.text, nil
}

// title reads a new name and a text.
func (p *parser) title() (token, string, error) {
	t, err := p.declare()
	if err != nil {
		return t, "", err
	}
	text, err := p.text()
	return t, text, err
}

func (p *parser) term() (Term, error) {
	t := p.next()
	switch {
	case t.quoted || t.text == "" || t.text == ")":
		return Term{}, p.errorf(t.line, "want a term, found %v", t)
	case t.text != "(":
		if !p.loose && !name.MatchString(t.text) && t.text != "=" && t.text != "=>" {
			return Term{}, p.errorf(t.line, "want a name, found %v", t)
		}
		return Term{Symbol: t.text, Line: t.line}, nil
	}
	list := Term{List: []Term{}, Line: t.line}
	for !p.follows(")") {
		if p.peek().text == "" && !p.peek().quoted {
			return Term{}, p.errorf(t.line, "want a closing parenthesis, found %v", p.peek())
		}
		part, err := p.term()
		if err != nil {
			return Term{}, err
		}
		list.List = append(list.List, part)
	}
	return list, nil
}

// formula reads a term that is true or false.
func (p *parser) formula(s scope) (Term, error) {
	t, err := p.term()
	if err != nil {
		return t, err
	}
	return t, p.want(s, t, Bool)
}

func (p *parser) statement() error {
	t := p.next()
	statements := map[string]func(token) error{
		"sort": p.sort, "scope": p.scopeSize, "constant": p.constant, "state": p.state, "define": p.define,
		"axiom": p.axiom, "init": p.init, "abstracted": p.abstracted, "action": p.action, "conjunct": p.conjunct, "goal": p.goal, "variant": p.variant,
	}
	read, ok := statements[t.text]
	if !ok || t.quoted {
		words := slices.Sorted(maps.Keys(statements))
		return p.errorf(t.line, "want one of %s, found %v", strings.Join(words, ", "), t)
	}
	return read(t)
}

func (p *parser) sort(token) error {
	t, text, err := p.title()
	if err != nil {
		return err
	}
	p.sorts[t.text] = true
	p.source.Sorts = append(p.source.Sorts, Symbol{Name: t.text, Text: text})
	return nil
}

func (p *parser) scopeSize(token) error {
	sort, size := p.next(), p.next()
	if !p.sorts[sort.text] || sort.text == Bool || p.source.Scopes[sort.text] != 0 {
		return p.errorf(sort.line, "want a sort without a scope, found %v", sort)
	}
	n, err := strconv.Atoi(size.text)
	if err != nil || n < 1 || n > 9 {
		return p.errorf(size.line, "want a number from 1 to 9, found %v", size)
	}
	p.source.Scopes[sort.text] = n
	if !p.follows("by") {
		return nil
	}
	order := p.next()
	if s := p.names[order.text]; !slices.Equal(s.Args, []string{sort.text, sort.text}) || s.Result != Bool {
		return p.errorf(order.line, "want a relation on %s, found %v", sort.text, order)
	}
	p.source.Orders[sort.text] = order.text
	return nil
}

// function reads NAME (SORT ...) SORT "text".
func (p *parser) function() (Symbol, error) {
	t, err := p.declare()
	if err != nil {
		return Symbol{}, err
	}
	args, err := p.term()
	if err != nil {
		return Symbol{}, err
	}
	result, err := p.term()
	if err != nil {
		return Symbol{}, err
	}
	s := Symbol{Name: t.text}
	if s.Args, err = p.sortNames(args); err != nil {
		return s, err
	}
	if s.Result, err = p.sortName(result); err != nil {
		return s, err
	}
	s.Text, err = p.text()
	p.names[s.Name] = s
	return s, err
}

func (p *parser) constant(token) error {
	s, err := p.function()
	p.source.Constants = append(p.source.Constants, s)
	return err
}

func (p *parser) state(token) error {
	s, err := p.function()
	p.source.States = append(p.source.States, s)
	return err
}

// params reads (name Sort) ... up to something that is no parenthesis.
func (p *parser) params() ([]Symbol, error) {
	var list []Symbol
	for p.peek().text == "(" && !p.peek().quoted {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		v, err := p.variable(t)
		if err != nil {
			return nil, err
		}
		if _, ok := p.names[v.Name]; ok || slices.ContainsFunc(list, func(o Symbol) bool { return o.Name == v.Name }) {
			return nil, p.errorf(t.Line, "%s is declared already", v.Name)
		}
		list = append(list, v)
	}
	return list, nil
}

func (p *parser) define(token) error {
	t, err := p.declare()
	if err != nil {
		return err
	}
	d := Define{Symbol: Symbol{Name: t.text}}
	if d.Params, err = p.params(); err != nil {
		return err
	}
	for _, v := range d.Params {
		if v.Args != nil {
			return p.errorf(t.line, "want parameters that are no functions, found %s", v.Name)
		}
		d.Args = append(d.Args, v.Result)
	}
	result, err := p.term()
	if err != nil {
		return err
	}
	if d.Result, err = p.sortName(result); err != nil {
		return err
	}
	if d.Text, err = p.text(); err != nil {
		return err
	}
	if d.Term, err = p.term(); err != nil {
		return err
	}
	if err := p.want(p.names.with(d.Params), d.Term, d.Result); err != nil {
		return err
	}
	p.names[d.Name] = d.Symbol
	p.source.Defines = append(p.source.Defines, d)
	return nil
}

func (p *parser) axiom(at token) error {
	f, err := p.titled(at)
	p.source.Axioms = append(p.source.Axioms, f)
	return err
}

// titled reads NAME "text" TERM.
func (p *parser) titled(at token) (Formula, error) {
	t, text, err := p.title()
	if err != nil {
		return Formula{}, err
	}
	term, err := p.formula(p.names)
	return Formula{Name: t.text, Text: text, Term: term, Line: at.line}, err
}

func (p *parser) init(at token) (err error) {
	if p.source.Init.Line != 0 {
		return p.errorf(at.line, "init is on line %d already", p.source.Init.Line)
	}
	p.source.Init, err = p.formula(p.names)
	return err
}

func (p *parser) action(at token) error {
	t, err := p.declare()
	if err != nil {
		return err
	}
	a := Action{Name: t.text, Line: at.line}
	if a.Params, err = p.params(); err != nil {
		return err
	}
	if a.Text, err = p.text(); err != nil {
		return err
	}
	for err == nil {
		switch t := p.peek(); {
		case p.follows("guard"):
			err = p.guard(&a, t)
		case p.follows("set"):
			err = p.ownUpdate(&a, t)
		case len(a.Updates) == 0:
			return p.errorf(t.line, "want a set of action %s, found %v", a.Name, t)
		default:
			p.source.Actions = append(p.source.Actions, a)
			return nil
		}
	}
	return err
}

func (p *parser) guard(a *Action, at token) error {
	t, err := p.word()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(a.Guards, func(g Formula) bool { return g.Name == t.text }) {
		return p.errorf(t.line, "action %s has a guard %s already", a.Name, t.text)
	}
	term, err := p.formula(p.names.with(a.Params))
	a.Guards = append(a.Guards, Formula{Name: t.text, Term: term, Line: at.line})
	return err
}

func (p *parser) ownUpdate(a *Action, at token) error {
	u, err := p.update(*a, at)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(a.Updates, func(o Update) bool { return o.State.Name == u.State.Name }) {
		return p.errorf(at.line, "action %s sets %s already", a.Name, u.State.Name)
	}
	a.Updates = append(a.Updates, u)
	return nil
}

// update reads (STATE ARGUMENT ...) TERM.
func (p *parser) update(a Action, at token) (u Update, err error) {
	left, err := p.term()
	if err != nil {
		return u, err
	}
	i := -1
	if len(left.List) > 0 {
		i = slices.IndexFunc(p.source.States, func(s Symbol) bool { return s.Name == left.List[0].Symbol })
	}
	if i < 0 {
		return u, p.errorf(left.Line, "want (state argument ...), found %s", left)
	}
	u = Update{State: p.source.States[i], Args: left.List[1:], Line: at.line}
	if len(u.Args) != len(u.State.Args) {
		return u, p.errorf(left.Line, "want %d arguments of %s, found %d", len(u.State.Args), u.State.Name, len(u.Args))
	}
	inner := p.names.with(a.Params)
	for i, arg := range u.Args {
		if isVariable(arg) {
			inner[arg.Symbol] = Symbol{Name: arg.Symbol, Result: u.State.Args[i]}
		}
	}
	if len(u.Args) > 0 {
		if err := p.want(inner, left, u.State.Result); err != nil {
			return u, err
		}
	}
	if u.Term, err = p.term(); err != nil {
		return u, err
	}
	return u, p.want(inner, u.Term, u.State.Result)
}

func isVariable(t Term) bool { return t.List == nil && t.Symbol[0] == '?' }

func (p *parser) place(word string) (Place, error) {
	at := p.peek()
	if err := p.expect(word); err != nil {
		return Place{}, err
	}
	action, err := p.word()
	if err != nil {
		return Place{}, err
	}
	conjunct, err := p.word()
	return Place{action.text, conjunct.text, at.line}, err
}

func (p *parser) conjunct(at token) error {
	t, text, err := p.title()
	if err != nil {
		return err
	}
	c := Conjunct{Formula: Formula{Name: t.text, Text: text, Line: at.line}}
	if c.Needs, err = p.place("needs"); err != nil {
		return err
	}
	c.Term, err = p.formula(p.names)
	p.source.Conjuncts = append(p.source.Conjuncts, c)
	return err
}

func (p *parser) abstracted(token) error {
	t, text, err := p.title()
	p.source.Abstracted = append(p.source.Abstracted, Symbol{Name: t.text, Text: text})
	return err
}

func (p *parser) goal(at token) (err error) {
	if p.source.Goal.Name != "" {
		return p.errorf(at.line, "a goal is on line %d already", p.source.Goal.Line)
	}
	p.source.Goal, err = p.titled(at)
	return err
}

func (p *parser) variant(at token) error {
	t, text, err := p.title()
	if err != nil {
		return err
	}
	v := Variant{Name: t.text, Text: text, Line: at.line}
	if v.Breaks, err = p.place("breaks"); err != nil {
		return err
	}
	for err == nil {
		switch t := p.peek(); {
		case p.follows("without"):
			err = p.without(&v)
		case p.follows("in"):
			err = p.instead(&v)
		case len(v.Axioms)+len(v.Guards)+len(v.Updates) == 0:
			return p.errorf(t.line, "want without or in, found %v", t)
		default:
			p.source.Variants = append(p.source.Variants, v)
			return nil
		}
	}
	return err
}

func (p *parser) without(v *Variant) error {
	kind, err := p.word()
	if err != nil {
		return err
	}
	first, err := p.word()
	if err != nil {
		return err
	}
	switch kind.text {
	case "axiom":
		if !slices.ContainsFunc(p.source.Axioms, func(f Formula) bool { return f.Name == first.text }) {
			return p.errorf(first.line, "want an axiom, found %v", first)
		}
		v.Axioms = append(v.Axioms, first)
		return nil
	case "guard":
		return p.withoutGuard(v, first)
	}
	return p.errorf(kind.line, "want axiom or guard, found %v", kind)
}

func (p *parser) withoutGuard(v *Variant, action token) error {
	guard, err := p.word()
	if err != nil {
		return err
	}
	a, err := p.findAction(action)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.Guards, func(f Formula) bool { return f.Name == guard.text }) {
		return p.errorf(guard.line, "want a guard of %s, found %v", a.Name, guard)
	}
	v.Guards = append(v.Guards, [2]token{action, guard})
	return nil
}

func (p *parser) instead(v *Variant) error {
	t, err := p.word()
	if err != nil {
		return err
	}
	a, err := p.findAction(t)
	if err != nil {
		return err
	}
	at := p.peek()
	if err := p.expect("set"); err != nil {
		return err
	}
	u, err := p.update(a, at)
	v.Updates = append(v.Updates, ActionUpdate{a.Name, u})
	return err
}

func (p *parser) findAction(t token) (Action, error) {
	i := slices.IndexFunc(p.source.Actions, func(a Action) bool { return a.Name == t.text })
	if i < 0 {
		return Action{}, p.errorf(t.line, "want an action, found %v", t)
	}
	return p.source.Actions[i], nil
}

// complete checks what can only be seen at the end.
func (p *parser) complete() error {
	s, end := p.source, p.peek().line
	switch {
	case s.Init.Line == 0:
		return p.errorf(end, "want an init, found none")
	case len(s.Actions) == 0:
		return p.errorf(end, "want an action, found none")
	case len(s.Conjuncts) == 0:
		return p.errorf(end, "want a conjunct, found none")
	case s.Goal.Name == "":
		return p.errorf(end, "want a goal, found none")
	}
	for _, sort := range s.Sorts {
		if s.Scopes[sort.Name] == 0 {
			return p.errorf(end, "want a scope of sort %s, found none", sort.Name)
		}
	}
	for _, c := range s.Conjuncts {
		if err := p.known(c.Needs, c.Name); err != nil {
			return err
		}
	}
	for _, v := range s.Variants {
		if err := p.known(v.Breaks, ""); err != nil {
			return err
		}
	}
	return nil
}

// known checks that a place exists, and does not lie in the conjunct that is left out.
func (p *parser) known(at Place, without string) error {
	s := p.source
	switch {
	case at.Action == goalStep && at.Conjunct == s.Goal.Name:
		return nil
	case !slices.ContainsFunc(s.Actions, func(a Action) bool { return a.Name == at.Action }):
		return p.errorf(at.Line, "want an action, or %s %s, found %v", goalStep, s.Goal.Name, at)
	case at.Conjunct == without:
		return p.errorf(at.Line, "want another conjunct, found %s", without)
	case !slices.ContainsFunc(s.Conjuncts, func(c Conjunct) bool { return c.Name == at.Conjunct }):
		return p.errorf(at.Line, "want a conjunct, found %s", at.Conjunct)
	}
	return nil
}
