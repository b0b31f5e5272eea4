package zoo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const moduleRoot = "../.."

// TestEveryBugIsCaught plants each bug that has a scenario, and plays it. The script must fail, and for the reason that
// the bug is known for. Who finds the others says docs/zoo.md.
func TestEveryBugIsCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the protocol with bugs")
	}
	test, err := BuildTestTogether(t.Context(), moduleRoot, t.TempDir(), "./impl/paxos")
	require.NoError(t, err)
	for _, b := range Bugs() {
		if b.Scenario == "" {
			continue
		}
		t.Run(b.ID, func(t *testing.T) {
			cmd, err := test.Command(t.Context(), b.ID)
			require.NoError(t, err)
			output, passed := playScenario(t, cmd, b.Scenario)
			require.False(t, passed, "%s breaks %s, but the scenario %s passes", b.ID, b.Breaks, b.Scenario)
			require.True(t, strings.Contains(output, b.Shows), "want it to show %q, found\n%s", b.Shows, output)
			t.Logf("caught: %s", b.Shows)
		})
	}
}

// TestNoBugPassesEveryScenario is the other half: without a plant, the same scripts pass.
func TestNoBugPassesEveryScenario(t *testing.T) {
	test, played := build(t), 0
	for _, b := range Bugs() {
		if b.Scenario != "" {
			output, passed := playScenario(t, exec.Command(test), b.Scenario)
			require.True(t, passed, output)
			played++
		}
	}
	require.GreaterOrEqual(t, played, 27, "a flaw of system.md has lost its scenario")
}

// TestBugs holds that the zoo is as large as it says, and that no two animals are the same.
func TestBugs(t *testing.T) {
	all, seen := Bugs(), map[string]string{}
	require.GreaterOrEqual(t, len(all), 48)
	for _, b := range all {
		change := ""
		for _, h := range b.Hunks {
			change += fmt.Sprintln(h.File, h.Old, h.New)
		}
		require.Empty(t, seen[change], "%s is the same change", b.ID)
		require.Empty(t, seen[b.Title], "%s has the same title", b.ID)
		seen[change], seen[b.Title] = b.ID, b.ID
	}
}

// build compiles the tests of impl/paxos as they are.
func build(t *testing.T) string {
	test := filepath.Join(t.TempDir(), "paxos.test")
	cmd := exec.Command("go", "test", "-c", "-ldflags=-s -w", "-o", test, "./impl/paxos")
	cmd.Dir = moduleRoot
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	return test
}

// playScenario runs one scenario script of impl/paxos with a compiled test.
func playScenario(t *testing.T, test *exec.Cmd, scenario string) (output string, passed bool) {
	_, err := os.Stat(filepath.Join(moduleRoot, "impl/paxos/testdata", scenario+".txt"))
	require.NoError(t, err)
	test.Args = append(test.Args, "-test.v", "-test.run", "^TestScenario$/^"+scenario+"$")
	test.Dir = filepath.Join(moduleRoot, "impl/paxos")
	out, err := test.CombinedOutput()
	verdict := "PASS"
	if err != nil {
		verdict = "FAIL"
	}
	// The verdict must be about this very script: a test that crashed, or that ran nothing, says nothing.
	require.Contains(t, string(out), fmt.Sprintf("--- %s: TestScenario/%s ", verdict, scenario))
	return string(out), err == nil
}

// TestOverlayErrors holds what a plant says when it does not fit the source any more.
func TestOverlayErrors(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.go"), []byte("x\ny\nx\n"), 0o644))
	for name, c := range map[string]struct{ file, old, want string }{
		"nowhere":      {"a.go", "z", "bugs/T.diff:7: want one place in a.go with these lines, found 0:\nz"},
		"ambiguous":    {"a.go", "x", "bugs/T.diff:7: want one place in a.go with these lines, found 2:\nx"},
		"missing file": {"b.go", "x", "bugs/T.diff:7: open "},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := parse("T", diff(c.file, "@@\n-"+c.old+"\n"))
			require.NoError(t, err)
			_, err = b.Overlay(root, t.TempDir())
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestOverlay holds that hunks apply one after the other, and leave the source alone.
func TestOverlay(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	source := filepath.Join(root, "a.go")
	require.NoError(t, os.WriteFile(source, []byte("x\ny\nx\n"), 0o644))
	b, err := parse("T", diff("a.go", "@@\n y\n-x\n+z\n@@\n-x\n y\n"))
	require.NoError(t, err)
	overlay, err := b.Overlay(root, dir)
	require.NoError(t, err)
	text, err := os.ReadFile(overlay)
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{"Replace": {%q: %q}}`, source, filepath.Join(dir, "T-a.go")), string(text))
	changed, err := os.ReadFile(filepath.Join(dir, "T-a.go"))
	require.NoError(t, err)
	require.Equal(t, "y\nz\n", string(changed))
	unchanged, err := os.ReadFile(source)
	require.NoError(t, err)
	require.Equal(t, "x\ny\nx\n", string(unchanged))
}

// TestBuildErrors holds that a bug that does not compile is an error, and no bug that was found.
func TestBuildErrors(t *testing.T) {
	b, err := parse("T", diff("impl/paxos/types.go", "@@\n-package paxos\n+package\n"))
	require.NoError(t, err)
	_, err = b.Build(t.Context(), moduleRoot, t.TempDir(), "./checker/cmd/check")
	require.ErrorContains(t, err, "bugs/T.diff does not compile, so it proves nothing")
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "bugs/T.diff: want a whole last line"},
		"cut":           {"# title: t", "bugs/T.diff: want a whole last line"},
		"unknown key":   {"# color: red\n", `bugs/T.diff:1: want title, breaks, source, scenario and shows, each once and with a value, found "color: red"`},
		"repeated key":  {"# title: t\n# title: t\n", "bugs/T.diff:2: want title"},
		"no header":     {"--- a.go\n@@\n-x\n", "bugs/T.diff: want title, breaks and source"},
		"no hunk":       {diff("a.go", ""), "bugs/T.diff: want a hunk, found none"},
		"no change":     {diff("a.go", "@@\n x\n"), "bugs/T.diff:7: want a hunk that replaces lines"},
		"only new":      {diff("a.go", "@@\n+x\n"), "bugs/T.diff:7: want a hunk that replaces lines"},
		"odd line":      {diff("a.go", "@@\nx\n"), `bugs/T.diff:8: want a line that starts with a space, - or +, found "x"`},
		"not of a hunk": {diff("a.go", "-x\n"), "bugs/T.diff:7: want a header, --- file or @@"},
		"outside":       {diff("../a.go", "@@\n-x\n"), `bugs/T.diff:6: want a file of the module, found "../a.go"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse("T", c.text)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestFind(t *testing.T) {
	b, err := Find("S1")
	require.NoError(t, err)
	require.Equal(t, "safety", b.Breaks)
	_, err = Find("S99")
	require.ErrorContains(t, err, `found "S99"`)
}

// diff is a diff of one file with a whole header.
func diff(file, hunks string) string {
	header := strings.Join([]string{"# title: t", "# breaks: b", "# source: s", "# scenario: c", "# shows: h"}, "\n")
	return header + "\n--- " + file + "\n" + hunks
}
