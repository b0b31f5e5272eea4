package replay

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// REPLAY_MODELS
func TestAllGraphs(t *testing.T) {
	names := os.Getenv("REPLAY_MODELS")
	if names == "" {
		t.Skip()
	}
	var all []*Coverage
	for _, name := range strings.Split(names, ",") {
		c, err := Graph(t.Context(), specDir, entry(t, name))
		require.NoError(t, err)
		all = append(all, c)
		t.Log(name, c.Total())
	}
	PrintCoverage(os.Stdout, all)
}
