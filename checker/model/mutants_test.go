package model

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/merge"
	"multipaxos/checker/tlc"
)

// A mutant is a small edit of one function, or of what it alone calls. Comparing it with TLC's graphs must tell an action that calls the function.
type mutant struct {
	function, file, old, new string
	actions                  string // one of these, separated by spaces
}

var mutants = []mutant{
	{"AcceptorHandlePrepare", "acceptor.go", "if Less(x.Acceptor.BallotNum, m.BallotNum) {\n\t\tx.Acceptor.BallotNum = m.BallotNum",
		"if Less(x.Acceptor.BallotNum, m.BallotNum) {", "ReceivePrepare"},
	{"AcceptorHandlePrepare", "acceptor.go", "To: m.From, BallotNum: x.Acceptor.BallotNum", "To: m.From, BallotNum: m.BallotNum", "ReceivePrepare"},
	{"AcceptorHandlePrepare", "acceptor.go", "Accepted.From(m.Slot)", "Accepted.From(m.Slot + 1)", "ReceivePrepare"},
	{"AcceptorHandleAccept", "acceptor.go", "a.Accepted.Put(m.Slot, vote)", "a.Accepted.Put(m.Slot+1, vote)",
		"ReceiveAccept"},
	{"AcceptorHandleAccept", "acceptor.go", "Type: Accepted, To: m.From", "Type: Accepted, To: x.Self", "ReceiveAccept"},
	{"AcceptorHandleAccept", "acceptor.go", "if m.Slot < a.First {", "if m.Slot <= a.First {", "ReceiveAccept"},
	{"AcceptorForget", "acceptor.go", "a.Accepted = a.Accepted.From(a.First)", "", "FireReplicaWriteCheckpoint ReceiveWelcome"},
	{"ScoutHandlePromise", "leader.go", "\ts.AcceptedProposals = votes\n", "", "ReceivePromise"},
	{"ScoutHandlePromise", "leader.go", "if !c.IsQuorum(len(s.Promised))", "if len(s.Promised) < len(c.Nodes)", "ReceivePromise"},
	{"ScoutSendPrepare", "leader.go", "BallotNum: x.Scout.BallotNum, Slot: x.Replica.Slot", "BallotNum: x.Scout.BallotNum, Slot: x.Replica.NextSlot",
		"ReceivePropose FireScoutSendPrepare"},
	{"LeaderHandleAdopted", "leader.go", "proposals = proposals.Put(slot, NoopProposal)", "", "ReceivePromise"},
	{"LeaderHandleAdopted", "leader.go", "case voted:", "case voted && !waits:", "ReceivePromise"},
	{"LeaderHandlePreempted", "leader.go", "m.BallotNum.N + 1", "m.BallotNum.N", "ReceivePreempted"},
	{"LeaderHandlePreempted", "leader.go", "\tx.Commanders = nil\n", "", "ReceivePreempted"},
	{"LeaderHandlePropose", "leader.go", "!x.Leader.Active && !x.Scout.Running", "!x.Leader.Active", "ReceivePropose"},
	{"LeaderHandleDecision", "leader.go", "x.Leader.Proposals = x.Leader.Proposals.Take(m.Slot)", "", "ReceiveDecision"},
	{"LeaderScout", "leader.go", "\tx.Disk.Scouted = x.Leader.BallotNum\n", "", "ReceivePropose"},
	{"LeaderSendActive", "leader.go", "Type: Active, To: a, Slot: x.Replica.Slot", "Type: Active, To: a, Slot: x.Replica.NextSlot",
		"FireLeaderSendActive ReceivePromise"},
	{"CommanderHandleAccepted", "leader.go", "c.LeaderHandleDecided(x, m.Slot)", "", "ReceiveAccepted"},
	{"ReplicaHandleDecision", "replica.go", "x.Replica.NextSlot = max(x.Replica.NextSlot, m.Slot+1)", "", "ReceiveDecision"},
	{"ReplicaHandleWelcome", "replica.go", "c.ReplicaWriteCheckpoint(x)\n\t\tc.ReplicaExecuteAll(x)", "c.ReplicaWriteCheckpoint(x)", "ReceiveWelcome"},
	{"ReplicaRestore", "replica.go", "r.NextSlot = max(r.NextSlot, slot)", "", "ReceiveWelcome CrashRestart"},
	{"ReplicaAskMissing", "replica.go", "r.Slot >= r.NextSlot", "r.Slot > r.NextSlot", "FireReplicaAskMissing"},
	{"ReplicaFollowNext", "replica.go", "c.ConfigNext(x.Replica.Leader)", "c.ConfigNext(x.Self)", "FireReplicaFollowNext"},
	{"ReplicaHandleActive", "replica.go", "x.Replica.NextSlot = max(x.Replica.NextSlot, m.Slot)", "", "ReceiveActive"},
	{"ReplicaPropose", "replica.go", "x.Replica.NextSlot = slot + 1", "", "Invoke"},
	{"RequesterHandleInvoked", "roles.go", "x.Answers = with(x.Answers, m, compareAnswers)", "", "ReceiveDecision Invoke FireRequesterSendInvoke"},
	{"NodeReceive", "roles.go", "c.AcceptorHandlePrepare(x, m)\n\t\tc.ReplicaHandlePrepare(x, m)", "c.AcceptorHandlePrepare(x, m)", "ReceivePrepare"},
	{"FireRequesterSendInvoke", "steps.go", "range at.Node.Requester {", "range at.Node.Requester[:0] {", "FireRequesterSendInvoke"},
	{"FireCommanderSendAccept", "steps.go", "c.CommanderSendAccept(x, e.Slot)", "c.LeaderDismiss(x, e.Slot)",
		"FireCommanderSendAccept"},
	{"FireReplicaWriteCheckpoint", "steps.go", "r.Slot >= r.Checkpoint", "r.Slot > r.Checkpoint", "FireReplicaWriteCheckpoint"},
	{"StartedLeader", "start.go", "d.Scouted.N + 1", "max(d.Scouted.N, 1)", "CrashRestart"},
	{"SeedHandleJoin", "start.go", "x.Seed.Disks.Put(m.From, m.Disk)", "x.Seed.Disks.Put(m.From, m.From)", "ReceiveJoin"},
	{"SeedFound", "start.go", "\t\t\tx.Send(welcome)\n", "", "ReceiveJoin"},
	{"BootstrapSendJoin", "start.go", "if x.Bootstrap.Peer == x.Self {", "if x.Bootstrap.Peer == Nobody {", "FireBootstrapSendJoin"},
	{"BootstrapHandleDecision", "start.go", "\tx.Bootstrap.Decisions = x.Bootstrap.Decisions.Put(m.Slot, m.Proposal)\n", "", "ReceiveDecision"},
	{"BootstrapHandleWelcome", "start.go", "heard := x.Bootstrap.Decisions", "heard := x.Bootstrap.Decisions[:0]", "ReceiveWelcome"},
	{"IsVoter", "start.go", "return ok && voter == d.Disk", "return ok && voter != 0", "ReceiveWelcome"},
	{"ReplicaHandleJoin", "replica.go", "c.ReplicaRequest(x, AdmissionProposal(m.From, m.Disk))", "", "ReceiveJoin"},
	{"ReplicaExecute", "replica.go", "\t\tr.Voters = r.Voters.Put(p.Caller, p.Disk)\n", "", "ReceiveDecision"},
	{"WipeRestart", "steps.go", "FormattedDisk(fresh)", "FormattedDisk(x.Disk.Disk)", "WipeRestart"},
	{"AcceptCounts", "reduce.go", "voted && vote.BallotNum == m.BallotNum", "voted && vote.BallotNum != m.BallotNum", "ReceiveAccept ReceivePrepare"},
	{"AcceptedCounts", "reduce.go", "commander.BallotNum == m.BallotNum && !slices.Contains(commander.Accepted, m.From)",
		"commander.BallotNum == m.BallotNum", "ReceiveAccepted"},
}

