package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Outcome is how a replay ended, as the exit code of a command.
type Outcome int

// The outcomes.
const (
	Fine      Outcome = 0
	Violation Outcome = 1
	BadInput  Outcome = 2
)

// File replays the schedule in a file against the role code and says on w how that went.
//
// It is Fine when the code does every step and the property of the header holds at the end. For a counterexample of a
// flaw it is Fine when the code first differs at the step where its rule stops the flaw, or, when the flaw only leaves
// out what would come next, as above. All else is a Violation.
func File(ctx context.Context, w io.Writer, path string) Outcome {
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(w, err)
		return BadInput
	}
	defer func() { _ = file.Close() }()
	h, b, err := ReadSchedule(path, file)
	if err != nil {
		fmt.Fprintln(w, err)
		return BadInput
	}
	outcome, text := verdict(h, b)
	fmt.Fprintf(w, "%s: %s\n", path, text)
	if ctx.Err() != nil {
		return BadInput
	}
	return outcome
}

// verdict plays a behaviour and judges it by its header.
func verdict(h Header, b *Behaviour) (Outcome, string) {
	violated, err := b.violates(&h.Model, h.Property)
	var m *Mismatch
	switch {
	case errors.As(err, &m) && h.Refuses > 0 && m.Step == h.Refuses: // the first state, step 0, is never to be refused
		return Fine, fmt.Sprintf("the code refuses step %d of %d, as it must\n%v", m.Step, h.Steps, err)
	case errors.As(err, &m):
		return Violation, err.Error()
	case err != nil:
		return BadInput, err.Error()
	case violated != "":
		return Violation, fmt.Sprintf("the code does all %d steps, and then violates %s: %s", h.Steps, h.Property, violated)
	case h.Plant != "" && h.Refuses == 0:
		return Fine, fmt.Sprintf("the code does all %d steps, and %s holds, as it must", h.Steps, h.Property)
	case h.Refuses > 0:
		return Violation, fmt.Sprintf("want the code to refuse step %d, found that it does all %d", h.Refuses, h.Steps)
	}
	return Fine, fmt.Sprintf("the code does all %d steps", h.Steps)
}

// violates plays a behaviour to its end, and says what is then wrong with the code by the given property.
func (b *Behaviour) violates(m *Model, property string) (string, error) {
	p, err := newPlayer(m, b.Name, &b.First)
	if err != nil {
		return "", err
	}
	before := p.world
	for i := range b.Steps {
		before = p.world
		if _, err := p.play(b.Steps[i].Event, &b.Steps[i].State); err != nil {
			return "", err
		}
	}
	if property == "" {
		return "", nil
	}
	return properties[property](p.world, before), nil
}
