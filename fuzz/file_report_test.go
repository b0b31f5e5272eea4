package fuzz

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failed is what Report fails in place of a test.
type failed struct{ text string }

func (f *failed) Helper() {}

func (f *failed) Fatalf(format string, args ...any) { f.text = fmt.Sprintf(format, args...) }

func TestReportFilesBelowHistoriesOut(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(root, "fuzz"), 0o755))
	t.Chdir(filepath.Join(root, "fuzz"))

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

	s.Roles = plants["none"]
	Report(&first, o, s)
	assert.Contains(t, first.text, "not filed: shrink: want a schedule that fails")
}
