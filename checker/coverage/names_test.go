package coverage

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/spec-map.md anew")

const root = "../.."

func read(t *testing.T) (*Spec, []Function) {
	spec, err := ReadSpec(filepath.Join(root, "spec/MultiPaxos.tla"))
	require.NoError(t, err)
	methods, err := Functions(filepath.Join(root, "impl/paxos"))
	require.NoError(t, err)
	return spec, methods
}

// The Go method (*Acceptor).HandlePrepare is the operator AcceptorHandlePrepare of the specification: delete the dot.
// A method is an action exactly when its last parameter is an *Out; an operator is one when it bears a role's name and
// a handler's verb. The specification lists, with the reason, the methods that it leaves out.
func TestActionsAndHandlersHaveTheSameNames(t *testing.T) {
	spec, methods := read(t)
	assert.Empty(t, unequalNames(spec, methods))
	mirrored, err := Functions(filepath.Join(root, "checker/model"))
	require.NoError(t, err)
	for _, name := range slices.Concat(spec.Handlers(), stepsOf(mirrored)) {
		assert.NotEmpty(t, modelOf(name, mirrored), "%s: want a function of that name in checker/model, found none", name)
		assert.NotZero(t, spec.Lines[name], "%s: want an operator of that name in MultiPaxos.tla, found none", name)
	}
	assert.Greater(t, len(spec.Handlers()), 25)
	assert.Greater(t, len(stepsOf(mirrored)), 15)
}

// unequalNames says what has no counterpart.
func unequalNames(spec *Spec, methods []Function) (wrong []string) {
	handlers, actions := spec.Handlers(), []string{}
	for _, f := range methods {
		name := f.Operator()
		if !f.Action {
			continue
		}
		actions = append(actions, name)
		if defined := slices.Contains(handlers, name); defined == (spec.Unmodelled[name] != "") {
			wrong = append(wrong, name+": want an operator in MultiPaxos.tla, or a line there that says why not")
		}
	}
	for _, name := range slices.Concat(handlers, slices.Sorted(maps.Keys(spec.Unmodelled))) {
		if !slices.Contains(actions, name) && name != "NodeFire" { // takes its *Out last, but is no role's
			wrong = append(wrong, name+": want a method of impl/paxos")
		}
	}
	return wrong
}

// TestNamesThatDiffer takes names away on either side: each is missed.
func TestNamesThatDiffer(t *testing.T) {
	spec, methods := read(t)
	for i, f := range methods {
		if f.Action {
			fewer := slices.Delete(slices.Clone(methods), i, i+1)
			assert.Equal(t, []string{f.Operator() + ": want a method of impl/paxos"}, unequalNames(spec, fewer))
		}
	}
	for _, name := range spec.Handlers() {
		line := spec.Lines[name]
		delete(spec.Lines, name)
		assert.Len(t, unequalNames(spec, methods), 1, name)
		spec.Lines[name] = line
	}
}

// TestReaches knows of some operators in which steps they are used.
func TestReaches(t *testing.T) {
	spec, _ := read(t)
	steps := spec.Reaches()
	assert.Equal(t, []string{"ReceivePrepare"}, steps["AcceptorHandlePrepare"])
	assert.Contains(t, steps["LeaderHandleAdopted"], "ReceivePromise")
	assert.Contains(t, steps["ReplicaHandleDecision"], "ReceiveWelcome")
	assert.NotContains(t, steps["LeaderHandlePropose"], "ReceiveAccept")
	assert.Equal(t, []string{"FireLeaderSendActive", "ReceivePromise"}, steps["LeaderSendActive"])
	assert.NotContains(t, steps["CommanderSendAccept"], "FireLeaderSendActive")
	for _, name := range spec.Handlers() {
		assert.NotEmpty(t, steps[name], "%s is used in no step", name)
	}
}

// TestSpecMap holds docs/spec-map.md against the sources.
func TestSpecMap(t *testing.T) {
	if testing.Short() {
		t.Skip("plays all scenarios")
	}
	scenarios, err := Scenarios(t.Context(), root)
	require.NoError(t, err)
	text, err := SpecMap(root, scenarios)
	require.NoError(t, err)
	assert.NotContains(t, text, "|  |", "an empty cell")
	path := filepath.Join(root, "docs/spec-map.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	found, err := os.ReadFile(path)
	require.NoError(t, err)
	if string(found) != text {
		require.Equal(t, strings.Split(string(found), "\n"), strings.Split(text, "\n"),
			"docs/spec-map.md is stale: go test ./checker/coverage -run TestSpecMap -update")
	}
}
