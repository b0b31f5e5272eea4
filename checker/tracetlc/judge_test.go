package tracetlc

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

var traces = flag.Int("traces", 3, "how many recorded traces TestTraces corrupts; with few, each is corrupted in several ways")

// corruptions returns recorded traces, as they were and corrupted: as many traces as asked for, and each way that corrupt
// knows, in turn. A trace that has no place for its way gets the next.
func corruptions(t *testing.T, traces int) (sources []Source, cases []*corrupt.Case) {
	for seed := range traces {
		h, events := recorded(t, uint64(seed), 10)
		sources, cases = append(sources, Events(fmt.Sprintf("seed %d", seed), h, events)), append(cases, nil)
		for way := seed % len(corrupt.All); way < len(corrupt.All); way += traces {
			made := corruption(h, events, seed, way)
			s := Events(fmt.Sprintf("seed %d, %s: %s", seed, made.Name, made.What), h, made.Events)
			s.From, s.To = made.At, made.By // the rest is judged above
			sources, cases = append(sources, s), append(cases, made)
		}
	}
	// At the end of one of its segments a node has started on a new disk, and has no machine yet.
	h, events := recorded(t, 125, 10)
	return append(sources, Events("seed 125", h, events)), append(cases, nil)
}

func corruption(h trace.Header, events []trace.Event, seed, way int) *corrupt.Case {
	random := rand.New(rand.NewPCG(uint64(seed), uint64(way)))
	for {
		if made := corrupt.Apply(corrupt.All[way%len(corrupt.All)], h, events, random); made != nil {
			return made
		}
		way++
	}
}

// TestTraces has TLC judge traces as they were recorded, and corrupted. Each verdict is that of package refine: the same
// event, the same conjunct.
func TestTraces(t *testing.T) {
	needsTLC(t)
	sources, cases := corruptions(t, *traces)
	require.GreaterOrEqual(t, len(cases), *traces+min(*traces, len(corrupt.All)))
	verdicts, err := Compare(t.Context(), sources, here)
	require.NoError(t, err)
	rejected, equivalent := map[string]int{}, map[string]int{}
	for i, c := range cases {
		switch {
		case c == nil:
			assert.True(t, verdicts[i].Passed(), "%v", verdicts[i])
		case c.Equivalent != "":
			assert.True(t, verdicts[i].Passed(), "%v", verdicts[i])
			equivalent[c.Name+": "+c.Equivalent]++
		default:
			assert.False(t, verdicts[i].Passed(), "%v", verdicts[i])
			assert.LessOrEqual(t, c.At, verdicts[i].Seq, "%v", verdicts[i])
			assert.GreaterOrEqual(t, c.By, verdicts[i].Seq, "%v", verdicts[i])
			rejected[c.Name]++
		}
	}
	for _, counts := range []map[string]int{rejected, equivalent} {
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			t.Logf("%3d %s", counts[name], name)
		}
	}
	t.Logf("%d traces as recorded; corrupted: %d rejected, %d equivalent and accepted", *traces, total(rejected), total(equivalent))
}

func total(counts map[string]int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
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

// TestCommandOfNobody has both judges refuse a command whose client or number is 0.
func TestCommandOfNobody(t *testing.T) {
	needsTLC(t)
	h, events := recorded(t, 1, 10)
	at := slices.IndexFunc(events, func(e trace.Event) bool { return e.Command != nil })
	var sources []Source
	for _, c := range []trace.Command{{Client: 0, Seq: 1}, {Client: 1, Seq: 0}} {
		edited := slices.Clone(events)
		edited[at].Command = &c
		sources = append(sources, Events(fmt.Sprint(c), h, edited))
	}
	verdicts, err := Compare(t.Context(), sources, here)
	require.NoError(t, err)
	for _, v := range verdicts {
		require.Equal(t, "action", v.Conjunct)
		require.Equal(t, uint64(at+1), v.Seq)
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
	specs, err := filepath.Glob("../../spec/*.tla")
	require.NoError(t, err)
	require.NotEmpty(t, specs)
	for _, spec := range specs { // TLC reads them; that the test does tells go test to run it again after a change
		_, err := os.ReadFile(spec)
		require.NoError(t, err)
	}
	if _, err := tlc.Find(context.Background(), io.Discard); err != nil {
		t.Skip(err)
	}
}
