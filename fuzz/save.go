package fuzz

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"multipaxos/checker/linear"
	"multipaxos/checker/whole"
	"multipaxos/impl/trace"
)

// Files are those that a run left behind.
type Files struct {
	Dir     string
	Trace   string // every step of every node
	History string // what clients saw
	HTML    string // the history, drawn by Porcupine's visualizer
	Ladder  string // the beginning of the run, or the end of one that broke
	Summary string
}

func (f Files) String() string {
	return fmt.Sprintf("files in %s:\n  trace.ndjson    every step, message and write      check trace %s\n"+
		"  history.ndjson  what clients saw                   check history %s\n"+
		"  ladder.txt      who sent what to whom, drawn       any editor\n"+
		"  summary.txt     this page\n"+
		"open %s in a browser to see the operations and their order",
		f.Dir, f.Trace, f.History, f.HTML)
}

// RunAndSave runs a scenario like Run, with its trace, and saves all there is to know in dir.
func RunAndSave(s Scenario, dir string, progress func(done float64)) (*Outcome, Files, error) {
	return save(dir, func(w io.Writer) (*Outcome, error) { return Run(s, w, progress) })
}

// Save is RunAndSave for a run that was recorded.
func (r Repro) Save(dir string) (Files, error) {
	_, f, err := save(dir, r.Run)
	return f, err
}

func save(dir string, run func(traceTo io.Writer) (*Outcome, error)) (*Outcome, Files, error) {
	f := Files{
		Dir: dir, Trace: filepath.Join(dir, "trace.ndjson"), History: filepath.Join(dir, "history.ndjson"),
		HTML: filepath.Join(dir, "history.html"), Ladder: filepath.Join(dir, "ladder.txt"),
		Summary: filepath.Join(dir, "summary.txt"),
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, f, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, f, err
	}
	defer unlock()
	if err := sweep(f.Trace); err != nil {
		return nil, f, err
	}
	var outcome *Outcome
	err = create(f.Trace, func(w *bufio.Writer) (err error) {
		outcome, err = run(w)
		return err
	})
	if err != nil {
		return nil, f, err
	}
	return outcome, f, outcome.save(f)
}

func (o *Outcome) save(f Files) error {
	if err := linear.WriteFile(f.History, o.History); err != nil {
		return err
	}
	if o.Report != nil {
		if err := linear.Visualize(o.History, o.Report, f.HTML); err != nil {
			return err
		}
	}
	if err := create(f.Ladder, func(w *bufio.Writer) error { return o.ladder(w, f.Trace) }); err != nil {
		return err
	}
	return create(f.Summary, func(w *bufio.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n%s\n\n%s\n", o.Summary(), o.Verdict(), o.Command())
		return err
	})
}

// drawn is how much virtual time a ladder shows.
const drawn = 3 * time.Second

// drawnEvents is how many events a ladder shows before one that is no step of the specification.
const drawnEvents = 200

// ladder draws the beginning of the run, or the end of one that broke a property.
func (o *Outcome) ladder(w *bufio.Writer, path string) error {
	options := trace.Options{To: drawn}
	switch {
	case o.Refinement != nil:
		options = o.Refinement.Around(drawnEvents)
	case o.Violation != nil:
		options = trace.Options{From: max(0, o.Virtual-drawn), To: o.Virtual}
	}
	reader, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	return trace.Ladder(w, reader, options)
}

// create writes a file, whole or not at all, and tells when the disk does not take it.
func create(path string, write func(*bufio.Writer) error) error {
	return whole.Write(path, func(file io.Writer) error {
		w := bufio.NewWriterSize(file, 1<<20)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	})
}

// lock keeps the files of dir for this process, until unlock or its end: two runs at once would mix theirs.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	// A file system without locks refuses in another way: there nothing keeps others out.
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		_ = d.Close()
		return nil, fmt.Errorf("%s: want a directory that no other run writes to, found one at it", dir)
	}
	return func() { _ = d.Close() }, nil
}

// sweep removes what a run that was killed left of its trace.
func sweep(trace string) error {
	dir, name := filepath.Dir(trace), filepath.Base(trace)
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name+".") && strings.HasSuffix(e.Name(), ".partial") {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// Verdict says what the judges found, a line each.
func (o *Outcome) Verdict() string {
	var b strings.Builder
	check := func(ok bool, name, text string) {
		mark := "ok    "
		if !ok {
			mark = "FAILED"
		}
		fmt.Fprintf(&b, "  %s  %-14s %s\n", mark, name, text)
	}
	b.WriteString("verdicts\n")
	if o.Violation != nil {
		check(false, o.Violation.Property, o.Violation.Detail)
		return b.String() + o.Violation.Stack
	}
	check(o.Refinement == nil, "refinement", o.refinement())
	if o.Refinement != nil {
		b.WriteString(o.Refinement.Report("trace.ndjson"))
	}
	check(true, "agreement", fmt.Sprintf("no two nodes executed different proposals in any of %s slots", thousands(o.Slots)))
	check(true, "ballots", "no ballot was led twice or had two proposals for a slot; no promise and no ballot ever fell")
	check(true, "same state", fmt.Sprintf("%d nodes ended with the same balances, keys and values", o.Nodes))
	check(true, "liveness", fmt.Sprintf("every call was answered, and every node up to date, %.1f s after the faults ended", o.Healing.Seconds()))
	check(o.Report.Passed(), "linearizable", o.Report.Reason)
	for _, j := range o.Report.Judgements {
		fmt.Fprintf(&b, "          %-14s %s: %s operations, %v (%v): %s\n", j.Judge, j.Scope, thousands(j.Operations),
			j.Verdict, j.Took.Round(time.Millisecond), j.Comment)
	}
	return strings.TrimRight(b.String(), "\n")
}

// refinement says what came of holding the steps against the specification.
func (o *Outcome) refinement() string {
	if o.Refinement != nil {
		return o.Refinement.Error()
	}
	return fmt.Sprintf("each of %s steps is one that the specification allows, with its whole state", thousands(o.Steps))
}

// Summary returns what a soak did.
func (r SoakResult) Summary(took time.Duration) string {
	t := r.Total
	return fmt.Sprintf("%s runs, %s steps, %s operations called and %s answered, %s slots (%s no-ops), %s elections,\n"+
		"%s messages, %s crashes (%s undid a step), %s disks lost, %s partitions, %s welcomes;\n"+
		"slowest recovery %.1f s of virtual time; %.0f s of wall time\n",
		thousands(r.Runs), thousands(t.Steps), thousands(t.Calls), thousands(t.Answered), thousands(t.Slots), thousands(t.Noops),
		thousands(t.Elections), thousands(t.Sent), thousands(t.Crashes), thousands(t.TornSteps), thousands(t.Wiped),
		thousands(t.Partitions), thousands(t.Welcomes), t.Healing.Seconds(), took.Seconds())
}
