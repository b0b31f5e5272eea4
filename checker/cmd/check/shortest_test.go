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
	if testing.Short() {
		t.Skip("builds the program with a bug")
	}
	t.Chdir("../../..")
	bug, err := zoo.Find("L5")
	require.NoError(t, err)
	require.NoError(t, withPlanted(t.Context(), bug, func(program string) error {
		list, err := runPlanted[compared](t.Context(), program, "shortest", "--here", bug.ID, "--runs", "1")
		require.NoError(t, err)
		require.Len(t, list, 1)
		t.Log(list[0].row(bug.ID))
		require.Equal(t, "ReceiveDecision", list[0].Action)
		require.Len(t, list[0].Shrunk, 1)
		require.LessOrEqual(t, list[0].Shrunk[0].Moves, list[0].Moves+1)
		require.Greater(t, list[0].Shrunk[0].FromSteps, 10*list[0].Moves)
		return nil
	}))
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
