package mutate

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
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
