package search

import (
	"cmp"
	"context"

	"multipaxos/fuzz"
)

// smaller are the clusters on which Shrink looks for the same failure, the smallest first.
var smaller = []fuzz.Schedule{
	{Nodes: 1, Clients: 2, Operations: 3}, {Nodes: 2, Clients: 2, Operations: 3}, {Nodes: 2, Clients: 4, Operations: 20},
	{Nodes: 3, Clients: 2, Operations: 3}, {Nodes: 3, Clients: 3, Operations: 8},
}

// How many schedules Shrink runs on each, and from how many failures it starts.
const (
	smallRuns = 10_000
	starts    = 3
)

// Shrink makes a failing schedule small; it goes on to break the same property. First it searches small clusters for that:
// what many runs show, some small run shows, and to find that is faster than to take a long one apart, and ends with less. It
// starts from the first three that it finds there, or from the schedule itself, and returns the smallest that it ends with.
func Shrink(ctx context.Context, s fuzz.Schedule, found *fuzz.Outcome, o fuzz.ShrinkOptions) (best fuzz.Shrunk, err error) {
	o.Property = cmp.Or(o.Property, found.Property())
	first, err := onSmaller(ctx, s, o.Property, smallRuns)
	if err != nil {
		return best, err
	}
	if len(first) == 0 {
		first = []fuzz.Schedule{s}
	}
	for _, start := range first {
		small, err := fuzz.ShrinkSchedule(start, o)
		if err != nil {
			return best, err
		}
		if best.Outcome == nil || small.Weight < best.Weight {
			best = small
		}
	}
	best.First, best.Before = found, s.Size()
	return best, nil
}

// onSmaller returns schedules of small clusters that break the property, of so many runs on each.
func onSmaller(ctx context.Context, s fuzz.Schedule, property string, runs int) (first []fuzz.Schedule, err error) {
	for _, cluster := range smaller {
		o := Options{Method: "pos", Runs: runs, Small: cluster, Properties: []string{property}, Roles: s.Roles, Refined: property == fuzz.Refinement}
		for o.Seed = 1 + uint64(s.Seed); o.Runs > 0 && len(first) < starts; o.Seed++ {
			r, err := Search(ctx, o)
			if err != nil {
				return nil, err
			}
			if o.Runs -= r.Runs; r.Failure != nil {
				first = append(first, r.Schedule)
			}
		}
		if len(first) == starts {
			break
		}
	}
	return first, nil
}
