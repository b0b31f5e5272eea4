package mutate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

const sample = `---- MODULE M ----
vars == <<a, b>>
Op(x) ==
    /\ a' = [a EXCEPT !.n = 1, !.m = @ \cup {x}]
    /\ IF x >= 2 /\ x \in DOMAIN s THEN Less(x, y) ELSE TRUE
    /\ UNCHANGED b
Tell(x) == Send([x EXCEPT !.k = x.k + 1], [to |-> 2])
ReceiveX(n) == n > 1
(* What holds in every state *)
Inv == a > 1
`

func TestAll(t *testing.T) {
	var lines []string
	for _, m := range All(sample) {
		require.Contains(t, []string{"Op", "Tell"}, m.Operator)
		require.NotEqual(t, sample, m.Apply(sample))
		lines = append(lines, m.Rule+" → "+m.After(sample))
	}
	require.Equal(t, []string{
		"drop effect → /\\ UNCHANGED a",
		"drop update → /\\ a' = [a EXCEPT !.m = @ \\cup {x}]",
		"drop update → /\\ a' = [a EXCEPT !.n = 1]",
		"swap → /\\ a' = [a EXCEPT !.n = 1, !.m = @ \\cap {x}]",
		"drop operand → /\\ a' = [a EXCEPT !.n = 1, !.m = @ ]",
		"drop condition → /\\ TRUE",
		"swap arms → /\\ IF ~(x >= 2 /\\ x \\in DOMAIN s) THEN Less(x, y) ELSE TRUE",
		"swap → /\\ IF x > 2 /\\ x \\in DOMAIN s THEN Less(x, y) ELSE TRUE",
		"swap → /\\ IF x >= 2 \\/ x \\in DOMAIN s THEN Less(x, y) ELSE TRUE",
		"swap → /\\ IF x >= 2 /\\ x \\notin DOMAIN s THEN Less(x, y) ELSE TRUE",
		"swap arguments → … IF x >= 2 /\\ x \\in DOMAIN s THEN Less(y, x) ELSE TRUE",
		"swap → …/\\ x \\in DOMAIN s THEN Less(x, y) ELSE FALSE",
		"drop message → Tell(x) == [x EXCEPT !.k = x.k + 1]",
		"drop update → Tell(x) == Send(x, [to |-> 2])",
		"number → Tell(x) == Send([x EXCEPT !.k = x.k + 0], [to |-> 2])",
	}, lines)
}

func TestShuffledIsDeterministic(t *testing.T) {
	text, err := os.ReadFile("../../spec/MultiPaxos.tla")
	require.NoError(t, err)
	all := All(string(text))
	require.Greater(t, len(all), 300)
	require.Equal(t, shuffled(all, 7), shuffled(all, 7))
	require.NotEqual(t, shuffled(all, 7), shuffled(all, 8))
	require.ElementsMatch(t, all, shuffled(all, 7))
}

// tiny has a change that makes no difference: what it counts is never -5.
const tiny = `---- MODULE MultiPaxos ----
EXTENDS Integers
VARIABLE x
Small(a) == a < 3 /\ a >= -5
Grow == Small(x) /\ x' = x + 1
Init == x = 0
Next == Grow
====
`

func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs TLC")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"MultiPaxos.tla": tiny, "M.cfg": "INIT Init\nNEXT Next\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	require.NoError(t, tlc.WriteModels(filepath.Join(dir, tlc.ModelsFile), []tlc.Entry{{Name: "m", Module: "MultiPaxos.tla",
		Cfg: "M.cfg", Purpose: "p", Tier: tlc.Quick, Expect: tlc.ExpectPass, Distinct: 4, Generated: 4, Depth: 4}}))
	var out strings.Builder
	outcome, err := Run(t.Context(), &out, Options{Dir: dir, Mutants: 5, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, tlc.Violation, outcome, out.String())
	require.Contains(t, out.String(), "\n5 mutants, 4 noticed, 1 not\n")
	require.Contains(t, out.String(), "| `Small(a) == a < 3 /\\ a > -5` | **nothing** |")
	require.Contains(t, out.String(), "| `Small(a) == a <= 3 /\\ a >= -5` | m: distinct: pinned 4, found 5 |")
}
