package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadConfigIsStrict(t *testing.T) {
	good, err := os.ReadFile("testdata/alone.cfg")
	require.NoError(t, err)
	for _, test := range []struct{ old, new, want string }{
		{"INIT Init", "INIT Other", `:2: the model knows no initial states "Other"`},
		{"NEXT Next", "NEXT Nowhere", `:3: the model knows no steps "Nowhere"`},
		{"NEXT Next", "NEXT Next\nNEXT Next", `:4: NEXT twice`},
		{"INIT Init", "", `INIT is missing`},
		{"    Window = 0\n", "", `Window is missing`},
		{"    Window = 0\n", "    Window = 0\n    Window = 0\n", `constant Window twice`},
		{"Window = 0", "Window = x", `constant Window: strconv.Atoi`},
		{"Window = 0", "Width = 1", `constant Width: the model knows no such constant`},
		{"Window = 0", "Window 0", `expected "name = value" or "name <- definition", found "Window 0"`},
		{"Nodes = {1}", "Nodes = {1, 3}", `nodes: expected 1, 2, ..., found [1 3]`},
		{"Nodes = {1}", "Nodes = {1", `constant Nodes: expected {...}`},
		{"Follow = TRUE", "Follow = yes", `constant Follow: the model knows no truth value "yes"`},
		{"<- B10", "<- B99", `expected "name = value" or "name <- definition"`},
		{"TypeOK", "TypeFine", `the model knows no property "TypeFine"`},
		{"ACTION_CONSTRAINT Bounded", "CONSTRAINT Bounded", `expected "name = value"`},
		{"ACTION_CONSTRAINT Bounded", "ACTION_CONSTRAINT Other", `the model knows no constraint "Other"`},
	} {
		require.Equal(t, 1, strings.Count(string(good), test.old), test.old)
		file := filepath.Join(t.TempDir(), "bad.cfg")
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(good), test.old, test.new, 1)), 0o644))
		_, err := ReadConfig(spec+"/MC.tla", file)
		require.ErrorContains(t, err, test.want)
		require.ErrorContains(t, err, "bad.cfg")
	}
	_, err = ReadConfig(spec+"/MC.tla", "nowhere.cfg")
	require.ErrorContains(t, err, "nowhere.cfg: no such file")
}

func TestReadConfigFindsActions(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", spec+"/MCReborn.cfg")
	require.NoError(t, err)
	require.Equal(t, []string{"ReceivePropose", "ReceivePrepare", "ReceivePromise", "ReceiveAccept", "ReceiveAccepted",
		"ReceivePreempted", "CrashRestart"}, c.Next)
	require.Equal(t, []Command{{1, 1}, {2, 1}}, c.Commands)
	require.Equal(t, []int{2, 0, 0}, c.MaxBallot)
	require.True(t, c.Symmetry && c.IsBounded && c.Reduced)
	c, err = ReadConfig(spec+"/MC.tla", "testdata/alone.cfg")
	require.NoError(t, err)
	require.Len(t, c.Next, len(Actions))
}

const initialState = `/\ msgs = { [ type |-> "Propose", from |-> 1, to |-> 1, slot |-> 1,
    proposal |-> [clientID |-> c1, seq |-> 1, caller |-> 1, disk |-> 0] ] }
/\ leader = << [ ballotNum |-> [n |-> 1, leader |-> 1], proposals |-> (2 :> [clientID |-> 0, seq |-> 0, caller |-> 0, disk |-> 0]), active |-> FALSE ] >>
/\ scout = <<None>>
/\ commanders = <<<<>>>>
/\ replica = << [ nextSlot |-> 1, slot |-> 1, leader |-> 1, decisions |-> << >>, proposals |-> <<>>,
     sessions |-> (c1 :> [seq |-> 1, slot |-> 1]), machine |-> <<>>, voters |-> <<1>>, first |-> 1, checkpoint |-> 1 ] >>
/\ disk = << [ disk |-> 1, scouted |-> [n |-> 0, leader |-> 0], slot |-> 1, state |-> [sessions |-> <<>>, machine |-> <<>>, voters |-> <<1>>] ] >>
/\ bootstrap = <<None>>
/\ seed = <<None>>
/\ crashes = 0
/\ requester = <<{}>>
/\ answers = {}
/\ acceptor = << [ballotNum |-> [n |-> 0, leader |-> 0], accepted |-> <<>>, first |-> 1] >>`

func TestParseStateIsStrict(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", "testdata/alone.cfg")
	require.NoError(t, err)
	s, err := c.ParseState(initialState)
	require.NoError(t, err)
	require.Equal(t, CommandProposal(1, Command{1, 1}), s.Cells[0].Inbox[0].Proposal)
	require.Equal(t, Table[Proposal]{{2, NoopProposal}}, s.Cells[0].Node.Leader.Proposals)
	require.Equal(t, Table[Session]{{1, Session{1, 1}}}, s.Cells[0].Node.Replica.Sessions)
	for _, test := range []struct{ old, new, want string }{
		{"/\\ crashes = 0\n", "", "expected the variables"},
		{"/\\ crashes = 0\n", "/\\ crashes = 0\n/\\ crashes = 0\n", "expected another variable than crashes"},
		{"crashes = 0", "crashes = <<>>", "expected a number"},
		{"active |-> FALSE", "active |-> 1", "expected a truth value"},
		{"active |-> FALSE", "activ |-> FALSE", "expected a field active"},
		{"active |-> FALSE ]", "active |-> FALSE", `expected "]"`},
		{`"Propose"`, `"Purpose"`, "expected the type of a message"},
		{"clientID |-> c1, ", "", "expected a record with [caller clientID seq disk]"},
		{"scout = <<None>>", "scout = <<Nobody>>", "expected a record"},
		{"(c1 :> ", "(c9 :> ", "expected a client"},
		{"requester = <<{}>>", "requester = <<>>", "expected a value for each node"},
	} {
		require.Contains(t, initialState, test.old)
		_, err := c.ParseState(strings.Replace(initialState, test.old, test.new, 1))
		require.ErrorContains(t, err, test.want, test.new)
	}
	for cut := range len(initialState) {
		_, err := c.ParseState(initialState[:cut])
		require.Error(t, err)
	}
}

func TestReadDotIsStrict(t *testing.T) {
	c, err := ReadConfig(spec+"/MC.tla", "testdata/alone.cfg")
	require.NoError(t, err)
	state := `1 [label="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(initialState) + `",style = filled]` + "\n"
	for _, test := range []struct{ text, want string }{
		{"strict digraph DiskGraph {\n" + state + "}", ""},
		{"strict digraph DiskGraph {\n" + state, ":3: EOF"},
		{"strict digraph DiskGraph {\n" + state[:100], ":2: the line is cut off"},
		{"", ":1: EOF"},
		{"hello\n}", `:1: expected a state or an edge, found "hello"`},
		{"1 -> 2 [label=\"Fly\"];\n}", ":1: TLC took a step of Fly, which the model does not"},
		{"1 -> x\n}", ":1: expected a state or an edge"},
	} {
		file := filepath.Join(t.TempDir(), "graph.dot")
		require.NoError(t, os.WriteFile(file, []byte(test.text), 0o644))
		_, err := readDot(file, newWorker(c, newInterner()))
		if test.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, test.want)
		}
	}
}
