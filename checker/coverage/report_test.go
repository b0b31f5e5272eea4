package coverage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counted makes profiles in which the sources executed each branch that they can once.
func counted(t *testing.T) map[string]Profile {
	scenarios, err := Scenarios(t.Context(), root)
	require.NoError(t, err)
	once := Profile{}
	for b := range scenarios[0].Profile {
		once[b] = 1
	}
	listed, err := unreachable(unreachableText)
	require.NoError(t, err)
	report, err := NewReport(root, map[string]Profile{Sources[0]: once})
	require.NoError(t, err)
	for _, b := range report.Branches {
		if listed[[2]string{b.Function, b.Code}] != "" {
			once[b.Block] = 0
		}
	}
	all := map[string]Profile{}
	for _, source := range Sources {
		all[source] = once
	}
	return all
}

// TestReport makes the table of made-up counts: what is listed as unreachable is in the code, and each branch that
// nothing reaches, or that is listed and reached, is a failure.
func TestReport(t *testing.T) {
	if testing.Short() {
		t.Skip("plays all scenarios")
	}
	counts := counted(t)
	report, err := NewReport(root, counts)
	require.NoError(t, err)
	require.Empty(t, report.Failures)
	require.Greater(t, len(report.Branches), 250)
	for _, b := range report.Branches[:20] {
		was := counts[Sources[0]][b.Block]
		counts[Sources[0]][b.Block] = 1 - was
		now, err := NewReport(root, counts)
		require.NoError(t, err)
		want := "nothing reaches this branch"
		if was == 0 {
			want = "listed as unreachable, and reached"
		}
		assert.Contains(t, strings.Join(now.Failures, "\n"), want)
		counts[Sources[0]][b.Block] = was
	}
}

// TestUnreachable reads bad lists.
func TestUnreachable(t *testing.T) {
	listed, err := unreachable(unreachableText)
	require.NoError(t, err)
	require.NotEmpty(t, listed)
	for _, text := range []string{"f | x", "f | x | ", "f | x | y\nf | x | z"} {
		_, err := unreachable(text)
		assert.ErrorContains(t, err, "unreachable.txt:", text)
	}
}

// TestReadProfile reads profiles, and errors in them with their line.
func TestReadProfile(t *testing.T) {
	p, err := ReadProfile(strings.NewReader("mode: count\na/b.go:1.2,3.4 5 6\na/b.go:1.2,3.4 5 1\nc/d.go:1.2,3.4 5 6\n"), "f", "a")
	require.NoError(t, err)
	assert.Equal(t, Profile{Block{"b.go", 1, 2, 3, 4, 5}: 7}, p)
	for text, want := range map[string]string{
		"": "found none", "mode: count\n": "found none", "mode: count\na/b.go:1.2,3.4 5\n": "f:2: want a coverage profile's block",
		"a/b.go:1.2,3.4 5 6\n": "f:1: want a coverage profile's mode", "mode: count\nc/d.go:1.2,3.4 5 6\n": "want blocks of a",
	} {
		_, err := ReadProfile(strings.NewReader(text), "f", "a")
		assert.ErrorContains(t, err, want, text)
	}
}

// TestCoverageDocs holds what docs/coverage.md says against the list of branches that nothing can reach.
func TestCoverageDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/coverage.md"))
	require.NoError(t, err)
	listed, err := unreachable(unreachableText)
	require.NoError(t, err)
	for key, why := range listed {
		assert.Contains(t, string(text), "`"+strings.ReplaceAll(key[1], "|", "\\|")+"` — "+why)
	}
	assert.NotContains(t, string(text), "FAILED")
}
