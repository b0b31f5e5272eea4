package proof

import (
	"fmt"
	"slices"
	"strings"
)

// Term is an SMT-LIB term: a symbol, or a list of terms.
type Term struct {
	Symbol string // empty for a list
	List   []Term
	Line   int
}

func (t Term) String() string { return t.rename(nil) }

// rename writes the term with some symbols replaced.
func (t Term) rename(names map[string]string) string {
	if t.List == nil {
		if name, ok := names[t.Symbol]; ok {
			return name
		}
		return t.Symbol
	}
	parts := make([]string, 0, len(t.List))
	for _, part := range t.List {
		parts = append(parts, part.rename(names))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// mentions says whether a symbol of the set occurs in the term.
func (t Term) mentions(names map[string]string) bool {
	if t.List == nil {
		_, ok := names[t.Symbol]
		return ok
	}
	return slices.ContainsFunc(t.List, func(part Term) bool { return part.mentions(names) })
}

// Bool is the sort of truth values, which needs no declaration.
const Bool = "Bool"

// Symbol is a name with a sort, or a function to one.
type Symbol struct {
	Name   string
	Args   []string // sorts; none for a constant
	Result string   // sort
	Text   string   // what it means
}

// scope says what each name stands for.
type scope map[string]Symbol

func (s scope) with(vars []Symbol) scope {
	inner := make(scope, len(s)+len(vars))
	for name, symbol := range s {
		inner[name] = symbol
	}
	for _, v := range vars {
		inner[v.Name] = v
	}
	return inner
}

// checker finds mistakes in terms, so that their message names a line of the source and not one of a generated file.
type checker struct {
	file  string
	sorts map[string]bool
}

func (c checker) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", c.file, line, fmt.Sprintf(format, args...))
}

// want checks that t is a term of the sort.
func (c checker) want(s scope, t Term, sort string) error {
	found, err := c.sortOf(s, t)
	if err == nil && found != sort {
		err = c.errorf(t.Line, "want a term of sort %s, found %s of sort %s", sort, t, found)
	}
	return err
}

func (c checker) sortOf(s scope, t Term) (string, error) {
	if t.List == nil {
		if t.Symbol == "true" || t.Symbol == "false" {
			return Bool, nil
		}
		return c.apply(s, t, t.Symbol, nil)
	}
	if len(t.List) < 2 || t.List[0].List != nil {
		return "", c.errorf(t.Line, "want (name argument ...), found %s", t)
	}
	head, args := t.List[0].Symbol, t.List[1:]
	switch head {
	case "and", "or", "=>", "not":
		return Bool, c.connective(s, t, head, args)
	case "=", "distinct":
		return Bool, c.equation(s, t, args)
	case "ite":
		return c.choice(s, t, args)
	case "forall", "exists":
		return Bool, c.quantifier(s, t, args)
	}
	return c.apply(s, t, head, args)
}

func (c checker) connective(s scope, t Term, head string, args []Term) error {
	if len(args) < 2 && head != "not" || len(args) != 1 && head == "not" {
		return c.errorf(t.Line, "want 1 argument of not, at least 2 of and, or and =>, found %d in %s", len(args), t)
	}
	for _, arg := range args {
		if err := c.want(s, arg, Bool); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) equation(s scope, t Term, args []Term) error {
	if len(args) != 2 {
		return c.errorf(t.Line, "want 2 arguments, found %d in %s", len(args), t)
	}
	sort, err := c.sortOf(s, args[0])
	if err != nil {
		return err
	}
	return c.want(s, args[1], sort)
}

func (c checker) choice(s scope, t Term, args []Term) (string, error) {
	if len(args) != 3 {
		return "", c.errorf(t.Line, "want 3 arguments of ite, found %d in %s", len(args), t)
	}
	if err := c.want(s, args[0], Bool); err != nil {
		return "", err
	}
	sort, err := c.sortOf(s, args[1])
	if err != nil {
		return "", err
	}
	return sort, c.want(s, args[2], sort)
}

func (c checker) quantifier(s scope, t Term, args []Term) error {
	if len(args) != 2 || len(args[0].List) == 0 {
		return c.errorf(t.Line, "want ((variable Sort) ...) and a term, found %s", t)
	}
	var vars []Symbol
	for _, v := range args[0].List {
		symbol, err := c.variable(v)
		if err != nil {
			return err
		}
		if _, ok := s[symbol.Name]; ok {
			return c.errorf(v.Line, "%s is declared already", symbol.Name)
		}
		vars = append(vars, symbol)
	}
	return c.want(s.with(vars), args[1], Bool)
}

// variable reads (name Sort), or (name (Sort ...) Sort) for a function.
func (c checker) variable(t Term) (Symbol, error) {
	if len(t.List) < 2 || len(t.List) > 3 || t.List[0].List != nil {
		return Symbol{}, c.errorf(t.Line, "want (name Sort) or (name (Sort ...) Sort), found %s", t)
	}
	v := Symbol{Name: t.List[0].Symbol}
	if len(t.List) == 3 {
		args, err := c.sortNames(t.List[1])
		if err != nil {
			return v, err
		}
		v.Args = args
	}
	result, err := c.sortName(t.List[len(t.List)-1])
	v.Result = result
	return v, err
}

func (c checker) sortNames(t Term) ([]string, error) {
	if t.List == nil {
		return nil, c.errorf(t.Line, "want (Sort ...), found %s", t)
	}
	var names []string
	for _, arg := range t.List {
		name, err := c.sortName(arg)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (c checker) sortName(t Term) (string, error) {
	if !c.sorts[t.Symbol] {
		return "", c.errorf(t.Line, "want a sort, found %s", t)
	}
	return t.Symbol, nil
}

func (c checker) apply(s scope, t Term, head string, args []Term) (string, error) {
	symbol, ok := s[head]
	if !ok {
		return "", c.errorf(t.Line, "want a name that was declared, found %s", head)
	}
	if len(args) != len(symbol.Args) {
		return "", c.errorf(t.Line, "want %d arguments of %s, found %d in %s", len(symbol.Args), head, len(args), t)
	}
	for i, arg := range args {
		if err := c.want(s, arg, symbol.Args[i]); err != nil {
			return "", err
		}
	}
	return symbol.Result, nil
}
