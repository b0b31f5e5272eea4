package refine

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

// simulated returns the options of a small run under all faults.
func simulated(t testing.TB, seed uint64, operations int) (sim.Options, trace.Header) {
	w, err := workload.New(workload.Machines[seed%2])
	require.NoError(t, err)
	o := sim.Options{Nodes: 3 + 2*int(seed%5/4), Clients: 3, Operations: operations, Faults: sim.AllFaults(),
		NewMachine: w.NewMachine, Next: w.Next, CheckpointEvery: 4, Window: 2}
	return o, o.Header(seed, w.Machine, nil)
}

// recorded returns a run as its trace tells it.
func recorded(t testing.TB, seed uint64, operations int) (trace.Header, []trace.Event) {
	return recordedWith(t, seed, operations, func(*sim.Options) {})
}

func recordedWith(t testing.TB, seed uint64, operations int, change func(o *sim.Options)) (trace.Header, []trace.Event) {
	text, _ := recordedText(t, seed, operations, change)
	var events []trace.Event
	path := writeFile(t, text)
	require.NoError(t, eachEvent(path, func(e trace.Event) { events = append(events, e) }))
	r, err := trace.Read(bytes.NewReader(text), path)
	require.NoError(t, err)
	return r.Header(), events
}

// recordedText returns the trace of a run, and how many events it has.
func recordedText(t testing.TB, seed uint64, operations int, change func(o *sim.Options)) (text []byte, events int) {
	var b bytes.Buffer
	o, h := simulated(t, seed, operations)
	change(&o)
	h = o.Header(seed, h.Machine, nil)
	o.Trace = trace.NewRecorder(&b, h)
	r, err := sim.Run(o, sim.Seeded(seed))
	require.NoError(t, err)
	require.NoError(t, o.Trace.Close(r.Virtual))
	return b.Bytes(), bytes.Count(b.Bytes(), []byte("\n")) - 1
}

// eachEvent hands each event of the trace in a file to see.
func eachEvent(path string, see func(trace.Event)) error {
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for {
		e, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		see(e)
	}
}

// judge returns the verdict on a trace.
func judge(t testing.TB, h trace.Header, events []trace.Event) *Verdict {
	v, err := New(h)
	require.NoError(t, err)
	for i := range events {
		if verdict := v.Step(&events[i]); verdict != nil {
			return verdict
		}
	}
	return v.End()
}

// writeFile puts content into a file.
func writeFile(t testing.TB, content []byte) string {
	path := filepath.Join(t.TempDir(), "run.ndjson")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}
