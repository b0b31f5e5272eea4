package tlc

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"
)

// Outcome is the result of a command, and its exit code.
type Outcome int

// The outcomes.
const (
	OK        Outcome = 0
	Violation Outcome = 1 // a property does not hold, a pinned number changed, an action never fired
	BadInput  Outcome = 2 // no verdict: a file is wrong, a tool is missing, TLC was cut off
)

// Options say what CheckSpec does.
type Options struct {
	Dir   string   // holds models.json and the modules; empty: "spec"
	Tier  string   // Quick, Flaws or Full; empty: Quick
	Names []string // these models instead of a tier
	Repin bool     // take changed numbers over into models.json

	// Distributed is the number of worker processes of TLC's distributed mode, 0: TLC's usual mode. Only models that are
	// [Distributable] run then, and only their distinct states are compared.
	Distributed int

	// Counterexample is called with each model that has an error trace, if the model was asked for by name or did not do
	// what was expected. It returns what to tell of it. It may be nil.
	Counterexample func(Check) string
}

// ModelsFile lists the models of a directory.
const ModelsFile = "models.json"

// CheckSpec runs the selected models and writes a table of them, every failure, and the error traces to w. An error comes
// with BadInput: there is no verdict.
func CheckSpec(ctx context.Context, w io.Writer, o Options) (Outcome, error) {
	if o.Dir == "" {
		o.Dir = "spec"
	}
	if o.Tier == "" {
		o.Tier = Quick
	}
	path := filepath.Join(o.Dir, ModelsFile)
	entries, err := ReadModels(path)
	if err != nil {
		return BadInput, err
	}
	selected, err := Select(entries, o.Tier, o.Names)
	if err != nil {
		return BadInput, err
	}
	if o.Distributed > 0 {
		return checkDistributed(ctx, w, o, selected)
	}
	t := newTable(w, selected, o)
	checks, err := CheckModels(ctx, o.Dir, selected, o.workers(selected), Reporter{Progress: t.progress, Done: t.done})
	t.clear()
	if err != nil {
		return BadInput, err
	}
	var reached Reached
	if len(o.Names) == 0 && o.Tier != Flaws {
		if reached, err = t.reach(ctx, o.Dir, selected); err != nil {
			return BadInput, err
		}
	}
	if o.Repin {
		names := Repin(entries, checks, reached)
		t.printf("%s: pinned again: %s; and the times\n", path, cmp.Or(strings.Join(names, ", "), "no model"))
		return t.outcome(), WriteModels(path, entries)
	}
	return t.outcome(), nil
}

// workers is one for each of several models. A model alone has all processors, unless its depth is to be pinned.
func (o Options) workers(selected []Entry) int {
	if len(selected) > 1 || o.Repin {
		return 1
	}
	return runtime.NumCPU()
}

// checkDistributed says which models it leaves out. None at all is no pass.
func checkDistributed(ctx context.Context, w io.Writer, o Options, selected []Entry) (Outcome, error) {
	var left []string
	for _, e := range selected {
		if !Distributable(o.Dir, e) {
			left = append(left, e.Name)
		}
	}
	if len(left) == len(selected) {
		return BadInput, fmt.Errorf("TLC's distributed mode is for models that pass and have no liveness, found only %s",
			strings.Join(left, ", "))
	}
	t := newTable(w, selected, o)
	_, err := CheckDistributed(ctx, o.Dir, selected, o.Distributed, Reporter{Progress: t.progress, Done: t.done})
	t.clear()
	if err != nil {
		return BadInput, err
	}
	if len(left) > 0 {
		t.printf("left out, as violations and liveness are not for the distributed mode: %s\n", strings.Join(left, ", "))
	}
	return t.outcome(), nil
}

// table prints a line a model, and on a terminal the progress of the running one.
type table struct {
	w        io.Writer
	name     int // width of the longest name
	o        Options
	terminal bool
	models   int
	failed   int
	cpu      time.Duration
}

func newTable(w io.Writer, entries []Entry, o Options) *table {
	t := &table{w: w, name: len("model"), o: o, terminal: isTerminal(w)}
	for _, e := range entries {
		t.name = max(t.name, len(e.Name))
	}
	t.printf("%-*s  %-8s %12s %12s %6s %8s  %s\n", t.name, "model", "expect", "distinct", "generated", "depth", "CPU s", "verdict")
	return t
}

