package tlc

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func cpuBlanked(s string) string {
	s = regexp.MustCompile(` +\d+\.\d  `).ReplaceAllString(s, "      0.0  ")
	return regexp.MustCompile(`\d+\.\d CPU s`).ReplaceAllString(s, "0.0 CPU s")
}

// inOrder sorts the models of a table, which are told of as they end. What is told of one is on lines that follow its own.
func inOrder(s string) string {
	models := regexp.MustCompile(`\n([^ ])`).ReplaceAllString(s, "\x00$1")
	list := strings.Split(strings.TrimSuffix(models, "\n"), "\x00")
	slices.Sort(list[1 : len(list)-1])
	return strings.Join(list, "\n") + "\n"
}

func TestCheckSpecPasses(t *testing.T) {
	var out bytes.Buffer
	outcome, err := CheckSpec(t.Context(), &out, Options{Dir: specs, Tier: Full})
	require.NoError(t, err)
	require.Equal(t, OK, outcome, out.String())
	golden(t, "testdata/check.golden", inOrder(cpuBlanked(out.String())))
}

// TestCheckSpecFails shows that each kind of change is noticed.
func TestCheckSpecFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(specs)))
	path := filepath.Join(dir, ModelsFile)
	require.NoError(t, WriteModels(path, []Entry{
		{Name: "never-three", Module: "Counter.tla", Cfg: "NeverThree.cfg", Purpose: "fails", Tier: Quick, Expect: ExpectPass},
		{Name: "uncovered", Module: "Stop.tla", Cfg: "Stop.cfg", Purpose: "Skip never fires", Tier: Quick, Expect: ExpectPass},
		{Name: "changed", Module: "Counter.tla", Cfg: "Counter.cfg", Purpose: "other counts", Tier: Quick,
			Expect: ExpectPass, Distinct: 5, Generated: 7, Depth: 6},
	}))
	var out bytes.Buffer
	outcome, err := CheckSpec(t.Context(), &out, Options{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, Violation, outcome)
	golden(t, "testdata/fails.golden", inOrder(cpuBlanked(out.String())))

	out.Reset()
	outcome, err = CheckSpec(t.Context(), &out, Options{Dir: dir, Repin: true, Names: []string{"changed"}})
	require.NoError(t, err)
	require.Equal(t, OK, outcome)
	require.Contains(t, out.String(), "pinned again: changed")
	entries, err := ReadModels(path)
	require.NoError(t, err)
	require.EqualValues(t, 6, entries[2].Distinct)
	require.Zero(t, entries[1].Distinct)
}

func TestSelect(t *testing.T) {
	entries := []Entry{{Name: "a", Tier: Quick}, {Name: "b", Tier: Flaws}, {Name: "c", Tier: Full}}
	for tier, want := range map[string][]string{Quick: {"a"}, Flaws: {"b"}, Full: {"a", "b", "c"}} {
		selected, err := Select(entries, tier, nil)
		require.NoError(t, err)
		require.Equal(t, want, entryNames(selected))
	}
}

func TestCheckSpecBadInput(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Dir: specs, Names: []string{"nope"}},
			`no model "nope"; there are: counter, never-three, deadlock, stays-away, refinement`},
		{Options{Dir: specs, Tier: "slow"}, `expected one of ["quick" "flaws" "full"], found "slow"`},
		{Options{Dir: t.TempDir()}, "models.json: cannot read: no such file or directory"},
		{Options{Dir: specs, Names: []string{"deadlock"}, Distributed: 2},
			"TLC's distributed mode is for models that pass and have no liveness, found only deadlock"},
	} {
		outcome, err := CheckSpec(t.Context(), io.Discard, c.o)
		require.Equal(t, BadInput, outcome)
		require.ErrorContains(t, err, c.want)
	}
}

func TestCompare(t *testing.T) {
	pass := Entry{Expect: ExpectPass, Distinct: 1, Generated: 1, Depth: 9}
	violates := Entry{Expect: ExpectViolates, Property: "P", Trace: 1, Cfg: "P.cfg"}
	fired := []ActionCoverage{{Action: "A", Generated: 1}}
	found := Result{Verdict: Passed, Distinct: 1, Generated: 1, Depth: 3, Coverage: fired}
	trace := make([]State, 1)
	for _, c := range []struct {
		name  string
		entry Entry
		r     Result
		want  string
	}{
		{"depth is not compared with two workers", pass, found, ""},
		{"no action", pass, Result{Verdict: Passed, Distinct: 1, Generated: 1}, "TLC reported no action"},
		{"unknown action", withCover(pass, "B"), found, "cover: TLC reported no action B, only A: "},
		{"known action", withCover(pass, "A"), found, ""},
		{"found none", violates, found, "expected a violation of P, found none"},
		{"found", violates, Result{Verdict: InvariantViolated, Property: "P", Trace: trace}, ""},
		{"found other", violates, Result{Verdict: InvariantViolated, Property: "Q", Trace: trace}, "found invariant violated: Q"},
		{"found nameless", violates, Result{Verdict: PropertyViolated, Trace: trace}, "list only one PROPERTY in P.cfg"},
		{"longer trace", violates, Result{Verdict: InvariantViolated, Property: "P"}, "trace: pinned 1, found 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compare(c.entry, 2, c.r).Failures
			if c.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Contains(t, got[0], c.want)
		})
	}
}

func withCover(e Entry, actions ...string) Entry {
	e.Cover = actions
	return e
}

func TestRepinNeverAcceptsAFailure(t *testing.T) {
	entries := []Entry{{Name: "m", Expect: ExpectPass, Distinct: 1}}
	failed := Check{Entry: entries[0], Result: Result{Distinct: 2}, Failures: []string{"action A never fired"}}
	require.Empty(t, Repin(entries, []Check{failed}, Reached{}))
	require.EqualValues(t, 1, entries[0].Distinct)
}
