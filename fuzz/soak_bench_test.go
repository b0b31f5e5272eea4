package fuzz

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/linear"
	"multipaxos/checker/usage"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

// soakWay is what is done with the steps of a soak's run.
type soakWay struct {
	name      string
	recorded  bool // each is made an event, for nobody
	written   bool // the events are written
	unrefined bool // they are not held against the specification
}

var soakWays = []soakWay{
	{name: "bare", unrefined: true},
	{name: "recorded", unrefined: true, recorded: true},
	{name: "written", unrefined: true, written: true},
	{name: "judged"},
	{name: "written and judged", written: true},
}

// BenchmarkSoak does soak's runs in each way in turn, and says what validation costs: the CPU time with it by that without it.
func BenchmarkSoak(b *testing.B) {
	took := map[string]time.Duration{} // by way, and by way and machine
	steps := 0
	for i := range b.N {
		for _, way := range soakWays {
			s := SoakScenario(uint64(i + 1))
			start := usage.CPU()
			o := way.run(b, s)
			spent := usage.CPU() - start
			took[way.name] += spent
			took[way.name+s.Machine] += spent
			if way.name == "judged" {
				steps += o.Stats.Steps
			}
		}
	}
	report := func(with, without, unit string) {
		b.ReportMetric(took[with].Seconds()/took[without].Seconds(), unit)
	}
	report("judged", "bare", "judged/bare")
	report("judgedbank", "barebank", "bank:judged/bare")
	report("judgedkv", "barekv", "kv:judged/bare")
	report("judged", "recorded", "judged/recorded")
	report("written and judged", "written", "judged/written")
	report("written", "bare", "written/bare")
	b.ReportMetric(float64(steps)/took["judged"].Seconds(), "steps/cpu-s")
}

// run is Run with the way's options.
func (way soakWay) run(b *testing.B, s Scenario) *Outcome {
	chooser := sim.Seeded(s.Seed)
	if s.Swarm {
		s.Faults = sim.Swarm(chooser)
	}
	s.Unrefined = way.unrefined
	w, err := workload.New(s.Machine)
	require.NoError(b, err)
	options := sim.Options{Faults: s.Faults, Next: w.Next, Nodes: s.Nodes}
	if way.recorded {
		options.Trace = trace.NewRecorder(nil, options.Header(s.Seed, s.Machine, nil))
	}
	var traceTo io.Writer
	if way.written {
		traceTo = io.Discard
	}
	o, err := s.run(w, options, chooser, linear.Options{}, traceTo, nil)
	require.NoError(b, err)
	require.Empty(b, o.Failure())
	return o
}
