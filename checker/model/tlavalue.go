package model

import (
	"fmt"
	"strconv"
	"strings"
)

// value is a TLA+ value as TLC prints it.
type value struct {
	kind  kind
	text  string  // of an atom: a number, a model value, TRUE, FALSE, or the inside of a string
	names []value // of a record the fields, of a function the domain, parallel to items
	items []value
}

type kind uint8

const (
	atom kind = iota
	stringAtom
	set
	tuple
	record
	function
)

// tlaReader reads values; on text that is none it panics with a syntaxError, which parseVariables returns.
type tlaReader struct {
	text string
	at   int
}

type syntaxError string

func (r *tlaReader) fail(wanted string) {
	rest := r.text[r.at:min(len(r.text), r.at+40)]
	panic(syntaxError(fmt.Sprintf("expected %s, found %q", wanted, rest)))
}

func (r *tlaReader) skip() {
	for r.at < len(r.text) && strings.IndexByte(" \n\t\r", r.text[r.at]) >= 0 {
		r.at++
	}
}

func (r *tlaReader) try(token string) bool {
	r.skip()
	if strings.HasPrefix(r.text[r.at:], token) {
		r.at += len(token)
		return true
	}
	return false
}

func (r *tlaReader) want(token string) {
	if !r.try(token) {
		r.fail(strconv.Quote(token))
	}
}

func (r *tlaReader) name() string {
	r.skip()
	from := r.at
	for r.at < len(r.text) && (r.text[r.at] == '_' || r.text[r.at] >= '0' && r.text[r.at] <= '9' ||
		r.text[r.at]|0x20 >= 'a' && r.text[r.at]|0x20 <= 'z') {
		r.at++
	}
	if from == r.at {
		r.fail("a value")
	}
	return r.text[from:r.at]
}

// items reads what stands between commas up to the end token.
func (r *tlaReader) items(end string, read func()) {
	if r.try(end) {
		return
	}
	for read(); r.try(","); {
		read()
	}
	r.want(end)
}

func (r *tlaReader) value() (v value) {
	switch {
	case r.try("<<"):
		v.kind = tuple
		r.items(">>", func() { v.items = append(v.items, r.value()) })
	case r.try("{"):
		v.kind = set
		r.items("}", func() { v.items = append(v.items, r.value()) })
	case r.try("["):
		v.kind = record
		r.items("]", func() { r.pair(&v, "|->") })
	case r.try("("):
		v.kind = function
		for r.pair(&v, ":>"); r.try("@@"); {
			r.pair(&v, ":>")
		}
		r.want(")")
	case r.try(`"`):
		v.kind = stringAtom
		v.text = r.name()
		r.want(`"`)
	default:
		v.text = r.name()
	}
	return v
}

func (r *tlaReader) pair(v *value, arrow string) {
	v.names = append(v.names, value{text: r.name()})
	r.want(arrow)
	v.items = append(v.items, r.value())
}

// catch returns a syntaxError as an error.
func catch(err *error) {
	switch e := recover().(type) {
	case nil:
	case syntaxError:
		*err = fmt.Errorf("%s", string(e))
	default:
		panic(e)
	}
}

// parseVariables reads a state as TLC prints it: a conjunction of equations.
func parseVariables(text string) (variables map[string]value, err error) {
	defer catch(&err)
	r := tlaReader{text: text}
	variables = map[string]value{}
	for r.skip(); r.at < len(text); r.skip() {
		r.want(`/\`)
		name := r.name()
		if _, twice := variables[name]; twice {
			r.fail("another variable than " + name)
		}
		r.want("=")
		variables[name] = r.value()
	}
	return variables, nil
}

// fieldsOf returns the fields of a record, which must have these and no others.
func (v value) fieldsOf(names ...string) []value {
	fields := make([]value, len(names))
	if v.kind != record || len(v.items) != len(names) {
		panic(syntaxError(fmt.Sprintf("expected a record with %v, found %v", names, v)))
	}
	for i, name := range names {
		at := -1
		for k := range v.names {
			if v.names[k].text == name {
				at = k
			}
		}
		if at < 0 {
			panic(syntaxError(fmt.Sprintf("expected a field %s, found %v", name, v.names)))
		}
		fields[i] = v.items[at]
	}
	return fields
}

func (v value) field(name string) value {
	for i := range v.names {
		if v.names[i].text == name {
			return v.items[i]
		}
	}
	panic(syntaxError(fmt.Sprintf("expected a field %s, found %v", name, v.names)))
}

func (v value) number() int {
	n, err := strconv.Atoi(v.text)
	if v.kind != atom || err != nil {
		panic(syntaxError(fmt.Sprintf("expected a number, found %v", v)))
	}
	return n
}

func (v value) truth() bool {
	if v.kind != atom || v.text != "TRUE" && v.text != "FALSE" {
		panic(syntaxError(fmt.Sprintf("expected a truth value, found %v", v)))
	}
	return v.text == "TRUE"
}

func (v value) of(k kind) []value {
	if v.kind != k {
		panic(syntaxError(fmt.Sprintf("expected kind %d, found %v", k, v)))
	}
	return v.items
}
