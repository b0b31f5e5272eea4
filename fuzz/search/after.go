package search

import (
	"context"
	"math/rand/v2"
	"slices"

	"multipaxos/fuzz"
	"multipaxos/impl/sim"
)

// What breaks a property that the specification keeps has gone wrong before: by a step that the specification does not have. Such
// steps are found sooner, on small clusters, too; and of many runs that go on from there, at random, some break the property.
// (Splitting, of the simulation of rare events: Kahn and Harris, Estimation of Particle Transmission by Random Sampling, 1951.)

const (
	branches  = 150  // runs that go on from a wrong step
	ends      = 2000 // other ends that are tried of a run that is small
	shortTail = 25   // acts of them, or up to sixteen times as many
	longHead  = 250  // acts after which a wrong step comes too late to be a start
)

// wrongs finds schedules of small clusters that break a property, by way of a wrong step.
type wrongs struct {
	of       fuzz.Schedule
	property string
	random   *rand.Rand
	turn     int
	spent    int
	best     fuzz.Shrunk // that was made of them
}

// afterWrong returns the search for what s breaks, or nil if there is no wrong step in s.
func afterWrong(s fuzz.Schedule, property string) (*wrongs, error) {
	if property == fuzz.Refinement {
		return nil, nil
	}
	w := &wrongs{of: s, property: property, random: rand.New(rand.NewPCG(uint64(s.Seed), 0))}
	isWrong, err := w.goesWrong(s, len(s.Acts))
	if err != nil || !isWrong {
		return nil, err
	}
	return w, nil
}

// small starts from one schedule after the other, and takes a little off each, until few acts are left of one. That is then made as small
// as it gets. What is found without a wrong step's help comes first; what shrinking was asked to make small, where nothing is found.
func (w *wrongs) small(ctx context.Context, o fuzz.ShrinkOptions) (fuzz.Shrunk, error) {
	direct, spent, err := onSmaller(ctx, w.of, w.property, o.Budget/4)
	w.spent += spent
	for found := true; err == nil && found && (w.best.Outcome == nil || w.best.Repro.Size() > fuzz.Readable); {
		var start fuzz.Schedule
		if found = len(direct) > 0; found {
			start, direct = direct[0], direct[1:]
		} else {
			start, found, err = w.next(ctx, o.Budget*3/4)
		}
		if found && err == nil {
			err = w.shrink(start, o, o.Budget/8)
		}
	}
	if err != nil {
		return fuzz.Shrunk{}, err
	}
	last := &w.of
	if w.best.Outcome != nil {
		last = w.best.Repro.Schedule
	}
	if last != nil {
		err = w.shrink(*last, o, o.Budget-w.spent)
	}
	w.best.Spent = w.spent
	return w.best, err
}

// shrink makes a schedule small within a budget, and again with another end, if it finds a shorter one.
func (w *wrongs) shrink(s fuzz.Schedule, o fuzz.ShrinkOptions, budget int) error {
	all := o.Budget
	o.Budget = max(1, budget)
	small, err := fuzz.ShrinkSchedule(s, o)
	if err != nil {
		return err
	}
	w.spent += small.Spent
	if w.best.Outcome == nil || small.Weight < w.best.Weight {
		w.best = small
	}
	if small.Repro.Schedule == nil || small.Outcome.Steps > longHead || w.spent > all*3/4 {
		return nil
	}
	again, found, err := w.shorter(*small.Repro.Schedule, small.Outcome.Steps)
	if err != nil || !found {
		return err
	}
	o.Budget = all
	return w.shrink(again, o, budget)
}

// next returns a schedule that breaks the property, if one is found before so much is spent.
func (w *wrongs) next(ctx context.Context, budget int) (s fuzz.Schedule, found bool, err error) {
	for ctx.Err() == nil && w.spent < budget && !found {
		small := smaller[1+w.turn%(len(smaller)-1)] // not one node, which rarely breaks what more than one must keep
		w.turn++
		r, err := Search(ctx, Options{Method: "pos", Seed: w.random.Uint64(), Runs: portion, Refined: true, Small: small, Roles: w.of.Roles,
			Properties: []string{fuzz.Refinement}})
		if w.spent += fuzz.Cost(r.Runs, r.Steps, true); err != nil {
			return s, false, err
		} else if r.Failure != nil {
			if s, found, err = w.branch(r.Schedule); err != nil {
				return s, false, err
			}
		}
	}
	return s, found, ctx.Err()
}

// branch goes on from the step at which a schedule goes wrong.
func (w *wrongs) branch(s fuzz.Schedule) (fuzz.Schedule, bool, error) {
	acts, err := w.untilWrong(s)
	for range branches {
		if err != nil || len(acts) > longHead {
			break
		}
		run := &recorder{Scheduler: &continued{acts, newPOS(w.random, shortTail<<w.random.IntN(5))}}
		var o *fuzz.Outcome
		if o, err = w.run(s, run, false); err == nil && o.Breaks(w.property) {
			s.Acts, s.Unrefined = run.acts, true
			return ended(s).Canonical(), true, nil
		}
	}
	return s, false, err
}

// shorter looks for another end of a small schedule, from its wrong step on, that breaks the property in fewer steps.
func (w *wrongs) shorter(s fuzz.Schedule, steps int) (best fuzz.Schedule, found bool, err error) {
	acts, err := w.untilWrong(s)
	for range ends {
		if err != nil {
			break
		}
		run := &recorder{Scheduler: &continued{acts, newPOS(w.random, shortTail<<w.random.IntN(3))}}
		var o *fuzz.Outcome
		if o, err = w.run(s, run, false); err == nil && o.Breaks(w.property) && o.Steps < steps {
			best, found, steps = s, true, o.Steps
			best.Acts, best.Unrefined = run.acts, true
		}
	}
	return ended(best).Canonical(), found, err
}

// untilWrong returns the acts up to the wrong step.
func (w *wrongs) untilWrong(s fuzz.Schedule) ([]sim.Act, error) {
	from, to := 0, len(s.Acts)
	for from < to {
		middle := (from + to) / 2
		isWrong, err := w.goesWrong(s, middle)
		switch {
		case err != nil:
			return nil, err
		case isWrong:
			to = middle
		default:
			from = middle + 1
		}
	}
	return slices.Clip(s.Acts[:from]), nil
}

// goesWrong says whether the first so many acts, and what goes without saying after them, contain a wrong step.
func (w *wrongs) goesWrong(s fuzz.Schedule, acts int) (bool, error) {
	o, err := w.run(s, &continued{s.Acts[:acts], idle{}}, true)
	return err == nil && o.Refinement != nil, err
}

func (w *wrongs) run(s fuzz.Schedule, scheduler sim.Scheduler, refined bool) (*fuzz.Outcome, error) {
	s.Roles, s.Unjudged, s.Unrefined = w.of.Roles, w.property != "Linearizability", !refined
	o, err := fuzz.RunScheduler(s, scheduler, nil)
	if err == nil {
		w.spent += fuzz.Cost(1, o.Steps, refined)
	}
	return o, err
}

// idle is the Scheduler that decides nothing.
type idle struct{}

func (idle) Next(sim.View) (sim.Act, bool) { return sim.Act{}, false }
