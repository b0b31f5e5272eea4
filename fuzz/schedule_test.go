package fuzz

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
	"multipaxos/impl/sim"
)

// randomBytes are what a fuzzer might make of a palette's schedules.
func randomBytes(seed uint64, n int) []byte {
	c := sim.Seeded(seed)
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(c.Choose(256))
	}
	return b
}

func mustPass(t *testing.T, s Schedule) *Outcome {
	t.Helper()
	o, err := RunSchedule(s, nil)
	require.NoError(t, err)
	require.Empty(t, o.Failure(), "%v", s)
	return o
}

// No bytes are a run without faults in which everything is answered.
func TestNoBytesAreARunWithoutFaults(t *testing.T) {
	for _, palette := range []Palette{AllActs, DiskActs, JoinActs} {
		require.Equal(t, sim.Step, palette[0])
		s := palette.Schedule(nil)
		o := mustPass(t, s)
		assert.Equal(t, s.Operations+s.Nodes, o.Answered)
		assert.Zero(t, o.Lost+o.Crashes+o.Partitions+o.Duplicated+o.Retried+o.Stats.Wiped)
	}
}

// Any bytes are a schedule; its bytes and its text mean the same schedule again.
func TestSchedulesAreReadAsTheyAreWritten(t *testing.T) {
	for seed := range uint64(300) {
		for _, palette := range []Palette{AllActs, DiskActs, JoinActs} {
			s := palette.Schedule(randomBytes(seed, int(seed)))
			require.NoError(t, s.Validate())
			require.Equal(t, s, palette.Schedule(palette.Bytes(s)))
			require.Equal(t, s, AllActs.Schedule(s.Bytes()))
			again, err := ParseSchedule("text", s.String())
			require.NoError(t, err)
			require.Equal(t, s, again)
		}
	}
	assert.Nil(t, DiskActs.Bytes(Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 1, Acts: []sim.Act{{Kind: sim.Abandon}}}))
}

// A byte of an act changes that act alone.
func TestALocalChangeOfBytesIsALocalChangeOfTheSchedule(t *testing.T) {
	b := randomBytes(1, headerBytes+30*actBytes)
	before := AllActs.Schedule(b)
	for i := headerBytes; i < len(b)-actBytes; i++ { // but the last, which could become none
		changed := bytes.Clone(b)
		changed[i]++
		after := AllActs.Schedule(changed)
		require.Len(t, after.Acts, len(before.Acts))
		for k := range before.Acts {
			if k != (i-headerBytes)/actBytes {
				require.Equal(t, before.Acts[k], after.Acts[k])
			}
		}
	}
}

// Always: the protocol passes. Sometimes: every kind of fault happens.
func TestRandomSchedulesPass(t *testing.T) {
	total := SoakResult{Failures: map[string]int{}}
	for seed := range uint64(400) {
		s := AllActs.Schedule(randomBytes(seed, 600))
		for k := range s.Acts {
			if k%4 != 0 {
				s.Acts[k] = sim.Act{}
			}
		}
		total.add(mustPass(t, s))
	}
	for name, count := range map[string]int{
		"abandoned": total.Total.Abandoned, "crashes": total.Total.Crashes, "torn steps": total.Total.TornSteps,
		"partitions": total.Total.Partitions, "no-ops": total.Total.Noops, "welcomes": total.Total.Welcomes,
	} {
		assert.Positive(t, count, name)
	}
}

// The same schedule is the same run, and its trace does not change it.
func TestSchedulesAreDeterministic(t *testing.T) {
	for seed := range uint64(20) {
		s := AllActs.Schedule(randomBytes(seed, 400))
		var first, again bytes.Buffer
		traced, err := RunSchedule(s, &first)
		require.NoError(t, err)
		_, err = RunSchedule(s, &again)
		require.NoError(t, err)
		require.Equal(t, first.String(), again.String())
		require.Equal(t, traced.Stats, mustPass(t, s).Stats)
		text, err := Explain(s)
		require.NoError(t, err)
		explained, err := ParseSchedule("explained", text)
		require.NoError(t, err)
		require.Equal(t, s, explained)
	}
}

// Schedules are the same runs when several workers run them.
func TestWorkersRunTheSameSchedules(t *testing.T) {
	var digests [4][20]string
	var group sync.WaitGroup
	for worker := range digests {
		group.Go(func() {
			for seed := range digests[worker] {
				o, err := RunSchedule(AllActs.Schedule(randomBytes(uint64(seed), 400)), nil)
				if assert.NoError(t, err) {
					digests[worker][seed] = fmt.Sprintf("%+v", o.Stats)
				}
			}
		})
	}
	group.Wait()
	for _, others := range digests[1:] {
		require.Equal(t, digests[0], others)
	}
	require.NotEqual(t, digests[0][0], digests[0][1])
}

