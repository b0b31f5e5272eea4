package flaws

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

var update = flag.Bool("update", false, "have TLC find the counterexamples, and write testdata and docs/flaws.md")

var only = flag.String("only", Prefix, "with -update: the models whose names contain this")

const (
	root     = "../.."
	document = root + "/docs/flaws.md"
)

// TestDocument needs no TLC: that the counterexamples are TLC's still is what `check spec --tier flaws` shows.
func TestDocument(t *testing.T) {
	if *update {
		writeLadders(t)
	}
	list, err := Read(root)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	entries, err := tlc.ReadModels(filepath.Join(root, "spec", tlc.ModelsFile))
	require.NoError(t, err)
	entries = slices.DeleteFunc(entries, func(e tlc.Entry) bool { return !strings.HasPrefix(e.Name, AlonePrefix) })
	text := Document(list, entries)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(text), 0o644))
	}
	found, err := os.ReadFile(document)
	require.NoError(t, err)
	require.Equal(t, text, string(found), "docs/flaws.md is stale: go test ./checker/flaws -update")
}

func writeLadders(t *testing.T) {
	entries, err := tlc.ReadModels(filepath.Join(root, "spec", tlc.ModelsFile))
	require.NoError(t, err)
	var selected []tlc.Entry
	for _, e := range entries {
		if strings.HasPrefix(e.Name, Prefix) && e.Expect == tlc.ExpectViolates && strings.Contains(e.Name, *only) {
			selected = append(selected, e)
		}
	}
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	_, err = tlc.CheckModels(t.Context(), filepath.Join(root, "spec"), selected, 1, tlc.Reporter{Done: func(c tlc.Check) {
		require.Empty(t, c.Failures, c.Entry.Name)
		text, ok := tlc.Ladder(c.Result)
		require.True(t, ok, c.Entry.Name)
		f := Flaw{Entry: c.Entry}
		require.NoError(t, os.WriteFile(f.Golden(), []byte(text), 0o644))
	}})
	require.NoError(t, err)
}

// TestLaddersArePinned compares each ladder with the result that models.json pins.
func TestLaddersArePinned(t *testing.T) {
	list, err := Read(root)
	require.NoError(t, err)
	for _, f := range list {
		require.Contains(t, f.Ladder, fmt.Sprintf("\n%3d ", f.Entry.Trace-1), f.ID)
		require.NotContains(t, f.Ladder, fmt.Sprintf("\n%3d ", f.Entry.Trace), f.ID)
		require.True(t, strings.HasSuffix(f.Ladder, "✗ "+f.Entry.Property+"\n"), f.ID)
		require.NotEmpty(t, how[f.ID], f.ID)
		for line := range strings.Lines(f.Ladder) {
			require.LessOrEqual(t, len([]rune(line)), 121, "%s: %s", f.ID, line)
		}
	}
	require.Len(t, how, len(list))
}

// TestOperators shows that what a cfg replaces is an operator of the spec.
func TestOperators(t *testing.T) {
	list, err := Read(root)
	require.NoError(t, err)
	spec, err := os.ReadFile(filepath.Join(root, "spec/MultiPaxos.tla"))
	require.NoError(t, err)
	for _, f := range list {
		require.NotEmpty(t, f.Overrides, f.ID)
		for _, o := range f.Overrides {
			require.Regexp(t, regexp.MustCompile(`(?m)^`+o.Operator+`(\(.*\))? ==`), string(spec), f.ID)
		}
	}
}

// TestReadFindsMistakes shows that a rule without a comment and a flaw without a control are errors.
func TestReadFindsMistakes(t *testing.T) {
	require.Equal(t, "A rule.", ruleOf("\\* S1: A rule.\nOp(x) ==\n", "Op"))
	require.Empty(t, ruleOf("\\* a comment\nOp(x) ==\n", "Op"))
	require.Empty(t, ruleOf("\\* S1: A rule.\nOther(x) ==\n", "Op"))
	model, overrides := split("a\n    \\* the flaw\n    A <- B\n    \\* the model\n    C <- D\nINVARIANT X\n")
	require.Equal(t, "a\n    C <- D", model)
	require.Equal(t, []Override{{"A", "B"}}, overrides)
}
