package replay

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// Step is a step of a behaviour as TLC gives it.
type Step struct {
	Event Event // as far as TLC says: at least the action
	State State // after it
}

// Behaviour is a behaviour of a model: its first state and the steps after it.
type Behaviour struct {
	Name  string
	First State
	Steps []Step
}

// Mismatch is a step that the code does otherwise than the spec.
type Mismatch struct {
	Behaviour   string
	Step        int // from 1
	Action      string
	Methods     []string     // of Go, with file and line
	Event       Event        // the candidate that comes closest
	Candidates  int          // how many were tried
	Refusal     string       // why the code could not do the step at all
	Differences []Difference // in what it came out otherwise
	Ladder      []Event      // the steps before
}

func (m *Mismatch) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: step %d: %s: code and spec differ", m.Behaviour, m.Step, m.Action)
	for _, method := range m.Methods {
		fmt.Fprintf(&b, "\n  Go     %s", method)
	}
	if m.Refusal != "" {
		fmt.Fprintf(&b, "\n  code   %s", m.Refusal)
	}
	for _, d := range m.Differences {
		fmt.Fprintf(&b, "\n  differs %s", d)
	}
	fmt.Fprintf(&b, "\n  of %d ways to take the step this one comes closest; the steps so far:", m.Candidates)
	for i, e := range append(m.Ladder[:len(m.Ladder):len(m.Ladder)], m.Event) {
		fmt.Fprintf(&b, "\n%6d  %v", i+1, e)
	}
	return b.String()
}

// player plays a behaviour, and remembers it.
type player struct {
	world  *world
	name   string
	ladder []Event
}

// newPlayer starts a cluster in the first state of a behaviour.
func newPlayer(m *Model, name string, first *State) (*player, error) {
	w, err := newWorld(m, first.Msgs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &player{world: w, name: name}
	if !w.is(first) {
		return nil, &Mismatch{Behaviour: name, Action: "Init", Event: Event{Action: "Init"},
			Methods: methodNames(crashRestart), Differences: differences(*first, w.state())}
	}
	return p, nil
}

// play does a step. It returns what the step turned out to be. The error is a *Mismatch.
func (p *player) play(want Event, after *State) (Event, error) {
	var candidates []Event
	for _, e := range p.world.events(want.Action) {
		if !e.fits(want) {
			continue
		}
		candidates = append(candidates, e)
		if !p.world.may(e, after) {
			continue
		}
		if next, err := p.world.take(e); err == nil && next.is(after) {
			p.world, p.ladder = next, append(p.ladder, e)
			return e, nil
		}
	}
	return Event{}, p.mismatch(want, candidates, after)
}

// mismatch tells of the candidate that comes closest to the state after.
func (p *player) mismatch(want Event, candidates []Event, after *State) *Mismatch {
	best := &Mismatch{Behaviour: p.name, Step: len(p.ladder) + 1, Action: want.Action, Methods: methodNames(want.Action),
		Event: want, Candidates: len(candidates), Ladder: p.ladder,
		Refusal: "nothing in the code can do this: no such message, role or method"}
	for _, e := range candidates {
		m := *best
		m.Event, m.Refusal = e, ""
		next, err := p.world.take(e)
		if err != nil {
			m.Refusal = err.Error()
		}
		m.Differences = differences(*after, next.state())
		if first := best.Event == want && best.Differences == nil; first || len(m.Differences) < len(best.Differences) {
			best = &m
		}
	}
	return best
}

// may says whether e can lead to the state after: a step changes the state of one node only.
func (w *world) may(e Event, after *State) bool {
	for i, texts := range w.texts {
		if w.model.Nodes[i] != e.Node && texts != after.Nodes[i] {
			return false
		}
	}
	return true
}

// methodNames are the Go methods of an action: "Replica.HandlePropose (impl/paxos/replica.go:103)".
func methodNames(action string) []string {
	var list []string
	for _, method := range methods[action] {
		f := runtime.FuncForPC(reflect.ValueOf(method).Pointer())
		file, line := f.FileLine(f.Entry())
		name := f.Name()[strings.LastIndex(f.Name(), "/")+1:]
		name = strings.NewReplacer("paxos.", "", "(*", "", ")", "").Replace(name)
		list = append(list, fmt.Sprintf("%s (impl/paxos/%s:%d)", name, filepath.Base(file), line))
	}
	return list
}
