package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz/zoo"
)

// What shrinking leaves of a random failure is as long as the shortest one, or a move longer.
func TestShortest(t *testing.T) {
	c := comparedWith(t, "L5")
	require.Equal(t, "ReceiveDecision", c.Action)
	require.Len(t, c.Shrunk, 1)
	require.LessOrEqual(t, c.Shrunk[0].Moves, c.Moves+1)
	require.Greater(t, c.Shrunk[0].FromSteps, 10*c.Moves)
}

// A quorum that is none, as half of one node, rounded down, is what the bug breaks, and no error: two nodes show it before the first step.
func TestShortestOfABrokenQuorum(t *testing.T) {
	c := comparedWith(t, "quorum-half")
	require.Len(t, c.Shrunk, 1)
	require.Equal(t, "Init", c.Shrunk[0].Failure)
	require.Equal(t, 2, c.Shrunk[0].Nodes)
	require.Zero(t, c.Shrunk[0].Moves)
}

// comparedWith compares one random failure of the program with the bug.
func comparedWith(t *testing.T, id string) (c compared) {
	if testing.Short() {
		t.Skip("builds the program with a bug")
	}
	t.Chdir("../../..")
	bug, err := zoo.Find(id)
	require.NoError(t, err)
	require.NoError(t, withPlanted(t.Context(), bug, func(program string) error {
		c, err = onePlanted[compared](t.Context(), program, "shortest", "--here", bug.ID, "--runs", "1")
		return err
	}))
	t.Log(c.row(bug.ID))
	return c
}

func TestShortestRow(t *testing.T) {
	r := compared{Model: "one", Action: "ReceiveAccept", Moves: 3, Shrunk: []shrunk{
		{Failure: "ReceiveAccept", Moves: 4, Nodes: 1, Acts: 2, FromSteps: 100, Found: 0.1, Took: 3}, {Failure: "ReceiveAccept", Moves: 4, Nodes: 1, Acts: 2, FromSteps: 90, Found: 0.2, Took: 4},
	}}
	assert.Equal(t, "| B | 3 ReceiveAccept (one) | 4 ReceiveAccept (1) | 2 | 100; 90 | 0.1, 3; 0.2, 4 |", r.row("B"))
	assert.Equal(t, "| B | – | – | – | – | – |", compared{}.row("B"))
}

// A row takes the place of the bug's old one, and rows stay in order.
func TestDocumentRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	begin, end := "<!-- x: check x --write docs/search.md -->\n", "<!-- end of x: check x --write docs/search.md -->\n"
	require.NoError(t, os.WriteFile(path, []byte("a\n"+begin+end+"z\n"), 0o644))
	d := tableOf(path, "x", "| bug | n |\n|---|---|\n")
	for _, row := range []string{"| C | 1 |", "| B | 2 |", "| C | 3 |"} {
		require.NoError(t, d.add(row[2:3], row))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "a\n"+begin+"| bug | n |\n|---|---|\n| B | 2 |\n| C | 3 |\n"+end+"z\n", string(text))
	d.part = "y"
	assert.ErrorContains(t, d.add("B", "| B |"), "page.md: want a part between <!-- y -->")
}
