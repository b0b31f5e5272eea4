package tlc

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const specDocs = "../../docs/spec.md"

// The table of models in docs/spec.md is made from models.json: go test ./checker/tlc -run SpecDocs -update.
func TestSpecDocs(t *testing.T) {
	entries, err := ReadModels("../../spec/models.json")
	require.NoError(t, err)
	old, err := os.ReadFile(specDocs)
	require.NoError(t, err)
	table := regexp.MustCompile(`(?s)(<!-- models, from spec/models.json -->\n).*?(\n<!-- end -->)`)
	require.Regexp(t, table, string(old))
	rows := strings.ReplaceAll(strings.Join(modelRows(entries), "\n"), "$", "$$")
	want := table.ReplaceAllString(string(old), "${1}"+rows+"${2}")
	if *update {
		require.NoError(t, os.WriteFile(specDocs, []byte(want), 0o644))
	}
	now, err := os.ReadFile(specDocs)
	require.NoError(t, err)
	require.Equal(t, want, string(now), "docs/spec.md is stale: run go test ./checker/tlc -run SpecDocs -update")
}

func modelRows(entries []Entry) []string {
	rows := []string{"| model | tier | what it is for | expected | distinct | generated | depth |", "|---|---|---|---|--:|--:|--:|"}
	for _, e := range entries {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", e.Name, e.Tier,
			strings.ReplaceAll(e.Purpose, "|", `\|`), expected(e)))
	}
	return rows
}

// expected holds the last four columns. A violation pins no counts, only the length of its trace.
func expected(e Entry) string {
	if e.Expect == ExpectViolates {
		return fmt.Sprintf("`%s` violated | | | %d", e.Property, e.Trace)
	}
	return fmt.Sprintf("pass | %d | %d | %d", e.Distinct, e.Generated, e.Depth)
}
