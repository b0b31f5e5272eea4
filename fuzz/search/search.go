// Package search looks for schedules that break the protocol: many short runs, each held against the invariants, judged
// for linearizability and liveness, and if asked compared with the specification step by step, until one fails. A method decides what happens in a run, and what the next run is made of:
//
//   - uniform draws each act from all acts;
//   - pct lets the link or node of the highest priority go on, and lowers priorities at d points (Burckhardt et al.,
//     A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010; for messages Ozkan et al.,
//     OOPSLA 2018);
//   - pos gives each pending thing a random priority, and new ones to those that race with what happened (Yuan et
//     al., Partial Order Aware Concurrency Sampling, CAV 2018);
//   - guided changes schedules that reached new abstract states (Gulcan et al., Model-Guided Fuzzing of Distributed
//     Systems, OOPSLA 2025, which takes the states from a model).
//
// Methods that others beat on every planted bug were deleted: docs/search.md.
//
// The same options without a CPU limit give the same search: everything is drawn from the seed.
package search

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"multipaxos/checker/usage"
	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

// Options says how to search.
type Options struct {
	Method     string // one of Methods
	Seed       uint64
	Limit      time.Duration      // of the process's CPU time; 0: none
	Runs       int                // 0: any number
	Refined    bool               // hold each step against the specification, too
	Small      fuzz.Schedule      // as many nodes, and at most as many clients and operations; 0: any number
	Properties []string           // one of which must break; none: any
	Roles      paxos.Constructors // the zero value means the real ones
	Progress   func(Result)       // called after each run; nil: nobody looks on
}

// Result is what a search found, and what it took.
type Result struct {
	Failure  *fuzz.Outcome // nil: nothing
	Schedule fuzz.Schedule // that fails
	Runs     int
	Steps    int // simulated
	States   int // abstract states seen; 0 where the method does not look at them
	CPU      time.Duration

	last sim.Stats // of the last run
}

// method makes runs.
type method interface {
	// begin returns the cluster of the next run, and the Scheduler that decides it.
	begin() (fuzz.Schedule, sim.Scheduler)
	// end tells which acts the Scheduler has decided.
	end(s fuzz.Schedule)
}

// Methods names the ways to search, the simplest first.
var Methods = []string{"uniform", "pct", "pos", "guided"}

func newMethod(name string, r *rand.Rand) method {
	if name == "guided" {
		return newGuided(r)
	}
	return &sampling{r, map[string]sampler{"uniform": newUniform, "pct": newPCT, "pos": newPOS}[name]}
}

// Validate says what is wrong with the options.
func (o *Options) Validate() error {
	if o.Limit < 0 || o.Runs < 0 {
		return fmt.Errorf("limit and runs: want at least 0, found %v and %d", o.Limit, o.Runs)
	}
	return KnownMethod(o.Method)
}

// KnownMethod is an error unless the name is one of Methods.
func KnownMethod(name string) error {
	if !slices.Contains(Methods, name) {
		return fmt.Errorf("method: want one of %v, found %q", Methods, name)
	}
	return nil
}

// Search runs schedules until one fails, the limit is reached, or ctx ends.
func Search(ctx context.Context, o Options) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	m := newMethod(o.Method, rand.New(rand.NewPCG(o.Seed, 0)))
	start, result := usage.CPU(), Result{}
	for ctx.Err() == nil && result.Failure == nil {
		result.CPU = usage.CPU() - start
		if o.Runs > 0 && result.Runs == o.Runs || o.Limit > 0 && result.CPU > o.Limit {
			break
		}
		if err := result.run(m, o); err != nil {
			return result, err
		}
		if o.Progress != nil {
			o.Progress(result)
		}
	}
	result.CPU = usage.CPU() - start
	return result, nil
}

// run makes one run.
func (r *Result) run(m method, o Options) error {
	schedule, scheduler := m.begin()
	schedule.Nodes = cmp.Or(o.Small.Nodes, schedule.Nodes)
	schedule.Clients = min(schedule.Clients, cmp.Or(o.Small.Clients, fuzz.MaxClients))
	schedule.Operations = min(schedule.Operations, cmp.Or(o.Small.Operations, fuzz.MaxOperations))
	schedule.Roles, schedule.Unrefined, schedule.Unjudged = o.Roles, !o.Refined, o.unjudged()
	recorder := &recorder{Scheduler: scheduler}
	outcome, err := fuzz.RunScheduler(schedule, recorder, nil)
	if err != nil {
		return err
	}
	schedule.Acts, schedule.Unjudged = recorder.acts, false
	m.end(schedule)
	r.Runs++
	r.Steps += outcome.Steps
	r.last = outcome.Stats
	if g, ok := m.(*guided); ok {
		r.States = g.seen.count
	}
	if outcome.Failure() != "" && (o.Properties == nil || slices.ContainsFunc(o.Properties, outcome.Breaks)) {
		r.Failure, r.Schedule = outcome, ended(schedule).Canonical()
	}
	return nil
}

// unjudged says that histories do not matter for what must break.
func (o Options) unjudged() bool {
	return o.Properties != nil && !slices.Contains(o.Properties, "Linearizability")
}

// ended returns the schedule with an end that counts: acts of zero at the end would be cut off, and faults would end
// earlier. Links are restored when the acts end, so to restore them there changes nothing.
func ended(s fuzz.Schedule) fuzz.Schedule {
	if n := len(s.Acts); n > 0 && n < fuzz.MaxActs && s.Acts[n-1] == (sim.Act{}) {
		s.Acts = append(s.Acts, sim.Act{Kind: sim.Mend})
	}
	return s
}

// recorder keeps what another Scheduler decides.
type recorder struct {
	sim.Scheduler
	acts []sim.Act
}

func (r *recorder) Next(v sim.View) (sim.Act, bool) {
	a, ok := r.Scheduler.Next(v)
	if ok = ok && len(r.acts) < fuzz.MaxActs-1; ok {
		r.acts = append(r.acts, a)
	}
	return a, ok
}

// cluster draws what is run: most often three nodes, few operations, and checkpoints after few slots.
func cluster(r *rand.Rand) fuzz.Schedule {
	pick := func(of ...int) int { return of[r.IntN(len(of))] }
	return fuzz.Schedule{
		Machine: workload.Machines[r.IntN(len(workload.Machines))],
		Nodes:   pick(3, 3, 3, 3, 3, 5, 5, 4, 2, 1), Clients: pick(1, 2, 3, 4, 6, 8), Operations: pick(3, 8, 20, 60, 120, 200),
		Checkpoint: pick(0, 0, 1, 2, 4), Window: pick(0, 0, 1, 2, 4), Seed: uint16(r.Uint32()),
	}
}

// length draws how many acts a run has at most.
func length(r *rand.Rand) int { return 50 << r.IntN(8) }