// What a client asks for does not depend on what happens to the others.
func TestClientsAskForTheSame(t *testing.T) {
	asked := func(acts ...sim.Act) map[uint64][]string {
		s := Schedule{Machine: "kv", Nodes: 3, Clients: 3, Operations: 12, Seed: 5, Acts: acts}
		list := map[uint64][]string{}
		for _, op := range mustPass(t, s).History.Operations() {
			list[op.Client] = append(list[op.Client], op.Input)
		}
		return list
	}
	calm, rough := asked(), asked(make([]sim.Act, 30)...)
	require.Equal(t, calm, rough)
	rough = asked(sim.Act{Kind: sim.Kill}, sim.Act{}, sim.Act{Kind: sim.Turn, Which: 2}, sim.Act{Kind: sim.Turn, Which: 1})
	for client, list := range calm {
		n := min(len(list), len(rough[client]))
		require.Equal(t, list[:n], rough[client][:n])
	}
}

func TestBadSchedulesAreRefused(t *testing.T) {
	good := Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 4, Acts: []sim.Act{{}, {Kind: sim.Kill}}}.String()
	_, err := ParseSchedule("f", good)
	require.NoError(t, err)
	for want, edit := range map[string][2]string{
		`f:1: want "schedule 1", found "schedule 2"`:                     {"schedule 1", "schedule 2"},
		`f: machine: want one of [bank kv], found "vk"`:                  {"kv", "vk"},
		`f:3: want nodes, found "clients 1"`:                             {"nodes 3\n", ""},
		`f:3: want nodes, a number, found "03"`:                          {"nodes 3", "nodes 03"},
		`f: nodes: want 1 to 7, found 8`:                                 {"nodes 3", "nodes 8"},
		`f:8: want a seed from 0 to 65535, found 65536`:                  {"seed 0", "seed 65536"},
		`f:9: want the number of an act, or end, a number, found "kill"`: {"2 kill", "kill"},
		`f:9: act: want one of `:                                         {"kill", "die"},
		`f:9: want an act that is not the usual one, found "step 0"`:     {"kill 0 0", "step 0"},
		`f:9: want a number from 1 to 8192, found 8193`:                  {"2 kill", "8193 kill"},
		`f:10: want a number from 3 to 8192, found 2`:                    {"2 kill 0 0\n", "2 kill 0 0\n2 kill 0 0\n"},
		`f:9: want another line, found the end of the file`:              {"end\n", ""},
		`f:11: want nothing after the end, found "end"`:                  {"end\n", "end\nend\n"},
		`f:10: want a whole last line, found a cut one`:                  {"end\n", "end"},
	} {
		_, err := ParseSchedule("f", strings.Replace(good, edit[0], edit[1], 1))
		require.ErrorContains(t, err, want)
	}
	_, err = ParseSchedule("f", "")
	require.EqualError(t, err, "f:1: want a schedule, found an empty file")
	_, err = RunSchedule(Schedule{}, nil)
	require.EqualError(t, err, "nodes: want 1 to 7, found 0")
}

func benchmarkSchedules(b *testing.B, operations, acts int, checks func(*Schedule)) {
	start := usage.CPU()
	for i := range b.N {
		s := AllActs.Schedule(randomBytes(uint64(i), headerBytes+acts*actBytes))
		s.Nodes, s.Operations = 3, operations
		checks(&s)
		if _, err := RunSchedule(s, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/(usage.CPU()-start).Seconds(), "schedules/cpu-s")
}

// What each check costs: the invariants alone, the judges of the history, the validator of each step, and all.
func BenchmarkSchedule(b *testing.B) {
	for _, size := range []struct{ operations, acts int }{{5, 60}, {30, 200}} {
		for name, checks := range map[string]func(*Schedule){
			"invariants": func(s *Schedule) { s.Unjudged, s.Unrefined = true, true },
			"histories":  func(s *Schedule) { s.Unrefined = true },
			"validator":  func(s *Schedule) { s.Unjudged = true },
			"all":        func(s *Schedule) {},
		} {
			b.Run(fmt.Sprintf("operations=%d/%s", size.operations, name), func(b *testing.B) {
				benchmarkSchedules(b, size.operations, size.acts, checks)
			})
		}
	}
}

// No state leaks from one run into another in the same process: what is lent and remembered changes nothing.
func TestRunsLeaveNothingBehind(t *testing.T) {
	run := func(seed uint64) string {
		var traced bytes.Buffer
		_, err := RunSchedule(AllActs.Schedule(randomBytes(seed, 300)), &traced)
		require.NoError(t, err)
		return traced.String()
	}
	var first []string
	for seed := range uint64(12) {
		first = append(first, run(seed))
	}
	for seed := range uint64(100) {
		mustPass(t, AllActs.Schedule(randomBytes(1000+seed, 300)))
	}
	for seed := uint64(12); seed > 0; seed-- {
		require.Equal(t, first[seed-1], run(seed-1), "seed %d", seed-1)
	}
	require.NotEqual(t, first[0], first[1])
}
