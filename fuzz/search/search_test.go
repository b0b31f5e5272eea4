package search

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

func mustSearch(t *testing.T, o Options) Result {
	t.Helper()
	r, err := Search(context.Background(), o)
	require.NoError(t, err)
	return r
}

// Always: the protocol passes. Sometimes: its runs have faults, and decide things all the same.
func TestSearchFindsNothing(t *testing.T) {
	for _, method := range Methods {
		var total sim.Stats
		r := mustSearch(t, Options{Method: method, Seed: 1, Runs: 150, Progress: func(r Result) {
			total.Crashes += r.last.Crashes
			total.Slots += r.last.Slots
			total.Elections += r.last.Elections
		}})
		if r.Failure != nil {
			require.Fail(t, r.Failure.Failure(), "%s\n%v", method, r.Schedule)
		}
		assert.Equal(t, 150, r.Runs)
		assert.Greater(t, total.Slots, 10*r.Runs, method)
		assert.Greater(t, total.Elections, r.Runs, method)
		assert.Positive(t, total.Crashes, method)
	}
}

// forgetful is an Acceptor that answers before it has written, and so does not write at all.
type forgetful struct{ *paxos.Acceptor }

func (f forgetful) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	writes := len(out.Writes)
	f.Acceptor.Deliver(out, from, m)
	out.Writes = out.Writes[:writes]
}

func planted() paxos.Constructors {
	roles := paxos.DefaultRoles()
	roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return forgetful{paxos.NewAcceptor(n, d)} }
	return roles
}

// Every method finds a planted bug, and the schedule that it returns fails in the same way, when it is run, and when it
// was written and read.
func TestSearchFindsAForgetfulAcceptor(t *testing.T) {
	for _, method := range Methods {
		r := mustSearch(t, Options{Method: method, Seed: 1, Runs: 5000, Roles: planted()})
		require.NotNil(t, r.Failure, method)
		t.Logf("%s: %d runs, %d acts: %s", method, r.Runs, r.Schedule.Size(), r.Failure.Failure())
		s, err := fuzz.ParseSchedule(method, r.Schedule.String())
		require.NoError(t, err)
		s.Roles, s.Unrefined = planted(), true
		again, err := fuzz.RunSchedule(s, nil)
		require.NoError(t, err)
		assert.Equal(t, r.Failure.Failure(), again.Failure(), method)
	}
}

// A failure of a large cluster is made small on a small one. Another flaw than the one that was found is not taken for it.
func TestShrink(t *testing.T) {
	r := mustSearch(t, Options{Method: "pos", Seed: 2, Runs: 5000, Roles: planted(), Small: fuzz.Schedule{Nodes: 5}})
	require.NotNil(t, r.Failure)
	require.Equal(t, 5, r.Failure.Nodes)
	o := fuzz.ShrinkOptions{Budget: 1_000_000, Property: r.Failure.Property()}
	small, err := Shrink(t.Context(), r.Schedule, r.Failure, o)
	require.NoError(t, err)
	assert.Equal(t, r.Schedule.Size(), small.Before)
	random, err := fromSmaller(t.Context(), r.Schedule, o)
	require.NoError(t, err)
	for _, small := range []fuzz.Shrunk{small, random} {
		t.Log(small, small.Outcome.Failure())
		assert.LessOrEqual(t, small.Outcome.Nodes, 3)
		assert.LessOrEqual(t, small.Repro.Size(), 30)
		assert.Equal(t, r.Failure.Property(), small.Outcome.Property())
	}
	assert.LessOrEqual(t, small.Weight, random.Weight, "breadth first")

	first, spent, err := onSmaller(t.Context(), r.Schedule, "Liveness", 10_000)
	require.NoError(t, err)
	assert.Empty(t, first)
	assert.Greater(t, spent, 10_000)
}

// pliant is an Acceptor that promises whatever it is asked for: it forgets a higher promise first.
type pliant struct{ *paxos.Acceptor }

func (p pliant) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	if prepare, ok := m.(paxos.Prepare); ok && prepare.BallotNum.Less(p.BallotNum) {
		p.BallotNum = prepare.BallotNum
	}
	p.Acceptor.Deliver(out, from, m)
}

func pliantRoles() paxos.Constructors {
	roles := paxos.DefaultRoles()
	roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return pliant{paxos.NewAcceptor(n, d)} }
	return roles
}

// A promise that falls breaks an invariant, too. It is a wrong step all the same: nearly all runs that have one are such.
func TestSearchTakesAWrongStepForOne(t *testing.T) {
	for _, property := range []string{fuzz.Refinement, "PromisesNeverFall"} {
		r := mustSearch(t, Options{Method: "pos", Seed: 1, Runs: 500, Roles: pliantRoles(), Refined: true, Properties: []string{property}})
		require.NotNil(t, r.Failure, property)
		assert.NotNil(t, r.Failure.Refinement, property)
		assert.Equal(t, "PromisesNeverFall", r.Failure.Property(), property)
	}
}

