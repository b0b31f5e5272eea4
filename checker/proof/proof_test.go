package proof

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/toolbox"
)

// The proof itself, by a real z3. Everything else in this file is about how it may fail.
func TestProof(t *testing.T) {
	var out bytes.Buffer
	require.Equal(t, OK, Check(t.Context(), &out, Options{Source: realProof}), "%s", &out)
	require.NotContains(t, out.String(), "FAIL")
	require.Regexp(t, `\n(\d+) of (\d+) obligations proved, (\d+) of (\d+) counterexamples found`, out.String())
}

var times = regexp.MustCompile(` +\d+\.\d s`)

// The whole output for a small source, but for the times.
func TestReport(t *testing.T) {
	var out bytes.Buffer
	require.Equal(t, OK, Check(t.Context(), &out, Options{Source: lockProof, Workers: 2}), "%s", &out)
	text := times.ReplaceAllString(out.String(), " _ s")
	golden(t, filepath.Join("testdata", "lock.golden"), regexp.MustCompile(`z3 [0-9.]+`).ReplaceAllString(text, "z3 X"))
}

// A claim that does not hold is refuted, and shown.
func TestRefuted(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"guard Free free", "guard Free true", "FAIL step Acquire OneHolds: want unsat, found sat\n    boss"},
		{"(= (holds n) (= n boss))", "(holds n)", "FAIL init OneHolds: want unsat, found sat"},
		{"goal Exclusion \"Two processes never have the lock.\" (forall ((n Node) (m Node)) (or (= n m) (idle n) (idle m)))",
			"goal Exclusion \"x\" (not free)", "FAIL goal Exclusion: want unsat, found sat"},
		{"(forall ((n Node)) (not (above n n)))", "(not (= boss boss))", "FAIL can Acquire: want sat, found unsat"},
		{"without guard Acquire Free", "in Acquire set (free) false",
			"FAIL variant Barge Acquire OneHolds: want sat, found unsat"},
		{"needs Acquire OneHolds", "needs Release OneHolds", "FAIL drop FreeIsFree Release OneHolds: want sat, found unsat"},
	} {
		t.Run(c.want, func(t *testing.T) {
			require.Contains(t, lock(t), c.old)
			path := filepath.Join(t.TempDir(), "lock.proof")
			require.NoError(t, os.WriteFile(path, []byte(strings.Replace(lock(t), c.old, c.new, 1)), 0o644))
			var out bytes.Buffer
			require.Equal(t, Violation, Check(t.Context(), &out, Options{Source: path}), "%s", &out)
			require.Contains(t, out.String(), c.want)
		})
	}
}

// fakeZ3 puts a shell script in z3's place.
func fakeZ3(t *testing.T, script string) {
	dir := t.TempDir()
	text := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'Z3 version 9.9.9 - 64 bit'; exit; fi\n" + script + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "z3"), []byte(text), 0o755))
	t.Setenv("PATH", dir)
}

// A solver that is no help is never a pass, whatever way it takes to be none.
func TestFakeSolver(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
		outcome            Outcome
	}{
		{"unknown", "echo unknown", "FAIL step Acquire OneHolds: want unsat, found unknown", BadInput},
		{"timeout", "echo timeout", "FAIL step Acquire OneHolds: want unsat, found timeout", BadInput},
		{"hangs", "exec /bin/sleep 100", "FAIL step Acquire OneHolds: want unsat, found timeout", BadInput},
		{"sat", "echo sat", "FAIL step Acquire OneHolds: want unsat, found sat", Violation},
		{"always unsat", "echo unsat", "FAIL drop FreeIsFree Acquire OneHolds: want sat, found unsat", Violation},
		{"silent", "", `want unsat, sat, unknown or timeout, found "" (<nil>)`, BadInput},
		{"garbage", "echo unsatisfiable", `found "unsatisfiable" (<nil>)`, BadInput},
		{"crash", "kill -SEGV $$", "(signal: segmentation fault", BadInput},
		{"crash after unsat", "echo unsat; kill -SEGV $$", "want unsat and nothing else, found", BadInput},
		{"unsat with exit code", "echo unsat; exit 1", "want unsat and nothing else, found", BadInput},
		{"unsat and sat", "echo unsat; echo sat", `want unsat and nothing else, found "unsat sat"`, BadInput},
		{"error, then unsat", `echo '(error "line 1")'; echo unsat`, `found "(error \"line 1\") unsat"`, BadInput},
		{"sat with error", `echo sat; echo '(error "line 1")'`, `found "sat (error \"line 1\")"`, BadInput},
		{"no end", "echo sat; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
			"found", BadInput},
	} {
		t.Run(c.name, func(t *testing.T) {
			fakeZ3(t, c.script)
			var out bytes.Buffer
			o := Options{Source: lockProof, Only: []string{"OneHolds"}, Timeout: 200 * time.Millisecond, Workers: 4}
			require.Equal(t, c.outcome, Check(t.Context(), &out, o), "%s", &out)
			require.Contains(t, out.String(), c.want)
		})
	}
}

