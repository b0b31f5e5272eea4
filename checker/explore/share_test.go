package explore

import (
	"context"
	"io"
	"sync/atomic"
	"testing"

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

// TestShareIsInterrupted walks no further, after a thousand walks: what there is to walk would take days.
func TestShareIsInterrupted(t *testing.T) {
	ctx := &ending{Context: t.Context()}
	ctx.looks.Store(1000)
	_, err := ShareOf(ctx, io.Discard, ShareOptions{Model: named(t, "single"), Steps: 1 << 40, Seed: 1})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, ctx.looks.Load())
}

// ending is a context that ends when it was looked at so often.
type ending struct {
	context.Context
	looks atomic.Int64
}

func (e *ending) Err() error {
	if e.looks.Load() == 0 {
		return context.Canceled
	}
	e.looks.Add(-1)
	return nil
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
