package explore

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShare walks at random: more steps hit more, enough hit nearly all of a small model, and few hit little.
func TestShare(t *testing.T) {
	h, err := ShareOf(context.Background(), io.Discard, named(t, "single"), 100_000, 1)
	require.NoError(t, err)
	require.Equal(t, 1969, h.Reachable)
	require.Greater(t, h.Walks, 100)
	require.Len(t, h.Points, 4)
	for i, p := range h.Points[1:] {
		require.Greater(t, p.States, h.Points[i].States)
	}
	require.Greater(t, h.Points[3].States, h.Reachable/2)
	require.Less(t, h.Points[0].States, h.Reachable/10)
	again, err := ShareOf(context.Background(), io.Discard, named(t, "single"), 100_000, 1)
	require.NoError(t, err)
	require.Equal(t, h, again)
	_, err = ShareOf(context.Background(), io.Discard, named(t, "history"), 1, 1)
	require.ErrorContains(t, err, "no history")
}