func TestNoSolver(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"other program", "echo hello", `--version: want Z3 version ..., found "hello"`},
		{"broken", "echo Z3 version 4.8; exit 3", "exit status 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "z3"), []byte("#!/bin/sh\n"+c.script+"\n"), 0o755))
			t.Setenv("PATH", dir)
			var out bytes.Buffer
			require.Equal(t, BadInput, Check(t.Context(), &out, Options{Source: lockProof}))
			require.Contains(t, out.String(), c.want)
			require.Equal(t, 1, strings.Count(out.String(), "\n"), "one line: %s", &out)
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		var out bytes.Buffer
		host := toolbox.Host{For: "proof", Log: io.Discard, OSRelease: filepath.Join(t.TempDir(), "none")}
		o := Options{Source: lockProof, host: &host}
		require.Equal(t, BadInput, Check(t.Context(), &out, o))
		require.Equal(t, "error: z3: not found: install z3 4.8.12 or newer and put it on PATH\n", out.String())
	})
}

func TestBadInput(t *testing.T) {
	fakeZ3(t, "echo unsat")
	for want, o := range map[string]Options{
		"error: open none.proof":     {Source: "none.proof"},
		"want an action, a conjunct": {Source: lockProof, Only: []string{"Acquire", "Nothing"}},
		"not a directory":            {Source: lockProof, Keep: filepath.Join(lockProof, "below")},
	} {
		var out bytes.Buffer
		require.Equal(t, BadInput, Check(t.Context(), &out, o), want)
		require.Contains(t, out.String(), want)
	}
}

func TestCancelled(t *testing.T) {
	fakeZ3(t, "exec /bin/sleep 100")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	require.Equal(t, BadInput, Check(ctx, &out, Options{Source: lockProof}))
	require.Contains(t, out.String(), "error: context deadline exceeded")
}

// The files are kept when asked for, one for each obligation, and answer the same by themselves.
func TestKeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "smt")
	var out bytes.Buffer
	require.Equal(t, OK, Check(t.Context(), &out, Options{Source: lockProof, Keep: dir, Show: true}), "%s", &out)
	s, err := ReadFile(lockProof)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*.smt2"))
	require.NoError(t, err)
	require.Len(t, files, len(s.Obligations()))
	require.Contains(t, out.String(), "holds'")
}

// A counterexample names elements, and leaves out what is empty or as it was.
func TestCounterexample(t *testing.T) {
	s, err := ReadFile(lockProof)
	require.NoError(t, err)
	text, err := s.counterexample(`((Node.1 Node!val!1) (Node.2 Node!val!1) (boss Node!val!1)
		((holds Node.1) true) ((holds Node.2) true) (free false) ((|holds'| Node.1) false) (|free'| true))`)
	require.NoError(t, err)
	require.Equal(t, "boss          Node1\nholds         Node1\nholds'        \nfree'         true\n", text)
	for _, bad := range []string{"", "(", "((x))", `((x "y"))`} {
		_, err := s.counterexample(bad)
		require.ErrorContains(t, err, "the solver's values:1:", bad)
	}
}
