package replay

import (
	"fmt"
	"path/filepath"

	"multipaxos/checker/tlc"
)

// FromTrace makes a schedule of the error trace that TLC found in a model. Played against the role code it tells whether
// the code does the same, and then violates the same property, if that is one that can be judged here. A trace with
// actions that MultiPaxos does not have is an error.
func FromTrace(specDir string, e tlc.Entry, r tlc.Result) (Header, *Behaviour, error) {
	m, err := ReadModel(filepath.Join(specDir, e.Cfg))
	if err != nil {
		return Header{}, nil, err
	}
	b, err := fromTrace(r.Trace, &m)
	if err != nil {
		return Header{}, nil, err
	}
	for i, s := range b.Steps {
		if _, known := methods[s.Event.Action]; !known {
			return Header{}, nil, fmt.Errorf("step %d: want an action of MultiPaxos, found %s", i+1, s.Event.Action)
		}
	}
	b.Name = "model " + e.Name
	h := Header{Model: m}
	if properties[r.Property] != nil {
		h.Property = r.Property
	}
	return h, b, nil
}
