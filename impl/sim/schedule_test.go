package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script is a Scheduler that follows a list, and counts what became of each kind of act.
type script struct {
	acts     []Act
	next     int
	targeted [Kinds]int
}

func (s *script) Next(v View) (Act, bool) {
	if s.next == len(s.acts) {
		return Act{}, false
	}
	a := s.acts[s.next]
	s.next++
	if _, ok := v.Target(a); ok {
		s.targeted[a.Kind]++
	}
	return a, true
}

// scheduledOptions are options without faults and with few clients.
func scheduledOptions(nodes, operations int, acts []Act) (Options, *script) {
	o := options(nodes, operations, Faults{})
	s := &script{acts: acts}
	o.Clients, o.Scheduler, o.CheckpointEvery, o.Window = 3, s, 4, 2
	return o, s
}

func randomActs(c Chooser, n int) (list []Act) {
	for range n {
		a := Act{ActKind(c.Choose(int(Kinds))), uint8(c.Choose(256)), uint8(c.Choose(256))}
		if c.Choose(8) > 0 {
			a = Act{}
		}
		list = append(list, a)
	}
	return list
}

// Always: whatever a Scheduler does, the protocol withstands it. Sometimes: each act is possible and has its effect.
func TestRandomSchedulesEndWell(t *testing.T) {
	var total Stats
	var targeted [Kinds]int
	for seed := uint64(1); seed <= 300; seed++ {
		o, s := scheduledOptions(3+2*int(seed%3), 20, randomActs(Seeded(seed), 600))
		add(&total, mustRun(t, o, Seeded(seed)))
		for kind, n := range s.targeted {
			targeted[kind] += n
		}
	}
	for _, kind := range []ActKind{Step, Deliver, Fire, Turn, Torn, Cut, Drop, Duplicate, Delay, Restart} {
		assert.Positive(t, targeted[kind], "%v was never possible", kind)
	}
	for name, count := range map[string]int{
		"crashes": total.Crashes, "lost": total.Lost, "duplicated": total.Duplicated, "partitions": total.Partitions,
		"cut": total.Cut, "torn": total.TornSteps, "wiped": total.Wiped, "retried": total.Retried,
		"abandoned": total.Abandoned, "checkpoints": total.Checkpoints, "no-ops": total.Noops,
	} {
		assert.Positive(t, count, name)
	}
}

// An empty schedule is a run without faults; a schedule of zero acts is the same run.
func TestAnEmptyScheduleHasNoFaults(t *testing.T) {
	o, _ := scheduledOptions(3, 20, nil)
	empty, s := traced(t, o, Seeded(1))
	assert.Zero(t, s.Lost+s.Cut+s.Missed+s.Duplicated+s.Crashes+s.TornSteps+s.Wiped+s.Partitions+s.Retried+s.Abandoned+s.Refused)
	assert.Equal(t, 1, s.Elections)
	assert.Equal(t, 23, s.Answered, "20 calls, and one at each node in the end")
	o, _ = scheduledOptions(3, 20, make([]Act, 100))
	zeros, _ := traced(t, o, Seeded(1))
	assert.NotEqual(t, empty, zeros, "the trace tells when the schedule ended")
}

// The same schedule is the same run, byte for byte, and its trace is valid. What is pending and dead has no rank, so
// looking at it changes nothing.
func TestSchedulesAreDeterministic(t *testing.T) {
	for seed := uint64(1); seed <= 40; seed++ {
		acts := randomActs(Seeded(seed), 200)
		o, _ := scheduledOptions(3, 10, acts)
		first, _ := traced(t, o, Seeded(seed))
		o.Scheduler = blind(&script{acts: acts})
		again, _ := traced(t, o, Seeded(seed))
		require.Equal(t, first, again)
	}
}

// blind follows a script without a look at what is pending.
type blindly struct{ *script }

func blind(s *script) Scheduler { return blindly{s} }

