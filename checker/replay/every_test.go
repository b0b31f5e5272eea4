package replay

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

var everything = tlc.Entry{Name: "everything", Module: "MC.tla", Cfg: "../checker/replay/testdata/Everything.cfg"}

func TestEverything(t *testing.T) {
	c, err := Simulate(t.Context(), specDir, everything, tlc.Simulation{Traces: 30, Depth: 200, Seed: 1}, nil)
	if c != nil {
		PrintCoverage(os.Stdout, []*Coverage{c})
	}
	require.NoError(t, err)
}