// mutantMain compares the model with one mutant switched on with each graph, until one differs.
const mutantMain = `package main

import (
	"fmt"
	"os"

	"multipaxos/checker/model"
)

func main() {
	for i := 1; i < len(os.Args); i += 3 {
		report, err := model.Compare(os.Args[i], os.Args[i+1], os.Args[i+2])
		if err != nil {
			fmt.Println(err)
			os.Exit(2)
		}
		if report != "" {
			fmt.Println(report)
			os.Exit(1)
		}
	}
}
`

// TestMutants builds one program with all mutants and runs it for each.
func TestMutants(t *testing.T) {
	arguments := comparisons(t, graphsOf(t))
	program := buildMutants(t)
	require.GreaterOrEqual(t, len(mutants), 20)
	for i, m := range mutants {
		t.Run(fmt.Sprintf("%02d %s", i, m.function), func(t *testing.T) {
			cmd := exec.Command(program, arguments...)
			cmd.Env = append(os.Environ(), merge.Switch+"="+fmt.Sprint(i))
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "not noticed: %s → %s", m.old, m.new)
			action, _, found := strings.Cut(string(out), " differs in state ")
			require.True(t, found, "%s", out)
			require.Contains(t, strings.Fields(m.actions), action, "%s", out)
			t.Logf("%s: %q → %q: %s differs", m.file, m.old, m.new, action)
		})
	}
}

// TestNoMutant runs the unchanged package the same way.
func TestNoMutant(t *testing.T) {
	arguments := comparisons(t, graphsOf(t))
	for i := 0; i < len(arguments); i += 3 {
		report, err := Compare(arguments[i], arguments[i+1], arguments[i+2])
		require.NoError(t, err)
		require.Empty(t, report)
	}
}

