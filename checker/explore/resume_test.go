package explore

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stopAndGoOn explores in pieces of so many states, each from the checkpoint of the one before.
func stopAndGoOn(t *testing.T, o Options, piece int) (out Outcome, pieces int) {
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	for !out.Complete {
		pieces++
		o.MaxStates += piece
		out = explored(t, o)
		o.Resume = true
		require.Less(t, pieces, 1000)
	}
	return out, pieces
}

// numbers are what must not depend on how a search went.
func numbers(o Outcome) []int {
	return []int{o.States, o.Steps, o.Stutters, o.Depth, o.Widest, o.Terminals, o.Messages}
}

// TestResume stops explorations again and again. In the end they have found what one in one go finds, with and without
// reductions, with one worker or two, and with a frontier on disk.
func TestResume(t *testing.T) {
	for _, o := range []Options{
		{Model: named(t, "checkpoint")},
		{Model: named(t, "clients"), Workers: 2, chunk: 16, Frontier: 64},
		{Model: named(t, "single"), Symmetry: true, Reduction: true},
		{Model: named(t, "fill"), Workers: 2, chunk: 256},
	} {
		if testing.Short() && o.Model.States > 10_000 {
			continue
		}
		t.Run(o.Model.Name, func(t *testing.T) {
			out, pieces := stopAndGoOn(t, o, max(100, o.Model.States/20))
			require.True(t, out.OK(), "%+v", out)
			require.Greater(t, pieces, 2)
			require.Equal(t, numbers(explored(t, o)), numbers(out))
		})
	}
}

// TestPauses saves every moment, and goes on at once.
func TestPauses(t *testing.T) {
	o := Options{Model: named(t, "fill"), Checkpoint: filepath.Join(t.TempDir(), "checkpoint"), Every: 100 * time.Millisecond}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Run(ctx, io.Discard, o)
	require.NoError(t, err)
	require.FileExists(t, o.Checkpoint)
	o.Resume = true // from the first state: the search saves all the time
	out := explored(t, o)
	require.Equal(t, o.Model.States, out.States)
	require.True(t, out.OK(), "%+v", out)
}

// TestBadCheckpoints are errors that say what is wrong.
func TestBadCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	o := Options{Model: named(t, "clients"), Checkpoint: path, MaxStates: 2000}
	require.False(t, explored(t, o).Complete)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = Run(context.Background(), io.Discard, o)
	require.ErrorContains(t, err, "want a new file, or to resume from it", "an hour's work must not be lost by a forgotten flag")
	require.FileExists(t, path)
	o.Resume = true
	fails := func(want string, text []byte, o Options) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		_, err := Run(context.Background(), io.Discard, o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
	fails("found an end", good[:len(good)-1], o)
	fails("found an end", nil, o)
	fails("found more", append(bytes.Clone(good), 1), o)
	fails("want a", []byte("{}\n"), o)
	edited := bytes.Clone(good)
	edited[len(edited)-100] ^= 1
	fails("want the sum", edited, o)
	for at := 0; at < len(good); at += len(good) / 300 { // also in the head, in whose numbers the code trusts
		edited := bytes.Clone(good)
		edited[at] ^= 64
		fails("", edited, o)
	}
	other := o
	other.Seed = 3
	fails("found that of", good, other)
	history := Options{Model: named(t, "history"), Checkpoint: path, MaxStates: 10}
	_, err = Run(context.Background(), io.Discard, history)
	require.ErrorContains(t, err, "no history")
}

// TestNowhereToSave is an error at once, not when the first checkpoint is due.
func TestNowhereToSave(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "want a file", filepath.Join(dir, "none", "checkpoint"): "no such file"} {
		out, err := Run(context.Background(), io.Discard, Options{Model: named(t, "clients"), Checkpoint: path})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path[:len(dir)])
		require.Zero(t, out.States)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
