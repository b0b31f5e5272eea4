package proof

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// report prints a line for each group of obligations, and whatever is not as it should be.
type report struct {
	w        io.Writer
	source   *Source
	options  Options
	terminal bool
	started  time.Time
	total    int // obligations of the run
	answered int
	proof    tally // what proves
	checks   tally // what shows that the proof is not empty
	row      tally // of the group being printed
	rowName  string
	kind     Kind
	refuted  int
	open     int // without an answer
}

// tally counts obligations.
type tally struct {
	all, passed int
	took        time.Duration
}

func (t *tally) add(r result) {
	t.all++
	t.took += r.took
	if r.passed() {
		t.passed++
	}
}

func newReport(w io.Writer, s *Source, version string, o Options, total int) *report {
	r := &report{w: w, source: s, options: o, total: total, started: time.Now()}
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		r.terminal = term.IsTerminal(int(f.Fd())) && os.Getenv("CI") == ""
	}
	r.printf("%v\nz3 %s, %d at a time, at most %v each\n", s, version, o.Workers, o.Timeout)
	return r
}

func (r *report) printf(format string, args ...any) { _, _ = fmt.Fprintf(r.w, format, args...) }

// eraseLine is the ANSI sequence that returns to the start of the line and erases it.
const eraseLine = "\r\x1b[K"

// done prints a result.
func (r *report) done(d result) {
	if r.terminal {
		r.printf(eraseLine)
	}
	r.answered++
	r.begin(d)
	if d.Kind == Drop || d.Kind == Mistake {
		r.checks.add(d)
		r.printf("%-26s %-52s %-8s %6.1f s\n", d.Group, d.Name, d.verdict(), d.took.Seconds())
	} else {
		r.row.add(d)
	}
	r.problem(d)
	if r.terminal {
		r.printf("%d of %d", r.answered, r.total)
	}
}

// begin ends the row of the last group and prints the heading of a new table.
func (r *report) begin(d result) {
	name := d.Group
	if d.Kind == Init || d.Kind == Goal || d.Kind == Can {
		name = string(d.Kind)
	}
	if r.rowName != name || r.kind != d.Kind {
		r.endRow()
		r.rowName = name
	}
	if heading := headings[d.Kind]; r.kind != d.Kind && heading != "" && heading != headings[r.kind] {
		r.printf("\n%s\n", heading)
	}
	r.kind = d.Kind
}

var (
	toProve  = fmt.Sprintf("%-26s %12s %8s %8s", "to prove", "obligations", "unsat", "time")
	headings = map[Kind]string{
		Init:    toProve,
		Step:    toProve,
		Goal:    toProve,
		Can:     fmt.Sprintf("%-26s %12s %8s %8s", "each action can happen", "obligations", "sat", "time"),
		Drop:    fmt.Sprintf("%-26s %-52s %-8s %8s", "without the conjunct", "fails", "answer", "time"),
		Mistake: fmt.Sprintf("%-26s %-52s %-8s %8s", "with the mistake", "fails", "answer", "time"),
	}
)

func (r *report) endRow() {
	if r.row.all == 0 {
		return
	}
	r.printf("%-26s %12d %8d %6.1f s\n", r.rowName, r.row.all, r.row.passed, r.row.took.Seconds())
	sum := &r.proof
	if r.kind == Can {
		sum = &r.checks
	}
	sum.all += r.row.all
	sum.passed += r.row.passed
	sum.took += r.row.took
	r.row = tally{}
}

func (d result) verdict() string {
	switch {
	case d.err != nil:
		return "no answer"
	case d.passed():
		return string(d.answer)
	}
	return "FAIL " + string(d.answer)
}

// problem prints what is wrong with a result, and the counterexample.
func (r *report) problem(d result) {
	switch {
	case d.err != nil:
		r.open++
		r.printf("  FAIL %v: %v\n", d.Obligation, d.err)
	case d.refuted():
		r.refuted++
		r.printf("  FAIL %v: want %s, found %s\n", d.Obligation, d.Want, d.answer)
	case !d.passed():
		r.open++
		r.printf("  FAIL %v: want %s, found %s, after %.1f s\n", d.Obligation, d.Want, d.answer, d.took.Seconds())
	}
	if d.err == nil && d.values != "" && (r.options.Show || d.Want == Unsat) {
		r.show(d)
	}
}

func (r *report) show(d result) {
	text, err := r.source.counterexample(d.values)
	if err != nil {
		text = err.Error()
	}
	r.printf("    %s\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    "))
}

func (r *report) finish() Outcome {
	if r.terminal {
		r.printf(eraseLine)
	}
	r.endRow()
	r.printf("\n%d of %d obligations proved, %d of %d counterexamples found, %.1f s\n",
		r.proof.passed, r.proof.all, r.checks.passed, r.checks.all, time.Since(r.started).Seconds())
	switch {
	case r.refuted > 0:
		return Violation
	case r.open > 0:
		return BadInput
	}
	return OK
}
