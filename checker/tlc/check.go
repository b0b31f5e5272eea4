package tlc

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Check is a model's run and how it differs from what was expected.
type Check struct {
	Entry    Entry
	Result   Result
	Failures []string // empty: as expected
	Moved    bool     // all failures are changed numbers, which Repin would accept
}

// Reporter is told of each model as it runs, of one at a time. Both functions may be nil.
type Reporter struct {
	Progress func(Entry, Progress)
	Done     func(Check)
}

// oneAtATime returns a Reporter that several models may report to, and that is told even if r is not.
func (r Reporter) oneAtATime() Reporter {
	var mutex sync.Mutex
	return Reporter{
		Progress: func(e Entry, p Progress) {
			mutex.Lock()
			defer mutex.Unlock()
			if r.Progress != nil {
				r.Progress(e, p)
			}
		},
		Done: func(c Check) {
			mutex.Lock()
			defer mutex.Unlock()
			if r.Done != nil {
				r.Done(c)
			}
		},
	}
}

// progress reports the start of a model, and returns what its run reports to.
func (r Reporter) progress(e Entry) func(Progress) {
	r.Progress(e, Progress{})
	return func(p Progress) { r.Progress(e, p) }
}

// CheckModels runs the models, files relative to dir, with so many workers each, and compares each with its pinned result.
// As many run at a time as there are processors for, those with the most steps first: with one worker each, no
// processor waits while Java starts or a violation is looked for. The first run without a verdict ends the others: the
// error is then one of [Run]'s.
func CheckModels(ctx context.Context, dir string, entries []Entry, workers int, r Reporter) ([]Check, error) {
	toolbox, err := Model{}.toolbox(ctx)
	if err != nil {
		return nil, err
	}
	r = r.oneAtATime()
	checks := make([]Check, len(entries))
	order := smallestFirst(entries)
	slices.Reverse(order)
	err = sideBySide(ctx, order, runtime.NumCPU()/workers, func(ctx context.Context, i int) error {
		m, err := entries[i].model(dir, workers)
		if err != nil {
			return err
		}
		m.Toolbox, m.Progress = &toolbox, r.progress(entries[i])
		result, err := Run(ctx, m)
		if err == nil {
			checks[i] = compare(entries[i], m.Workers, result)
			r.Done(checks[i])
		}
		return err
	})
	return checks, err
}

