package refine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// BenchmarkStep measures the Validator alone, on events that were read before, with tables of default size.
func BenchmarkStep(b *testing.B) {
	h, events := recordedWith(b, 2, 400, func(o *sim.Options) { o.CheckpointEvery, o.Window = 0, 0 })
	b.ReportAllocs()
	start := usage.CPU()
	for b.Loop() {
		v, err := New(h)
		require.NoError(b, err)
		for i := range events {
			if failed := v.Step(&events[i]); failed != nil {
				b.Fatal(failed)
			}
		}
		require.Nil(b, v.End())
	}
	b.ReportMetric(float64(len(events)*b.N)/(usage.CPU()-start).Seconds(), "events/cpu-s")
}

// BenchmarkLength measures simulated runs of growing length that are validated while they go on: what an event costs,
// simulation and recording included, does not grow with the run. It grows with the state of a node, all of which is compared:
// a client that abandons a call goes on in a new session, and no node ever forgets a session.
func BenchmarkLength(b *testing.B) {
	for _, l := range []struct {
		operations int
		abandon    bool
	}{{4_000, false}, {40_000, false}, {400_000, false}, {4_000, true}, {40_000, true}} {
		b.Run(fmt.Sprintf("operations=%d/abandon=%t", l.operations, l.abandon), func(b *testing.B) {
			events, sessions, start := 0, 0, usage.CPU()
			for b.Loop() {
				o, h := simulated(b, 2, l.operations)
				o.CheckpointEvery, o.Window, o.Limit, o.Faults.Abandon = 0, 0, 1000*time.Hour, l.abandon
				h = o.Header(2, h.Machine, nil)
				o.Trace = trace.NewRecorder(nil, h)
				v, err := New(h)
				require.NoError(b, err)
				o.Trace.Observe(func(e *trace.Event) {
					events++
					if r := e.State.Replica; r != nil {
						sessions = max(sessions, len(r.Sessions))
					}
					v.Step(e)
				})
				r, err := sim.Run(o, sim.Seeded(2))
				require.NoError(b, err)
				require.NoError(b, o.Trace.Close(r.Virtual))
				require.Nil(b, v.End())
			}
			b.ReportMetric(float64(events)/float64(b.N), "events")
			b.ReportMetric(float64(sessions), "sessions")
			b.ReportMetric(float64((usage.CPU()-start).Nanoseconds())/float64(events), "cpu-ns/event")
		})
	}
}

// BenchmarkFile measures what `check trace` does: reading a trace from a file, and validating each event; and reading alone.
// Both with tables of default size.
func BenchmarkFile(b *testing.B) {
	text, events := recordedText(b, 2, 4000, func(o *sim.Options) { o.CheckpointEvery, o.Window = 0, 0 })
	path := writeFile(b, text)
	measure := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := usage.CPU()
			for b.Loop() {
				require.NoError(b, f())
			}
			cpu := (usage.CPU() - start).Seconds()
			b.ReportMetric(float64(events*b.N)/cpu, "events/cpu-s")
			b.ReportMetric(float64(len(text)*b.N)/cpu/1e6, "MB/cpu-s")
			b.ReportMetric(float64(len(text))/float64(events), "bytes/event")
		})
	}
	measure("read", func() error { return eachEvent(path, func(trace.Event) {}) })
	measure("judge", func() error {
		result, err := File(path)
		require.Nil(b, result.Verdict)
		return err
	})
}
