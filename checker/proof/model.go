package proof

import (
	"fmt"
	"slices"
	"strings"
)

// questions are the terms whose values make a counterexample in a bounded scope: the elements, the parameters, and all
// functions at all elements, before the step and, if the step changes them, after it.
func (s *Source) questions(a Action, after map[string]string) []string {
	var list []string
	for _, sort := range s.Sorts {
		list = append(list, s.elements(sort.Name)...)
	}
	for _, f := range slices.Concat(s.Constants, a.Params, s.States) {
		if len(f.Args) == 0 || s.Orders[f.Args[0]] != f.Name {
			list = append(list, s.applications(f.Name, f)...)
		}
	}
	for _, f := range s.States {
		if name, ok := after[f.Name]; ok {
			list = append(list, s.applications(name, f)...)
		}
	}
	return list
}

// applications are the terms of a function at all elements.
func (s *Source) applications(name string, f Symbol) []string {
	if len(f.Args) == 0 {
		return []string{name}
	}
	list := []string{"(" + name}
	for _, sort := range f.Args {
		var longer []string
		for _, prefix := range list {
			for _, e := range s.elements(sort) {
				longer = append(longer, prefix+" "+e)
			}
		}
		list = longer
	}
	for i := range list {
		list[i] += ")"
	}
	return list
}

// counterexample writes a solver's values of the questions in a few lines: one a function, where it is neither false
// nor none. Elements get the first of their names.
func (s *Source) counterexample(answer string) (string, error) {
	values, err := readValues(answer)
	if err != nil {
		return "", err
	}
	names := map[string]string{"true": "true", "false": "false"} // the solver's names and our own -> ours, one each
	rows := rows{null: "false", entries: map[string][]string{}}
	for _, v := range values {
		if v.args == nil && strings.Contains(v.head, ".") {
			if _, ok := names[v.value]; !ok {
				names[v.value] = v.head
			}
			names[v.head] = names[v.value]
			continue
		}
		rows.add(v, names)
	}
	return rows.String(), nil
}

// value is the value of a function at some elements.
type value struct {
	head  string
	args  []string
	value string
}

// readValues reads the answer to a get-value: ((term value) ...).
func readValues(answer string) ([]value, error) {
	const file = "the solver's values"
	tokens, err := lex(file, answer)
	if err != nil {
		return nil, err
	}
	p := &parser{checker: checker{file: file}, tokens: tokens, loose: true}
	t, err := p.term()
	if err != nil {
		return nil, err
	}
	var list []value
	for _, pair := range t.List {
		if len(pair.List) != 2 || pair.List[0].List != nil && len(pair.List[0].List) == 0 {
			return nil, p.errorf(pair.Line, "want (term value), found %s", pair)
		}
		v := value{head: pair.List[0].Symbol, value: pair.List[1].String()}
		for i, part := range pair.List[0].List {
			if i == 0 {
				v.head = part.Symbol
			} else {
				v.args = append(v.args, part.Symbol)
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// rows collects the values of each function.
type rows struct {
	order   []string
	entries map[string][]string
	null    string // what none is
}

func (r *rows) add(v value, names map[string]string) {
	if _, ok := r.entries[v.head]; !ok {
		r.order = append(r.order, v.head)
		r.entries[v.head] = nil
	}
	result := names[v.value]
	if v.head == "none" {
		r.null = result
	}
	var args []string
	for _, arg := range v.args {
		args = append(args, names[arg])
	}
	text := strings.Join(args, ",")
	switch {
	case result == "false" || result == r.null && args != nil:
		return
	case args == nil:
		text = result
	case result != "true":
		text += "=" + result
	}
	if !slices.Contains(r.entries[v.head], text) {
		r.entries[v.head] = append(r.entries[v.head], text)
	}
}

// String leaves out what is empty before and after, and what a step left as it was.
func (r *rows) String() string {
	var b strings.Builder
	for _, head := range r.order {
		entries := r.entries[head]
		before, primed := strings.CutSuffix(strings.Trim(head, "|"), "'")
		if primed && slices.Equal(entries, r.entries[before]) || !primed && len(entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%-13s %s\n", strings.Trim(head, "|"), strings.Join(entries, " "))
	}
	return strings.ReplaceAll(b.String(), ".", "")
}
