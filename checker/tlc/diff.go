package tlc

import (
	"fmt"
	"strings"
)

// changes renders the variables of a state that differ from those of the state before it: of a function or a record
// the fields that changed, of a set the members that came and went. Without a state before, all of them.
func changes(old, vars []Variable) []string {
	var lines []string
	before := map[string]string{}
	for _, v := range old {
		before[v.Name] = v.Value
	}
	for _, v := range vars {
		was, known := before[v.Name]
		a, errA := parseValue(was)
		b, errB := parseValue(v.Value)
		switch {
		case known && was == v.Value:
		case known && errA == nil && errB == nil:
			lines = append(lines, diff(v.Name, a, b)...)
		default:
			lines = append(lines, v.Name+" = "+v.Value)
		}
	}
	return lines
}

// value is a TLA+ value as TLC prints it.
type value struct {
	kind valueKind
	atom string
	keys []value // of a record or function, parallel to item
	item []value // members, elements or field values
}

type valueKind int

const (
	atom valueKind = iota
	set
	sequence
	record
	function
)

func (v value) String() string {
	parts := make([]string, len(v.item))
	for i, item := range v.item {
		switch v.kind {
		case record:
			parts[i] = v.keys[i].String() + " |-> " + item.String()
		case function:
			parts[i] = v.keys[i].String() + " :> " + item.String()
		default:
			parts[i] = item.String()
		}
	}
	switch v.kind {
	case set:
		return "{" + strings.Join(parts, ", ") + "}"
	case sequence:
		return "<<" + strings.Join(parts, ", ") + ">>"
	case record:
		return "[" + strings.Join(parts, ", ") + "]"
	case function:
		return "(" + strings.Join(parts, " @@ ") + ")"
	default:
		return v.atom
	}
}

// diff lists what leads from a to b; path says where they stand.
func diff(path string, a, b value) []string {
	switch {
	case a.String() == b.String():
		return nil
	case a.kind == set && b.kind == set:
		return append(members(path+" gains ", b, a), members(path+" loses ", a, b)...)
	case a.kind == b.kind && (a.kind == record || a.kind == function):
		return diffFields(path, a, b)
	case a.kind == sequence && b.kind == sequence && len(a.item) == len(b.item):
		var lines []string
		for i := range a.item {
			lines = append(lines, diff(fmt.Sprintf("%s[%d]", path, i+1), a.item[i], b.item[i])...)
		}
		return lines
	default:
		return []string{path + " = " + b.String()}
	}
}

// members lists the items of a that b lacks.
func members(prefix string, a, b value) []string {
	has := map[string]bool{}
	for _, item := range b.item {
		has[item.String()] = true
	}
	var lines []string
	for _, item := range a.item {
		if !has[item.String()] {
			lines = append(lines, prefix+item.String())
		}
	}
	return lines
}

func diffFields(path string, a, b value) []string {
	at := map[string]value{}
	for i, key := range a.keys {
		at[key.String()] = a.item[i]
	}
	var lines []string
	for i, key := range b.keys {
		old, ok := at[key.String()]
		delete(at, key.String())
		if !ok {
			lines = append(lines, b.field(path, key)+" = "+b.item[i].String())
			continue
		}
		lines = append(lines, diff(b.field(path, key), old, b.item[i])...)
	}
	for _, key := range a.keys { // in TLC's order
		if _, gone := at[key.String()]; gone {
			lines = append(lines, a.field(path, key)+" is gone")
		}
	}
	return lines
}

func (v value) field(path string, key value) string {
	if v.kind == record {
		return path + "." + key.String()
	}
	return path + "[" + key.String() + "]"
}

// parseValue reads a value that TLC printed.
func parseValue(text string) (value, error) {
	p := valueParser{rest: text}
	v := p.value()
	if p.space(); p.failed || p.rest != "" {
		return value{}, fmt.Errorf("TLA+ value: unexpected %q in %q", p.rest, text)
	}
	return v, nil
}

// valueParser is a recursive-descent parser; after a failure it reads nothing more.
type valueParser struct {
	rest   string
	failed bool
}

func (p *valueParser) space() { p.rest = strings.TrimLeft(p.rest, " \n\t") }

// accept reads token if it comes next.
func (p *valueParser) accept(token string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok && !p.failed {
		p.rest = rest
	}
	return ok && !p.failed
}

func (p *valueParser) value() value {
	switch {
	case p.accept("<<"):
		return p.list(value{kind: sequence}, "", ",", ">>")
	case p.accept("{"):
		return p.list(value{kind: set}, "", ",", "}")
	case p.accept("["):
		return p.list(value{kind: record}, "|->", ",", "]")
	case p.accept("("):
		return p.list(value{kind: function}, ":>", "@@", ")")
	case p.accept(`"`):
		return p.text()
	default:
		return p.word()
	}
}

// list reads items up to end; with an arrow each item is key, arrow, value.
func (p *valueParser) list(v value, arrow, separator, end string) value {
	for !p.failed && !p.accept(end) {
		if len(v.item) > 0 && !p.accept(separator) {
			p.failed = true
		}
		item := p.value()
		if arrow != "" {
			v.keys = append(v.keys, item)
			p.failed = p.failed || !p.accept(arrow)
			item = p.value()
		}
		v.item = append(v.item, item)
	}
	return v
}

// text reads a string after its opening quote.
func (p *valueParser) text() value {
	for i := 0; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			v := value{atom: `"` + p.rest[:i+1]}
			p.rest = p.rest[i+1:]
			return v
		}
	}
	p.failed = true
	return value{}
}

// word reads a number, a model value, TRUE or an interval.
func (p *valueParser) word() value {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return strings.ContainsRune(" ,:|@<>[](){}\n\t\"", r) })
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		p.failed = true
	}
	v := value{atom: p.rest[:end]}
	p.rest = p.rest[end:]
	return v
}
