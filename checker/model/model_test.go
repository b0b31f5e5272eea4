package model

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

const spec = "../../spec"

// small are models that TLC exhausts in a few seconds; testdata/models.json lists them.
var small = []string{"alone", "follow", "ask2", "gap2", "reborn", "welcome", "learnreduced", "joins", "found"}

// graphs runs Equal once on the small models and keeps TLC's graphs.
var graphs = sync.OnceValues(func() (dir, report string) {
	dir, err := os.MkdirTemp("", "graphs-")
	if err != nil {
		return "", err.Error()
	}
	var out bytes.Buffer
	if Equal(background, &out, Options{Dir: "testdata", Graphs: dir}) != tlc.OK {
		return "", out.String()
	}
	return dir, out.String()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if len(asked) > 0 {
		dir, _ := graphs()
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func TestEqual(t *testing.T) {
	dir := graphsOf(t)
	_, report := graphs()
	require.Equal(t, len(small), strings.Count(report, "equal: states and edges"), report)
	for _, name := range small {
		require.FileExists(t, filepath.Join(dir, name+".dot"))
	}
}

// TestEqualAbove compares numbers only.
func TestEqualAbove(t *testing.T) {
	var out bytes.Buffer
	outcome := Equal(t.Context(), &out, Options{Dir: "testdata", Names: []string{"alone"}, GraphUpTo: 1})
	require.Equal(t, tlc.OK, outcome, out.String())
	require.Contains(t, out.String(), "equal: counts")
}

func TestEqualViolation(t *testing.T) {
	var out bytes.Buffer
	outcome := Equal(t.Context(), &out, Options{Dir: spec, Names: []string{"sometimes-nobodywelcomed"}})
	require.Equal(t, tlc.OK, outcome, out.String())
	require.Contains(t, out.String(), "equal: NobodyWelcomed violated in 4 states")
}

func TestEqualBadInput(t *testing.T) {
	var out bytes.Buffer
	require.Equal(t, tlc.BadInput, Equal(t.Context(), &out, Options{Dir: t.TempDir()}))
	require.Contains(t, out.String(), "models.json")
	require.Equal(t, tlc.BadInput, Equal(t.Context(), &out, Options{Dir: spec, Names: []string{"nope"}}))
	require.Contains(t, out.String(), `no model "nope"`)
}

// TestEveryModel reads every configuration of the specification and checks the counts and verdicts that it pins.
func TestEveryModel(t *testing.T) {
	entries, err := tlc.ReadModels(filepath.Join(spec, tlc.ModelsFile))
	require.NoError(t, err)
	pinned := 0
	for _, e := range entries {
		if !Modelled(e) {
			continue
		}
		c, err := ReadConfig(filepath.Join(spec, e.Module), filepath.Join(spec, e.Cfg))
		require.NoError(t, err)
		switch {
		case e.Expect == tlc.ExpectViolates && e.Trace > 0:
			r, err := Search(t.Context(), c, 1)
			require.NoError(t, err)
			require.Equal(t, e.Property, r.Violated, e.Name)
			require.Len(t, r.Trace, e.Trace, e.Name)
		case e.Distinct > 0 && e.Distinct < 20_000:
			r, err := Search(t.Context(), c, 2)
			require.NoError(t, err)
			require.Empty(t, r.Violated, "%s\n%s", e.Name, c.FormatTrace(r.Trace))
			require.Equal(t, []int64{e.Distinct, e.Generated}, []int64{r.Distinct, r.Generated}, e.Name)
			pinned++
		}
	}
	require.Positive(t, pinned)
}

// TestWorkersAgree searches with one and with several workers, a model that is wide enough for all of them.
func TestWorkersAgree(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", spec+"/MCVotes.cfg")
	require.NoError(t, err)
	one, err := Search(t.Context(), c, 1)
	require.NoError(t, err)
	for _, workers := range []int{2, 5} {
		several, err := Search(t.Context(), c, workers)
		require.NoError(t, err)
		require.Equal(t, one, several)
	}
}

// TestSymmetryHalves shows that without symmetry there are more states, and as many as the classes have members.
func TestSymmetryHalves(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", spec+"/MCReborn.cfg")
	require.NoError(t, err)
	reduced, err := Search(t.Context(), c, 2)
	require.NoError(t, err)
	c.Symmetry = false
	full, err := Search(t.Context(), c, 2)
	require.NoError(t, err)
	require.Less(t, reduced.Distinct, full.Distinct)
	require.LessOrEqual(t, full.Distinct, 2*reduced.Distinct)
	require.Equal(t, reduced.Depth, full.Depth)
}

// TestCounterexample pins the shortest path to an answered client, as printed.
func TestCounterexample(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", spec+"/MCNobodyWelcomed.cfg")
	require.NoError(t, err)
	r, err := Search(t.Context(), c, 2)
	require.NoError(t, err)
	require.Equal(t, "NobodyWelcomed", r.Violated)
	golden(t, "testdata/counterexample.golden", c.FormatTrace(r.Trace))
}

// TestNoImportOfImpl: the model is written from the specification alone. What it may import knows nothing of the protocol.
func TestNoImportOfImpl(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if strings.HasPrefix(path, "multipaxos/") {
				require.Contains(t, []string{"multipaxos/checker/merge", "multipaxos/checker/tlc", "multipaxos/checker/usage"}, path, file)
			}
		}
	}
}

// notFunctions are operators that Go says otherwise.
var notFunctions = map[string]string{
	"vars": "State", "Nobody": "Nobody", "NullBallot": "NullBallot", "NoopProposal": "NoopProposal",
	"Max": "max", "Min": "min", "Lowest": "the first of a sorted slice", "Highest": "the last of a sorted slice",
	"Empty": "nil", "MayCrash": "a parameter", "Kept": "worker.step", "Node": "Node", "SendAll": "Node.Send",
	"Step": "worker.step", "ReplicaState": "Replica.MachineState", "Next": "Actions", "Spec": "Search",
	"FormattedAcceptor": "FormattedAcceptor", "CatchupBatch": "CatchupBatch",
	"Become": "worker.step", "Restart": "Action.Crash", "Members": "Replica.Running", "Outside": "Config.initSent", "Voters": "Acceptor.Running",
	"Ballot": "isBallot", "DiskID": "isDisk", "Admission": "isAdmission", "Slot": "slot > 0", "Command": "isCommand", "Proposal": "isProposal", "Vote": "isVote",
}

// TestNames: every operator of MultiPaxos.tla is a function of the same name here.
func TestNames(t *testing.T) {
	text, err := os.ReadFile(spec + "/MultiPaxos.tla")
	require.NoError(t, err)
	definitions := map[string]string{}
	readDefinitions(string(text), definitions)
	require.Greater(t, len(definitions), 100)
	var code []byte
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, "_test.go") {
			code = append(code, text...)
		}
	}
	for name := range definitions {
		if notFunctions[name] == "" {
			require.Regexp(t, regexp.MustCompile(`(?m)^func (\([^)]*\) )?`+name+`[(\[]`), string(code))
		}
	}
	for name := range notFunctions {
		require.Contains(t, definitions, name)
	}
	for _, a := range Actions {
		require.Contains(t, definitions["Next"], a.Name+"(n)")
	}
	require.Equal(t, len(Actions), strings.Count(definitions["Next"], "(n)"))
}
