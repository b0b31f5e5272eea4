package fuzz

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/linear"
	"multipaxos/checker/refine"
	"multipaxos/impl/kv"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// The targets run the schedule that the input means, with every check: the invariants at every step, each step against
// the specification, the history by all judges, liveness after healing, and a budget of steps and of virtual time.

// holdSchedule files a failure in histories/out, so that it can be replayed without the fuzzer.
func holdSchedule(t *testing.T, s Schedule) {
	o, err := RunSchedule(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	ran.add(o)
	if o.Failure() != "" {
		Report(t, o, s)
	}
}

// scheduleOf returns what a target makes of an input. FuzzFive and FuzzThirty make batches of it.
func scheduleOf(target string, input []byte) Schedule {
	s := Palettes[target].Schedule(input)
	adapts[target](&s)
	return s
}

// adapts adapts what the bytes mean to what the targets are about.
var adapts = map[string]func(*Schedule){
	"FuzzSchedule": func(s *Schedule) { s.Machine = "bank" },
	"FuzzKV":       func(s *Schedule) { s.Machine = "kv" },
	"FuzzRestart":  soonCheckpoints(4),
	"FuzzJoin":     soonCheckpoints(3),
	"FuzzFive":     short(5, fiveActs),
	"FuzzThirty":   short(30, thirtyActs),
}

func soonCheckpoints(n int) func(*Schedule) {
	return func(s *Schedule) { s.Checkpoint, s.Window = max(1, s.Checkpoint%n), max(1, s.Window%n) }
}

// How many acts a schedule of FuzzFive and of FuzzThirty has at most: about as many as its operations take steps. What comes
// later would only keep a cluster from its end that has nothing to do.
const fiveActs, thirtyActs = 60, 200

// short has three nodes execute so many operations, with at most so many acts.
func short(operations, acts int) func(*Schedule) {
	return func(s *Schedule) {
		s.Nodes, s.Operations, s.Acts = 3, operations, s.Acts[:min(len(s.Acts), acts)]
	}
}

// FuzzSchedule is about everything that can happen to a bank.
func FuzzSchedule(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdSchedule(t, scheduleOf("FuzzSchedule", input)) })
}

// FuzzKV is about everything that can happen to a store.
func FuzzKV(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdSchedule(t, scheduleOf("FuzzKV", input)) })
}

// FuzzRestart is about disks: crashes between and within steps, lost disks, restarts. Checkpoints come soon.
func FuzzRestart(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdSchedule(t, scheduleOf("FuzzRestart", input)) })
}

// FuzzJoin is about how nodes found a cluster, join it, lose their disks, and learn from then on.
func FuzzJoin(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdSchedule(t, scheduleOf("FuzzJoin", input)) })
}

// FuzzFive runs many short schedules, of five operations.
func FuzzFive(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdBatch(t, scheduleOf("FuzzFive", input)) })
}

// FuzzThirty runs schedules of 30 operations.
func FuzzThirty(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) { holdBatch(t, scheduleOf("FuzzThirty", input)) })
}

// batch is how many schedules an execution of FuzzFive and FuzzThirty runs, so that what Go's fuzzer does at each execution
// and at each input that it keeps is spread over them.
const batch = 8

// holdBatch runs the schedule, and again with its acts one later, two later and so on, and other wishes of the clients. So
// each byte of an input still decides one act of a run, and each run is another.
func holdBatch(t *testing.T, s Schedule) {
	for range batch {
		holdSchedule(t, s)
		s.Acts, s.Seed = append([]sim.Act{{}}, s.Acts...), s.Seed+1
	}
}

// tally counts the schedules that a process ran. JSON, because a fuzzer's workers tell it to the process that started them.
type tally struct {
	Schedules  int // that ended with every operation answered or given up, and no fault left
	Operations int // that clients called while there were faults
	Acts       int
	Steps      int
}

// ran counts those of this process: Go's fuzzer runs one target in it, and no two executions at a time.
var ran tally

func (c *tally) add(o *Outcome) {
	if o.Violation == nil && o.Calls == o.Answered+o.Abandoned {
		c.sum(tally{1, o.Operations, len(o.Schedule.Acts), o.Steps})
	}
}

func (c *tally) sum(d tally) {
	c.Schedules += d.Schedules
	c.Operations += d.Operations
	c.Acts += d.Acts
	c.Steps += d.Steps
}

