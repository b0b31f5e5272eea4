package fuzz

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mayImport says which packages of ours the packages below each folder may import. Imports point one way: the
// protocol knows nobody, the implementation knows no checker, and checkers judge data, not runs.
var mayImport = []struct{ folder, allowed string }{
	{"impl/paxos", ""},
	{"impl/bank", ""},
	{"impl/kv", ""},
	{"impl/trace", "impl/paxos"},
	{"impl/sim", "impl/paxos impl/trace"},
	{"impl/workload", "impl/paxos impl/bank impl/kv impl/sim"},
	{"impl/cmd", "impl/"},
	{"checker/cmd", "impl/ checker/ fuzz"},
	{"checker/", "impl/paxos impl/bank impl/kv impl/trace checker/"},
	{"fuzz", "impl/ checker/ fuzz"},
}

func TestImportsPointOneWay(t *testing.T) {
	checked := map[string]int{}
	walkGo(t, func(path string, imports []string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		i := slices.IndexFunc(mayImport, func(r struct{ folder, allowed string }) bool { return strings.HasPrefix(path, r.folder) })
		require.GreaterOrEqual(t, i, 0, "%s: a folder without a rule", path)
		checked[mayImport[i].folder]++
		for _, name := range imports {
			ours, ok := strings.CutPrefix(name, "multipaxos/")
			allowed := !ok || slices.ContainsFunc(strings.Fields(mayImport[i].allowed), func(prefix string) bool {
				return strings.HasPrefix(ours, prefix)
			})
			assert.True(t, allowed, "%s may not import %s", path, name)
		}
	})
	for _, rule := range mayImport {
		assert.Positive(t, checked[rule.folder], "no file below %s", rule.folder)
	}
}

// walkGo calls visit for every Go file of the module, with the file's imports.
func walkGo(t *testing.T, visit func(path string, imports []string)) {
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, name)
		}
		visit(filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))), imports)
		return nil
	})
	require.NoError(t, err)
}
