package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz"
)

// filedRun returns a filed run that passes, and its path.
func filedRun(t *testing.T) (f *fuzz.File, path string) {
	f, err := fuzz.NewFile("two operations", "", "", fuzz.Repro{Schedule: &fuzz.Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 2}})
	require.NoError(t, err)
	path, err = f.Save(t.TempDir(), "run")
	require.NoError(t, err)
	return f, path
}

func TestReplayComparesWithTheFile(t *testing.T) {
	_, path := filedRun(t)
	code, stdout, stderr := check(t, "replay", path)
	assert.Equal(t, 0, code, stderr)
	assert.Contains(t, stdout, "reproduced: the run is what the file says, byte for byte")

	dir := filepath.Join(t.TempDir(), "out")
	code, stdout, _ = check(t, "replay", "--out", dir, path)
	assert.Equal(t, 0, code)
	assert.Contains(t, stdout, filepath.Join(dir, "trace.ndjson"))
	code, _, stderr = check(t, "trace", filepath.Join(dir, "trace.ndjson"))
	assert.Equal(t, 0, code, stderr)
}

// A file that says that the run fails is not reproduced by one that passes.
func TestReplayTellsWhatDiffers(t *testing.T) {
	f, path := filedRun(t)
	f.Failure = "Agreement: two values"
	require.NoError(t, os.WriteFile(path, []byte(f.String()), 0o644))
	code, stdout, _ := check(t, "replay", path)
	assert.Equal(t, 1, code)
	assert.Contains(t, stdout, "NOT reproduced\n  meta.json:")
	code, _, _ = check(t, "replay", "--update", path)
	assert.Equal(t, 1, code, "another property is no update")

	f, path = filedRun(t)
	f.Steps++
	require.NoError(t, os.WriteFile(path, []byte(f.String()), 0o644))
	code, _, _ = check(t, "replay", path)
	assert.Equal(t, 1, code)
	code, stdout, _ = check(t, "replay", "--update", path)
	assert.Equal(t, 0, code, stdout)
	code, _, _ = check(t, "replay", path)
	assert.Equal(t, 0, code)
}

func TestReplayRefusesBadFiles(t *testing.T) {
	f, path := filedRun(t)
	for name, text := range map[string]string{
		"empty":        "",
		"cut":          f.String()[:len(f.String())-3],
		"unknown bug":  strings.Replace(f.String(), `  "failure"`, `  "bug": "S99",`+"\n"+`  "failure"`, 1),
		"other format": strings.Replace(f.String(), "multipaxos-run", "multipaxos-ran", 1),
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		code, _, stderr := check(t, "replay", path)
		assert.Equal(t, 2, code, name)
		assert.Contains(t, stderr, path, name)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "%s: want one line, found %q", name, stderr)
	}
	code, _, stderr := check(t, "replay")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "want a file")
}
