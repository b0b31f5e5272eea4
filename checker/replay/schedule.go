package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

// A schedule is a behaviour in a file: NDJSON. The first line is a [Header], the second the first state, and each
// further line a step: what happens, and what it changes in the spec.

// Format is the version of schedules.
const Format = "multipaxos replay 1"

// Header is the first line of a schedule.
type Header struct {
	Format   string `json:"format"`
	Name     string `json:"name"`
	Model    Model  `json:"model"`
	Steps    int    `json:"steps"`
	Property string `json:"property,omitempty"` // violated by the last state or step
	Plant    string `json:"plant,omitempty"`    // the bug of fuzz/zoo with which the code does all steps
	Refuses  int    `json:"refuses,omitempty"`  // the first step that the code without the plant does otherwise
	// With a plant and no such step, the code does all steps too, and then the property holds: what the flaw leaves
	// out would come next.
}

// line is a state: what it has otherwise than the one before. Keys of Becomes are as "replica[2]".
type line struct {
	Step int `json:"step"`
	Event
	Becomes map[string]string `json:"becomes,omitempty"`
	Sent    []string          `json:"sent,omitempty"`
	Gone    []string          `json:"gone,omitempty"` // messages that the spec does not keep
	Answers []string          `json:"answers,omitempty"`
	Crashes uint64            `json:"crashes,omitempty"` // all so far
}

// change returns what is new in s.
func change(step int, e Event, old, s *State) line {
	l := line{Step: step, Event: e, Becomes: map[string]string{}, Crashes: s.Crashes}
	for n := range s.Nodes {
		for i, name := range nodeVars {
			if s.Nodes[n][i] != old.Nodes[n][i] {
				l.Becomes[fmt.Sprintf("%s[%d]", name, n+1)] = s.Nodes[n][i]
			}
		}
	}
	l.Sent, l.Gone, l.Answers = missing(s.Msgs, old.Msgs), missing(old.Msgs, s.Msgs), missing(s.Answers, old.Answers)
	return l
}

// missing lists what of list is not in other.
func missing(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(text string) bool {
		_, ok := slices.BinarySearch(other, text)
		return ok
	})
}

// apply returns the state that l leads to from old.
func (l *line) apply(old *State) (State, error) {
	s := State{Nodes: slices.Clone(old.Nodes), Crashes: l.Crashes}
	for key, text := range l.Becomes {
		name, rest, _ := strings.Cut(key, "[")
		var n int
		_, err := fmt.Sscanf(rest, "%d]", &n)
		i := slices.Index(nodeVars[:], name)
		if err != nil || i < 0 || n < 1 || n > len(s.Nodes) || key != fmt.Sprintf("%s[%d]", name, n) {
			return s, fmt.Errorf("becomes: want a variable of a node as %q, found %q", "replica[1]", key)
		}
		s.Nodes[n-1][i] = text
	}
	var err error
	if s.Msgs, err = merge("sent", "gone", old.Msgs, l.Sent, l.Gone); err != nil {
		return s, err
	}
	s.Answers, err = merge("answers", "", old.Answers, l.Answers, nil)
	return s, err
}

func merge(in, out string, old, add, remove []string) ([]string, error) {
	for i, text := range add {
		if slices.Contains(old, text) || slices.Contains(add[:i], text) {
			return nil, fmt.Errorf("%s: want what is new, found again %s", in, text)
		}
	}
	for _, text := range remove {
		if !slices.Contains(old, text) {
			return nil, fmt.Errorf("%s: want what was there, found %s", out, text)
		}
	}
	list := append(missing(old, slices.Sorted(slices.Values(remove))), add...)
	slices.Sort(list)
	return list, nil
}

// texts lists the values in l: each must be canonical.
func (l *line) texts() []string {
	list := slices.Concat(l.Sent, l.Gone, l.Answers)
	for _, text := range l.Becomes {
		list = append(list, text)
	}
	if l.Message != "" {
		list = append(list, l.Message)
	}
	slices.Sort(list) // the first error must not depend on the map
	return list
}

// WriteSchedule writes a behaviour.
func WriteSchedule(w io.Writer, h Header, b *Behaviour) error {
	h.Format, h.Name, h.Steps = Format, b.Name, len(b.Steps)
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false) // TLA+ text is full of < and >
	if err := encoder.Encode(h); err != nil {
		return err
	}
	old := &State{Nodes: make([]nodeTexts, len(h.Model.Nodes))}
	if err := encoder.Encode(change(0, Event{Action: "Init"}, old, &b.First)); err != nil {
		return err
	}
	old = &b.First
	for i := range b.Steps {
		if err := encoder.Encode(change(i+1, b.Steps[i].Event, old, &b.Steps[i].State)); err != nil {
			return err
		}
		old = &b.Steps[i].State
	}
	return out.Flush()
}

