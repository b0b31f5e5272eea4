package replay

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

var pair = tlc.Entry{Name: "pair", Module: "MC.tla", Cfg: "../checker/replay/testdata/Pair.cfg",Cover: []string{"Invoke"}}

func TestDevPair(t *testing.T) {
	dir := os.Getenv("REPLAY_DIR")
	if dir == "" {
		t.Skip()
	}
	record_(t, dir, pair, tlc.Simulation{Traces: 40, Depth: 250, Seed: 1})
	c, err := Simulate(t.Context(), specDir, pair, tlc.Simulation{Traces: 10, Depth: 250, Seed: 1}, nil)
	if c != nil {
		PrintCoverage(os.Stdout, []*Coverage{c})
	}
	require.NoError(t, err)
}
