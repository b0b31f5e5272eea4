package model

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

var background = context.Background()

// asked has an entry once TLC's graphs were asked for.
var asked []string

func graphsOf(t *testing.T) string {
	t.Helper()
	asked = append(asked, t.Name())
	dir, report := graphs()
	require.NotEmpty(t, dir, report)
	return dir
}

func golden(t *testing.T, path, found string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(found), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), found, "if the change is meant: go test ./checker/model -update")
}
