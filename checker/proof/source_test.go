package proof

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	realProof = "../../spec/proof/MultiPaxos.proof"
	lockProof = "testdata/lock.proof"
)

func lock(t *testing.T) string {
	text, err := os.ReadFile(lockProof)
	require.NoError(t, err)
	return string(text)
}

func TestReadRealProof(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	require.NotEmpty(t, s.Variants)
}

// Each mistake in a source is an error with its line.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"sort Node", "kind Node", "2: want one of abstracted, action, axiom, conjunct, constant, define, goal, init, scope, sort, state, variant, found kind"},
		{`"a process"`, `a`, "2: want a text in quotes, found a"},
		{`"a process"`, `"a process`, "2: want a closing quote on the same line"},
		{"boss ()", "boss Node", "3: want (Sort ...), found Node"},
		{"boss () Node", "boss () Nod", "3: want a sort, found Nod"},
		{"state holds", "state boss", "5: boss was declared on line 3"},
		{"state holds", "state and", "5: want a name, found and"},
		{"state holds", "state x!1", "5: want a name, found x!1"},
		{"scope Node 2 by above", "scope Node 2 by boss", "8: want a relation on Node, found boss"},
		{"scope Node 2 by above", "scope Bool 2", "8: want a sort without a scope, found Bool"},
		{"scope Node 2", "scope Node 0", "8: want a number from 1 to 9, found 0"},
		{"scope Node 2 by above", "", "36: want a scope of sort Node, found none"},
		{"(not (above n n))", "(not (above n))", "9: want 2 arguments of above, found 1 in (above n)"},
		{"(not (above n n))", "(not (above n free))", "9: want a term of sort Node, found free of sort Bool"},
		{"(not (above n n))", "(not (above n x))", "9: want a name that was declared, found x"},
		{"(not (above n n))", "(not (above n n)", "10: want a term, found \"it has not got the lock\""},
		{"(forall ((n Node)) (not (above n n)))", "(forall (n Node) true)", "9: want (name Sort) or (name (Sort ...) Sort), found n"},
		{"(forall ((n Node)) (not (above n n)))", "(forall ((boss Node)) true)", "9: boss is declared already"},
		{"(forall ((n Node)) (not (above n n)))", "boss", "9: want a term of sort Bool, found boss"},
		{"(forall ((n Node)) (not (above n n)))", "(boss)", "9: want (name argument ...), found (boss)"},
		{"(forall ((n Node)) (not (above n n)))", "(= boss free)", "9: want a term of sort Node, found free"},
		{"(forall ((n Node)) (not (above n n)))", "(not true true)", "9: want 1 argument of not"},
		{"(forall ((n Node)) (not (above n n)))", "(ite true boss)", "9: want 3 arguments of ite, found 2"},
		{"(forall ((n Node)) (not (above n n)))", "|x|", "9: want a name, found |x|"},
		{"define idle (n Node)", "define idle (free Node)", "10: free is declared already"},
		{"init (and", "init boss init (and", "11: want a term of sort Bool, found boss"},
		{"init (and (not free) (forall ((n Node)) (= (holds n) (= n boss))))", "", "36: want an init, found none"},
		{"guard Free free", "guard Free free guard Free free", "14: action Acquire has a guard Free already"},
		{"set (free) false", "set (fre) false", "15: want (state argument ...), found (fre)"},
		{"set (free) false", "set (boss) false", "15: want (state argument ...), found (boss)"},
		{"set (free) false", "set (free) boss", "15: want a term of sort Bool, found boss"},
		{"set (holds n) true", "set (holds m) true", "16: want a name that was declared, found m"},
		{"set (holds n) true", "set (holds) true", "16: want 1 arguments of holds, found 0"},
		{"set (holds n) true", "set (holds n) true set (holds n) true", "16: action Acquire sets holds already"},
		{"(ite (idle ?m)", "(ite (idle ?n)", "17: want a name that was declared, found ?n"},
		{"  set (free) true\n  set (holds n) false", "", "22: want a set of action Release, found conjunct"},
		{"needs goal Exclusion", "needs goal OneHolds", "24: want an action, or goal Exclusion, found goal OneHolds"},
		{"needs Acquire OneHolds", "needs Acquire FreeIsFree", "27: want another conjunct, found FreeIsFree"},
		{"needs Acquire OneHolds", "needs Acquire Nothing", "27: want a conjunct, found Nothing"},
		{"needs Acquire OneHolds", "need Acquire OneHolds", "27: want needs, found need"},
		{"goal Exclusion \"", "goal Free \"", "24: want an action, or goal Free, found goal Exclusion"},
		{"  without guard Acquire Free", "", "33: want without or in, found variant"},
		{"without guard Acquire Free", "without guard Acquire Fre", "32: want a guard of Acquire, found Fre"},
		{"without guard Acquire Free", "without guard Acquir Free", "32: want an action, found Acquir"},
		{"without guard Acquire Free", "without axiom Free", "32: want an axiom, found Free"},
		{"without guard Acquire Free", "without sort Node", "32: want axiom or guard, found sort"},
		{"in Acquire set (free) free", "in Acquire (free) free", "35: want set, found ("},
	} {
		t.Run(c.want, func(t *testing.T) {
			text := lock(t)
			require.Contains(t, text, c.old)
			_, err := Parse("lock.proof", strings.Replace(text, c.old, c.new, 1))
			require.ErrorContains(t, err, "lock.proof:"+c.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// A source that is cut off is an error; only variants may be missing.
func TestParseCutOff(t *testing.T) {
	text := lock(t)
	required := strings.Index(text, "variant Barge")
	for i := range strings.Index(text, "goal Exclusion \"") {
		_, err := Parse("lock.proof", text[:i])
		require.ErrorContains(t, err, "lock.proof:", "cut at %d", i)
	}
	_, err := Parse("lock.proof", text[:required])
	require.NoError(t, err)
}

func TestReadFileErrors(t *testing.T) {
	_, err := ReadFile(filepath.Join(t.TempDir(), "none.proof"))
	require.ErrorContains(t, err, "none.proof")
	long := filepath.Join(t.TempDir(), "long.proof")
	require.NoError(t, os.WriteFile(long, bytes.Repeat([]byte("\n"), maxSource+1), 0o644))
	_, err = ReadFile(long)
	require.ErrorContains(t, err, "long.proof:1: want a proof of at most 1048576 bytes, found more")
	_, err = Parse("open.proof", "sort Node \"a\"\ninit (and")
	require.ErrorContains(t, err, "open.proof:2: want a closing parenthesis, found the end of the file")
	_, err = Parse("empty.proof", "")
	require.ErrorContains(t, err, "empty.proof:1: want an init, found none")
}
