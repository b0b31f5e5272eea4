package tlc

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokens(t *testing.T) {
	var texts []string
	var last Token
	for _, token := range Tokens("Op(x) == (* a (* b *) *) x' >= \"→ \\\" \\cup {1}\\* end\n  /\\ y |-> z\n====\n") {
		texts = append(texts, token.Text)
		last = token
	}
	require.Equal(t, []string{"Op", "(", "x", ")", "==", "x", "'", ">=", `"→ \"`, `\cup`, "{", "1", "}", `/\`, "y", "|->", "z"}, texts)
	require.Equal(t, 2, last.Line)
	require.Equal(t, 12, last.Column)
}

const branchSpec = `---- MODULE MultiPaxos ----
EXTENDS Integers
VARIABLE x
Step(n, node) == x' = node
Up(a) == IF a > 2 THEN 0 ELSE IF a < 0 THEN -1
         ELSE /\ a
              /\ a
Sort(a) == CASE a = 0 -> [i \in {1} |-> 1]
             [] a = 1 /\ (CASE TRUE -> TRUE) -> 1
             [] OTHER -> 2
Small(a) == IF a < 5
            THEN 1
            ELSE 2
Grow == x < 2 /\ Step(1, x + Small(x))
Never == x > 7 /\ Step(1, 0)
Init == x = 0
Next == Grow \/ Never
====
`

func TestBranches(t *testing.T) {
	var names []string
	for _, b := range Branches(branchSpec) {
		names = append(names, b.Name+" → "+b.Token.Text)
	}
	require.Equal(t, []string{
		"Up: IF a > 2 → 0", "Up: IF a > 2 ELSE → IF", "Up: IF a < 0 → -", "Up: IF a < 0 ELSE → /\\",
		"Sort: CASE a = 0 → [", "Sort: CASE TRUE → TRUE", "Sort: CASE a = 1 /\\ (CASE TRUE -> TRUE) → 1", "Sort: CASE OTHER → 2",
		"Small: IF a < 5 → 1", "Small: IF a < 5 ELSE → 2", "Grow: Step → x", "Never: Step → 0",
	}, names)
}

// reachDir has a specification of which most branches are never taken.
func reachDir(t *testing.T, unreached string) (string, []Entry) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"MultiPaxos.tla": branchSpec, "M.cfg": "INIT Init\nNEXT Next\n", UnreachedFile: unreached,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir, []Entry{{Name: "m", Module: "MultiPaxos.tla", Cfg: "M.cfg", Purpose: "p", Tier: Quick, Expect: ExpectPass,
		Distinct: 3, Generated: 3, Depth: 3, Cover: []string{"Grow"}}}
}

const allUnreached = `# what Up and Sort do is of no interest
Up: IF a > 2 - unused
Up: IF a > 2 ELSE - unused
Up: IF a < 0 - unused
Up: IF a < 0 ELSE - unused
Sort: CASE a = 0 - unused
Sort: CASE TRUE - unused
Sort: CASE a = 1 /\ (CASE TRUE -> TRUE) - unused
Sort: CASE OTHER - unused
`

func TestReach(t *testing.T) {
	dir, entries := reachDir(t, allUnreached+"Gone: IF x - unused\nGrow: Step - never so\n")
	flaw := entries[0]
	flaw.Name, flaw.Tier, flaw.Generated = "flaw", Flaws, 1
	r, err := Reach(t.Context(), dir, Quick, append(entries, flaw))
	require.NoError(t, err)
	path := filepath.Join(dir, UnreachedFile)
	require.Equal(t, []string{
		"no model takes Small: IF a < 5 ELSE",
		"no model takes Never: Step",
		`add a model that does, or list it in ` + path + ` as "BRANCH - reason"`,
		path + ":10: there is no branch Gone: IF x",
		path + ":11: m takes Grow: Step: take it off the list",
	}, r.Failures)
	require.Equal(t, 12, r.Branches)
	require.Equal(t, []string{"m"}, r.Models)
	require.Equal(t, map[string]int{"m": 2}, r.First)

	dir, entries = reachDir(t, allUnreached+"Small: IF a < 5 ELSE - x stays small\n[full]\nNever: Step - x stays small\n")
	require.NoError(t, WriteModels(filepath.Join(dir, ModelsFile), entries))
	var out bytes.Buffer
	outcome, err := CheckSpec(t.Context(), &out, Options{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, OK, outcome, out.String())
	require.Contains(t, out.String(), "12 branches, 10 listed in ")
	full, err := Reach(t.Context(), dir, Full, entries)
	require.NoError(t, err)
	require.Equal(t, "no model takes Never: Step", full.Failures[0], "the full tier should")
	require.NoError(t, os.Remove(filepath.Join(dir, UnreachedFile)))
	out.Reset()
	outcome, err = CheckSpec(t.Context(), &out, Options{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, Violation, outcome)
	require.Contains(t, out.String(), "  no model takes Never: Step\n")
}

// The models that were useful the last time come first, and when all is taken those that still run are ended.
func TestReachEndsWhenAllIsTaken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"MultiPaxos.tla": "---- MODULE MultiPaxos ----\nEXTENDS Integers\nVARIABLE x\nStep(n, node) == x' = node\nMore == Step(1, x + 1)\nInit == x = 0\n" +
			"Next == More\n====\n",
		"M.cfg": "INIT Init\nNEXT Next\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	endless := Entry{Name: "endless", Module: "MultiPaxos.tla", Cfg: "M.cfg", Tier: Quick, Expect: ExpectPass, Generated: 9, Branches: 1}
	small := endless
	small.Name, small.Generated, small.Branches = "small", 1, 0
	require.Equal(t, []int{1, 0}, usefulFirst([]Entry{small, endless}))
	r, err := Reach(t.Context(), dir, Quick, []Entry{endless, endless})
	require.NoError(t, err)
	require.Empty(t, r.Failures)
	require.Equal(t, map[string]int{"endless": 1}, r.First)
}

func TestReadUnreachedIsStrict(t *testing.T) {
	path := filepath.Join(t.TempDir(), UnreachedFile)
	for text, want := range map[string]string{
		"A: IF x\n":           `:1: expected a branch, " - " and a reason, found "A: IF x"`,
		"\n# c\nA - b\nA - c": ":4: duplicate branch \"A\"",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		_, err := readUnreached(path)
		require.EqualError(t, err, path+want)
	}
}

// Each branch of the list is one of the specification. Whether it is taken is for a run to say.
func TestUnreachedBranchesExist(t *testing.T) {
	names := map[string]bool{}
	for _, module := range reachModules {
		text, err := os.ReadFile(filepath.Join("../../spec", module))
		require.NoError(t, err)
		for _, b := range Branches(string(text)) {
			names[b.Name] = true
		}
	}
	require.Greater(t, len(names), 150)
	listed, err := readUnreached("../../spec/" + UnreachedFile)
	require.NoError(t, err)
	require.NotEmpty(t, listed)
	for _, u := range listed {
		require.True(t, names[u.name], "%s:%d: there is no branch %s", UnreachedFile, u.line, u.name)
	}
}