// comparisons are module, configuration and graph of each small model, those with the smallest graphs first: most mutants
// show in them.
func comparisons(t *testing.T, dir string) (arguments []string) {
	entries, err := tlc.ReadModels("testdata/models.json")
	require.NoError(t, err)
	graph := func(e tlc.Entry) string { return filepath.Join(dir, e.Name+".dot") }
	size := func(e tlc.Entry) int64 {
		info, err := os.Stat(graph(e))
		require.NoError(t, err)
		return info.Size()
	}
	slices.SortFunc(entries, func(a, b tlc.Entry) int { return cmp.Compare(size(a), size(b)) })
	for _, e := range entries {
		arguments = append(arguments, filepath.Join("testdata", e.Module), filepath.Join("testdata", e.Cfg), graph(e))
	}
	return arguments
}

// buildMutants builds the program in a directory that does not exist, with all mutants of this package; it returns the path
// of what it built.
func buildMutants(t *testing.T) string {
	edited, ids := map[string]map[string]string{}, []string{} // by file and mutant
	for i, m := range mutants {
		text, err := os.ReadFile(m.file)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(text), m.old), "%s: %q", m.file, m.old)
		if edited[m.file] == nil {
			edited[m.file] = map[string]string{}
		}
		ids = append(ids, fmt.Sprint(i))
		edited[m.file][ids[i]] = strings.Replace(string(text), m.old, m.new, 1)
	}
	files := map[string]string{"mutants/main.go": mutantMain, "switch.go": merge.SwitchFile("model", ids)}
	for file, edits := range edited {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		files[file], err = merge.Merge(file, string(text), edits)
		require.NoError(t, err)
	}
	dir := t.TempDir()
	overlay, err := merge.Overlay(".", dir, "mutants", files)
	require.NoError(t, err)
	program := filepath.Join(dir, "mutants.exe")
	out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./mutants").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// TestSpecMutants edits the specification instead.
func TestSpecMutants(t *testing.T) {
	for _, m := range []struct{ old, new, model, actions string }{
		{`!.replica.nextSlot = Max(@, m.slot + 1)]`, `!.replica.nextSlot = m.slot]`, "ask2", "ReceiveDecision"},
		{`ReplicaFollow(x, ConfigNext(x.replica.leader))`, `ReplicaFollow(x, x.self)`, "follow", "FireReplicaFollowNext"},
		{`leader |-> n], active |-> FALSE`, `leader |-> n], active |-> TRUE`, "alone", "Init"},
		{`r.proposals[r.slot] ELSE NoopProposal`, `r.proposals[r.slot] ELSE [NoopProposal EXCEPT !.caller = 1]`, "ask2",
			"FireReplicaAskMissing"},
		{`Restart(n, StartedNode(n, disk[n], acceptor[n]`, `Restart(n, StartedNode(n, disk[n], FormattedAcceptor`, "alone", "CrashRestart"},
	} {
		t.Run(m.actions, func(t *testing.T) {
			t.Parallel()
			report := compareEdited(t, m.old, m.new, m.model)
			if m.actions == "Init" {
				require.Contains(t, report, "the initial states differ")
				return
			}
			require.True(t, strings.HasPrefix(report, m.actions+" differs in state "), report)
		})
	}
}

// compareEdited has TLC search an edited copy of the specification.
func compareEdited(t *testing.T, old, edited, model string) string {
	dir := t.TempDir()
	text, err := os.ReadFile(spec + "/MultiPaxos.tla")
	require.NoError(t, err)
	require.Equal(t, 1, bytes.Count(text, []byte(old)), old)
	text = bytes.Replace(text, []byte(old), []byte(edited), 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "MultiPaxos.tla"), text, 0o644))
	module, err := os.ReadFile(spec + "/MC.tla")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "MC.tla"), module, 0o644))
	cfg, err := os.ReadFile("testdata/" + model + ".cfg")
	require.NoError(t, err)
	constants, _, _ := bytes.Cut(cfg, []byte("INVARIANTS")) // an edit may break them, and TLC would stop there
	require.NoError(t, os.WriteFile(filepath.Join(dir, "MC.cfg"), constants, 0o644))
	dot := filepath.Join(dir, "graph.dot")
	_, err = tlc.Run(t.Context(), tlc.Model{Module: filepath.Join(dir, "MC.tla"), Config: filepath.Join(dir, "MC.cfg"),
		Workers: 1, DotFile: dot, Short: true})
	require.NoError(t, err)
	report, err := Compare(spec+"/MC.tla", filepath.Join(dir, "MC.cfg"), dot)
	require.NoError(t, err)
	require.NotEmpty(t, report, "not noticed")
	return report
}
