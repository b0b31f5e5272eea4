package tlc

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
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
}

// ModelsFile lists the models of a directory.
const ModelsFile = "models.json"

// CheckSpec runs the selected models and writes a table of them, every failure, and the error traces to w.
func CheckSpec(ctx context.Context, w io.Writer, o Options) Outcome {
	outcome, err := checkSpec(ctx, w, o)
	if err != nil {
		_, _ = fmt.Fprintf(w, "error: %v\n", err)
		return BadInput
	}
	return outcome
}

func checkSpec(ctx context.Context, w io.Writer, o Options) (Outcome, error) {
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
	t := newTable(w, selected, o.Repin)
	checks, err := CheckModels(ctx, o.Dir, selected, Reporter{Progress: t.progress, Done: t.done})
	t.clear()
	if err != nil {
		return BadInput, err
	}
	if o.Repin {
		if names := Repin(entries, checks); len(names) > 0 {
			_, _ = fmt.Fprintf(w, "%s: pinned again: %s\n", path, strings.Join(names, ", "))
			return t.outcome(), WriteModels(path, entries)
		}
	}
	return t.outcome(), nil
}

// table prints a line a model, and on a terminal the progress of the running one.
type table struct {
	w        io.Writer
	name     int // width of the longest name
	repin    bool
	terminal bool
	models   int
	failed   int
	cpu      time.Duration
}

func newTable(w io.Writer, entries []Entry, repin bool) *table {
	t := &table{w: w, name: len("model"), repin: repin, terminal: isTerminal(w)}
	for _, e := range entries {
		t.name = max(t.name, len(e.Name))
	}
	t.printf("%-*s  %-8s %12s %12s %6s %8s  %s\n", t.name, "model", "expect", "distinct", "generated", "depth", "CPU s", "verdict")
	return t
}

func (t *table) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

// isTerminal reports whether w can take a line that is written over; a CI log cannot.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("CI") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
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
		t.name, c.Entry.Name, c.Entry.Expect, r.Distinct, r.Generated, r.Depth, r.CPU.Seconds(), c.summary(t.repin))
	t.models++
	t.cpu += r.CPU
	for _, f := range c.Failures {
		t.printf("%*s  %s\n", t.name, "", f)
	}
	switch {
	case c.Moved && t.repin:
		return
	case len(c.Failures) > 0:
		t.failed++
	}
	if c.Moved {
		t.printf("%*s  if the change is meant: go run ./checker/cmd/check spec --repin %s\n", t.name, "", c.Entry.Name)
	}
	if len(c.Failures) > 0 && !c.Moved && len(r.Trace) > 0 {
		t.printf("%s", traceText(r))
	}
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
