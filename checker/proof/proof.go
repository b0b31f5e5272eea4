// Package proof shows that the protocol agrees without any bound on nodes, slots, ballots and values.
//
// spec/proof/MultiPaxos.proof holds the protocol's core and an inductive invariant in a small text format. This package
// reads it ([ReadFile]), makes one SMT-LIB file of each action and conjunct ([Source.Obligations]), and has z3 answer
// them ([Check]). docs/proof.md tells what is proved, and what is not.
//
// A proof that would hold of anything is worth nothing. So Check also has z3 find a state in which each action can
// happen, and a counterexample for each conjunct that is left out and for each mistake that the source lists.
package proof

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"multipaxos/checker/toolbox"
)

// Outcome is the result of a command, and its exit code.
type Outcome int

// The outcomes.
const (
	OK        Outcome = 0
	Violation Outcome = 1 // an obligation does not hold, or a mistake goes unseen
	BadInput  Outcome = 2 // no verdict: the source is wrong, z3 is missing, or it has no answer
)

// Options say what Check does.
type Options struct {
	Source  string        // the proof; empty: spec/proof/MultiPaxos.proof
	Keep    string        // write the SMT-LIB files into this directory and leave them there
	Only    []string      // only obligations of which one of these is the kind, the group, or in the name
	Timeout time.Duration // of each obligation; 0: a minute
	Workers int           // z3 processes at a time; 0: one a CPU
	Show    bool          // print the counterexamples that were asked for too, as those that were not always are

	host *toolbox.Host // of tests
}

// DefaultSource is the proof of this project, as seen from its top directory.
var DefaultSource = filepath.Join("spec", "proof", "MultiPaxos.proof")

// result is an obligation and what came of it.
type result struct {
	Obligation
	answer Answer
	values string
	err    error
	took   time.Duration
}

func (r result) passed() bool { return r.err == nil && r.answer == r.Want }

// refuted says that the solver gave the wrong answer, and not none.
func (r result) refuted() bool {
	return r.err == nil && r.answer != r.Want && (r.answer == Sat || r.answer == Unsat)
}

// Check proves what the source claims, and writes a table of it to w, with a counterexample for what does not hold.
func Check(ctx context.Context, w io.Writer, o Options) Outcome {
	outcome, err := check(ctx, w, o.withDefaults())
	if err != nil {
		_, _ = fmt.Fprintf(w, "error: %v\n", err)
		return BadInput
	}
	return outcome
}

func (o Options) withDefaults() Options {
	if o.Source == "" {
		o.Source = DefaultSource
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	return o
}

func check(ctx context.Context, w io.Writer, o Options) (Outcome, error) {
	s, err := ReadFile(o.Source)
	if err != nil {
		return BadInput, err
	}
	list, err := o.choose(s.Obligations())
	if err != nil {
		return BadInput, err
	}
	host := toolbox.ThisHost("proof", w)
	if o.host != nil {
		host = *o.host
	}
	z3, err := findSolver(ctx, host)
	if err != nil {
		return BadInput, err
	}
	dir, err := o.directory()
	if err != nil {
		return BadInput, err
	}
	if o.Keep == "" {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	run := &run{source: s, solver: z3, options: o, dir: dir, report: newReport(w, s, z3.version, o, len(list))}
	if err := run.all(ctx, list); err != nil {
		return BadInput, err
	}
	return run.report.finish(), nil
}

// choose leaves the obligations that Only asks for.
func (o Options) choose(list []Obligation) ([]Obligation, error) {
	if len(o.Only) == 0 {
		return list, nil
	}
	var chosen []Obligation
	used := map[string]bool{}
	for _, b := range list {
		words := append(strings.Fields(b.Name), string(b.Kind), b.Group)
		i := slices.IndexFunc(o.Only, func(name string) bool { return slices.Contains(words, name) })
		if i >= 0 {
			chosen = append(chosen, b)
		}
		for _, word := range words {
			used[word] = true
		}
	}
	for _, name := range o.Only {
		if !used[name] {
			return nil, fmt.Errorf("%s: want an action, a conjunct, a variant or a kind of obligation, found %q", o.Source, name)
		}
	}
	return chosen, nil
}

func (o Options) directory() (string, error) {
	if o.Keep == "" {
		return os.MkdirTemp("", "proof-")
	}
	return o.Keep, os.MkdirAll(o.Keep, 0o755)
}

// run is one run of Check.
type run struct {
	source  *Source
	solver  solver
	options Options
	dir     string
	report  *report
}

// all answers the obligations, several at a time, and reports them in order. Its error is that of ctx.
func (r *run) all(ctx context.Context, list []Obligation) error {
	results := make([]chan result, len(list))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range r.options.Workers {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				results[i] <- r.answer(ctx, list[i])
			}
		})
	}
	defer workers.Wait()
	for i := range list {
		done := <-results[i]
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.report.done(done)
	}
	return nil
}

// answer asks z3. What should hold and was not proved is asked again in a bounded scope, for a counterexample.
func (r *run) answer(ctx context.Context, o Obligation) result {
	started := time.Now() // reported, never judged
	done := result{Obligation: o}
	done.answer, done.values, done.err = r.ask(ctx, o.Path(), o.Text)
	if o.Want == Unsat && done.err == nil && done.answer != Unsat {
		path := strings.TrimSuffix(o.Path(), ".smt2") + "-bounded.smt2"
		if answer, values, err := r.ask(ctx, path, o.Repeat()); err == nil && answer == Sat {
			done.answer, done.values = answer, values
		}
	}
	done.took = time.Since(started)
	return done
}

func (r *run) ask(ctx context.Context, name, text string) (Answer, string, error) {
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return "", "", err
	}
	return r.solver.ask(ctx, path, r.options.Timeout)
}
