package replay

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"multipaxos/checker/tlc"
)

// Counterexample has TLC find the error trace of a model that is expected to violate a property: a flaw of Flaws.tla.
// bug is the bug of fuzz/zoo that takes the same rule out of the code. The role code of this program, without the
// bug, must differ at some step, where its rule stops the flaw, or must get out of the state in which the flaw is stuck.
func Counterexample(ctx context.Context, specDir string, e tlc.Entry, bug string) (Header, *Behaviour, error) {
	cfg := filepath.Join(specDir, e.Cfg)
	m, err := ReadModel(cfg)
	if err != nil {
		return Header{}, nil, err
	}
	result, err := tlc.Run(ctx, tlc.Model{Module: filepath.Join(specDir, e.Module), Config: cfg,
		Workers: 1, HeapMB: max(e.HeapMB, 1024), Deadlock: e.Deadlock})
	if err != nil {
		return Header{}, nil, err
	}
	if result.Property != e.Property {
		return Header{}, nil, fmt.Errorf("%s: want a violation of %s, found %s %s", cfg, e.Property, result.Verdict,
			result.Property)
	}
	b, err := fromTrace(result.Trace, &m)
	if err != nil {
		return Header{}, nil, fmt.Errorf("%s: %w", cfg, err)
	}
	b.Name = "model " + e.Name
	h := Header{Model: m, Property: e.Property, Plant: bug, Steps: len(b.Steps)}
	violated, err := b.violates(&m, h.Property)
	var refused *Mismatch
	switch {
	case errors.As(err, &refused):
		h.Refuses = refused.Step
	case err != nil:
		return h, b, err
	case violated != "":
		return h, b, fmt.Errorf("%s: the code does what the flaw does, and violates %s: %s", cfg, h.Property, violated)
	}
	return h, b, nil
}

// fromTrace converts an error trace. Where a model has a variable step it says more of the event than TLC does.
func fromTrace(trace []tlc.State, m *Model) (*Behaviour, error) {
	b := &Behaviour{}
	for i, s := range trace {
		state, err := ParseState(s.Vars, len(m.Nodes))
		if err != nil {
			return nil, fmt.Errorf("state %d: %w", s.Number, err)
		}
		if i == 0 {
			b.First = state
			continue
		}
		e := Event{Action: s.Action}
		for _, v := range s.Vars {
			if v.Name == "step" {
				if e, err = parseStep(v.Value); err != nil {
					return nil, fmt.Errorf("state %d: %w", s.Number, err)
				}
			}
		}
		b.Steps = append(b.Steps, Step{e, state})
	}
	return b, nil
}

// parseStep reads the variable step of Flaws.tla: "[action |-> "Receive", node |-> 1, message |-> ...]".
func parseStep(text string) (Event, error) {
	v, err := tlc.ParseValue(text)
	if err != nil {
		return Event{}, err
	}
	var e Event
	for i, key := range v.Keys {
		item := v.Items[i]
		switch key.Atom {
		case "action":
			e.Action += strings.Trim(item.Atom, `"`)
		case "node":
			e.Node, err = strconv.ParseUint(item.Atom, 10, 8)
		case "message":
			e.Message = item.Canonical()
		default:
			err = fmt.Errorf("step: want action, node and message, found %s", key)
		}
		if err != nil {
			return e, err
		}
	}
	if e.Action == receive {
		kind := lookUp(fieldTexts(mustParse(e.Message)), ".type")
		e.Action += strings.Trim(kind, `"`)
	}
	return e, nil
}

// mustParse reads a text that Canonical has written.
func mustParse(text string) tlc.Value {
	v, err := tlc.ParseValue(text)
	if err != nil {
		panic(fmt.Sprintf("replay: want a canonical value, found %q: %v", text, err))
	}
	return v
}
