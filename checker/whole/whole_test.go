package whole

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a name stands for is not replaced: a link like /dev/stdout goes on to be one, and what it leads to is written.
func TestWriteKeepsLinks(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(file, link))
	require.NoError(t, WriteText(link, "hello"))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "hello", string(text))

	broken := errors.New("broken")
	require.ErrorIs(t, Write(file, func(io.Writer) error { return broken }), broken)
	text, err = os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "hello", string(text), "the old text stays")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}
