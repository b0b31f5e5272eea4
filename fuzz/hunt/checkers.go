package hunt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"multipaxos/checker/explore"
	"multipaxos/checker/linear"
	"multipaxos/checker/replay"
	"multipaxos/fuzz"
	"multipaxos/fuzz/search"
)

// The checkers of a soak. All but the Validator look at the same runs; it has them for itself.
const (
	Invariants = "invariants"
	Liveness   = "liveness"
	Histories  = "histories"
	Validator  = "trace validator"
)

// checkerOf says which checker holds a property of a run.
func checkerOf(property string) string {
	switch property {
	case "Liveness", "SameState", "Budget":
		return Liveness
	}
	return Invariants
}

// soak runs the seeds of 'check soak'. A run ends at the first property that it breaks, so what would break a later
// one in the same run is not seen; the history until then is judged in any case.
func soak(ctx context.Context, _ Options, f *findings) error {
	for seed := uint64(1); !f.done(ctx); seed++ {
		scenario := fuzz.SoakScenario(seed)
		scenario.Unrefined = true
		o, err := fuzz.Run(scenario, nil, nil)
		if err != nil {
			return err
		}
		if o.Violation != nil {
			f.add(checkerOf(o.Violation.Property), o.Violation.Error())
		}
		if o.Report != nil && o.Report.Verdict == linear.Violation {
			f.add(Histories, "Linearizability: "+o.Report.Reason)
		}
	}
	return nil
}

// validate has the steps of the same seeds held against the specification, and nothing else.
func validate(ctx context.Context, _ Options, f *findings) error {
	for seed := uint64(1); !f.done(ctx); seed++ {
		scenario := fuzz.SoakScenario(seed)
		scenario.Unjudged = true
		o, err := fuzz.Run(scenario, nil, nil)
		if err != nil {
			return err
		}
		if o.Refinement != nil {
			f.add(Validator, o.Refinement.Action+": "+o.Refinement.Error())
		}
	}
	return nil
}

// shrinkBudget is the simulated steps that shrinking takes at most: a few seconds.
const shrinkBudget = fuzz.ShrinkBudget / 10

// searchGuided runs 'check search --method guided --refine=false', and shrinks what it finds: the steps of the specification
// are what the trace validator looks at.
func searchGuided(ctx context.Context, o Options, f *findings) error {
	r, err := search.Search(ctx, search.Options{Method: "guided", Seed: 1, Limit: o.Limit})
	if err != nil || r.Failure == nil {
		return err
	}
	f.add("search", r.Failure.Failure())
	small, err := fuzz.ShrinkSchedule(r.Schedule, fuzz.ShrinkOptions{Budget: shrinkBudget})
	if errors.Is(err, fuzz.ErrPasses) {
		return nil // the bug is that runs are not determined
	}
	f.list[0].Acts = small.Repro.Size()
	return err
}

// exploreModels explores all models, with ever higher limits of states.
func exploreModels(ctx context.Context, _ Options, f *findings) error {
	for states := 30_000; !f.done(ctx) && states < 1<<30; states *= 10 {
		for _, m := range explore.Models {
			if f.done(ctx) || m.States > 0 && m.States < states/10 {
				continue // found, or complete already
			}
			out, err := explore.Run(ctx, io.Discard, explore.Options{Model: m, MaxStates: states, Symmetry: true, Reduction: true})
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("model %s: %w", m.Name, err)
			}
			f.add("explorer", found(m.Name, out))
		}
	}
	return nil
}

func found(model string, out explore.Outcome) string {
	switch {
	case out.Violation != "":
		return fmt.Sprintf("%s (model %s, %d steps)", out.Violation, model, len(out.Path))
	case len(out.Missing) > 0:
		return fmt.Sprintf("never: %s (model %s)", out.Missing[0], model)
	}
	return ""
}

// replayWalks plays what TLC did before, with the protocol as it should be.
func replayWalks(ctx context.Context, o Options, f *findings) error {
	files, err := filepath.Glob(filepath.Join(o.Walks, "*.ndjson"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("replay: want schedules %s, found none", filepath.Join(o.Walks, "*.ndjson"))
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		var text strings.Builder
		switch outcome := replay.File(ctx, &text, file); {
		case f.done(ctx):
			return nil
		case outcome == replay.BadInput:
			return fmt.Errorf("replay: %s", text.String())
		case outcome == replay.Violation:
			f.add("replay", firstDifference(text.String()))
		}
	}
	return nil
}

var difference = regexp.MustCompile(`: step \d+: (\w+): code and spec differ`)

// firstDifference names the action of a mismatch, or else the property that is violated at the end of a schedule.
func firstDifference(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if match := difference.FindStringSubmatch(line); match != nil {
		return match[1] + ": " + line
	}
	_, why, _ := strings.Cut(line, " violates ")
	return why
}

// repeats is how many runs repeat does twice.
const repeats = 2

// repeat runs seeds twice: both times the trace must be the same, byte for byte.
func repeat(ctx context.Context, _ Options, f *findings) error {
	for seed := uint64(1); seed <= repeats && !f.done(ctx); seed++ {
		scenario := fuzz.SoakScenario(seed)
		scenario.Unjudged, scenario.Unrefined = true, true
		var first, second bytes.Buffer
		for _, trace := range []*bytes.Buffer{&first, &second} {
			if _, err := fuzz.Run(scenario, trace, nil); err != nil {
				return err
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			f.add("repeat", fmt.Sprintf("Determinism: seed %d is not the same run twice", seed))
		}
	}
	return nil
}
