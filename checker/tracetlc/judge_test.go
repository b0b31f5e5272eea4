package tracetlc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/refine/corrupt"
	"multipaxos/checker/tlc"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

// here are the options of the tests: segments so small that each trace has several.
var here = Options{Dir: "../../spec", Segment: 60}

// recorded returns a run of three nodes under all faults, as its trace tells it.
func recorded(t testing.TB, seed uint64, operations int) (trace.Header, []trace.Event) {
	w, err := workload.New(workload.Machines[seed%2])
	require.NoError(t, err)
	o := sim.Options{Nodes: 3, Clients: 3, Operations: operations, Faults: sim.AllFaults(), NewMachine: w.NewMachine,
		Next: w.Next, CheckpointEvery: 4, Window: 2}
	var b bytes.Buffer
	o.Trace = trace.NewRecorder(&b, o.Header(seed, w.Machine, nil))
	r, err := sim.Run(o, sim.Seeded(seed))
	require.NoError(t, err)
	require.NoError(t, o.Trace.Close(r.Virtual))
	reader, err := trace.Read(&b, "run")
	require.NoError(t, err)
	var events []trace.Event
	for {
		e, err := reader.Next()
		if err == io.EOF {
			return reader.Header(), events
		}
		require.NoError(t, err)
		events = append(events, e)
	}
}

// TestTraces has TLC judge, in one run, traces as they were recorded and one trace corrupted in every way that corrupt
// knows. Each verdict is that of package refine: the same event, the same conjunct.
func TestTraces(t *testing.T) {
	needsTLC(t)
	var sources []Source
	var cases []*corrupt.Case
	for seed := range uint64(3) {
		h, events := recorded(t, seed, 10)
		sources, cases = append(sources, Events(fmt.Sprintf("seed %d", seed), h, events)), append(cases, nil)
		for i, c := range corrupt.All {
			made := corrupt.Apply(c, h, events, rand.New(rand.NewPCG(seed, uint64(i))))
			if made == nil || uint64(i%3) != seed {
				continue
			}
			s := Events(fmt.Sprintf("seed %d, %s: %s", seed, c.Name, made.What), h, made.Events)
			s.From, s.To = made.At, made.By // the rest is judged above
			sources, cases = append(sources, s), append(cases, made)
		}
	}
	require.Greater(t, len(cases), 20)
	verdicts, err := Compare(t.Context(), sources, here)
	require.NoError(t, err)
	for i, c := range cases {
		if c == nil || c.Equivalent != "" {
			assert.True(t, verdicts[i].Passed(), "%v", verdicts[i])
			continue
		}
		assert.False(t, verdicts[i].Passed(), "%v", verdicts[i])
		assert.LessOrEqual(t, c.At, verdicts[i].Seq, "%v", verdicts[i])
		assert.GreaterOrEqual(t, c.By, verdicts[i].Seq, "%v", verdicts[i])
	}
}

// TestStrict has TLC hold the invariants and properties as MultiPaxos.tla states them, and that each step is one that
// the action of its name allows.
func TestStrict(t *testing.T) {
	needsTLC(t)
	source, err := File("../../impl/trace/testdata/tiny.ndjson")
	require.NoError(t, err)
	o := here
	o.Config = "../../spec/TraceStrict.cfg"
	o.Segment = 1000
	verdicts, err := Judge(t.Context(), []Source{source}, o)
	require.NoError(t, err)
	require.True(t, verdicts[0].Passed(), "%v", verdicts[0])
	require.Equal(t, 37, verdicts[0].Events)
}

// TestInvariantIsLocated has an invariant of another meaning, which the first answer to a client breaks.
func TestInvariantIsLocated(t *testing.T) {
	needsTLC(t)
	path := filepath.Join(t.TempDir(), "Planted.cfg")
	cfg, err := os.ReadFile("../../spec/Trace.cfg")
	require.NoError(t, err)
	planted := strings.Replace(string(cfg), "CONSTANTS\n", "CONSTANTS\n    ExecutedAtOnce <- NothingAnswered\n", 1)
	require.NoError(t, os.WriteFile(path, []byte(planted), 0o644))
	source, err := File("../../impl/trace/testdata/tiny.ndjson")
	require.NoError(t, err)
	o := here
	o.Config = path
	verdicts, err := Judge(t.Context(), []Source{source}, o)
	require.NoError(t, err)
	require.Equal(t, "ExecutedAtOnce", verdicts[0].Conjunct)
	next, err := source.Open()
	require.NoError(t, err)
	for {
		e, err := next()
		require.NoError(t, err)
		if e.Answers != nil {
			require.Equal(t, e.Seq, verdicts[0].Seq)
			return
		}
	}
}

// TestNoVerdict is about errors: no TLC, no memory, no trace, a quorum that is no majority.
func TestNoVerdict(t *testing.T) {
	source, err := File("../../impl/trace/testdata/tiny.ndjson")
	require.NoError(t, err)
	_, err = File("judge_test.go")
	require.ErrorContains(t, err, "judge_test.go:1: want a header")

	minority := source
	minority.Header.Quorum = 1
	verdicts, err := Judge(t.Context(), []Source{minority}, here)
	require.NoError(t, err)
	require.Equal(t, Verdict{Name: source.Name, Conjunct: "header", Field: "quorum", Expected: "2", Found: "1"}, verdicts[0])

	t.Run("TLC is missing", func(t *testing.T) {
		t.Setenv(tlc.JarVariable, "there-is-none.jar")
		_, err := Judge(t.Context(), []Source{source}, here)
		require.ErrorContains(t, err, "there-is-none.jar")
	})
	t.Run("memory", func(t *testing.T) {
		needsTLC(t)
		o := here
		o.HeapMB = 6
		_, err := Judge(t.Context(), []Source{source}, o)
		require.ErrorAs(t, err, new(*tlc.CutOffError))
	})
}

func TestReports(t *testing.T) {
	i, v, err := parseReport(`"<<\"wrong\", 2, 4, 7, \"disk\", \"\", \"[a |-> \\\"b\\\"]\", \"{}\">>"  FALSE`, 3)
	require.NoError(t, err)
	require.Equal(t, 1, i)
	require.Equal(t, Verdict{Events: 4, Seq: 7, Conjunct: "disk", Expected: `[a |-> "b"]`, Found: "{}"}, v)
	i, v, err = parseReport(`"<<\"passed\", 1, 9>>"  FALSE`, 3)
	require.NoError(t, err)
	require.Equal(t, 0, i)
	require.Equal(t, Verdict{Events: 9}, v)
	for _, line := range []string{
		`"<<\"passed\", 4, 9>>"  FALSE`, `"<<\"passed\", 1>>"  FALSE`, `"<<\"failed\", 1, 9>>"  FALSE`, `<<"passed", 1, 9>>`,
		`"<<\"wrong\", 1, 2, -1, \"disk\", \"\", \"\", \"\">>"  FALSE`, `"<<\"passed\", 1, 9"  FALSE`,
	} {
		_, _, err = parseReport(line, 3)
		require.Error(t, err, line)
	}
	i, _, err = parseReport("Parsing file Trace.tla", 3)
	require.NoError(t, err)
	require.Equal(t, -1, i)
}

// needsTLC skips a test where TLC cannot be had, as those of package tlc do.
func needsTLC(t *testing.T) {
	if testing.Short() {
		t.Skip("runs TLC")
	}
	t.Setenv(JavaVariable, JavaOptions)
	if _, err := tlc.Find(context.Background(), io.Discard); err != nil {
		t.Skip(err)
	}
}
