package explore

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestShare walks at random: more steps hit more, enough hit nearly all of a small model, and few hit little.
func TestShare(t *testing.T) {
	o := ShareOptions{Model: named(t, "single"), Steps: 100_000, Seed: 1}
	h, err := ShareOf(context.Background(), io.Discard, o)
	require.NoError(t, err)
	require.Equal(t, 1969, h.Reachable)
	require.Greater(t, h.Walks, 100)
	require.Len(t, h.Points, 4)
	for i, p := range h.Points[1:] {
		require.Greater(t, p.States, h.Points[i].States)
	}
	require.Greater(t, h.Points[3].States, h.Reachable/2)
	require.Less(t, h.Points[0].States, h.Reachable/10)
	again, err := ShareOf(context.Background(), io.Discard, o)
	require.NoError(t, err)
	require.Equal(t, h, again)
	_, err = ShareOf(context.Background(), io.Discard, ShareOptions{Model: named(t, "history"), Steps: 1})
	require.ErrorContains(t, err, "no history")
}

// TestShareIsInterrupted while it walks.
func TestShareIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := ShareOf(ctx, io.Discard, ShareOptions{Model: named(t, "single"), Steps: 1 << 40, Seed: 1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestShareOfCorpus keeps walks and goes on from them; each new state is met by a walk that is kept.
func TestShareOfCorpus(t *testing.T) {
	o := ShareOptions{Model: named(t, "clients"), Steps: 100_000, Seed: 1, Corpus: true}
	h, err := ShareOf(context.Background(), io.Discard, o)
	require.NoError(t, err)
	require.Greater(t, h.Corpus, 100)
	require.Less(t, h.Corpus, h.Walks)
	o.Corpus = false
	plain, err := ShareOf(context.Background(), io.Discard, o)
	require.NoError(t, err)
	require.Zero(t, plain.Corpus)
	require.NotEqual(t, h.Points, plain.Points)
}
