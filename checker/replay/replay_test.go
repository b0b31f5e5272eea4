package replay

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

const specDir = "../../spec"

func entry(t *testing.T, name string) tlc.Entry {
	entries, err := tlc.ReadModels(specDir + "/models.json")
	require.NoError(t, err)
	selected, err := tlc.Select(entries, tlc.Full, []string{name})
	require.NoError(t, err)
	return selected[0]
}

func TestGraph(t *testing.T) {
	for _, name := range []string{"learnreduced", "welcome"} {
		c, err := Graph(t.Context(), specDir, entry(t, name))
		require.NoError(t, err)
		PrintCoverage(os.Stdout, []*Coverage{c})
	}
}

func TestSimulate(t *testing.T) {
	for _, name := range []string{"welcome", "votes"} {
		c, err := Simulate(t.Context(), specDir, entry(t, name), tlc.Simulation{Traces: 20, Depth: 30, Seed: 1}, nil)
		require.NoError(t, err)
		PrintCoverage(os.Stdout, []*Coverage{c})
	}
}
