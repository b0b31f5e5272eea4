package replay

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

// The tests of this package run TLC. Without Java or Maven they fail with the one line that says what to install.

const specDir = "../../spec"

var (
	full   = flag.Bool("full", false, "replay all models, and print what was covered")
	update = flag.Bool("update", false, "write the schedules of counterexamples anew")
	walks  = flag.Int("walks", 40, "random walks of each model, with -full")
)

func entry(t *testing.T, name string) tlc.Entry {
	entries, err := tlc.ReadModels(specDir + "/models.json")
	require.NoError(t, err)
	selected, err := tlc.Select(entries, tlc.Full, []string{name})
	require.NoError(t, err)
	return selected[0]
}

// TestAll is what docs/replay.md shows.
func TestAll(t *testing.T) {
	if !*full {
		t.Skip("takes minutes: -full")
	}
	require.NoError(t, All(t.Context(), os.Stdout, specDir, tlc.Simulation{Traces: *walks, Depth: 200, Seed: 1}))
}

// TestGraph replays every edge of a small graph.
func TestGraph(t *testing.T) {
	c, err := Graph(t.Context(), specDir, entry(t, "learnreduced"))
	require.NoError(t, err)
	require.Greater(t, c.Total(), 500)
	require.Greater(t, c.Changes["ReceiveDecision"], 0)
	require.Empty(t, c.NeverReplayed([]string{"ReceivePropose", "ReceiveAccepted"}))
	require.Equal(t, []string{"ReceivePreempted"}, c.NeverReplayed(nil), "there is one ballot only")
}

// TestGraphOfJoins replays every edge of small graphs in which a cluster is founded, and a disk is lost.
func TestGraphOfJoins(t *testing.T) {
	for name, action := range map[string]string{"found": "ReceiveJoin", "wiped": "WipeRestart"} {
		c, err := Graph(t.Context(), specDir, entry(t, name))
		require.NoError(t, err)
		require.Positive(t, c.Changes[action], name)
		require.Positive(t, c.Changes["ReceiveWelcome"], name)
	}
}

// TestSimulate replays random walks; and it asks for an action that none of them has.
func TestSimulate(t *testing.T) {
	e := Everything
	e.Cover = []string{"Invoke", "ReceivePropose", "ReceivePrepare", "ReceivePromise", "FireReplicaFollowNext", "CrashRestart"}
	c, err := Simulate(t.Context(), specDir, e, tlc.Simulation{Traces: 4, Depth: 60, Seed: 1}, nil)
	require.NoError(t, err)
	require.Equal(t, 4, c.Walks)
	require.Len(t, c.Actions, 21)

	e.Cover = append(e.Cover, "ReceiveWelcome")
	_, err = Simulate(t.Context(), specDir, e, tlc.Simulation{Traces: 1, Depth: 5, Seed: 1}, nil)
	var never *CoverageError
	require.ErrorAs(t, err, &never)
	require.Contains(t, never.Actions, "ReceiveWelcome")
}
