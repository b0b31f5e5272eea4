package fuzz

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/linear"
	"multipaxos/impl/sim"
)

var update = flag.Bool("update", false, "write the seeds and their table: only if you understand the change")

// seed is an input that a target starts from, and why.
type seed struct {
	target, name, reason string
	input                []byte
	shows                func(*Outcome) int // of a schedule: positive when it does what it is there for
}

// seeds lists all seeds. Their files are written by go test -run Seeds -update.
func seeds(t *testing.T) []seed {
	list := scheduleSeeds(t)
	history, file, schedule := filedRun(t)
	return append(list,
		seed{"FuzzRoles", "founding", "one node founds the cluster, and nothing else happens", []byte("found, then do nothing"), nil},
		seed{"FuzzRoles", "forged", "messages that nobody sent, among calls, alarms and a restart",
			[]byte{0, 0, 0, 200, 0, 0, 80, 255, 160, 255, 10, 20, 250, 100, 250, 0, 250, 255, 250, 1, 30, 0, 0, 0}, nil},
		seed{"FuzzRoles", "busy", "600 random choices: elections, answers and restarts happen", randomBytes(1, 600), nil},
		seed{"FuzzTrace", "trace", "a whole trace, which every reader reads to its end", file, nil},
		seed{"FuzzTrace", "cut-trace", "the last line has lost its end", file[:len(file)-3], nil},
		seed{"FuzzTrace", "header-only", "a trace without events", file[:bytes.IndexByte(file, '\n')+1], nil},
		seed{"FuzzTrace", "history", "a whole history of the same run", history, nil},
		seed{"FuzzTrace", "schedule", "a schedule in its text form, with comments", schedule, nil},
		seed{"FuzzLinear", "nothing", "a history without operations: no judge can tell", nil, nil},
		seed{"FuzzLinear", "honest", "eight operations of three clients, answered as they were executed", honestInput(t, true), nil},
		seed{"FuzzLinear", "tampered", "the same number of operations, with wrong answers and wrong slots", honestInput(t, false), nil},
	)
}

// honestInput returns an input of FuzzLinear whose history all judges accept, or reject.
func honestInput(t *testing.T, wanted bool) []byte {
	for n := uint64(0); ; n++ {
		require.Less(t, n, uint64(10000))
		input := randomBytes(n, 60)
		h, honest := smallHistory(NewBytes(input))
		report, err := linear.Check(h, linear.Options{})
		if err == nil && honest == wanted && report.Passed() == wanted && report.Answered == maxSmall {
			return input
		}
	}
}

// filedRun returns a short run as a history, as a trace and as the text of its schedule.
func filedRun(t *testing.T) (history, file, schedule []byte) {
	s := Schedule{Machine: "kv", Nodes: 1, Clients: 1, Operations: 2, Acts: script(map[int]string{4: "kill 0 0"})}
	var traced, written bytes.Buffer
	o, err := RunSchedule(s, &traced)
	require.NoError(t, err)
	require.NoError(t, linear.Write(&written, o.History))
	text, err := Explain(s)
	require.NoError(t, err)
	return written.Bytes(), traced.Bytes(), []byte(text)
}

// script returns the list of acts that has these at the given positions, counted from 1.
func script(at map[int]string) (list []sim.Act) {
	for k, text := range at {
		a, err := sim.ParseAct(text)
		if err != nil {
			panic(err)
		}
		if k > len(list) {
			list = append(list, make([]sim.Act, k-len(list))...)
		}
		list[k-1] = a
	}
	return list
}

// often returns an act at every step-th position up to the last.
func often(text string, step, last int) map[int]string {
	at := map[int]string{}
	for k := step; k <= last; k += step {
		at[k] = text
	}
	return at
}

// adder adds the seed of a schedule.
type adder func(target, name, reason string, s Schedule, shows func(*Outcome) int)

func three(clients, operations int, at map[int]string) Schedule {
	return Schedule{Nodes: 3, Clients: clients, Operations: operations, Checkpoint: 2, Window: 2, Seed: 1, Acts: script(at)}
}

func five(at map[int]string) Schedule {
	s := three(4, 20, at)
	s.Nodes = 5
	return s
}

func scheduleSeeds(t *testing.T) (list []seed) {
	add := func(target, name, reason string, s Schedule, shows func(*Outcome) int) {
		s.Machine = "bank"
		input := Palettes[target].Bytes(s)
		require.NotNil(t, input, name)
		list = append(list, seed{target, name, reason, input, shows})
	}
	for target := range Palettes {
		list = append(list, seed{target, "nothing", "no bytes: a run without faults, which everything else is a change of", nil, func(o *Outcome) int { return o.Answered }})
	}
	networkSeeds(add)
	diskSeeds(add)
	list = append(list, found(t, "FuzzSchedule", "unanswered", "found by the fuzzer: 64 of 71 commands are decided and not answered, too many for a search of the whole history, which took 10 s",
		func(o *Outcome) int { return strings.Count(o.Report.String(), "windows") }))
	return append(list, randomSeeds()...)
}

// found returns a seed that is as the fuzzer wrote it.
func found(t *testing.T, target, name, reason string, shows func(*Outcome) int) seed {
	s := seed{target, name, reason, nil, shows}
	var err error
	s.input, err = ReadInput(s.path())
	require.NoError(t, err)
	return s
}

