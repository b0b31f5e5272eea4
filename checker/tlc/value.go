package tlc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Value is a TLA+ value as TLC prints it.
type Value struct {
	Kind  Kind
	Atom  string  // of an Atom: a number, a string in quotes, TRUE, FALSE, a model value, or an interval "1..3"
	Keys  []Value // of a Record or Function, parallel to Items
	Items []Value // members of a Set, elements of a Sequence, or field values
}

// Kind tells values apart.
type Kind int

// The kinds. A Sequence is a function on 1..n too, and TLC prints it so.
const (
	Atom Kind = iota
	Set
	Sequence
	Record
	Function
)

func (v Value) String() string {
	parts := make([]string, len(v.Items))
	for i, item := range v.Items {
		switch v.Kind {
		case Record:
			parts[i] = v.Keys[i].String() + " |-> " + item.String()
		case Function:
			parts[i] = v.Keys[i].String() + " :> " + item.String()
		default:
			parts[i] = item.String()
		}
	}
	switch v.Kind {
	case Set:
		return "{" + strings.Join(parts, ", ") + "}"
	case Sequence:
		return "<<" + strings.Join(parts, ", ") + ">>"
	case Record:
		return "[" + strings.Join(parts, ", ") + "]"
	case Function:
		return "(" + strings.Join(parts, " @@ ") + ")"
	default:
		return v.Atom
	}
}

// ParseValue reads a value that TLC printed.
func ParseValue(text string) (Value, error) {
	p := valueParser{rest: text}
	v := p.value()
	if p.space(); p.failed || p.rest != "" {
		return Value{}, fmt.Errorf("TLA+ value: unexpected %q in %q", p.rest, text)
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

func (p *valueParser) value() Value {
	switch {
	case p.accept("<<"):
		return p.list(Value{Kind: Sequence}, "", ",", ">>")
	case p.accept("{"):
		return p.list(Value{Kind: Set}, "", ",", "}")
	case p.accept("["):
		return p.list(Value{Kind: Record}, "|->", ",", "]")
	case p.accept("("):
		return p.list(Value{Kind: Function}, ":>", "@@", ")")
	case p.accept(`"`):
		return p.text()
	default:
		return p.word()
	}
}

// list reads items up to end; with an arrow each item is key, arrow, value.
func (p *valueParser) list(v Value, arrow, separator, end string) Value {
	for !p.failed && !p.accept(end) {
		if len(v.Items) > 0 && !p.accept(separator) {
			p.failed = true
		}
		item := p.value()
		if arrow != "" {
			v.Keys = append(v.Keys, item)
			p.failed = p.failed || !p.accept(arrow)
			item = p.value()
		}
		v.Items = append(v.Items, item)
	}
	return v
}

// text reads a string after its opening quote.
func (p *valueParser) text() Value {
	for i := 0; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			v := Value{Atom: `"` + p.rest[:i+1]}
			p.rest = p.rest[i+1:]
			return v
		}
	}
	p.failed = true
	return Value{}
}

// word reads a number, a model value, TRUE or an interval.
func (p *valueParser) word() Value {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return strings.ContainsRune(" ,:|@<>[](){}\n\t\"", r) })
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		p.failed = true
	}
	v := Value{Atom: p.rest[:end]}
	p.rest = p.rest[end:]
	return v
}

// Canonical returns a text that is the same for equal values, however TLC wrote them: members and fields in order, and
// a function on 1..n as the sequence that it is.
func (v Value) Canonical() string {
	if v.Kind == Atom {
		return v.interval()
	}
	parts := make([]string, len(v.Items))
	for i, item := range v.Items {
		parts[i] = item.Canonical()
	}
	switch v.Kind {
	case Sequence:
		return "<<" + strings.Join(parts, ", ") + ">>"
	case Record:
		return "[" + strings.Join(v.pairs(parts, " |-> "), ", ") + "]"
	case Function:
		return v.function(parts)
	default:
		slices.SortFunc(parts, compareTexts)
		return "{" + strings.Join(slices.Compact(parts), ", ") + "}"
	}
}

// function renders a function whose values have the given texts.
func (v Value) function(parts []string) string {
	list := v.pairs(parts, " :> ")
	for i, pair := range list {
		key, item, _ := strings.Cut(pair, " :> ")
		if key != strconv.Itoa(i+1) {
			return "(" + strings.Join(list, " @@ ") + ")"
		}
		parts[i] = item
	}
	return "<<" + strings.Join(parts, ", ") + ">>"
}

// pairs joins keys and values, ordered by key.
func (v Value) pairs(parts []string, arrow string) []string {
	list := make([]string, len(parts))
	for i, part := range parts {
		list[i] = v.Keys[i].Canonical() + arrow + part
	}
	slices.SortFunc(list, func(a, b string) int {
		a, _, _ = strings.Cut(a, arrow)
		b, _, _ = strings.Cut(b, arrow)
		return compareTexts(a, b)
	})
	return list
}

// interval writes the set "1..3" out.
func (v Value) interval() string {
	from, to, ok := strings.Cut(v.Atom, "..")
	first, errFirst := strconv.Atoi(from)
	last, errLast := strconv.Atoi(to)
	if !ok || errFirst != nil || errLast != nil || last-first > 1<<16 {
		return v.Atom
	}
	var members []string
	for i := first; i <= last; i++ {
		members = append(members, strconv.Itoa(i))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// compareTexts orders numbers from 0 by size, and any other texts in some order.
func compareTexts(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

// ParseState reads the "/\ x = 1" lines of a state; a value may go on over several lines, and a single variable has no
// "/\".
func ParseState(body string) []Variable { return parseVars(body) }