// FuzzTrace gives hostile text to all who read files of ours: traces, histories, schedules. They return errors.
func FuzzTrace(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		readTrace(input)
		readHistory(t, input)
		if s, err := ParseSchedule("fuzz", string(input)); err == nil {
			again, err := ParseSchedule("again", s.String())
			require.NoError(t, err)
			require.Equal(t, s, again)
		}
	})
}

// readTrace reads a trace for the validator of traces, for the validator of steps, and for drawing. It says whether the
// trace was read to its end.
func readTrace(input []byte) bool {
	if r, err := trace.Read(bytes.NewReader(input), "fuzz"); err == nil {
		_, _ = trace.Validate(r)
	}
	if r, err := trace.Read(bytes.NewReader(input), "fuzz"); err == nil {
		_ = trace.Ladder(io.Discard, r, trace.Options{})
	}
	r, err := trace.Read(bytes.NewReader(input), "fuzz")
	if err != nil {
		return false
	}
	v, err := refine.New(r.Header())
	if err != nil {
		return false
	}
	for {
		e, err := r.Next()
		if err == io.EOF {
			v.End()
			return true
		}
		if err != nil || v.Step(&e) != nil {
			return false
		}
	}
}

func readHistory(t *testing.T, input []byte) {
	h, err := linear.Read(bytes.NewReader(input), "fuzz")
	if err != nil {
		return
	}
	if report, err := linear.Check(h, linear.Options{Timeout: 100 * time.Millisecond}); err == nil {
		require.Empty(t, report.Disagreement)
	}
}

// FuzzLinear has the three judges of small histories contradict each other, if they can.
func FuzzLinear(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		h, honest := smallHistory(NewBytes(input))
		report, err := linear.Check(h, linear.Options{})
		if err != nil {
			return // a lie that the reader of histories notices
		}
		require.Empty(t, report.Disagreement)
		if honest && report.Answered > 0 {
			require.True(t, report.Passed(), report.String())
		}
	})
}

// maxSmall is how many operations brute force takes on.
const maxSmall = linear.MaxBruteForce

// caller is a client of a small history.
type caller struct {
	seq     uint64
	input   string
	output  string
	slot    uint64 // where its open call was decided; 0: not yet
	waiting bool
}

// smallHistory returns a history of a store with which the choices tamper, or do not: then it is honest.
func smallHistory(c *Bytes) (h *linear.History, honest bool) {
	r := linear.NewRecorder(linear.Header{Machine: "kv", Initial: kv.New().Snapshot(), Nodes: []string{"N1"}})
	machine, callers := kv.New(), make([]caller, 3)
	honest = true
	calls, slot := 0, uint64(0)
	for at := time.Duration(0); c.Left() > 0 && r.Len() < 100; at++ {
		i := c.Choose(len(callers))
		client, id := &callers[i], uint64(i+1)
		switch {
		case !client.waiting && calls < maxSmall:
			calls++
			*client = caller{seq: client.seq + 1, input: smallOperation(c), waiting: true}
			r.Call(at, id, client.seq, "N1", client.input)
		case !client.waiting:
		case client.slot == 0:
			slot++
			client.slot, client.output = slot, machine.Apply(client.input)
			r.Decided(at, slot, id, client.seq, client.input)
		default:
			client.waiting = false
			honest = answer(r, c, at, id, client) && honest
		}
	}
	return r.History(), honest
}

func smallOperation(c *Bytes) string {
	key, value := string(rune('x'+c.Choose(2))), string(rune('1'+c.Choose(2)))
	return []string{kv.Put(key, value), kv.Get(key), kv.CAS(key, "1", value), kv.Delete(key)}[c.Choose(4)]
}

// answer returns an answer, one time in four a wrong one, and says whether it is right. One in eight is lost.
func answer(r *linear.Recorder, c *Bytes, at time.Duration, id uint64, client *caller) bool {
	slot, output := client.slot, client.output
	switch c.Choose(8) {
	case 5:
		output = machineAnswers[c.Choose(len(machineAnswers))]
	case 6:
		slot = 1 + uint64(c.Choose(8))
	case 7:
		r.Abandon(at, id, client.seq)
		return true
	}
	r.Return(at, id, client.seq, "N1", output, slot)
	return slot == client.slot && output == client.output
}

// machineAnswers are those that a store gives.
var machineAnswers = func() (list []string) {
	m := kv.New()
	for _, input := range []string{kv.Get("x"), kv.Put("x", "1"), kv.Get("x"), kv.CAS("x", "1", "2"), kv.CAS("x", "1", "2"), kv.Delete("x")} {
		list = append(list, m.Apply(input))
	}
	return list
}()
