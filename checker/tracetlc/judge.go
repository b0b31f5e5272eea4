package tracetlc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"multipaxos/checker/tlc"
	"multipaxos/impl/trace"
)

// Java's launcher reads options from this environment variable. With these TLC takes less than half the time, for its
// runs are too short for the compiler that optimises more; and its stack is deep enough for the recursive operators of
// the spec, on a node that executes a hundred slots in one step. A command that has traces judged sets them.
const (
	JavaVariable = "JDK_JAVA_OPTIONS"
	JavaOptions  = "-Xss64m -XX:TieredStopAtLevel=1 -XX:ParallelGCThreads=1"
)

// Options say how TLC is run.
type Options struct {
	Dir     string // with Trace.tla and MultiPaxos.tla; empty means "spec"
	Config  string // empty means Trace.cfg in Dir
	Segment int    // events in a segment; 0 means DefaultSegment
	Module  int    // events in a module, about; 0 means DefaultModule
	HeapMB  int    // of Java; 0 is its default
	Workers int    // threads of TLC; 0 means 1
}

// A longer segment has fewer starting states to be written and compared, and more messages in its state. A larger
// module shares the second that Java takes to start, and takes more memory to parse.
const (
	DefaultSegment = 400
	DefaultModule  = 8000
)

// Source is a trace to judge. Open is called at least once; the function that it returns returns event after event, and
// io.EOF after the last.
type Source struct {
	Name   string
	Header trace.Header
	Open   func() (next func() (trace.Event, error), err error)

	// Only the segments with events from From to To are judged. Zero is the first and the last event.
	From, To uint64
}

// Verdict is what TLC says of a trace. Without a Conjunct every event is a step of the specification.
type Verdict struct {
	Name     string
	Events   int    // that TLC took
	Seq      uint64 // of the first event that is no step
	Conjunct string // of the package comment's list, or the name of an invariant
	Field    string
	Expected string // TLA+, by the specification
	Found    string // TLA+, in the trace
	Alone    bool   // package refine does not know the state machine; of Compare
}

// Passed says whether TLC took every event.
func (v Verdict) Passed() bool { return v.Conjunct == "" }

func (v Verdict) String() string {
	who := "TLC"
	if v.Alone {
		who = "TLC alone, for package refine does not know the state machine"
	}
	if v.Passed() {
		return fmt.Sprintf("%s: %s: each of %d events is a step of the specification", v.Name, who, v.Events)
	}
	return fmt.Sprintf("%s:%d: %s: event %d: %s %s\n  want  %s\n  found %s",
		v.Name, v.Seq+1, who, v.Seq, v.Conjunct, v.Field, v.Expected, v.Found)
}

