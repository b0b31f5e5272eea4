package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

// TestScheduleRoundTrip holds that a schedule is read as it was written.
func TestScheduleRoundTrip(t *testing.T) {
	text, err := os.ReadFile(flawFile("S3"))
	require.NoError(t, err)
	h, b, err := ReadSchedule("S3", bytes.NewReader(text))
	require.NoError(t, err)
	var again bytes.Buffer
	require.NoError(t, WriteSchedule(&again, h, b))
	require.Equal(t, string(text), again.String())
}

// TestBadSchedules holds that a damaged schedule is an error that names the line, and nothing else.
func TestBadSchedules(t *testing.T) {
	good, err := os.ReadFile(flawFile("L9"))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(good), "\n")
	replace := func(old, new string) string { return strings.Replace(string(good), old, new, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "f:1: want a schedule, found an empty file"},
		"binary":        {"\x00\x01\n", "f:1: invalid character"},
		"no header":     {lines[1], `f:1: json: unknown field "step"`},
		"version":       {replace("replay 1", "replay 2"), `f:1: format: want "multipaxos replay 1", found "multipaxos replay 2"`},
		"property":      {replace(`"WaitingIsProposed"`, `"Nothing"`), `f:1: property: want one that is known here, found "Nothing"`},
		"model":         {replace(`"nodes":[1,2`, `"nodes":[1,4`), "f:1: model: want the nodes 1, 2, ... up to 63, found [1 4"},
		"unknown field": {replace(`"step":1`, `"stride":1`), `f:3: json: unknown field "stride"`},
		"duplicate":     {replace(`"step":1`, `"step":1,"step":1`), `f:3: duplicate key "step"`},
		"deep":          {replace(`"becomes":{`, `"becomes":{"x":"1","x":"2",`), `f:2: duplicate key "x"`},
		"action":        {replace(`"action":"Invoke"`, `"action":"Sing"`), `f:3: action: want Init first and then an action of the spec, found "Sing"`},
		"order":         {lines[0] + lines[1] + lines[3], "f:3: step: want 1, found 2"},
		"too few":       {lines[0] + lines[1] + lines[2], "f:4: want 2 steps, found 1"},
		"too many":      {string(good) + lines[3], "f:5: want the end of the file after 2 steps, found more"},
		"cut":           {strings.TrimSuffix(string(good), "\n"), "f:4: want a whole last line, found a cut one"},
		"endless":       {strings.Repeat("x", maxLine+1), "f:1: want lines of at most"},
		"two on a line": {strings.Replace(string(good), "}\n", "} {}\n", 1), "f:1: want one JSON object a line, found more"},
		"variable":      {replace(`"acceptor[1]"`, `"acceptor[9]"`), `f:2: becomes: want a variable of a node as "replica[1]", found "acceptor[9]"`},
		"value":         {replace("<<>>", "<<"), "f:2: TLA+ value: unexpected"},
		"not canonical": {replace("<<>>", "<< >>"), "f:2: want a value in canonical form"},
		"gone":          {lines[0] + lines[1] + strings.Replace(lines[2], `"becomes"`, `"gone":["{}"],"becomes"`, 1) + lines[3], "f:3: gone: want what was there, found {}"},
		"sent twice":    {lines[0] + strings.Replace(lines[1], `"sent":[`, sentOf(t, lines[1]), 1) + lines[2] + lines[3], "f:2: sent: want what is new, found again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadSchedule("f", strings.NewReader(c.text))
			require.ErrorContains(t, err, c.want)
			path := filepath.Join(t.TempDir(), "f")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			require.Equal(t, BadInput, File(t.Context(), &bytes.Buffer{}, path))
		})
	}
	require.Equal(t, BadInput, File(t.Context(), &bytes.Buffer{}, filepath.Join(t.TempDir(), "none")))
}

// sentOf returns the start of the list of messages that a line says were sent, with its first message.
func sentOf(t *testing.T, line string) string {
	match := regexp.MustCompile(`"sent":\["(\\.|[^"\\])*"`).FindString(line)
	require.NotEmpty(t, match)
	return match + ","
}

// TestFileFindsEdits changes what a schedule expects, in one place of each kind, and wants a mismatch that names it.
func TestFileFindsEdits(t *testing.T) {
	good, err := os.ReadFile(flawFile("L9"))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(good), "\n")
	for name, c := range map[string]struct{ line, old, new, want string }{
		"field":  {lines[2], `nextSlot |-> 2`, `nextSlot |-> 7`, "step 1: Invoke: code and spec differ"},
		"client": {lines[2], `"node":1`, `"node":1,"client":2`, "step 1: Invoke: code and spec differ"},
		"node":   {lines[2], `"node":1`, `"node":2`, "step 1: Invoke: code and spec differ"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, c.line, c.old)
			edited := strings.Replace(c.line, c.old, c.new, 1)
			h, b, err := ReadSchedule("f", strings.NewReader(lines[0]+lines[1]+edited+lines[3]))
			require.NoError(t, err)
			outcome, text := verdict(h, b)
			require.Equal(t, Violation, outcome)
			require.Contains(t, text, c.want)
			require.Contains(t, text, "Go     Node.Invoke (impl/paxos/node.go:")
		})
	}
}

// TestAbstractions holds that the list is that of the head comment of MultiPaxos.tla: each in its words, and no more.
func TestAbstractions(t *testing.T) {
	text, err := os.ReadFile(specDir + "/MultiPaxos.tla")
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(text), "\nEXTENDS")
	words := strings.Join(strings.Fields(strings.NewReplacer("(*", " ", "*)", " ").Replace(head)), " ")
	for _, a := range Abstractions {
		require.Contains(t, words, a.Spec)
		require.NotEmpty(t, a.Here)
	}
	require.Equal(t, strings.Count(head, "\n(* - "), len(Abstractions)-1, "one is said above the list")
}

// TestActions holds that every action of the spec's Next can be replayed, and that each names its methods.
func TestActions(t *testing.T) {
	p, err := prepare(specDir, Everything, true)
	require.NoError(t, err)
	defer p.remove()
	require.Len(t, p.actions, len(methods)-1, "all but Lose, which is the network's")
	for _, action := range p.actions {
		require.Regexp(t, `^\w+(\.\w+)? \(impl/paxos/\w+\.go:\d+\)$`, methodNames(action)[0])
	}
}

func TestParseStateErrors(t *testing.T) {
	for name, c := range map[string]struct {
		vars []tlc.Variable
		want string
	}{
		"unknown": {[]tlc.Variable{{Name: "magic", Value: "1"}}, "variable magic: want a variable of MultiPaxos.tla"},
		"missing": {[]tlc.Variable{{Name: "crashes", Value: "1"}}, "found no msgs, answers, acceptor"},
		"nodes":   {[]tlc.Variable{{Name: "scout", Value: "<<None>>"}}, "variable scout: want a value for each of 2 nodes"},
		"value":   {[]tlc.Variable{{Name: "msgs", Value: "{"}}, "variable msgs: TLA+ value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseState(c.vars, 2)
			require.ErrorContains(t, err, c.want)
		})
	}
}
