package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v3"
)

// check runs the program and returns its exit code and what it printed.
func check(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	code = -1
	stderr = capture(t, &os.Stderr, func() {
		stdout = capture(t, &os.Stdout, func() { code = run(context.Background(), append([]string{"check"}, args...)) })
	})
	return code, stdout, stderr
}

// TestReportsAreWritten has standard output take nothing, as on a full disk: what nobody can read has not passed.
func TestReportsAreWritten(t *testing.T) {
	closed, err := os.Open(os.DevNull) // for reading
	require.NoError(t, err)
	defer closed.Close()
	defer func(old *os.File) { os.Stdout = old }(os.Stdout)
	os.Stdout = closed
	for _, args := range [][]string{{"run", "--ops", "10", "--out", t.TempDir()}, {"search", "--runs", "1"}, {"ladder", "--help"}} {
		stderr := capture(t, &os.Stderr, func() { assert.Equal(t, 2, run(t.Context(), append([]string{"check"}, args...)), args) })
		assert.Contains(t, stderr, "check: write ", args)
	}
}

func capture(t *testing.T, file **os.File, f func()) string {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	old := *file
	*file = writer
	output := make(chan string)
	go func() {
		text, _ := io.ReadAll(reader)
		output <- string(text)
	}()
	f()
	*file = old
	require.NoError(t, writer.Close())
	return <-output
}

// record runs a small cluster and returns the directory with its files.
func record(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := check(t, "run", "--nodes", "3", "--clients", "3", "--ops", "60", "--out", dir)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "linearizable")
	return dir
}

// What a run leaves behind is fine when it is judged again; and each file is refused or condemned when it is damaged.
func TestFilesAreJudgedAndDamagedOnesAreNot(t *testing.T) {
	dir := record(t)
	trace, history := filepath.Join(dir, "trace.ndjson"), filepath.Join(dir, "history.ndjson")
	for _, args := range [][]string{{"trace", trace}, {"history", history}, {"ladder", trace}} {
		code, stdout, stderr := check(t, args...)
		assert.Equal(t, 0, code, "%v: %s", args, stderr)
		assert.NotEmpty(t, stdout)
	}
	content, err := os.ReadFile(trace)
	require.NoError(t, err)
	events, err := os.ReadFile(history)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		verb    string
		content string
		code    int
	}{
		"an empty trace":              {"trace", "", 2},
		"a cut trace":                 {"trace", string(content[:len(content)/2]), 2},
		"a trace without its end":     {"trace", string(content[:bytes.LastIndexByte(content[:len(content)-1], '\n')+1]), 2},
		"an edited trace":             {"trace", strings.Replace(string(content), `"action":"ReceiveAccept"`, `"action":"ReceiveAccepts"`, 1), 2},
		"a binary trace":              {"trace", "\x00\x01\x02\n", 2},
		"an empty history":            {"history", "", 2},
		"a cut history":               {"history", string(events[:len(events)-9]), 2},
		"a history with a wrong word": {"history", strings.Replace(string(events), `"return"`, `"returns"`, 1), 2},
		"a promise not written":       {"trace", unwrite(t, string(content)), 1},
		"a wrong answer":              {"history", changeAnswer(t, string(events)), 1},
	} {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(c.content), 0o644))
		code, stdout, stderr := check(t, c.verb, path)
		assert.Equal(t, c.code, code, "%s: %s%s", name, stdout, stderr)
		if c.code == 2 {
			assert.Equal(t, 1, strings.Count(stderr, "\n"), "%s: want one line, found %q", name, stderr)
			assert.Contains(t, stderr, path, name)
		}
	}
}

// changeAnswer makes a cluster answer that somebody is richer than they are.
func changeAnswer(t *testing.T, history string) string {
	lines := strings.Split(history, "\n")
	for i, line := range lines {
		var e struct{ Output string }
		if i > 0 && json.Unmarshal([]byte(line), &e) == nil && strings.HasPrefix(e.Output, "ok ") {
			lines[i] = strings.Replace(line, `"ok `, `"ok 9`, 1)
			return strings.Join(lines, "\n")
		}
	}
	require.Fail(t, "no answer to change")
	return ""
}

// unwrite removes the write of the first promise, which was told all the same.
func unwrite(t *testing.T, trace string) string {
	at := regexp.MustCompile(`"writes":\[\{"type":"Promised"[^\]]*\],`).FindStringIndex(trace)
	require.NotNil(t, at)
	return trace[:at[0]] + trace[at[1]:]
}

