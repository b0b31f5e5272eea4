package hunt

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz/zoo"
)

const (
	moduleRoot = "../.."
	document   = moduleRoot + "/docs/zoo.md"
	walks      = moduleRoot + "/checker/replay/testdata/flaws" // which the protocol as it is refuses where it must
)

// TestNothingIsFound holds that no checker finds anything in the protocol as it is.
func TestNothingIsFound(t *testing.T) {
	for _, h := range Hunts {
		t.Run(h.Name, func(t *testing.T) {
			found, err := h.Run(t.Context(), Options{Limit: 500 * time.Millisecond, Walks: walks})
			require.NoError(t, err)
			require.Empty(t, found)
		})
	}
}

// build builds the program with all bugs, of which hunts switches one on.
func build(t *testing.T) *zoo.Together {
	if testing.Short() {
		t.Skip("builds the program with bugs")
	}
	program, err := zoo.BuildTogether(t.Context(), moduleRoot, t.TempDir(), "./checker/cmd/check")
	require.NoError(t, err)
	return program
}

// hunts has a program hunt for a bug that it has, and returns what it found.
func hunts(t *testing.T, program *zoo.Together, id, name string, limit time.Duration) (found []Finding) {
	cmd, err := program.Command(t.Context(), id, "hunt", name, "--limit", limit.String(), "--walks", walks)
	require.NoError(t, err)
	output, _ := cmd.Output()
	decoder := json.NewDecoder(bytes.NewReader(output))
	for decoder.More() {
		var f Finding
		require.NoError(t, decoder.Decode(&f), "%s", output)
		found = append(found, f)
	}
	return found
}

// TestProbeBites plants what only probe can find: nodes of a simulation are configured alike, and no machine panics.
func TestProbeBites(t *testing.T) {
	program := build(t)
	for id, want := range map[string]string{
		"L16": "Refused", "L18": "NoPanic", "L19": "Refused", "S6": "Refused", "ballot-overflow": "Refused",
	} {
		t.Run(id, func(t *testing.T) {
			found := hunts(t, program, id, "probe", 20*time.Second)
			require.Len(t, found, 1)
			require.Contains(t, found[0].Found, want)
		})
	}
}

// The easiest ten, by docs/zoo.md.
var canaries = []string{"B", "C", "D", "L5", "L10", "S3", "S5", "accept-strict", "deaf-leader", "local-read"}

// TestCanary fails when the search does not find the easiest bugs in a minute of CPU, all together.
func TestCanary(t *testing.T) {
	program, took := build(t), 0.0
	for _, id := range canaries {
		found := hunts(t, program, id, "search", time.Minute)
		require.Len(t, found, 1, "%s was not found in a minute", id)
		took += found[0].Seconds
		t.Logf("%-16s %.2f s: %s", id, found[0].Seconds, found[0].Found)
	}
	require.Less(t, took, time.Minute.Seconds())
}

// TestDocument holds docs/zoo.md against the zoo: the list of bugs, and that a checker finds each.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	list, err := Section(string(text), BugsPart)
	require.NoError(t, err)
	require.Equal(t, zoo.Table(), list, "%s is out of date: run what its comment says", document)
	kills, err := Section(string(text), KillsPart)
	require.NoError(t, err)
	table, ids := ReadTable(kills), []string{}
	for _, b := range zoo.Bugs() {
		ids = append(ids, b.ID)
	}
	require.Contains(t, kills, table.Summary(ids))
	for _, b := range zoo.Bugs() {
		assert.NotEmpty(t, table.Killed(b.ID), "%s: no checker finds it", b.ID)
		delete(table, b.ID)
	}
	assert.Empty(t, table, "no such bugs")
}

// TestTable holds that a table that is written and read is the same, and that a part of it can be renewed.
func TestTable(t *testing.T) {
	table := Table{}
	table.Enter("A", []string{Tests, "soak"}, []Finding{{Checker: Histories, Found: "Linearizability: a, b", Seconds: 1.234}})
	table.Enter("A", []string{"probe"}, nil)
	text := table.Markdown([]string{"A"})
	require.Contains(t, text, "| A | – | – | – | 1.23 Linearizability |  |")
	again := ReadTable(text)
	require.Equal(t, text, again.Markdown([]string{"A"}))
	require.True(t, again.Measured("A", "probe"))
	require.False(t, again.Measured("A", "search"))
	require.Equal(t, []string{Histories}, again.Killed("A"))
	again.Enter("A", []string{"probe"}, []Finding{{Checker: "probe", Found: "Refused: it took", Acts: 3}})
	require.Equal(t, []string{Histories, "probe"}, again.Killed("A"))
	require.Equal(t, "0.00 Refused (3)", again["A"]["probe"])
	again.Enter("B", []string{Tests, "probe"}, []Finding{{Checker: "probe", Found: "NoPanic", Seconds: 2}, {Checker: Tests, Found: "1 fail", Seconds: 9}})
	again.Enter("C", []string{Tests, "probe"}, []Finding{{Checker: Tests, Found: "1 fail"}})
	require.Equal(t, "Found by a checker, the tests not counted: 2 of 3 bugs; the last, B, after 2.00 s of CPU.\n", again.Summary([]string{"A", "B", "C"}))
}

func TestSection(t *testing.T) {
	document := "x\n<!-- a -->\nold\n<!-- end of a -->\ny\n"
	changed, err := Replace(document, "a", "new\n")
	require.NoError(t, err)
	require.Equal(t, "x\n<!-- a -->\nnew\n<!-- end of a -->\ny\n", changed)
	for _, bad := range []string{"", "<!-- a -->\n", "<!-- end of a -->\n<!-- a -->\n"} {
		_, err := Replace(bad, "a", "new\n")
		require.ErrorContains(t, err, "want a part between <!-- a --> and <!-- end of a -->")
	}
}

func TestFind(t *testing.T) {
	h, err := Find("soak")
	require.NoError(t, err)
	require.True(t, slices.Contains(h.Checkers, Invariants))
	_, err = Find("bogus")
	require.ErrorContains(t, err, `found "bogus"`)
}