func networkSeeds(add adder) {
	add("FuzzSchedule", "lost", "every tenth thing that happens is the loss of a message", three(2, 8, often("drop 1", 10, 300)), func(o *Outcome) int { return o.Lost })
	add("FuzzSchedule", "late", "messages come after all else: promises and refusals are old when they arrive", three(3, 12, often("delay 2", 5, 300)), func(o *Outcome) int { return o.Elections - 1 })
	add("FuzzSchedule", "impatient", "alarms go off early, and so nodes that hear their leader run against it", three(3, 12, often("fire 5", 3, 240)), func(o *Outcome) int { return o.Elections - 1 })
	add("FuzzSchedule", "cut-off", "the leader is cut off with a client, and comes back", five(map[int]string{60: "partition 1 0", 160: "fire 3", 250: "mend"}), func(o *Outcome) int { return o.Stats.Cut })
	add("FuzzSchedule", "deaf", "the leader is heard and does not hear", five(map[int]string{60: "partition 1 2", 250: "mend"}), func(o *Outcome) int { return o.Stats.Cut })
	add("FuzzSchedule", "elsewhere", "clients ask another node while the first is still at it: one command in two slots", three(3, 12, often("retry 0 1", 15, 300)), func(o *Outcome) int { return o.Retried })
	add("FuzzSchedule", "given-up", "clients give up: their commands may be executed or not", three(3, 12, often("abandon 0", 25, 300)), func(o *Outcome) int { return o.Abandoned })
	add("FuzzSchedule", "unequal-clocks", "one clock runs fast and one slow", three(2, 20, map[int]string{1: "skew 0 255", 2: "skew 1 0"}), func(o *Outcome) int { return o.Answered })
	add("FuzzKV", "repeated", "every fourth message comes twice", three(3, 12, often("duplicate 0 3", 4, 400)), func(o *Outcome) int { return o.Duplicated })
	add("FuzzKV", "crowd", "eight clients of few keys, called in an odd order", Schedule{Nodes: 3, Clients: 8, Operations: 40, Seed: 3, Acts: script(often("turn 5", 7, 200))}, func(o *Outcome) int { return o.Calls - 40 })
}

func diskSeeds(add adder) {
	add("FuzzRestart", "torn", "nodes crash within steps whose writes are lost", three(2, 12, often("torn 0", 17, 400)), func(o *Outcome) int { return o.TornSteps })
	add("FuzzRestart", "half-sent", "nodes crash when their writes are on disk and one message has left", three(2, 12, often("cut 0 1", 40, 400)), func(o *Outcome) int { return o.Crashes })
	add("FuzzRestart", "all-at-once", "all nodes are down at the same time, and know of each other what is on disk", three(2, 12, map[int]string{100: "kill 0 9", 101: "kill 0 9", 102: "kill 0 9"}), func(o *Outcome) int { return o.Crashes - 2 })
	add("FuzzRestart", "lost-disk", "a voter loses its disk and must not vote again", five(often("wipe 1 0", 50, 700)), func(o *Outcome) int { return o.Stats.Wiped })
	add("FuzzJoin", "founder-dies", "the founder crashes while others ask to join", three(2, 6, map[int]string{3: "kill 0 20", 5: "restart 0"}), func(o *Outcome) int { return o.Crashes })
	add("FuzzJoin", "lost-welcomes", "what the founder sends first is lost", three(2, 6, often("drop 0", 2, 20)), func(o *Outcome) int { return o.Lost - 1 })
	add("FuzzJoin", "founder-wiped", "the founder loses its disk and must not found a second cluster", five(often("wipe 0 0", 50, 700)), func(o *Outcome) int { return o.Stats.Wiped })
	add("FuzzJoin", "alone", "one node is a cluster", Schedule{Nodes: 1, Clients: 2, Operations: 6, Checkpoint: 1, Window: 1, Acts: script(map[int]string{9: "kill 0 0"})}, func(o *Outcome) int { return o.Crashes })
}

// randomSeeds are for the targets that run batches: as many acts as the target takes, of all kinds.
func randomSeeds() (list []seed) {
	for _, size := range []struct {
		target string
		acts   int
	}{{"FuzzFive", fiveActs}, {"FuzzThirty", thirtyActs}} {
		for i, name := range []string{"random-1", "random-2", "random-3"} {
			list = append(list, seed{size.target, name, "random acts, as many as the target takes", randomBytes(uint64(1+i), headerBytes+size.acts*actBytes),
				func(o *Outcome) int { return min(o.Crashes, o.Lost) }})
		}
	}
	return list
}

// path returns where the target finds the seed.
func (s seed) path() string { return filepath.Join("testdata", "fuzz", s.target, s.name) }

func (s seed) file() string { return fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", s.input) }

const seedsTable = "testdata/README.md"

func table(list []seed) string {
	var b strings.Builder
	b.WriteString("# Seeds of the fuzz targets\n\nWhat each target starts from, and why. `go test ./fuzz` runs all of them. Written by\n" +
		"`go test ./fuzz -run Seeds -update` from `seeds_test.go`, and held against it by the same test. A file that the fuzzer\n" +
		"adds when it finds a failure makes the test fail until it has a name and a reason there.\n\n| target | seed | why |\n|---|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.target, s.name, s.reason)
	}
	return b.String()
}

// Each seed has a file and each file is a seed; each schedule shows what it is there to show.
func TestSeedsAreThereForAReason(t *testing.T) {
	list := seeds(t)
	slices.SortStableFunc(list, func(a, b seed) int { return strings.Compare(a.path(), b.path()) })
	want := map[string]string{seedsTable: table(list)}
	for _, s := range list {
		want[s.path()] = s.file()
		if _, ok := Palettes[s.target]; ok {
			o, err := RunSchedule(scheduleOf(s.target, s.input), nil)
			require.NoError(t, err)
			assert.Positive(t, s.shows(o), "%s: %s", s.path(), s.reason)
		}
	}
	if *update {
		for path, text := range want {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
	}
	for path, text := range want {
		found, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(found), path)
	}
	require.NoError(t, filepath.WalkDir("testdata/fuzz", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			assert.Contains(t, want, path, "a seed without a reason")
		}
		return err
	}))
}
