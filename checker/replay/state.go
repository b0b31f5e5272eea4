package replay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"multipaxos/checker/tlc"
)

// State is a state of MultiPaxos.tla: canonical texts of its values.
type State struct {
	Nodes   []nodeTexts // by node
	Msgs    []string    // ascending
	Answers []string    // ascending
	Crashes uint64
}

// history are variables that only record what the others go through.
var history = []string{"action", "step", "lost"}

// ParseState reads a state that TLC wrote: exactly the variables of MultiPaxos.tla, and perhaps history variables.
func ParseState(vars []tlc.Variable, nodes int) (State, error) {
	s := State{Nodes: make([]nodeTexts, nodes)}
	missing := append([]string{"msgs", "answers", "crashes"}, nodeVars[:]...)
	for _, v := range vars {
		value, err := tlc.ParseValue(v.Value)
		if err == nil {
			err = s.set(v.Name, value)
		}
		if err != nil {
			return s, fmt.Errorf("variable %s: %w", v.Name, err)
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == v.Name })
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("want the variables of MultiPaxos.tla, found no %s", strings.Join(missing, ", "))
	}
	return s, nil
}

func (s *State) set(name string, v tlc.Value) (err error) {
	switch name {
	case "msgs":
		s.Msgs = canonicals(v)
		slices.Sort(s.Msgs)
	case "answers":
		s.Answers = canonicals(v)
		slices.Sort(s.Answers)
	case "crashes":
		s.Crashes, err = strconv.ParseUint(v.Atom, 10, 32)
	default:
		i := slices.Index(nodeVars[:], name)
		switch {
		case i < 0 && slices.Contains(history, name):
		case i < 0:
			return fmt.Errorf("want a variable of MultiPaxos.tla")
		case v.Kind != tlc.Sequence || len(v.Items) != len(s.Nodes):
			return fmt.Errorf("want a value for each of %d nodes, found %s", len(s.Nodes), v)
		default:
			for n, text := range canonicals(v) {
				s.Nodes[n][i] = text
			}
		}
	}
	return err
}

func canonicals(v tlc.Value) []string {
	list := make([]string, len(v.Items))
	for i, item := range v.Items {
		list[i] = item.Canonical()
	}
	return list
}

// state writes the world as a state of the spec.
func (w *world) state() State {
	s := State{Nodes: w.texts, Answers: w.answers, Crashes: w.crashes}
	for _, m := range w.msgs {
		s.Msgs = append(s.Msgs, m.text)
	}
	return s
}

// is says whether the world is in state s.
func (w *world) is(s *State) bool {
	return w.crashes == s.Crashes && slices.Equal(w.texts, s.Nodes) && slices.Equal(w.answers, s.Answers) &&
		slices.EqualFunc(w.msgs, s.Msgs, func(m message, text string) bool { return m.text == text })
}

// Difference is a field that the code has another value of than the spec. An absent value is "none".
type Difference struct {
	Node            int    // from 1; 0 for msgs, answers and crashes
	Field           string // "replica[2].decisions[1]"
	Expected, Found string // by the spec, in the code
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: expected %s (spec), found %s (code)", d.Field, pretty(d.Expected), pretty(d.Found))
}

// differences lists what a world has otherwise than the spec's state.
func differences(want, found State) []Difference {
	var list []Difference
	for n := range want.Nodes {
		for i, name := range nodeVars {
			a, b := want.Nodes[n][i], found.Nodes[n][i]
			if a != b {
				list = append(list, fieldDifferences(n+1, fmt.Sprintf("%s[%d]", name, n+1), a, b)...)
			}
		}
	}
	list = append(list, memberDifferences("msgs", want.Msgs, found.Msgs)...)
	list = append(list, memberDifferences("answers", want.Answers, found.Answers)...)
	if want.Crashes != found.Crashes {
		list = append(list, Difference{0, "crashes", fmt.Sprint(want.Crashes), fmt.Sprint(found.Crashes)})
	}
	return list
}

const none = "none"

func memberDifferences(name string, want, found []string) []Difference {
	var list []Difference
	for _, text := range want {
		if _, ok := slices.BinarySearch(found, text); !ok {
			list = append(list, Difference{0, name, text, none})
		}
	}
	for _, text := range found {
		if _, ok := slices.BinarySearch(want, text); !ok {
			list = append(list, Difference{0, name, none, text})
		}
	}
	return list
}

// fieldDifferences goes down into records and functions to what differs.
func fieldDifferences(node int, path, want, found string) []Difference {
	a, errA := tlc.ParseValue(want)
	b, errB := tlc.ParseValue(found)
	if errA != nil || errB != nil || !keyed(a) || !keyed(b) || (a.Kind == tlc.Record) != (b.Kind == tlc.Record) {
		return []Difference{{node, path, want, found}}
	}
	fieldsA, fieldsB := fieldTexts(a), fieldTexts(b)
	var list []Difference
	for _, f := range append(fieldsA, fieldsB...) {
		x, y := lookUp(fieldsA, f.name), lookUp(fieldsB, f.name)
		at := path + f.name
		seen := slices.ContainsFunc(list, func(d Difference) bool { return strings.HasPrefix(d.Field, at) })
		switch {
		case x == y || seen:
		case x == none || y == none:
			list = append(list, Difference{node, at, x, y})
		default:
			list = append(list, fieldDifferences(node, at, x, y)...)
		}
	}
	return list
}

func keyed(v tlc.Value) bool {
	return v.Kind == tlc.Record || v.Kind == tlc.Function || v.Kind == tlc.Sequence
}

type fieldText struct{ name, text string }

func fieldTexts(v tlc.Value) []fieldText {
	list := make([]fieldText, len(v.Items))
	for i, item := range v.Items {
		name := fmt.Sprintf("[%d]", i+1)
		switch v.Kind {
		case tlc.Record:
			name = "." + v.Keys[i].Atom
		case tlc.Function:
			name = "[" + v.Keys[i].Canonical() + "]"
		}
		list[i] = fieldText{name, item.Canonical()}
	}
	return list
}

func lookUp(list []fieldText, name string) string {
	for _, f := range list {
		if f.name == name {
			return f.text
		}
	}
	return none
}
