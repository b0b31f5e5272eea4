package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cluster runs the program with files for its standard output and error, and returns its exit code and what it printed.
func cluster(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	require.NoError(t, err)
	defer out.Close()
	code, stderr = clusterTo(t, out, args...)
	text, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	return code, string(text), stderr
}

func clusterTo(t *testing.T, out *os.File, args ...string) (code int, stderr string) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer file.Close()
	defer func(o, e *os.File) { os.Stdout, os.Stderr = o, e }(os.Stdout, os.Stderr)
	os.Stdout, os.Stderr = out, file
	code = run(append([]string{"cluster"}, args...))
	text, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	return code, string(text)
}

// TestCall holds each answer beside its own operation: in the end other clients read at each node, before the last is answered.
func TestCall(t *testing.T) {
	operations := []string{"transfer alice bob 5", "get-balance bob", "get-balance carol", "get-balance heidi"}
	outputs := []string{"ok 95 105", "ok 105", "ok 100", "ok 100"}
	line := regexp.MustCompile(`^ *[0-9.]+ s  (?:N\d  slot \d+ +|given up        )(.*)  →  (.*)$`)
	unknown := 0
	for seed := range 400 {
		for _, faults := range []string{"none", "crash,abandon"} {
			code, stdout, stderr := cluster(t, append([]string{"call", "--seed", strconv.Itoa(seed), "--faults", faults}, operations...)...)
			require.Equal(t, 0, code, stderr)
			lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
			require.Len(t, lines, len(operations), stdout)
			for i, text := range lines {
				found := line.FindStringSubmatch(text)
				require.NotNil(t, found, text)
				assert.Equal(t, operations[i], found[1], stdout)
				if strings.Contains(stdout, "unknown") {
					unknown++ // what was given up may come to pass, or not
				} else {
					assert.Equal(t, outputs[i], found[2], stdout)
				}
			}
		}
	}
	assert.Positive(t, unknown, "sometimes a client gives up")
}

// TestCallSaysWhatItDidNotCall has every message lost for as long as faults last.
func TestCallSaysWhatItDidNotCall(t *testing.T) {
	code, stdout, stderr := cluster(t, "call", "--faults", "loss=1", "get-balance bob", "get-balance carol")
	assert.Equal(t, 2, code)
	assert.Regexp(t, `^[^\n]*get-balance bob  →  ok 100\n$`, stdout)
	assert.Regexp(t, `^cluster: call: want faults .*"loss=1".*, with which 1 were begun\n$`, stderr)
}

// TestOutputIsWritten has standard output take nothing, as on a full disk: one line, and exit code 2.
func TestOutputIsWritten(t *testing.T) {
	closed, err := os.Open(os.DevNull) // for reading
	require.NoError(t, err)
	defer closed.Close()
	for _, args := range [][]string{{"call", "get-balance bob"}, {"sign", "alice", "5"}, {"simulate"}, {"--help"}} {
		code, _, stderr := cluster(t, args...)
		assert.Equal(t, 0, code, stderr)
		code, stderr = clusterTo(t, closed, args...)
		assert.Equal(t, 2, code, args)
		assert.Regexp(t, `^cluster: [^\n]*write [^\n]*\n$`, stderr, args)
	}
}
