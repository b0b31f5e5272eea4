package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"multipaxos/checker/tlc"
	"multipaxos/checker/usage"
)

// Options say what [Equal] and [Bench] do.
type Options struct {
	Dir       string   // holds models.json and the modules; empty: "spec"
	Tier      string   // tlc.Quick or tlc.Full; empty: Quick
	Names     []string // these models instead of a tier
	GraphUpTo int64    // compare whole graphs up to this many states, counts above; 0: a million
	Workers   int      // of both searches; 0: one a CPU
	Graphs    string   // keep the graphs that TLC writes in this directory, NAME.dot
}

const graphUpTo = 1_000_000

// errUnequal ends a comparison that found a difference; its text is the report.
type errUnequal struct{ report string }

func (e *errUnequal) Error() string { return e.report }

// Equal compares the model with TLC on the selected models of models.json and writes a line for each to w: the whole
// graphs up to a size, above it the numbers of distinct and generated states and the depth. Of a model that violates a
// property it compares which one, and the length of the counterexample. The first difference ends it.
//
// It is Violation when there is a difference, BadInput when there is no verdict.
func Equal(ctx context.Context, w io.Writer, o Options) tlc.Outcome {
	entries, err := o.entries()
	if err == nil {
		_, _ = fmt.Fprintf(w, "%-30s %10s %12s %6s %12s %9s %9s\n", "model", "distinct", "generated", "depth", "edges",
			"TLC CPU s", "Go CPU s")
	}
	for _, e := range entries {
		if !Modelled(e) {
			_, _ = fmt.Fprintf(w, "%-30s not compared: %s adds to the specification what the model does not have\n", e.Name, e.Module)
			continue
		}
		var row row
		if row, err = equal(ctx, o, e); err != nil {
			break
		}
		_, _ = fmt.Fprintf(w, "%-30s %10d %12d %6d %12s %9.1f %9.2f  equal: %s\n", e.Name, row.Distinct, row.Generated,
			row.Depth, row.edges, row.tlcCPU.Seconds(), row.goCPU.Seconds(), row.what)
	}
	var unequal *errUnequal
	switch {
	case errors.As(err, &unequal):
		_, _ = fmt.Fprintln(w, unequal.report)
		return tlc.Violation
	case err != nil:
		_, _ = fmt.Fprintf(w, "error: %v\n", err)
		return tlc.BadInput
	}
	return tlc.OK
}

// row is a line of the report.
type row struct {
	Result
	edges         string
	what          string
	tlcCPU, goCPU time.Duration
}

func (o Options) dir() string {
	if o.Dir == "" {
		return "spec"
	}
	return o.Dir
}

func (o Options) entries() ([]tlc.Entry, error) {
	entries, err := tlc.ReadModels(filepath.Join(o.dir(), tlc.ModelsFile))
	if err != nil {
		return nil, err
	}
	tier := o.Tier
	if tier == "" {
		tier = tlc.Quick
	}
	return tlc.Select(entries, tier, o.Names)
}

// Modelled says whether the model can compute what TLC does: the models of MC.tla. Other modules add variables or actions
// of their own.
func Modelled(e tlc.Entry) bool { return filepath.Base(e.Module) == "MC.tla" }

func (o Options) workers() int {
	if o.Workers == 0 {
		return runtime.NumCPU()
	}
	return o.Workers
}

func (o Options) config(e tlc.Entry) (*Config, error) {
	return ReadConfig(filepath.Join(o.dir(), e.Module), filepath.Join(o.dir(), e.Cfg))
}

func equal(ctx context.Context, o Options, e tlc.Entry) (row, error) {
	c, err := o.config(e)
	if err != nil {
		return row{}, err
	}
	s := newSearch(c, o.workers())
	start := usage.CPU() // reported, never judged
	r := row{edges: "-"}
	if r.Result, err = s.run(ctx); err != nil {
		return row{}, err
	}
	if r.Violated != "" && o.workers() > 1 {
		if r.Result, err = Search(ctx, c, 1); err != nil {
			return row{}, err
		}
	}
	r.goCPU = usage.CPU() - start
	m := tlc.Model{Module: filepath.Join(o.dir(), e.Module), Config: filepath.Join(o.dir(), e.Cfg), Workers: 1,
		Short: r.Generated < tlc.ShortRun}
	limit := o.GraphUpTo
	if limit == 0 {
		limit = graphUpTo
	}
	if r.Violated != "" || e.Expect == tlc.ExpectViolates {
		return r, sameViolation(ctx, m, e, &r)
	}
	if r.Distinct > limit {
		m.Workers = o.workers()
		return r, sameCounts(ctx, m, e, &r)
	}
	return r, sameGraph(ctx, o, m, e, s, &r)
}