// Whatever random failure it begins with, shrinking ends within a move of the shortest way to a promise that falls, of six moves
// (check shortest promise-falls).
func TestShrinkToTheShortest(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		r := mustSearch(t, Options{Method: "pos", Seed: seed, Runs: 5000, Roles: pliantRoles(), Refined: true, Small: fuzz.Schedule{Nodes: 3}})
		require.NotNil(t, r.Failure)
		small, err := Shrink(t.Context(), r.Schedule, r.Failure, fuzz.ShrinkOptions{Property: fuzz.Refinement})
		require.NoError(t, err)
		moves, err := small.Repro.Moves()
		require.NoError(t, err)
		t.Log(small, moves)
		assert.LessOrEqual(t, moves, 7)
		assert.Less(t, small.Spent, fuzz.ShrinkBudget/4)
	}
}

// All stages share one budget, in which a step that is held against the specification counts more.
func TestShrinkKeepsToTheBudget(t *testing.T) {
	r := mustSearch(t, Options{Method: "pos", Seed: 2, Runs: 5000, Roles: planted(), Small: fuzz.Schedule{Nodes: 5}})
	require.NotNil(t, r.Failure)
	const budget = 300_000
	small, err := Shrink(t.Context(), r.Schedule, r.Failure, fuzz.ShrinkOptions{Budget: budget})
	require.NoError(t, err)
	assert.Equal(t, budget, small.Budget)
	assert.Greater(t, small.Spent, budget/2)
	assert.Less(t, small.Spent, budget*11/10+fuzz.Cost(portion, 300*portion, false), "and a portion of the search, and the last run of each stage")
	assert.Equal(t, 10*40+3*1000, fuzz.Cost(10, 1000, true))
	assert.Equal(t, 10*40+2*1000, fuzz.Cost(10, 1000, false))
}

func TestSmall(t *testing.T) {
	most := fuzz.Schedule{Nodes: 2, Clients: 2, Operations: 3}
	for _, method := range Methods {
		mustSearch(t, Options{Method: method, Seed: 1, Runs: 20, Small: most, Progress: func(r Result) {
			assert.LessOrEqual(t, r.last.Calls, 3+2, "and one at each node after healing")
		}})
	}
}

// The same seed is the same search.
func TestSearchIsDeterministic(t *testing.T) {
	for _, method := range Methods {
		a := mustSearch(t, Options{Method: method, Seed: 3, Runs: 60})
		b := mustSearch(t, Options{Method: method, Seed: 3, Runs: 60})
		other := mustSearch(t, Options{Method: method, Seed: 4, Runs: 60})
		assert.Equal(t, a.Steps, b.Steps, method)
		assert.Equal(t, a.States, b.States, method)
		assert.NotEqual(t, a.Steps, other.Steps, method)
	}
}

func TestSearchEnds(t *testing.T) {
	r := mustSearch(t, Options{Method: Methods[0], Limit: time.Nanosecond})
	assert.LessOrEqual(t, r.Runs, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := Search(ctx, Options{Method: Methods[0]})
	require.NoError(t, err)
	assert.Zero(t, r.Runs)
	_, err = Search(context.Background(), Options{Method: "luck"})
	assert.ErrorContains(t, err, `found "luck"`)
}

// states of one run, in order.
type hashes struct {
	sim.Scheduler
	projection projection
	list       []uint64
}

func (h *hashes) Next(v sim.View) (sim.Act, bool) {
	h.list = append(h.list, h.projection.project(v))
	return h.Scheduler.Next(v)
}

func hashesOf(t *testing.T, s fuzz.Schedule, scheduler sim.Scheduler) []uint64 {
	h := &hashes{Scheduler: scheduler}
	_, err := fuzz.RunScheduler(s, h, nil)
	require.NoError(t, err)
	return h.list
}

// What does not matter is projected away: another seed's operations, and time.
func TestStatesAreAbstract(t *testing.T) {
	s := fuzz.Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 20, Checkpoint: 2, Window: 2}
	calm := func() sim.Scheduler { return &weighted{r: rand.New(rand.NewPCG(1, 0)), left: 400, calm: 1} }
	first := hashesOf(t, s, calm())
	s.Seed = 99
	assert.Equal(t, first, hashesOf(t, s, calm()))
	distinct := map[uint64]bool{}
	for _, h := range first {
		distinct[h] = true
	}
	assert.Greater(t, len(distinct), 20, "of %d", len(first))
	assert.Less(t, len(distinct), len(first)*2/3, "one operation after another goes through the same states")
	rough := hashesOf(t, s, newUniform(rand.New(rand.NewPCG(1, 0)), 400))
	assert.NotEqual(t, first, rough)
}

func TestStatesAreASet(t *testing.T) {
	s := newStates()
	assert.True(t, s.add(1<<60))
	assert.False(t, s.add(1<<60))
	assert.True(t, s.add(1<<61))
	assert.Equal(t, 2, s.count)
}

// Whatever is changed in a schedule, it stays one.
func TestMutantsAreSchedules(t *testing.T) {
	g := newGuided(rand.New(rand.NewPCG(1, 0)))
	s := fuzz.Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 1}
	g.corpus = []entry{{s, 1}}
	changed := 0
	for range 2000 {
		before := s.Canonical()
		s.Acts = g.mutate(s.Acts)
		require.NoError(t, s.Validate())
		if len(before.Acts) != len(s.Canonical().Acts) {
			changed++
		}
		if g.r.IntN(20) == 0 {
			g.corpus = append(g.corpus, entry{s, 1})
		}
		s.Acts = s.Acts[:min(len(s.Acts), 50)]
	}
	assert.Greater(t, changed, 500)
}