func TestBadFlagsAreOneLine(t *testing.T) {
	for line, want := range map[string]string{
		"bogus":                     `want a command, found "bogus"`,
		"run --bogus":               "flag provided but not defined: -bogus",
		"run --nodes 0":             "nodes: want 1 to 63, found 0",
		"run --nodes many":          `invalid value "many"`,
		"run --clients 0":           "clients: want 1 to 100000, found 0",
		"run --ops -1":              "operations: want at least 1, found -1",
		"run --faults loss=2":       "faults: loss: want a probability from 0 to 1, found 2",
		"run --faults losses=1":     `found "losses=1"`,
		"run --machine stack":       `machine: want one of [bank kv], found "stack"`,
		"run extra":                 `want flags only, found "extra"`,
		"demo --seed -1":            `invalid value "-1"`,
		"soak --seeds 0":            "want at least one seed",
		"soak --tlc -1":             "want at least 0 runs for TLC, found -1",
		"history --timeout 0s FILE": "want a time above 0, found 0s",
		"proof --timeout -1s":       "want a time above 0, found -1s",
		"soak --seeds 2 --first 18446744073709551615": "want a first seed of at most 18446744073709551613, found 18446744073709551615",
		"run --checkpoint 9223372036854775807":        "want 0 to 1073741824, found 9223372036854775807 and 0",
		"run --clients 100000000":                     "clients: want 1 to 100000, found 100000000",
		"trace":                                       "want one file, found 0 arguments",
		"trace no-such-file":                          "no-such-file: no such file or directory",
		"replay --out d a b":                          "want one file with --out, whose files have fixed names, found 2",
		"replay no-such-file":                         "no-such-file: no such file or directory",
		"replay main_test.go":                         "main_test.go:1: invalid character",
		"history no-such-file":                        "no-such-file: no such file or directory",
		"history one two":                             "want one file, found 2 arguments",
		"zoo bogus":                                   `found "bogus"`,
		"zoo --workers 0":                             "want at least one worker, found 0",
		"zoo --limit -1s S1":                          "want a time above 0, found -1s",
		"gallery --limit 0s S1":                       "want a time above 0, found 0s",
		"hunt --limit 0s search":                      "want a time above 0, found 0s",
		"methods --limit -1s":                         "want a time above 0, found -1s",
		"shortest --limit 0s L7":                      "want a time above 0, found 0s",
		"zoo --hunt bogus":                            `hunt: want one of [soak`,
		"zoo --write main_test.go":                    "main_test.go: want a part between",
		"shortest --runs -1":                          "want at least 0 runs and 1 state, found -1 and 100000",
		"hunt":                                        "want one hunt, found 0 arguments",
		"hunt replay --walks no-such-dir":             "found none",
		"run --out main_test.go/run --ops 10":         "main_test.go",
		"soak --workers 99999999":                     "want at most 1024, found 99999999",
		"explore --workers 99999999 x":                "want at most 1024, found 99999999",
		"explore --workers 0 single":                  "want at least 1, found 0",
		"explore --limit -1 single":                   "want at least 0, found -1",
		"explore --frontier -1 single":                "want at least 0, found -1",
		"explore --share --steps 0 single":            "want at least 1, found 0",
		"explore --corpus single":                     "want no --corpus without --equal and --share, found it",
		"explore --dir spec single":                   "want no --dir without",
		"explore --equal --symmetry found":            "want no --symmetry with --equal, found it",
		"explore --equal --checkpoint f x":            "want no --checkpoint with --equal, found it",
		"explore --share --workers 2 single":          "want no --workers with --share, found it",
		"trace --tlc --workers 0 f":                   "want at least 1, found 0",
		"coverage --walks -1":                         "want at least 1, found -1",
		"share --runs 0":                              "want at least 1, found 0",
		"ladder --from 3s --to 1s f":                  "want times from 0 on, --to not before --from, found --from 3s --to 1s",
		"ladder --to -1s f":                           "want times from 0 on, --to not before --from, found --from 0s --to -1s",
		"history --html main_test.go main_test.go":    "want a drawing in another file than the history, found --html main_test.go",
		"spec --distributed 65 votes":                 "expected at least 1 worker, at most 64, and not with --repin, found 65",
		"coverage --out no-such-dir/x":                "want a directory for no-such-dir/x: stat no-such-dir: no such file",
	} {
		code, _, stderr := check(t, strings.Fields(line)...)
		assert.Equal(t, 2, code, line)
		assert.Contains(t, stderr, want, line)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "%s: want one line, found %q", line, stderr)
	}
}

// A signal ends also what does not look at its context, like a run of an hour.
func TestStoppable(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	hour := stoppable(func(context.Context, *cli.Command) error { <-t.Context().Done(); return nil })
	require.EqualError(t, hour(ctx, &cli.Command{Name: "run"}), "run: interrupted")
	second := stoppable(func(context.Context, *cli.Command) error { return errViolated })
	require.Equal(t, errViolated, second(t.Context(), &cli.Command{}))
}

func TestHelpTeaches(t *testing.T) {
	code, stdout, _ := check(t, "--help")
	assert.Equal(t, 0, code)
	assert.Contains(t, stdout, "Start with 'check demo'")
	for _, c := range command().Commands {
		code, stdout, _ := check(t, c.Name, "--help")
		assert.Equal(t, 0, code, c.Name)
		assert.Contains(t, stdout, c.Usage)
	}
}

// An exploration that did not get to its end found nothing wrong, and does not pass.
func TestAnExplorationThatIsStoppedHasNoVerdict(t *testing.T) {
	code, stdout, stderr := check(t, "explore", "--limit", "100", "single")
	assert.Equal(t, 2, code)
	assert.Contains(t, stdout, "not complete")
	assert.Contains(t, stderr, "model single: no verdict: it was stopped after")
}

func TestSoakCounts(t *testing.T) {
	code, stdout, stderr := check(t, "soak", "--seeds", "4", "--count")
	assert.Equal(t, 0, code, stderr)
	assert.JSONEq(t, `{"runs":4,"failures":{},"first":0,"detail":""}`, stdout)
}
