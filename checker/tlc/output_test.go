package tlc

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestRecordedOutput reads outputs of TLC 2.18 recorded with -tool. The first line of each is "exit CODE MODULE CFG".
func TestRecordedOutput(t *testing.T) {
	recordings, err := filepath.Glob("testdata/output/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, recordings)
	for _, path := range recordings {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			golden(t, strings.TrimSuffix(path, ".txt")+".golden", readRecording(t, string(text)))
		})
	}
}

// readRecording does what Run does with the output of a process.
func readRecording(t *testing.T, text string) string {
	header, output, _ := strings.Cut(text, "\n")
	var exit int
	var module, cfg string
	_, err := fmt.Sscanf(header, "exit %d %s %s", &exit, &module, &cfg)
	require.NoError(t, err)
	m := Model{Module: "testdata/specs/" + module + ".tla", Config: "testdata/specs/" + cfg + ".cfg"}
	p := parser{cfg: m.Config, module: m.Module}
	readErr := readMessages(strings.NewReader(output), p.handle)
	var waitErr error
	if exit != 0 {
		waitErr = fmt.Errorf("exit status %d", exit)
	}
	err = m.cutOff(context.Background(), &p, readErr, waitErr, "")
	if err == nil {
		p.result, err = p.verdict(m, exit)
	}
	return render(p.result, err)
}

func render(r Result, err error) string {
	verdict := r.Verdict.String()
	if err != nil {
		verdict = fmt.Sprintf("%T: %v", err, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nproperty %q, %d generated, %d distinct, %d in queue, depth %d\n",
		verdict, r.Property, r.Generated, r.Distinct, r.Queue, r.Depth)
	for _, c := range r.Coverage {
		fmt.Fprintf(&b, "%s at %s: %d new of %d\n", c.Action, c.Location, c.Distinct, c.Generated)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	return b.String() + FormatTrace(r)
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestEveryCutIsNoPass cuts the output of a passing run after each line: none of the pieces may pass.
func TestEveryCutIsNoPass(t *testing.T) {
	text, err := os.ReadFile("testdata/output/good.txt")
	require.NoError(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	require.True(t, strings.HasPrefix(readRecording(t, string(text)), "pass\n"))
	for n := 1; n < len(lines)-2; n++ {
		got := readRecording(t, strings.Join(lines[:n], ""))
		require.True(t, strings.HasPrefix(got, "*tlc.CutOffError: "), "cut after line %d: %s", n, got)
	}
}

func TestUnreadableOutput(t *testing.T) {
	for _, text := range []string{
		"@!@!@STARTMSG x:0 @!@!@\n",
		"@!@!@STARTMSG 2190\n",
		"@!@!@ENDMSG 2190 @!@!@\n",
		strings.Repeat("x", maxLine+1),
	} {
		err := readMessages(strings.NewReader(text), func(message) {})
		require.ErrorContains(t, err, "TLC output: ")
	}
}

func TestParseVars(t *testing.T) {
	body := "/\\ msgs = { [type |-> \"a\",\n    slot |-> 1] }\n/\\ x = (n1 :> 1 @@ n2 :> 2)\n\n"
	require.Equal(t, []Variable{
		{"msgs", `{ [type |-> "a", slot |-> 1] }`}, {"x", "(n1 :> 1 @@ n2 :> 2)"},
	}, parseVars(body))
	require.Equal(t, []Variable{{"x", "<< 1, 2 >>"}}, parseVars("x =\n<< 1,\n   2 >>\n"))
	require.Empty(t, parseVars("\n"))
}

func TestSplitAction(t *testing.T) {
	const at = "line 9, col 1 to line 9, col 4 of module M"
	for _, c := range [][3]string{
		{"Step " + at, "Step", at},
		{"Next " + at + " (12 3 13 9)", "Next", "line 12, col 3 to line 13, col 9 of module M"},
		{`Step(n1,[a |-> "b c"]) ` + at, `Step(n1,[a |-> "b c"])`, at},
		{"Initial predicate", "Init", ""},
		{"Action", "Action", ""},
	} {
		name, location := splitAction(c[0])
		require.Equal(t, c[1:], []string{name, location})
	}
}

func TestConfigProperties(t *testing.T) {
	path := filepath.Join(t.TempDir(), "M.cfg")
	text := "SPECIFICATION Spec \\* PROPERTY Not\nPROPERTIES A\n  B (* C\n*)\nINVARIANT I\nPROPERTY D\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	require.Equal(t, []string{"A", "B", "D"}, configProperties(path))
	require.Empty(t, configProperties(path+"x"))
}

func TestInputErrorPlaces(t *testing.T) {
	var err error = &InputError{File: "a.tla", Line: 3, Column: 4, Msg: "m"}
	require.EqualError(t, err, "a.tla:3:4: m")
	require.False(t, errors.Is(err, os.ErrNotExist))
}
