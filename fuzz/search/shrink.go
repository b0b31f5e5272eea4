package search

import (
	"cmp"
	"context"
	"runtime/debug"

	"multipaxos/fuzz"
)

// smaller are the clusters on which Shrink searches for the same failure, the smallest first.
var smaller = []fuzz.Schedule{
	{Nodes: 1, Clients: 2, Operations: 3}, {Nodes: 2, Clients: 2, Operations: 3}, {Nodes: 2, Clients: 4, Operations: 20},
	{Nodes: 3, Clients: 2, Operations: 3}, {Nodes: 3, Clients: 3, Operations: 8},
}

// Shrink searches all clusters for a portion of schedules each, then for two, four and so on, each portion with another seed,
// until some fail.
const (
	portion = 500 // schedules
	starts  = 3   // failures to start from, at most
	cheap   = 8   // after an eighth of what the search may cost, the first failure is enough
)

// Shrink makes a failing schedule small; it goes on to break o.Property, or else what broke first. If few steps from the founding
// of a small cluster on show that, the fewest are what it returns. Else it searches small clusters at random: what many runs show,
// some small run shows, and to find that is faster than to take a long one apart, and ends with less. It starts from the first
// three that it finds there, from one where they are rare, or from the schedule itself, and returns the smallest that it ends
// with. Where that leaves more acts than can be read, and a step that the specification does not have comes before what breaks, it searches
// beyond such steps. All of that is within o.Budget.
func Shrink(ctx context.Context, s fuzz.Schedule, found *fuzz.Outcome, o fuzz.ShrinkOptions) (best fuzz.Shrunk, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // see fuzz.Soak
	o.Property, o.Budget = cmp.Or(o.Property, found.Cause()), cmp.Or(o.Budget, fuzz.ShrinkBudget)
	if best, err = fuzz.FromFounding(s, o); err != nil {
		return best, err
	}
	if budget, spent, small := o.Budget, best.Spent, best; !best.Shortest {
		o.Budget -= spent
		if best, err = fromRandom(ctx, s, o); err != nil {
			return best, err
		}
		spent += best.Spent
		if small.Outcome != nil && small.Weight <= best.Weight {
			best = small
		}
		best.Spent, best.Budget = spent, budget
	}
	best.First, best.Before = found, s.Size()
	return best, err
}

// fromRandom is Shrink without breadth-first search.
func fromRandom(ctx context.Context, s fuzz.Schedule, o fuzz.ShrinkOptions) (fuzz.Shrunk, error) {
	w, err := afterWrong(s, o.Property)
	if err != nil || w == nil {
		return fromSmaller(ctx, s, o)
	}
	return w.small(ctx, o)
}

// fromSmaller starts from random failures of small clusters.
func fromSmaller(ctx context.Context, s fuzz.Schedule, o fuzz.ShrinkOptions) (best fuzz.Shrunk, err error) {
	first, spent, err := onSmaller(ctx, s, o.Property, o.Budget*3/4)
	if err != nil {
		return best, err
	}
	if len(first) == 0 {
		first = []fuzz.Schedule{s}
	}
	budget := o.Budget
	for _, start := range first {
		o.Budget = max(1, budget-spent)
		small, err := fuzz.ShrinkSchedule(start, o)
		if err != nil {
			return best, err
		}
		if spent += small.Spent; best.Outcome == nil || small.Weight < best.Weight {
			best = small
		}
	}
	best.Spent, best.Budget = spent, budget
	return best, nil
}

// onSmaller returns schedules of small clusters that break the property, and what the search for them cost: no more than the
// budget, but for a portion.
func onSmaller(ctx context.Context, s fuzz.Schedule, property string, budget int) (first []fuzz.Schedule, spent int, err error) {
	o := Options{Method: "pos", Seed: uint64(s.Seed), Properties: []string{property}, Roles: s.Roles, Refined: property == fuzz.Refinement}
	more := func() bool {
		return spent < budget && (len(first) == 0 || len(first) < starts && spent < budget/cheap)
	}
	for times := 1; len(first) == 0 && more(); times *= 2 {
		for _, o.Small = range smaller {
			for left := times * portion; left > 0 && more(); left -= o.Runs {
				o.Seed++
				o.Runs = min(left, portion)
				r, err := Search(ctx, o)
				if err = cmp.Or(err, ctx.Err()); err != nil {
					return nil, spent, err
				}
				o.Runs = r.Runs
				spent += fuzz.Cost(r.Runs, r.Steps, o.Refined)
				if r.Failure != nil {
					first = append(first, r.Schedule)
				}
			}
		}
	}
	return first, spent, nil
}
