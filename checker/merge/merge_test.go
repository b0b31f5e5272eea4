package merge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const unmerged = `package p

// F has no name for what it does not read.
func (s *S[T]) F(a int, _ string) int { return a }

func G() {
	g()
}
`

// TestMerge merges two edits of one function, and one of another.
func TestMerge(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(unmerged, old, new, 1) }
	merged, err := Merge("p.go", unmerged, map[string]string{
		"a-1": edit("return a", "return a + 1"), "b": edit("return a", "return a + 2"), "c": edit("\tg()\n", "")})
	require.NoError(t, err)
	require.Equal(t, `package p

// F has no name for what it does not read.
func (s *S[T]) F(a int, _ string) int { if mergedEdit == "a-1" { return s.F_a_1(a, *new(string)) }; if mergedEdit == "b" { return s.F_b(a, *new(string)) }; return a }

func G() { if mergedEdit == "c" { G_c(); return };
	g()
}

func (s *S[T]) F_a_1(a int, _ string) int { return a + 1 }

func (s *S[T]) F_b(a int, _ string) int { return a + 2 }

func G_c() {
}
`, merged)
	for _, more := range []string{edit("F(a int", "F(b int"), edit("package p", "package p\nvar x int"), unmerged + "func H() {}\n"} {
		_, err := Merge("p.go", unmerged, map[string]string{"more": more})
		require.ErrorIs(t, err, ErrMore)
		require.EqualError(t, err, "merge: p.go with more: changes more than what functions do")
	}
	_, err = Merge("p.go", unmerged, map[string]string{"cut": unmerged[:len(unmerged)-3]})
	require.ErrorContains(t, err, "merge: p.go with cut: p.go:")
}
