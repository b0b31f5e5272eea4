package zoo

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryBugCompiles checks the types of the protocol with each bug alone: else a bug would prove nothing.
func TestEveryBugCompiles(t *testing.T) {
	const pkg = "impl/paxos"
	paths, err := filepath.Glob(filepath.Join(moduleRoot, pkg, "*.go"))
	require.NoError(t, err)
	files, texts := token.NewFileSet(), map[string]string{}
	config := types.Config{Importer: importer.ForCompiler(files, "source", nil)}
	for _, b := range Bugs() {
		edited, err := b.edited(moduleRoot, texts)
		require.NoError(t, err)
		var parsed []*ast.File
		for _, path := range paths {
			name := pkg + "/" + filepath.Base(path)
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			var source any // none: the file's own
			if text, ok := edited[name]; ok {
				source = text
				delete(edited, name)
			}
			f, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
			require.NoError(t, err, b.ID)
			parsed = append(parsed, f)
		}
		require.Empty(t, edited, "%s changes another package", b.ID)
		_, err = config.Check(pkg, files, parsed, nil)
		require.NoError(t, err, b.ID)
	}
}

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
func (s *S[T]) F(a int, _ string) int { if zooBug == "a-1" { return s.F_a_1(a, *new(string)) }; if zooBug == "b" { return s.F_b(a, *new(string)) }; return a }

func G() { if zooBug == "c" { G_c(); return };
	g()
}

func (s *S[T]) F_a_1(a int, _ string) int { return a + 1 }

func (s *S[T]) F_b(a int, _ string) int { return a + 2 }

func G_c() {
}
`, merged)
	for _, more := range []string{edit("F(a int", "F(b int"), edit("package p", "package p\nvar x int"), unmerged + "func H() {}\n"} {
		_, err := Merge("p.go", unmerged, map[string]string{"more": more})
		require.ErrorIs(t, err, errMore)
		require.EqualError(t, err, "zoo: p.go with more: changes more than what functions do")
	}
	_, err = Merge("p.go", unmerged, map[string]string{"cut": unmerged[:len(unmerged)-3]})
	require.ErrorContains(t, err, "zoo: p.go with cut: p.go:")
}

// TestTogether holds that nearly all bugs are in one program, that it does nothing when none of them is switched on, and
// that a bug which is not there is built alone.
func TestTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the protocol with bugs")
	}
	test, err := BuildTestTogether(t.Context(), moduleRoot, t.TempDir(), "./impl/paxos")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(test.ids), 70)
	cmd, err := test.Command(t.Context(), "S1")
	require.NoError(t, err)
	require.Equal(t, test.program, cmd.Path)
	cmd.Env = os.Environ()
	output, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "ZOO_BUG: want one of [B C D ")

	require.NotContains(t, test.ids, "late-write")
	cmd, err = test.Command(t.Context(), "late-write")
	require.NoError(t, err)
	require.NotEqual(t, test.program, cmd.Path)
	require.FileExists(t, cmd.Path)
	_, err = test.Command(t.Context(), "S99")
	require.ErrorContains(t, err, `found "S99"`)
}
