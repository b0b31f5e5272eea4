package fuzz

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/linear"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// Tests of the fuzz targets, apart from them: OSS-Fuzz builds targets_test.go without the other tests.

// Of what a run leaves behind, all is read to its end.
func TestReadersReadWhatRunsLeave(t *testing.T) {
	var file bytes.Buffer
	_, err := RunSchedule(JoinActs.Schedule(randomBytes(1, 100)), &file)
	require.NoError(t, err)
	require.True(t, readTrace(file.Bytes()))
	require.False(t, readTrace(file.Bytes()[:file.Len()-1]))
}

// Always: the judges agree. Sometimes: a history is wrong, and sometimes it is right.
func TestSmallHistoriesAreRightAndWrong(t *testing.T) {
	verdicts := map[linear.Verdict]int{}
	for seed := range uint64(400) {
		h, _ := smallHistory(NewBytes(randomBytes(seed, 80)))
		if report, err := linear.Check(h, linear.Options{}); err == nil {
			require.Empty(t, report.Disagreement)
			verdicts[report.Verdict]++
		}
	}
	require.Greater(t, verdicts[linear.Linearizable], 20)
	require.Greater(t, verdicts[linear.Violation], 20)
}

// A schedule that floods the network, and one that never lets anything happen, end in time and in little memory.
func TestHostileSchedulesStayWithinBounds(t *testing.T) {
	for _, kinds := range [][]sim.ActKind{
		{sim.Duplicate}, {sim.Fire}, {sim.Delay}, {sim.Kill}, {sim.Wipe, sim.Restart}, {sim.Partition}, {sim.Mend},
		{sim.Turn, sim.Duplicate, sim.Fire}, {sim.Abandon, sim.Turn}, {sim.Retry, sim.Deliver},
	} {
		s := Schedule{Machine: "kv", Nodes: MaxNodes, Clients: MaxClients, Operations: MaxOperations, Checkpoint: 1, Window: 1}
		for k := range MaxActs {
			s.Acts = append(s.Acts, sim.Act{Kind: kinds[k%len(kinds)], Which: uint8(k * 7), How: uint8(k * 13)})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		holdSchedule(t, s)
		runtime.ReadMemStats(&after)
		require.Less(t, after.HeapSys-after.HeapReleased, uint64(400<<20), "%v", kinds)
	}
}

// mute is an Acceptor that hears nothing.
type mute struct{ *paxos.Acceptor }

func (mute) Deliver(*paxos.Out, paxos.Address, paxos.Message) {}

// A run that takes more steps than its budget, or more virtual time, ends there and says so.
func TestBudgetsAreReported(t *testing.T) {
	s := AllActs.Schedule(randomBytes(1, 400))
	o, err := s.runWithin(50, &follower{acts: s.Acts}, nil)
	require.NoError(t, err)
	require.Equal(t, "Budget", o.Property())
	require.LessOrEqual(t, o.Steps, 51)

	s.Acts, s.Roles = nil, paxos.DefaultRoles()
	s.Roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return mute{paxos.NewAcceptor(n, d)} }
	o, err = RunSchedule(s, nil)
	require.NoError(t, err)
	require.Equal(t, "Liveness", o.Property())
	require.Less(t, o.Virtual, 2*sim.HealBound+5*time.Second, "one bound to end the calls, one to heal")
	require.Less(t, o.Steps, scheduleBudget/10)
}

// What workers of Go's fuzzer leave behind is summed: every schedule of a batch, and none that broke off.
func TestTalliesAreSummed(t *testing.T) {
	before, dir := ran, t.TempDir()
	defer func() { ran = before }()
	for _, name := range []string{"1", "2"} {
		ran = tally{}
		holdBatch(t, scheduleOf("FuzzFive", randomBytes(1, 100)))
		require.NoError(t, ran.write(filepath.Join(dir, name)))
	}
	broken := Outcome{Result: sim.Result{Violation: &sim.Violation{}}}
	ran.add(&broken)
	require.Equal(t, batch, ran.Schedules)
	var total tally
	require.NoError(t, total.read(dir))
	require.Equal(t, tally{2 * ran.Schedules, 2 * 5 * ran.Schedules, 2 * ran.Acts, 2 * ran.Steps}, total)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "3"), []byte("cut"), 0o644))
	require.ErrorContains(t, total.read(dir), filepath.Join(dir, "3"))
}