func (b blindly) Next(View) (Act, bool) {
	if b.next == len(b.acts) {
		return Act{}, false
	}
	b.next++
	return b.acts[b.next-1], true
}

// watcher checks what a Scheduler sees, and lets the earliest thing happen.
type watcher struct {
	t     *testing.T
	steps int
	seen  map[uint64]bool
}

func (w *watcher) Next(v View) (Act, bool) {
	w.steps++
	for i := range v.Len() {
		p := v.Pending(i)
		require.True(w.t, i == 0 || v.Pending(i-1).Due <= p.Due, "by time")
		require.NotEmpty(w.t, p.String())
		w.seen[p.ID] = true
	}
	earliest, ok := v.Target(Act{})
	require.True(w.t, ok)
	require.Equal(w.t, v.Pending(0), earliest)
	return Act{}, w.steps < 200 && !v.Idle()
}

func TestASchedulerSeesWhatIsPending(t *testing.T) {
	o, _ := scheduledOptions(3, 20, nil)
	w := &watcher{t: t, seen: map[uint64]bool{}}
	o.Scheduler = w
	mustRun(t, o, Seeded(1))
	assert.Greater(t, w.steps, 100)
	assert.Greater(t, len(w.seen), 100)
}

// endless never comes to an end: the budget does.
type endless struct{ a Act }

func (e endless) Next(View) (Act, bool) { return e.a, true }

func TestAnEndlessScheduleEndsInItsBudget(t *testing.T) {
	for _, a := range []Act{{}, {Kind: Mend}, {Kind: Delay}, {Kind: Kill}, {Kind: Fire, Which: 3}} {
		o, _ := scheduledOptions(3, 20, nil)
		o.Scheduler, o.MaxSteps = endless{a}, 5000
		r, err := Run(o, Seeded(1))
		require.NoError(t, err)
		require.NotNil(t, r.Violation, a)
		assert.Equal(t, "Budget", r.Violation.Property)
	}
}

func TestActsAreParsedAsTheyAreWritten(t *testing.T) {
	for _, a := range randomActs(Seeded(1), 1000) {
		got, err := ParseAct(a.String())
		require.NoError(t, err)
		require.Equal(t, a.Canonical(), got)
	}
	for text, want := range map[string]string{
		"":           `act: want one of [step deliver`,
		"stop 1":     `found "stop"`,
		"step":       `act: want step with 1 numbers, found "step"`,
		"mend 1":     `act: want mend with 0 numbers, found "mend 1"`,
		"deliver 01": `act: want a number from 0 to 255, found "01"`,
		"kill 1 256": `found "256" in "kill 1 256"`,
		"step  1":    `act: want step with 1 numbers`,
	} {
		_, err := ParseAct(text)
		require.ErrorContains(t, err, want, text)
	}
	assert.Equal(t, "ActKind(99)", ActKind(99).String())
}

// A sorted queue yields any rank, as sorting does.
func TestTheSortedQueueSorts(t *testing.T) {
	c := Seeded(2)
	for range 200 {
		q := queue{sorted: true}
		var want []string
		for i := range 1 + c.Choose(60) {
			at := time.Duration(c.Choose(10))
			q.push(at).id = uint64(i)
			want = append(want, fmt.Sprintf("%d %02d", at, i))
		}
		slices.Sort(want)
		for q.len() > 0 {
			i := c.Choose(q.len())
			at, e := q.take(i)
			require.Equal(t, want[i], fmt.Sprintf("%d %02d", at, e.id))
			want = slices.Delete(want, i, i+1)
		}
	}
}

func TestASchedulerAllowsNoRandomFaults(t *testing.T) {
	o, _ := scheduledOptions(3, 20, nil)
	o.Faults.Crash = true
	_, err := Run(o, Seeded(1))
	assert.EqualError(t, err, "faults: want none beside a scheduler, found crash")
}
