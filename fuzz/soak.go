package fuzz

import (
	"context"
	"runtime/debug"
	"strings"
	"sync"

	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

// windows are how many slots pass between checkpoints, and how many are kept. Small ones have nodes forget, be welcomed and
// jump ahead all the time; with the default, 64, a run is over after a few checkpoints.
var windows = [4]int{0, 1, 4, 15}

// SoakScenario returns the scenario of a seed: bank or store, three or five nodes, four windows and ways to checkpoint, and
// three times out of four a swarm of faults, else all of them. Every tenth seed has one, two or four nodes, and takes turns
// with the machines.
func SoakScenario(seed uint64) Scenario {
	s := Scenario{
		Machine: workload.Machines[seed%2], Nodes: 3 + 2*int(seed/2%2), Clients: 6, Operations: 200,
		Faults: sim.AllFaults(), Swarm: seed%4 != seed/4%4, Seed: seed,
		Checkpoint: windows[seed/16%4], Window: windows[(seed/16+seed/64)%4],
	}
	if seed%10 == 0 {
		s.Nodes, s.Machine = []int{1, 2, 4}[seed/10%3], workload.Machines[seed/30%2]
	}
	return s
}

// SoakResult counts what a soak did.
type SoakResult struct {
	Runs     int
	Total    sim.Stats
	Failure  *Outcome       // of the lowest seed that failed; nil when all passed
	Failures map[string]int // how many seeds broke each property
}

// SoakOptions says what to run.
type SoakOptions struct {
	Scenario    func(seed uint64) Scenario
	First, Last uint64 // seeds
	Workers     int    // runs at a time
	KeepGoing   bool   // after a failure
	Progress    func(SoakResult)
}

// Soak runs the scenarios of the seeds until one fails or ctx ends.
func Soak(ctx context.Context, o SoakOptions) (SoakResult, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// A run keeps little and throws much away: collecting it less often takes a third off the time, for some 100 MB.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	seeds := make(chan uint64)
	go func() {
		defer close(seeds)
		for seed := o.First; seed <= o.Last && ctx.Err() == nil; seed++ {
			seeds <- seed
		}
	}()
	var (
		mutex   sync.Mutex
		total   = SoakResult{Failures: map[string]int{}}
		problem error
		group   sync.WaitGroup
	)
	for range o.Workers {
		group.Go(func() {
			for seed := range seeds {
				outcome, err := Run(o.Scenario(seed), nil, nil)
				mutex.Lock()
				if err != nil {
					problem = err
					stop()
				} else if total.add(outcome) && !o.KeepGoing {
					stop()
				}
				if o.Progress != nil {
					o.Progress(total)
				}
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return total, problem
}

// add counts a run and says whether it failed.
func (r *SoakResult) add(o *Outcome) bool {
	r.Runs++
	t, s := &r.Total, o.Stats
	t.Steps += s.Steps
	t.Virtual += s.Virtual
	t.Calls += s.Calls
	t.Answered += s.Answered
	t.Abandoned += s.Abandoned
	t.Slots += s.Slots
	t.Noops += s.Noops
	t.Elections += s.Elections
	t.Sent += s.Sent
	t.Crashes += s.Crashes
	t.TornSteps += s.TornSteps
	t.Wiped += s.Wiped
	t.Partitions += s.Partitions
	t.Welcomes += s.Welcomes
	t.Healing = max(t.Healing, s.Healing)
	if o.Failure() == "" {
		return false
	}
	property, _, _ := strings.Cut(o.Failure(), ":")
	r.Failures[property]++
	if r.Failure == nil || o.Seed < r.Failure.Seed {
		r.Failure = o
	}
	return true
}
