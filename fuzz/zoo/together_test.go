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
	require.Contains(t, string(output), "MERGED_EDIT: want one of [B C D ")

	require.NotContains(t, test.ids, "late-write")
	cmd, err = test.Command(t.Context(), "late-write")
	require.NoError(t, err)
	require.NotEqual(t, test.program, cmd.Path)
	require.FileExists(t, cmd.Path)
	_, err = test.Command(t.Context(), "S99")
	require.ErrorContains(t, err, `found "S99"`)
}
