package tlc

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ladderResult is a Prepare from N1 that N2 promises; extra are the values of step, none in a specification without it.
func ladderResult(extra ...string) Result {
	prepare := `[type |-> "Prepare", from |-> 1, to |-> 2, ballotNum |-> [n |-> 1, leader |-> 1], slot |-> 1]`
	promise := `[type |-> "Promise", from |-> 2, to |-> 1, ballotNum |-> [n |-> 1, leader |-> 1], acceptedProposals |-> ` +
		`<<[ballotNum |-> [n |-> 1, leader |-> 2], proposal |-> [caller |-> 1, clientID |-> c1, seq |-> 2, disk |-> 0]]>>]`
	acceptor := func(n string) string {
		return "<<[ballotNum |-> [n |-> 0, leader |-> 0]], [ballotNum |-> [n |-> " + n + ", leader |-> 1]]>>"
	}
	r := Result{Property: "P", Trace: []State{
		{Number: 1, Action: "Init", Vars: []Variable{{"acceptor", acceptor("0")}, {"msgs", "{" + prepare + "}"}}},
		{Number: 2, Action: "ReceivePrepare", Vars: []Variable{
			{"acceptor", acceptor("1")}, {"msgs", "{" + promise + ", " + prepare + "}"}}},
		{Number: 3, Action: "Lose", Vars: []Variable{{"acceptor", acceptor("1")}, {"msgs", "{" + prepare + "}"}}},
	}}
	for i, step := range extra {
		r.Trace[i].Vars = append(r.Trace[i].Vars, Variable{"step", step})
	}
	return r
}

func TestLadder(t *testing.T) {
	const drawn = `      N1    N2
  1    ├────▶●   ReceivePrepare (1,N1) slot=1   Acceptor.HandlePrepare, Replica.HandlePrepare
       │     │     acceptor.ballotNum=(1,N1)
       │     │     sends Promise (1,N1) votes=[1=c1#2 in (1,N2)] to N1
`
	text, ok := Ladder(ladderResult())
	require.True(t, ok)
	require.Equal(t, drawn+"  2    │     │   Lose\n                 ✗ P\n", text)

	text, ok = Ladder(ladderResult(`[action |-> "Init"]`, `[action |-> "Receive", node |-> 2, message |-> `+
		`[type |-> "Prepare", from |-> 1, to |-> 2, ballotNum |-> [n |-> 1, leader |-> 1], slot |-> 1]]`,
		`[action |-> "Lose", message |-> [type |-> "Decision", from |-> 2, to |-> 1, slot |-> 1, `+
			`proposal |-> [caller |-> 0, clientID |-> 0, seq |-> 0, disk |-> 0]]]`))
	require.True(t, ok)
	require.Equal(t, drawn+"  2    │x────┤   Lose Decision slot=1 no-op\n                 ✗ P\n", text)
}

// TestLadderNeedsNodes: of another specification the changes of the variables are printed.
func TestLadderNeedsNodes(t *testing.T) {
	r := Result{Trace: []State{{Number: 1, Action: "Init", Vars: []Variable{{"x", "1"}}}}}
	_, ok := Ladder(r)
	require.False(t, ok)
	require.Equal(t, FormatTrace(r), traceText(r))
	_, ok = Ladder(Result{})
	require.False(t, ok)
	r = ladderResult()
	r.Trace[1].Vars[0].Value = "<<"
	_, ok = Ladder(r)
	require.False(t, ok)
}

// TestReceivers compares the methods of a ladder with what the specification hands a message to.
func TestReceivers(t *testing.T) {
	spec, err := os.ReadFile("../../spec/MultiPaxos.tla")
	require.NoError(t, err)
	_, voter, found := strings.Cut(string(spec), "\nVoterReceive(x, m) ==\n")
	require.True(t, found)
	voter, _, _ = strings.Cut(voter, "\n\n")
	cases := regexp.MustCompile(`m\.type = "(\w+)" +-> (\w+Handle.*)`).FindAllStringSubmatch(voter, -1)
	require.Len(t, cases, len(receivers))
	for _, c := range cases {
		methods := strings.Split(receivers[c[1]], ", ")
		require.Len(t, methods, strings.Count(c[2], "Handle"), c[1])
		for _, m := range methods {
			require.Contains(t, c[2], strings.ReplaceAll(m, ".", "")+"(")
		}
	}
	_, node, found := strings.Cut(string(spec), "\nNodeReceive(x, m) ==\n")
	require.True(t, found)
	for role, methods := range newcomers {
		for kind, method := range methods {
			require.Regexp(t, `IF m\.type = "`+kind+`" THEN `+strings.ReplaceAll(method, ".", "")+`\(x, m\)`, node)
			state := map[string]Value{role: {Kind: Sequence, Items: []Value{{Kind: Record}}}}
			require.Equal(t, method, receiver(kind, 1, state))
		}
	}
	learner := map[string]Value{"leader": {Kind: Sequence, Items: []Value{{Atom: "None"}}}}
	require.Equal(t, "Replica.HandleDecision", receiver("Decision", 1, learner))
}