func unequal(e tlc.Entry, format string, args ...any) error {
	return &errUnequal{fmt.Sprintf("%s: NOT EQUAL\n", e.Name) + fmt.Sprintf(format, args...)}
}

func runTLC(ctx context.Context, m tlc.Model, r *row) (tlc.Result, error) {
	result, err := tlc.Run(ctx, m)
	r.tlcCPU = result.CPU
	return result, err
}

// sameViolation compares what is violated, and after how many states.
func sameViolation(ctx context.Context, m tlc.Model, e tlc.Entry, r *row) error {
	result, err := runTLC(ctx, m, r)
	if err != nil {
		return err
	}
	verdict := func(property string, states int) string {
		if property == "" && states == 0 {
			return "nothing is violated"
		}
		return fmt.Sprintf("%s violated in %d states", property, states)
	}
	theirs, mine := verdict(result.Property, len(result.Trace)), verdict(r.Violated, len(r.Trace))
	if theirs != mine && (result.Verdict != tlc.PropertyViolated || result.Property != "") {
		return unequal(e, "TLC: %s\nGo: %s", theirs, mine)
	}
	r.what = theirs
	return nil
}

// sameCounts compares the numbers. TLC's depth is exact with one worker only, and no less with more.
func sameCounts(ctx context.Context, m tlc.Model, e tlc.Entry, r *row) error {
	result, err := runTLC(ctx, m, r)
	if err != nil {
		return err
	}
	r.what = "counts"
	return sameNumbers(m, e, r, result)
}

func sameNumbers(m tlc.Model, e tlc.Entry, r *row, result tlc.Result) error {
	depth := result.Depth == r.Depth || m.Workers > 1 && result.Depth > r.Depth
	if result.Distinct != r.Distinct || result.Generated != r.Generated || !depth || result.Verdict != tlc.Passed {
		return unequal(e, "TLC: %s, distinct %d, generated %d, depth %d\nGo: distinct %d, generated %d, depth %d",
			result.Verdict, result.Distinct, result.Generated, result.Depth, r.Distinct, r.Generated, r.Depth)
	}
	return nil
}

// sameGraph compares states and labelled edges, and then the numbers.
func sameGraph(ctx context.Context, o Options, m tlc.Model, e tlc.Entry, s *search, r *row) error {
	dir := o.Graphs
	if dir == "" {
		temporary, err := os.MkdirTemp("", "model-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(temporary) }()
		dir = temporary
	}
	m.DotFile = filepath.Join(dir, e.Name+".dot")
	result, err := runTLC(ctx, m, r)
	if err != nil {
		return err
	}
	edges, report, err := s.compare(m.DotFile)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	if report != "" {
		return unequal(e, "%s", report)
	}
	r.edges = fmt.Sprint(edges)
	r.what = "states and edges"
	return sameNumbers(m, e, r, result)
}

// Compare compares the model with a graph that TLC wrote (-dump dot,actionlabels): the first difference, as text, "" when
// they are equal.
func Compare(module, cfg, dot string) (report string, err error) {
	c, err := ReadConfig(module, cfg)
	if err != nil {
		return "", err
	}
	w := newWorker(c, newInterner())
	g, err := readDot(dot, w)
	if err != nil {
		return "", err
	}
	_, report = compareWith(w, g)
	return report, nil
}

func compareWith(w *worker, g *dotGraph) (edges int, report string) {
	k, err := newWalk(w, g)
	if err != nil {
		return 0, err.Error()
	}
	if d := k.run(); d != nil {
		return 0, strings.TrimSuffix(d.format(w.c), "\n")
	}
	return k.edges, ""
}

// compare compares the states and edges of a graph that TLC wrote with the model's. The report is empty when they are
// equal.
func (s *search) compare(dot string) (edges int, report string, err error) {
	w := s.workers[0]
	g, err := readDot(dot, w)
	if err != nil {
		return 0, "", err
	}
	if edges, report = compareWith(w, g); report != "" {
		return 0, report, nil
	}
	for _, found := range g.codes {
		if _, ok := s.graph.lookup(found); !ok {
			return 0, "", fmt.Errorf("the search missed a state that the walk found: %v", found)
		}
	}
	return edges, "", nil
}