// sideBySide calls work for each index in order, width at a time and at least one. The first error ends all: it is
// returned when they have ended.
func sideBySide(ctx context.Context, order []int, width int, work func(ctx context.Context, index int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan int, len(order))
	for _, i := range order {
		queue <- i
	}
	close(queue)
	var group sync.WaitGroup
	for range max(1, width) {
		group.Go(func() {
			for i := range queue {
				if ctx.Err() != nil {
					return
				}
				if err := work(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// smallestFirst sorts the indices of the models by the number of their steps. For a violation that is a guess.
func smallestFirst(entries []Entry) []int {
	steps := func(i int) int64 { return entries[i].Generated + 300*int64(entries[i].Trace) }
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(steps(a), steps(b)) })
	return order
}

// Select returns the models of a tier, Full including the others, or the named ones when there are names.
func Select(entries []Entry, tier string, names []string) ([]Entry, error) {
	if err := checkTier(tier); err != nil {
		return nil, err
	}
	var selected []Entry
	for _, name := range names {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no model %q; there are: %s", name, strings.Join(entryNames(entries), ", "))
		}
		selected = append(selected, entries[i])
	}
	if len(names) > 0 {
		return selected, nil
	}
	for _, e := range entries {
		if e.Tier == tier || tier == Full {
			selected = append(selected, e)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("no model of tier %q", tier)
	}
	return selected, nil
}

func entryNames(entries []Entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

// ShortRun is the number of generated states up to which a run costs less CPU time if it is Short: half for a few states, as
// much for this many.
const ShortRun = 100_000

// model is the entry's run. One that is to find a violation has one worker: only then is the trace the shortest, and the same
// in each run.
func (e Entry) model(dir string, workers int) (Model, error) {
	if e.Expect == ExpectViolates {
		workers = 1
	}
	m := Model{
		Module:   filepath.Join(dir, e.Module),
		Config:   filepath.Join(dir, e.Cfg),
		Workers:  workers,
		HeapMB:   e.HeapMB,
		Deadlock: e.Deadlock,
		Coverage: true,
		Short:    e.Expect == ExpectViolates || e.Generated < ShortRun,
	}
	if e.Library == "" {
		return m, nil
	}
	library, err := filepath.Abs(filepath.Join(dir, e.Library))
	m.Defines = []string{"TLA-Library=" + library}
	return m, err
}

// compare compares a run that had so many workers.
func compare(e Entry, workers int, r Result) Check {
	c := Check{Entry: e, Result: r}
	c.Failures = append(c.Failures, verdictFailures(e, r)...)
	if len(c.Failures) > 0 {
		return c // counts and coverage of another verdict mean nothing
	}
	c.Failures = coverageFailures(e, r)
	moved := pinFailures(e, workers, r)
	c.Moved = len(c.Failures) == 0 && len(moved) > 0
	c.Failures = append(c.Failures, moved...)
	return c
}

func verdictFailures(e Entry, r Result) []string {
	switch {
	case e.Expect == ExpectPass && r.Verdict != Passed:
		return []string{fmt.Sprintf("expected pass, found %s: %s", r.Verdict, r.Property)}
	case e.Expect == ExpectViolates && r.Verdict == Passed:
		return []string{fmt.Sprintf("expected a violation of %s, found none", e.Property)}
	case e.Expect == ExpectViolates && r.Property == "":
		return []string{fmt.Sprintf("expected a violation of %s, found one of a temporal property that TLC does not name: "+
			"list only one PROPERTY in %s", e.Property, e.Cfg)}
	case e.Expect == ExpectViolates && r.Property != e.Property:
		return []string{fmt.Sprintf("expected a violation of %s, found %s: %s", e.Property, r.Verdict, r.Property)}
	}
	return nil
}

// coverageFailures lists the actions that never fired: what holds of them holds vacuously. A violation ends the search
// early, so that only actions listed for it count.
func coverageFailures(e Entry, r Result) []string {
	if len(e.Cover) > 0 {
		return listedFailures(e, r)
	}
	if e.Expect == ExpectViolates {
		return nil
	}
	if len(r.Coverage) == 0 {
		return []string{"TLC reported no action"}
	}
	var failures []string
	for _, a := range r.Coverage {
		if a.Generated == 0 {
			failures = append(failures, fmt.Sprintf("action %s never fired (%s)", a.Action, a.Location))
		}
	}
	return failures
}

func listedFailures(e Entry, r Result) []string {
	var failures []string
	for _, name := range e.Cover {
		fired, known := int64(0), false
		for _, a := range r.Coverage {
			if a.Action == name {
				fired, known = fired+a.Generated, true
			}
		}
		switch {
		case !known:
			failures = append(failures, fmt.Sprintf("cover: TLC reported no action %s, only %s: "+
				"give each disjunct of Next a name", name, strings.Join(actionNames(r), ", ")))
		case fired == 0:
			failures = append(failures, fmt.Sprintf("action %s never fired", name))
		}
	}
	return failures
}

func actionNames(r Result) []string {
	var names []string
	for _, a := range r.Coverage {
		if !slices.Contains(names, a.Action) {
			names = append(names, a.Action)
		}
	}
	return names
}

// pinFailures lists the numbers that changed.
func pinFailures(e Entry, workers int, r Result) []string {
	var failures []string
	pin := func(name string, pinned, found int64) {
		if pinned != found {
			failures = append(failures, fmt.Sprintf("%s: pinned %d, found %d", name, pinned, found))
		}
	}
	if e.Expect == ExpectViolates {
		pin("trace", int64(e.Trace), int64(len(r.Trace)))
		return failures
	}
	pin("distinct", e.Distinct, r.Distinct)
	pin("generated", e.Generated, r.Generated)
	if workers == 1 {
		pin("depth", int64(e.Depth), int64(r.Depth))
	}
	return failures
}

// Repin takes the found numbers of every check that differs in numbers only over into entries, with the times of all that
// are as expected and the branches that they took if these were counted, and returns the names of the models changed. A
// wrong verdict or an action that never fired is never accepted.
func Repin(entries []Entry, checks []Check, reached Reached) []string {
	var names []string
	for _, c := range checks {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == c.Entry.Name })
		if i < 0 || len(c.Failures) > 0 && !c.Moved {
			continue
		}
		e, r := &entries[i], c.Result
		e.Seconds = int(math.Ceil(r.CPU.Seconds()))
		if reached.Branches > 0 {
			e.Branches = reached.First[e.Name]
		}
		switch {
		case !c.Moved:
			continue
		case e.Expect == ExpectViolates:
			e.Trace = len(r.Trace)
		default:
			e.Distinct, e.Generated, e.Depth = r.Distinct, r.Generated, r.Depth
		}
		names = append(names, e.Name)
	}
	return names
}
