// Package hunt has the checkers look, one after the other, for a bug in the role code that this program was built
// with. Built with a bug of package zoo, the program finds a row of docs/zoo.md; built without, it finds nothing.
package hunt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"multipaxos/checker/usage"
)

// Finding is what a checker found.
type Finding struct {
	Checker string  `json:"checker"`
	Found   string  `json:"found"`         // the property and more, in a line
	Seconds float64 `json:"cpu_seconds"`   // of this process, from the start of the hunt
	Acts    int     `json:"acts,omitzero"` // of the schedule that shows it, after shrinking; only of "search"
}

// Options say how to hunt.
type Options struct {
	Limit time.Duration // CPU time of this process after which a hunt gives up
	Walks string        // a directory with schedules for the hunt "replay"
}

// Hunt runs some checkers on the same runs of the protocol.
type Hunt struct {
	Name     string
	Checkers []string
	run      func(ctx context.Context, o Options, f *findings) error
}

// Hunts are all hunts. Each is determined but for the CPU limit.
var Hunts = []Hunt{
	{"soak", []string{Invariants, Liveness, Histories}, soak},
	{"refine", []string{Validator}, validate},
	{"search", []string{"search"}, searchGuided},
	{"explore", []string{"explorer"}, exploreModels},
	{"replay", []string{"replay"}, replayWalks},
	{"probe", []string{"probe"}, probe},
	{"repeat", []string{"repeat"}, repeat},
}

// Find returns the hunt of that name.
func Find(name string) (Hunt, error) {
	var names []string
	for _, h := range Hunts {
		if h.Name == name {
			return h, nil
		}
		names = append(names, h.Name)
	}
	return Hunt{}, fmt.Errorf("hunt: want one of %v, found %q", names, name)
}

// Run hunts until every checker of the hunt has found something, there is nothing left to look at, or the limit is
// reached. The error is about the hunt, not about the protocol.
func (h Hunt) Run(ctx context.Context, o Options) ([]Finding, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := &findings{start: usage.CPU(), wanted: h.Checkers, limit: o.Limit}
	go f.watch(ctx, stop)
	err := h.run(ctx, o, f)
	return f.list, err
}

// findings collects the first finding of each checker.
type findings struct {
	start  time.Duration
	limit  time.Duration
	wanted []string
	list   []Finding
}

// watch calls stop when the limit is reached, for checkers that can only be interrupted.
func (f *findings) watch(ctx context.Context, stop func()) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !f.over() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
	stop()
}

func (f *findings) over() bool { return usage.CPU()-f.start > f.limit }

// done says whether the hunt is over.
func (f *findings) done(ctx context.Context) bool {
	return len(f.list) == len(f.wanted) || ctx.Err() != nil || f.over()
}

func (f *findings) has(checker string) bool {
	return slices.ContainsFunc(f.list, func(x Finding) bool { return x.Checker == checker })
}

// add notes what a checker found, if it is the first time.
func (f *findings) add(checker, found string) {
	if found != "" && !f.has(checker) {
		f.list = append(f.list, Finding{Checker: checker, Found: found, Seconds: (usage.CPU() - f.start).Seconds()})
	}
}
