package fuzz

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
)

// BenchmarkSoak says how many times as much CPU time a soak's run takes because each of its steps is held against the
// specification: each seed is run with and without, in turn, and both again with the trace written.
func BenchmarkSoak(b *testing.B) {
	var took [2][2]time.Duration
	steps := 0
	for i := range b.N {
		for k, unrefined := range []bool{true, false} {
			for w, traceTo := range []io.Writer{nil, io.Discard} {
				s := SoakScenario(uint64(i + 1))
				s.Unrefined = unrefined
				start := usage.CPU()
				o, err := Run(s, traceTo, nil)
				require.NoError(b, err)
				require.Empty(b, o.Failure())
				took[w][k] += usage.CPU() - start
				steps += k * (1 - w) * o.Stats.Steps
			}
		}
	}
	b.ReportMetric(took[0][1].Seconds()/took[0][0].Seconds(), "times")
	b.ReportMetric(took[1][1].Seconds()/took[1][0].Seconds(), "times-written")
	b.ReportMetric(took[1][0].Seconds()/took[0][0].Seconds(), "written-times")
	b.ReportMetric(float64(steps)/took[0][1].Seconds(), "steps/cpu-s")
}
