package fuzz

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
)

// BenchmarkSoak says how many times as much CPU time a soak's run takes because each of its steps is held against the
// specification: each seed is run with and without, in turn.
func BenchmarkSoak(b *testing.B) {
	var took [2]time.Duration
	steps := 0
	for i := range b.N {
		for k, unrefined := range []bool{true, false} {
			s := SoakScenario(uint64(i + 1))
			s.Unrefined = unrefined
			start := usage.CPU()
			o, err := Run(s, nil, nil)
			require.NoError(b, err)
			require.Empty(b, o.Failure())
			took[k] += usage.CPU() - start
			steps += k * o.Stats.Steps
		}
	}
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "times")
	b.ReportMetric(float64(steps)/took[1].Seconds(), "steps/cpu-s")
}
