package proof

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const docs = "../../docs/proof.md"

// The tables in docs/proof.md are made from the source. go test ./checker/proof -run Docs -update makes them anew.
func TestDocs(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	old, err := os.ReadFile(docs)
	require.NoError(t, err)
	text := string(old)
	tables := map[string][]string{"actions": actionRows(s), "abstracted": abstractedRows(s),
		"conjuncts": conjunctRows(s), "variants": variantRows(s)}
	for name, rows := range tables {
		part := regexp.MustCompile(fmt.Sprintf(`(?s)(<!-- %s, from spec/proof/MultiPaxos.proof -->\n).*?(\n<!-- end -->)`, name))
		require.Regexp(t, part, text)
		text = part.ReplaceAllString(text, "${1}"+strings.ReplaceAll(strings.Join(rows, "\n"), "$", "$$")+"${2}")
	}
	if *update {
		require.NoError(t, os.WriteFile(docs, []byte(text), 0o644))
	}
	now, err := os.ReadFile(docs)
	require.NoError(t, err)
	require.Equal(t, text, string(now))
	count := fmt.Sprintf("%d obligations", (len(s.Actions)+1)*len(s.Conjuncts)+1)
	require.Contains(t, text, count)
}

func actionRows(s *Source) []string {
	rows := []string{"| action | what it does |", "|---|---|"}
	for _, a := range s.Actions {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", a.Name, a.Text))
	}
	return rows
}

func abstractedRows(s *Source) []string {
	rows := []string{"| no action here | why |", "|---|---|"}
	for _, a := range s.Abstracted {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", a.Name, a.Text))
	}
	return rows
}

func conjunctRows(s *Source) []string {
	rows := []string{"| conjunct | in words | without it |", "|---|---|---|"}
	for _, c := range s.Conjuncts {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", c.Name, c.Text, fails(c.Needs)))
	}
	return rows
}

func variantRows(s *Source) []string {
	rows := []string{"| mistake | what is wrong | then |", "|---|---|---|"}
	for _, v := range s.Variants {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", v.Name, v.Text, fails(v.Breaks)))
	}
	return rows
}

func fails(p Place) string {
	if p.Action == goalStep {
		return fmt.Sprintf("`%s` does not follow", p.Conjunct)
	}
	return fmt.Sprintf("`%s` breaks `%s`", p.Action, p.Conjunct)
}
