package fuzz

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failed is what Report fails in place of a test.
type failed struct{ text string }

func (f *failed) Helper() {}

func (f *failed) Fatalf(format string, args ...any) { f.text = fmt.Sprintf(format, args...) }

// tree lists all that is below a folder, with the times when files changed.
func tree(t *testing.T, root string) (list []string) {
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		if !entry.IsDir() {
			path += " " + info.ModTime().String()
		}
		list = append(list, strings.TrimPrefix(path, root))
		return err
	}))
	return list
}

// What fails is filed below histories/out, and nothing is written elsewhere: not beside the tests, nor among temporary files, nor
// at home. A run that passes writes nothing.
func TestReportFilesBelowHistoriesOut(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o644))
	for _, dir := range []string{"fuzz", "tmp", "home"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o755))
	}
	t.Chdir(filepath.Join(root, "fuzz"))
	t.Setenv("TMPDIR", filepath.Join(root, "tmp"))
	t.Setenv("HOME", filepath.Join(root, "home"))
	before := tree(t, root)
	holdSchedule(t, AllActs.Schedule(randomBytes(1, 400)))
	require.Equal(t, before, tree(t, root))

	s := *filed(t).Repro.Schedule
	s.Roles = plants["pliant"]
	o, err := RunSchedule(s, nil)
	require.NoError(t, err)
	var first, second failed
	Report(&first, o, s)
	Report(&second, o, s)
	assert.Equal(t, first, second, "the same file")
	assert.True(t, strings.HasPrefix(first.text, o.Failure()+"\nreproduce it with\n  go run ./checker/cmd/check replay histories/out/promisesneverfall-"), first.text)
	files, err := filepath.Glob(filepath.Join(root, "histories", "out", "*"))
	require.NoError(t, err)
	assert.Len(t, files, 2, "%v", files)
	assert.Equal(t, before, slices.DeleteFunc(tree(t, root), func(path string) bool { return strings.HasPrefix(path, "/histories") }))

	s.Roles = plants["none"]
	Report(&first, o, s)
	assert.Contains(t, first.text, "not filed: shrink: want a run that fails")
}

// Two failures of one seed, on a bank and on a store, have two files; the same one found again has one.
func TestWhatIsFoundHasItsOwnName(t *testing.T) {
	dir := t.TempDir()
	names := map[string]bool{}
	for _, machine := range []string{"bank", "kv", "kv"} {
		f, err := NewFile("found", "", "", Repro{Schedule: &Schedule{Machine: machine, Nodes: 1, Clients: 1, Operations: 1}})
		require.NoError(t, err)
		path, err := f.SaveFound(dir)
		require.NoError(t, err)
		names[path] = true
	}
	require.Len(t, names, 2)
}
