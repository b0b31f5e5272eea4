package proof

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

const (
	specDir  = "../../spec"
	proofDir = "../../spec/proof"
)

// The invariant that is proved of the core and the one that TLC checks of the spec have the same conjuncts, in the same
// order, with the same explanations.
func TestInductiveModuleMatchesProof(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	module, err := os.ReadFile(filepath.Join(proofDir, "Inductive.tla"))
	require.NoError(t, err)
	_, conjuncts, found := strings.Cut(string(module), "(* The conjuncts")
	require.True(t, found)
	var want, have []string
	for _, c := range s.Conjuncts {
		want = append(want, c.Name+": "+c.Text)
	}
	for _, m := range regexp.MustCompile(`(?m)^\\\* (.*)\n(\w+) ==`).FindAllStringSubmatch(conjuncts, -1) {
		have = append(have, m[2]+": "+m[1])
	}
	require.Equal(t, want, have)
	require.Len(t, regexp.MustCompile(`(?m)^\w+ ==`).FindAllString(conjuncts, -1), len(want), "an operator without explanation")
}

// handlers are the operators of the specification that say what a role does with a message or at a timer.
var handlers = regexp.MustCompile(
	`(?m)^((?:Acceptor|Replica|Leader|Scout|Commander|Requester|Bootstrap|Seed)(?:Handle|Send|Ask|Follow|Write)\w+)\(`)

// Every action is an operator of the specification, and every handler there is an action or said to be none.
func TestActionsMatchSpec(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(specDir, "MultiPaxos.tla"))
	require.NoError(t, err)
	spoken := map[string]bool{}
	for _, a := range s.Actions {
		spoken[a.Name] = true
	}
	for _, a := range s.Abstracted {
		spoken[a.Name] = true
	}
	for name := range spoken {
		require.Regexp(t, `(?m)^`+name+`\(`, string(text), "no operator of the specification")
	}
	found := handlers.FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, found)
	for _, m := range found {
		require.Contains(t, spoken, m[1], "neither an action nor abstracted in %s", realProof)
	}
}

// Each model checks all conjuncts.
func TestInductiveModelsCheckAll(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	var want []string
	for _, c := range s.Conjuncts {
		want = append(want, c.Name)
	}
	want = append(want, s.Goal.Name)
	files, err := filepath.Glob(filepath.Join(proofDir, "*.cfg"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, invariants, _ := strings.Cut(string(text), "\nINVARIANTS ")
		require.Equal(t, want, strings.Fields(invariants), file)
	}
}

// runTLC checks a model of Inductive, with the specification of directory library; more is added to its configuration.
func runTLC(t *testing.T, library, cfg, more string, s *tlc.Simulation) tlc.Result {
	library, err := filepath.Abs(library)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(proofDir, cfg))
	require.NoError(t, err)
	config := filepath.Join(t.TempDir(), cfg)
	require.NoError(t, os.WriteFile(config, append(text, more...), 0o644))
	r, err := tlc.Run(t.Context(), tlc.Model{Module: filepath.Join(proofDir, "Inductive.tla"), Config: config, Workers: 1,
		Short: true, Simulate: s, Defines: []string{"TLA-Library=" + library}})
	require.NoError(t, err)
	return r
}

// The invariant is checked by TLC wherever the other models are: each configuration but that of the walks is one.
func TestInductiveIsAModel(t *testing.T) {
	entries, err := tlc.ReadModels(filepath.Join(specDir, tlc.ModelsFile))
	require.NoError(t, err)
	models := map[string]tlc.Entry{"InductiveWalks.cfg": {}}
	for _, e := range entries {
		if e.Module == "proof/Inductive.tla" {
			require.Equal(t, tlc.ExpectPass, e.Expect)
			require.Equal(t, ".", e.Library)
			models[filepath.Base(e.Cfg)] = e
		}
	}
	files, err := filepath.Glob(filepath.Join(proofDir, "*.cfg"))
	require.NoError(t, err)
	require.Len(t, models, len(files))
	for _, file := range files {
		require.Contains(t, models, filepath.Base(file))
	}
	require.Contains(t, models["InductiveAll.cfg"].Cover, "ReceiveDecision", "the invariant holds where nothing happens")
}

// It holds along random walks through a model that is too large to exhaust, and they lead somewhere.
func TestInductiveHoldsOnWalks(t *testing.T) {
	walks := &tlc.Simulation{Traces: 50, Depth: 60, Seed: 1}
	r := runTLC(t, specDir, "InductiveWalks.cfg", "", walks)
	require.Equal(t, tlc.Passed, r.Verdict, "%s", tlc.FormatTrace(r))
	require.Equal(t, "NothingDecided", runTLC(t, specDir, "InductiveWalks.cfg", "\nINVARIANT NothingDecided\n", walks).Property)
}

// A specification with a mistake does not satisfy the invariant: ballots restart after a crash.
func TestInductiveBites(t *testing.T) {
	library := t.TempDir()
	for _, name := range []string{"MultiPaxos.tla", "MC.tla"} {
		text, err := os.ReadFile(filepath.Join(specDir, name))
		require.NoError(t, err)
		if name == "MultiPaxos.tla" {
			const durable = "ballotNum |-> [n |-> d.scouted.n + 1,"
			require.Contains(t, string(text), durable)
			text = []byte(strings.Replace(string(text), durable, "ballotNum |-> [n |-> 1,", 1))
		}
		require.NoError(t, os.WriteFile(filepath.Join(library, name), text, 0o644))
	}
	r := runTLC(t, library, "InductiveAll.cfg", "", nil)
	require.Equal(t, tlc.InvariantViolated, r.Verdict)
	require.Equal(t, "FreshBallot", r.Property)
}
