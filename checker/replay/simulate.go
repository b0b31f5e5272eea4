package replay

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

// Coverage counts, per action, the steps that the role code has taken after TLC.
type Coverage struct {
	Model   string
	Actions []string // that the model's Next has
	Steps   map[string]int
	Changes map[string]int // of these, those that changed the state
	Walks   int            // behaviours, or 1 for a graph
}

func newCoverage(model string, actions []string) *Coverage {
	return &Coverage{Model: model, Actions: actions, Steps: map[string]int{}, Changes: map[string]int{}}
}

func (c *Coverage) count(action string, changed bool) {
	c.Steps[action]++
	if changed {
		c.Changes[action]++
	}
}

// Total is the number of all steps.
func (c *Coverage) Total() (steps int) {
	for _, n := range c.Steps {
		steps += n
	}
	return steps
}

// NeverReplayed lists the actions of must, or of all when must is empty, that no step took.
func (c *Coverage) NeverReplayed(must []string) []string {
	if len(must) == 0 {
		must = c.Actions
	}
	var list []string
	for _, a := range must {
		if c.Steps[a] == 0 {
			list = append(list, a)
		}
	}
	return list
}

// CoverageError says which actions no step took: what was replayed says nothing about them.
type CoverageError struct {
	Model   string
	Actions []string
}

func (e *CoverageError) Error() string {
	return fmt.Sprintf("%s: never replayed: %s", e.Model, strings.Join(e.Actions, ", "))
}

// PrintCoverage writes a table: an action a row, a model a column; each cell is steps, and in brackets those that
// changed the state. A dot is an action that the model does not have.
func PrintCoverage(w io.Writer, all []*Coverage) {
	var actions []string
	fmt.Fprintf(w, "%-28s", "action")
	for _, c := range all {
		fmt.Fprintf(w, " %18s", c.Model)
		actions = append(actions, c.Actions...)
	}
	fmt.Fprintln(w)
	slices.Sort(actions)
	for _, a := range slices.Compact(actions) {
		fmt.Fprintf(w, "%-28s", a)
		for _, c := range all {
			cell := "."
			if slices.Contains(c.Actions, a) {
				cell = fmt.Sprintf("%d (%d)", c.Steps[a], c.Changes[a])
			}
			fmt.Fprintf(w, " %18s", cell)
		}
		fmt.Fprintln(w)
	}
}

// Simulate has TLC make random walks through a model and replays them all. The error is a *[Mismatch], a
// *[CoverageError] when an action of the model (of Entry.Cover, when there is one) was not in any walk, or one of TLC's.
// When keep is not nil it gets each behaviour once it was replayed, its events complete.
func Simulate(ctx context.Context, specDir string, e tlc.Entry, s tlc.Simulation,
	keep func(Header, *Behaviour) error) (*Coverage, error) {
	p, err := prepare(specDir, e, true)
	if err != nil {
		return nil, err
	}
	defer p.remove()
	c := newCoverage(e.Name, p.actions)
	s.File = filepath.Join(p.dir, "walk")
	p.run.Simulate, p.run.Short = &s, s.Traces*s.Depth < 1000 // as few as TLC makes in seconds
	if _, err := tlc.Run(ctx, p.run); err != nil {
		return c, err
	}
	for i := range s.Traces {
		b, err := readWalk(fmt.Sprintf("%s_0_%d", s.File, i), &p.model)
		if err != nil {
			return c, err
		}
		b.Name = fmt.Sprintf("model %s, seed %d, walk %d", e.Name, s.Seed, i)
		err = c.replay(&p.model, b)
		if err == nil && keep != nil {
			err = keep(Header{Model: p.model}, b)
		}
		if err != nil {
			return c, err
		}
	}
	if never := c.NeverReplayed(e.Cover); len(never) > 0 {
		return c, &CoverageError{e.Name, never}
	}
	return c, nil
}

// replay plays a behaviour and counts its steps.
func (c *Coverage) replay(m *Model, b *Behaviour) error {
	p, err := newPlayer(m, b.Name, &b.First)
	if err != nil {
		return err
	}
	c.Walks++
	for i := range b.Steps {
		step, before := &b.Steps[i], p.world.state()
		if step.Event, err = p.play(step.Event, &step.State); err != nil {
			return err
		}
		c.count(step.Event.Action, !p.world.is(&before))
	}
	return nil
}

// readWalk reads a file of tlc -simulate: "STATE_2 ==" and the variables, for each state.
func readWalk(path string, m *Model) (*Behaviour, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b := &Behaviour{}
	states := strings.Split(strings.TrimRight(string(text), "=\n"), "\nSTATE_")
	if len(states) < 2 {
		return nil, fmt.Errorf("%s: want states, found none", path)
	}
	for i, text := range states[1:] {
		_, body, _ := strings.Cut(text, "==")
		vars := tlc.ParseState(body)
		state, err := ParseState(vars, len(m.Nodes))
		if err != nil {
			return nil, fmt.Errorf("%s: state %d: %w", path, i+1, err)
		}
		if i == 0 {
			b.First = state
			continue
		}
		b.Steps = append(b.Steps, Step{Event{Action: actionOf(vars)}, state})
	}
	return b, nil
}

// actionOf reads the variable that Walk adds.
func actionOf(vars []tlc.Variable) string {
	for _, v := range vars {
		if v.Name == "action" {
			return strings.Trim(v.Value, `"`)
		}
	}
	return ""
}