// Judge has TLC judge traces; the verdicts are in their order. An error says that there is no verdict: a trace that
// cannot be read, or a TLC that is missing or did not come to an end.
func Judge(ctx context.Context, sources []Source, o Options) ([]Verdict, error) {
	o = o.withDefaults()
	verdicts := make([]Verdict, len(sources))
	var segments []*segment
	for i, from := range sources {
		verdicts[i].Name = from.Name
		if want := len(from.Header.Nodes)/2 + 1; from.Header.Quorum != want { // what IsQuorum says
			verdicts[i] = Verdict{Name: from.Name, Conjunct: "header", Field: "quorum", Expected: strconv.Itoa(want),
				Found: strconv.Itoa(from.Header.Quorum)}
			continue
		}
		cut, err := o.cut(from, i, func(uint64) int { return o.Segment })
		if err != nil {
			return nil, err
		}
		segments = append(segments, cut...)
	}
	for _, part := range parts(segments, o.Module) {
		outcomes, err := o.run(ctx, part)
		if err != nil {
			return nil, err
		}
		for i, found := range outcomes {
			verdicts[part[i].source.number].take(found)
		}
	}
	for i := range verdicts {
		if err := o.locate(ctx, sources[i], i, &verdicts[i]); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

func (o Options) withDefaults() Options {
	if o.Dir == "" {
		o.Dir = "spec"
	}
	if o.Config == "" {
		o.Config = filepath.Join(o.Dir, "Trace.cfg")
	}
	o.Segment, o.Module, o.Workers = orDefault(o.Segment, DefaultSegment), orDefault(o.Module, DefaultModule), orDefault(o.Workers, 1)
	return o
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (o Options) cut(from Source, number int, size func(uint64) int) ([]*segment, error) {
	next, err := from.Open()
	if err != nil {
		return nil, err
	}
	segments, err := cut(next, newSource(from.Name, number, from.Header), size)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(segments, func(g *segment) bool {
		return g.last < from.From || from.To != 0 && g.last-uint64(len(g.events)) >= from.To
	}), nil
}

// take adds what TLC says of a segment: the first event that is wrong counts.
func (v *Verdict) take(found Verdict) {
	v.Events += found.Events
	if !found.Passed() && (v.Passed() || found.Seq < v.Seq) {
		name, events := v.Name, v.Events
		*v = found
		v.Name, v.Events = name, events
	}
}

// invariant says whether the verdict is one that is reached at the end of a segment.
func (v *Verdict) invariant() bool {
	return v.Conjunct != "" && v.Conjunct[0] >= 'A' && v.Conjunct[0] <= 'Z'
}

// locate finds the event that breaks an invariant. TLC holds the invariants at the end of each segment, so the segment
// is judged once more in segments of one event each.
func (o Options) locate(ctx context.Context, from Source, number int, v *Verdict) error {
	if !v.invariant() || v.Field == stepField {
		return nil
	}
	segments, err := o.cut(from, number, func(seq uint64) int {
		if seq > v.Seq || seq+uint64(o.Segment) <= v.Seq {
			return o.Segment
		}
		return 1
	})
	if err != nil {
		return err
	}
	var around []*segment
	for _, g := range segments {
		if len(g.events) == 1 && g.last <= v.Seq && g.last+uint64(o.Segment) > v.Seq {
			g.goesOn = false
			around = append(around, g)
		}
	}
	outcomes, err := o.run(ctx, around)
	if err != nil {
		return err
	}
	for _, found := range outcomes {
		found.Events = 0 // they are counted
		v.take(found)
	}
	return nil
}

// stepField is the Field of a step invariant that is broken.
const stepField = "step"

// parts divides the segments among modules: of one shape, and not too large.
func parts(segments []*segment, events int) (list [][]*segment) {
	for _, group := range shapes(segments) {
		var part []*segment
		size := 0
		for _, g := range group {
			if size > 0 && size+len(g.events) > events {
				list, part, size = append(list, part), nil, 0
			}
			part, size = append(part, g), size+len(g.events)
		}
		list = append(list, part)
	}
	return list
}

// run has TLC walk the segments, and returns what it says of each.
func (o Options) run(ctx context.Context, segments []*segment) ([]Verdict, error) {
	dir, err := os.MkdirTemp("", "tracetlc-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	model, err := o.model(dir, segments)
	if err != nil {
		return nil, err
	}
	verdicts := make([]Verdict, len(segments))
	seen := make([]bool, len(segments))
	var badLine error
	model.Output = func(line string) {
		if i, v, err := parseReport(line, len(segments)); err != nil {
			badLine = errors.Join(badLine, err)
		} else if i >= 0 {
			verdicts[i], seen[i] = v, true
		}
	}
	result, err := tlc.Run(ctx, model)
	if err != nil || badLine != nil {
		return nil, errors.Join(err, badLine)
	}
	if result.Verdict != tlc.Passed {
		return o.violated(result, segments, verdicts)
	}
	taken := int64(0)
	for i, ok := range seen {
		if !ok {
			return nil, fmt.Errorf("tracetlc: TLC came to no end of segment %d", i+1)
		}
		taken += int64(verdicts[i].Events) + 1
	}
	if taken != result.Distinct {
		return nil, fmt.Errorf("tracetlc: want %d states, one for each place in a segment, found %d", taken, result.Distinct)
	}
	return verdicts, nil
}

// violated says which event breaks a property that TLC checks itself, as those of TraceStrict.cfg. TLC ends with it.
func (o Options) violated(result tlc.Result, segments []*segment, verdicts []Verdict) ([]Verdict, error) {
	var place [2]int // segment and at
	if len(result.Trace) > 0 {
		for _, v := range result.Trace[len(result.Trace)-1].Vars {
			for i, name := range [...]string{"segment", "at"} {
				if v.Name == name {
					place[i], _ = strconv.Atoi(v.Value)
				}
			}
		}
	}
	i := place[0] - 1
	if i < 0 || i >= len(segments) || place[1] < 1 {
		return nil, fmt.Errorf("tracetlc: TLC found that %s is violated, and no event that breaks it", result.Property)
	}
	g := segments[i]
	seq := g.last - uint64(len(g.events)) + uint64(place[1]) - 1
	verdicts[i] = Verdict{Seq: seq, Conjunct: result.Property, Field: stepField, Events: place[1] - 1}
	return verdicts, nil
}

// model writes the module of the segments.
func (o Options) model(dir string, segments []*segment) (tlc.Model, error) {
	spec, err := filepath.Abs(o.Dir)
	if err != nil {
		return tlc.Model{}, err
	}
	m := tlc.Model{
		Module: filepath.Join(dir, moduleName+".tla"), Config: o.Config, Workers: o.Workers, HeapMB: o.HeapMB,
		Defines: []string{"TLA-Library=" + spec},
	}
	f, err := os.Create(m.Module)
	if err != nil {
		return m, err
	}
	return m, errors.Join(writeModule(f, segments), f.Close())
}

// A line that Trace.tla prints: Print writes a string and the value FALSE.
var reportRegexp = regexp.MustCompile(`^("<<.*>>")  FALSE$`)

// parseReport reads a line of TLC's output. The index of the segment is -1 for lines of no interest.
func parseReport(line string, segments int) (int, Verdict, error) {
	match := reportRegexp.FindStringSubmatch(line)
	if match == nil {
		if strings.Contains(line, "<<") {
			return -1, Verdict{}, fmt.Errorf("tracetlc: TLC printed %.200q", line)
		}
		return -1, Verdict{}, nil
	}
	text, err := strconv.Unquote(match[1])
	if err != nil {
		return -1, Verdict{}, fmt.Errorf("tracetlc: TLC printed %.200q: %w", line, err)
	}
	value, err := tlc.ParseValue(text)
	if err != nil {
		return -1, Verdict{}, fmt.Errorf("tracetlc: TLC printed %.200q: %w", line, err)
	}
	return reported(value, segments)
}

// reported reads <<"passed", segment, events>> and <<"wrong", segment, events, seq, conjunct, field, want, found>>.
func reported(value tlc.Value, segments int) (int, Verdict, error) {
	atoms := make([]string, len(value.Items))
	for i, item := range value.Items {
		atoms[i] = item.Atom
		if text, err := strconv.Unquote(item.Atom); err == nil {
			atoms[i] = text
		}
	}
	bad := fmt.Errorf("tracetlc: TLC printed the report %.200q", value.String())
	if len(atoms) < 3 {
		return -1, Verdict{}, bad
	}
	i, err := strconv.Atoi(atoms[1])
	events, errEvents := strconv.Atoi(atoms[2])
	if err != nil || errEvents != nil || i < 1 || i > segments {
		return -1, Verdict{}, bad
	}
	switch {
	case atoms[0] == "passed" && len(atoms) == 3:
		return i - 1, Verdict{Events: events}, nil
	case atoms[0] == "wrong" && len(atoms) == 8:
		seq, err := strconv.ParseUint(atoms[3], 10, 64)
		if err == nil {
			return i - 1, Verdict{Events: events, Seq: seq, Conjunct: atoms[4], Field: atoms[5], Expected: atoms[6], Found: atoms[7]}, nil
		}
	}
	return -1, Verdict{}, bad
}

// File returns the source that the trace in a file is.
func File(path string) (Source, error) {
	r, err := trace.Open(path)
	if err != nil {
		return Source{}, err
	}
	defer func() { _ = r.Close() }()
	return Source{Name: path, Header: r.Header(), Open: func() (func() (trace.Event, error), error) {
		r, err := trace.Open(path)
		if err != nil {
			return nil, err
		}
		return func() (trace.Event, error) {
			e, err := r.Next()
			if err != nil {
				_ = r.Close()
			}
			return e, err
		}, nil
	}}, nil
}

// Events returns the source that events in memory are.
func Events(name string, h trace.Header, events []trace.Event) Source {
	return Source{Name: name, Header: h, Open: func() (func() (trace.Event, error), error) {
		i := 0
		return func() (trace.Event, error) {
			if i == len(events) {
				return trace.Event{}, io.EOF
			}
			i++
			return events[i-1], nil
		}, nil
	}}
}