func (t *table) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

// isTerminal reports whether w can take a line that is written over; a CI log cannot.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// eraseLine is the ANSI sequence that returns to the start of the line and erases it.
const eraseLine = "\r\x1b[K"

func (t *table) progress(e Entry, p Progress) {
	if t.terminal {
		t.printf(eraseLine+"%-*s  running  %12d %12d %6d", t.name, e.Name, p.Distinct, p.Generated, p.Depth)
	}
}

func (t *table) clear() {
	if t.terminal {
		t.printf(eraseLine)
	}
}

func (t *table) done(c Check) {
	t.clear()
	r := c.Result
	t.printf("%-*s  %-8s %12d %12d %6d %8.1f  %s\n",
		t.name, c.Entry.Name, c.Entry.Expect, r.Distinct, r.Generated, r.Depth, r.CPU.Seconds(), c.summary(t.o.Repin))
	t.models++
	t.cpu += r.CPU
	for _, f := range c.Failures {
		t.printf("%*s  %s\n", t.name, "", f)
	}
	if c.Moved && t.o.Repin {
		return
	}
	failed := len(c.Failures) > 0
	if failed {
		t.failed++
	}
	if c.Moved {
		t.printf("%*s  if the change is meant: go run ./checker/cmd/check spec --repin %s\n", t.name, "", c.Entry.Name)
	}
	if len(r.Trace) == 0 || !failed && len(t.o.Names) == 0 {
		return
	}
	t.printf("%s", traceText(r))
	if t.o.Counterexample != nil {
		t.printf("%s\n", t.o.Counterexample(c))
	}
}

// reach holds that each branch is taken by some model.
func (t *table) reach(ctx context.Context, dir string, entries []Entry) (Reached, error) {
	r, err := Reach(ctx, dir, t.o.Tier, entries)
	if err != nil || r.Branches == 0 && len(r.Failures) == 0 { // the latter: not the specification of the protocol
		return r, err
	}
	t.cpu += r.CPU
	verdict := "ok"
	if len(r.Failures) > 0 {
		verdict = "FAIL"
		t.failed++
	}
	t.printf("%d branches, %d listed in %s: all others taken by %s: %.1f CPU s  %s\n",
		r.Branches, r.Listed, filepath.Join(dir, UnreachedFile), strings.Join(r.Models, ", "), r.CPU.Seconds(), verdict)
	for _, f := range r.Failures {
		t.printf("  %s\n", f)
	}
	return r, nil
}

// traceText is a ladder where the specification has nodes and messages.
func traceText(r Result) string {
	if text, ok := Ladder(r); ok {
		return text
	}
	return FormatTrace(r)
}

// summary is the last column.
func (c Check) summary(repin bool) string {
	switch {
	case c.Moved && repin:
		return "pinned again"
	case len(c.Failures) > 0:
		return "FAIL"
	case c.Entry.Expect == ExpectViolates:
		return fmt.Sprintf("ok: %s violated in %d states", c.Result.Property, len(c.Result.Trace))
	default:
		return "ok"
	}
}

func (t *table) outcome() Outcome {
	t.printf("%d models, %d failed, %.1f CPU s\n", t.models, t.failed, t.cpu.Seconds())
	if t.failed > 0 {
		return Violation
	}
	return OK
}

// FormatTrace renders an error trace: per state its number, the action, and the variables that changed.
func FormatTrace(r Result) string {
	var b strings.Builder
	var old []Variable
	for _, s := range r.Trace {
		fmt.Fprintf(&b, "%3d %s\n", s.Number, s.Action)
		for _, line := range changes(old, s.Vars) {
			fmt.Fprintf(&b, "      %s\n", line)
		}
		old = s.Vars
	}
	switch {
	case r.Stutters:
		b.WriteString("    and then nothing ever happens\n")
	case r.BackTo > 0:
		fmt.Fprintf(&b, "    and back to state %d\n", r.BackTo)
	}
	return b.String()
}