const (
	maxLine  = 1 << 20
	maxSteps = 1 << 16
)

// ReadSchedule reads what WriteSchedule wrote, and nothing else: an error names the line, after name.
func ReadSchedule(name string, r io.Reader) (Header, *Behaviour, error) {
	s := scheduleReader{lines: bufio.NewReaderSize(r, maxLine)}
	err := s.read()
	if err != nil {
		err = fmt.Errorf("%s:%d: %w", name, max(s.number, 1), err)
	}
	return s.header, &s.behaviour, err
}

type scheduleReader struct {
	lines     *bufio.Reader
	number    int
	header    Header
	behaviour Behaviour
}

func (s *scheduleReader) read() error {
	if err := s.next(&s.header); err != nil {
		return err
	}
	h := &s.header
	if err := h.validate(); err != nil {
		return err
	}
	s.behaviour.Name = h.Name
	old := &State{Nodes: make([]nodeTexts, len(h.Model.Nodes))}
	for step := 0; step <= h.Steps; step++ {
		e, state, err := s.step(step, old)
		if err != nil {
			return err
		}
		if old = &state; step == 0 {
			s.behaviour.First = state
			continue
		}
		s.behaviour.Steps = append(s.behaviour.Steps, Step{e, state})
	}
	s.number++
	if _, err := s.lines.ReadByte(); err != io.EOF {
		return fmt.Errorf("want the end of the file after %d steps, found more", h.Steps)
	}
	return nil
}

func (h *Header) validate() error {
	switch {
	case h.Format != Format:
		return fmt.Errorf("format: want %q, found %q", Format, h.Format)
	case h.Steps < 0 || h.Steps > maxSteps:
		return fmt.Errorf("steps: want 0 to %d, found %d", maxSteps, h.Steps)
	case h.Refuses < 0 || h.Refuses > h.Steps:
		return fmt.Errorf("refuses: want a step up to %d, found %d", h.Steps, h.Refuses)
	case h.Refuses > 0 && h.Plant == "":
		return errors.New("refuses: want it with a plant only")
	case h.Plant != "" && h.Property == "":
		return errors.New("plant: want the property that it violates")
	case h.Property != "" && properties[h.Property] == nil:
		return fmt.Errorf("property: want one that is known here, found %q", h.Property)
	}
	return h.Model.validate()
}

// step reads the line of a step.
func (s *scheduleReader) step(step int, old *State) (Event, State, error) {
	var l line
	if err := s.next(&l); err != nil {
		return l.Event, State{}, err
	}
	_, known := methods[l.Action]
	switch {
	case l.Step != step:
		return l.Event, State{}, fmt.Errorf("step: want %d, found %d", step, l.Step)
	case (step == 0) != (l.Action == "Init"), step > 0 && !known:
		return l.Event, State{}, fmt.Errorf("action: want Init first and then an action of the spec, found %q", l.Action)
	}
	for _, text := range l.texts() {
		v, err := tlc.ParseValue(text)
		if err == nil && v.Canonical() != text {
			err = fmt.Errorf("want a value in canonical form %s, found %s", v.Canonical(), text)
		}
		if err != nil {
			return l.Event, State{}, err
		}
	}
	state, err := l.apply(old)
	return l.Event, state, err
}

// next reads a line into v.
func (s *scheduleReader) next(v any) error {
	s.number++
	text, err := s.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("want lines of at most %d bytes", maxLine)
	case err == io.EOF && len(text) > 0:
		return errors.New("want a whole last line, found a cut one")
	case err == io.EOF && s.number == 1:
		return errors.New("want a schedule, found an empty file")
	case err == io.EOF:
		return fmt.Errorf("want %d steps, found %d", s.header.Steps, max(s.number-3, 0))
	case err != nil:
		return err
	}
	if err := noDuplicates(text); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

// noDuplicates holds that text is one JSON object in which, at any depth, no key stands twice: encoding/json would take
// the last.
func noDuplicates(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := walk(d); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("want one JSON object a line, found more")
	}
	return nil
}

func walk(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, isDelim := t.(json.Delim)
	if !isDelim {
		return nil
	}
	seen := map[json.Token]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if seen[key] {
				return fmt.Errorf("duplicate key %q", key)
			}
			seen[key] = true
		}
		if err := walk(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
