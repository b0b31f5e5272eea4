package trace

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

// TestRunsAreValid records runs with every fault and validates them.
func TestRunsAreValid(t *testing.T) {
	total := map[string]int{}
	sum := Summary{}
	for seed := range uint64(6) {
		for _, n := range []int{1, 2, 3, 5} {
			text := recordedRun(t, n, seed, 2000, true)
			r, err := Read(strings.NewReader(text), "run")
			require.NoError(t, err)
			s, err := Validate(r)
			require.NoError(t, err, "seed %d, %d nodes", seed, n)
			for action, count := range s.Actions {
				total[action] += count
			}
			require.Equal(t, s.Sent+s.Duplicated, s.Delivered+s.Lost+s.InFlight, "every copy has one fate")
			sum.Unsent, sum.Lost, sum.Answered = sum.Unsent+s.Unsent, sum.Lost+s.Lost, sum.Answered+s.Answered
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(causes)), slices.Sorted(maps.Keys(total)), "every action happened")
	require.Positive(t, sum.Unsent)
	require.Positive(t, sum.Lost)
	require.Positive(t, sum.Answered)
}

// TestReaderRestoresStates compares the state that the Reader puts together with the node's, after every step.
func TestReaderRestoresStates(t *testing.T) {
	for seed := range uint64(5) {
		var states []State
		var b bytes.Buffer
		c := newCluster(&b, 3, seed)
		c.faults = true
		c.after = func(n *paxos.Node) { states = append(states, Of(n).clone()) }
		c.run(t, 1500)
		compared := 0
		for _, e := range readAll(t, b.String()) {
			if !e.IsStep() || e.Action == Cancel {
				continue
			}
			require.Empty(t, Diff(states[compared], e.State), "event %d", e.Seq)
			require.True(t, Equal(states[compared], e.State))
			compared++
		}
		require.Equal(t, len(states), compared)
	}
}

// TestEqualRunsHaveEqualTraces also shows that different runs do not.
func TestEqualRunsHaveEqualTraces(t *testing.T) {
	require.Equal(t, recordedRun(t, 3, 1, 3000, true), recordedRun(t, 3, 1, 3000, true))
	require.NotEqual(t, recordedRun(t, 3, 1, 3000, true), recordedRun(t, 3, 2, 3000, true))
}

// TestRoundTrip encodes what was read once more.
func TestRoundTrip(t *testing.T) {
	text := recordedRun(t, 3, 3, 2000, true)
	lines := strings.SplitAfter(text, "\n")
	c := codec{header: testHeader(3)}
	for i, e := range readAll(t, text) {
		again, err := c.encode(&e)
		require.NoError(t, err)
		require.Equal(t, lines[i+1], string(again))
	}
}

// BenchmarkRecord measures a run without and with a Recorder, and validating its trace, with tables of default size.
func BenchmarkRecord(b *testing.B) {
	text := benchmarkRun(b, true)
	measure(b, "run", text, func() { benchmarkRun(b, false) })
	measure(b, "record", text, func() { benchmarkRun(b, true) })
	measure(b, "validate", text, func() { require.NoError(b, validate(text)) })
}

// BenchmarkRead measures the Reader.
func BenchmarkRead(b *testing.B) {
	text := benchmarkRun(b, true)
	measure(b, "read", text, func() {
		r, err := Read(strings.NewReader(text), "run")
		for err == nil {
			_, err = r.Next()
		}
		require.Equal(b, io.EOF, err)
	})
}

// benchmarkRun returns the trace of a run, or lets it go on without one.
func benchmarkRun(b *testing.B, record bool) string {
	var file bytes.Buffer
	c := newCluster(&file, 3, 1)
	c.faults, c.cfg.CheckpointEvery, c.cfg.Window = true, 64, 64
	if !record {
		c.rec.err = io.EOF // nothing is written after an error
	}
	c.runQuiet(20000)
	if record {
		require.NoError(b, c.rec.Close(c.now))
	}
	return file.String()
}

// measure says what f costs by the events of a trace.
func measure(b *testing.B, name, text string, f func()) {
	b.Run(name, func(b *testing.B) {
		events := strings.Count(text, "\n") - 1
		b.ReportAllocs()
		start := cpu()
		for b.Loop() {
			f()
		}
		used := (cpu() - start).Seconds()
		b.ReportMetric(float64(events)*float64(b.N)/used, "events/cpu-s")
		b.ReportMetric(float64(len(text))*float64(b.N)/used/1e6, "MB/cpu-s")
		b.ReportMetric(float64(len(text))/float64(events), "bytes/event")
	})
}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
