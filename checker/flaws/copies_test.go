package flaws

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const copies = "testdata/copies.golden"

// maxChanged is how many lines of a handler a flaw may leave out, and how many it may add.
const maxChanged = 4

// TestFlawsAreCopies shows what each operator of Flaws.tla changes in the one that it takes the place of: the rest is a
// copy, line for line. When a handler changes, so does this; then the flaw must be changed alike.
func TestFlawsAreCopies(t *testing.T) {
	list, err := Read(root)
	require.NoError(t, err)
	spec, flawed := operators(t, "MultiPaxos.tla"), operators(t, "Flaws.tla")
	seen := map[Override]bool{}
	var all strings.Builder
	for _, f := range list {
		for _, o := range f.Overrides {
			if seen[o] {
				continue
			}
			seen[o] = true
			gone, added := changes(spec[o.Operator], flawed[o.By])
			fmt.Fprintf(&all, "%s <- %s\n%s%s\n", o.Operator, o.By, prefixed("-", gone), prefixed("+", added))
			if len(gone) < len(spec[o.Operator]) { // or it is written anew: a body of a line or two
				require.LessOrEqual(t, max(len(gone), len(added)), maxChanged, o.By)
			} else {
				require.LessOrEqual(t, len(added), maxChanged, o.By)
			}
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(copies, []byte(all.String()), 0o644))
	}
	want, err := os.ReadFile(copies)
	require.NoError(t, err)
	require.Equal(t, string(want), all.String(), "change the flaw as its handler was changed, and then: go test ./checker/flaws -run Copies -update")
}

// operators returns the body of each operator of a module, line by line, without comments and the space around.
func operators(t *testing.T, module string) map[string][]string {
	text, err := os.ReadFile(filepath.Join(root, "spec", module))
	require.NoError(t, err)
	head := regexp.MustCompile(`^(\w+)(\([^)]*\))? ==`)
	bodies := map[string][]string{}
	name := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, `\*`)
		if match := head.FindString(line); match != "" {
			name, _, _ = strings.Cut(strings.TrimSuffix(match, " =="), "(")
			line = strings.TrimPrefix(line, match)
		}
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "==="), strings.HasPrefix(line, "RECURSIVE"):
			name = ""
		case line == "":
		case name != "":
			bodies[name] = append(bodies[name], line)
		}
	}
	return bodies
}

// changes returns the lines of old that are not in new and those of new that are not in old, by their longest common
// subsequence.
func changes(old, new []string) (gone, added []string) {
	longest := make([][]int, len(old)+1)
	for i := range longest {
		longest[i] = make([]int, len(new)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if old[i] == new[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(old) || j < len(new) {
		switch {
		case i < len(old) && j < len(new) && old[i] == new[j]:
			i, j = i+1, j+1
		case j == len(new) || i < len(old) && longest[i+1][j] >= longest[i][j+1]:
			gone = append(gone, old[i])
			i++
		default:
			added = append(added, new[j])
			j++
		}
	}
	return gone, added
}

func prefixed(sign string, lines []string) string {
	text := ""
	for _, line := range lines {
		text += "  " + sign + " " + line + "\n"
	}
	return text
}

// TestChanges shows that a line that was changed, left out or added is told.
func TestChanges(t *testing.T) {
	gone, added := changes([]string{"a", "b", "c"}, []string{"a", "x", "c", "d"})
	require.Equal(t, []string{"b"}, gone)
	require.Equal(t, []string{"x", "d"}, added)
	gone, added = changes([]string{"a"}, []string{"a"})
	require.Empty(t, append(gone, added...))
}
