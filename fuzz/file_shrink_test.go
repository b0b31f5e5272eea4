package fuzz

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// pliant is an Acceptor that promises and accepts ballots that are lower than its promise: it forgets that first.
type pliant struct{ *paxos.Acceptor }

func (p pliant) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	switch m := m.(type) {
	case paxos.Prepare:
		p.lower(m.BallotNum)
	case paxos.Accept:
		p.lower(m.BallotNum)
	}
	p.Acceptor.Deliver(out, from, m)
}

func (p pliant) lower(b paxos.Ballot) {
	if b.Less(p.Acceptor.BallotNum) {
		p.Acceptor.BallotNum = b
	}
}

// planted returns the roles with an Acceptor of a test's own.
func planted(wrap func(*paxos.Acceptor) paxos.Role) paxos.Constructors {
	roles := paxos.DefaultRoles()
	roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return wrap(paxos.NewAcceptor(n, d)) }
	return roles
}

var plants = map[string]paxos.Constructors{
	"forgetful": planted(func(a *paxos.Acceptor) paxos.Role { return forgetful{a} }),
	"pliant":    planted(func(a *paxos.Acceptor) paxos.Role { return pliant{a} }),
}

// failing returns the first scenario of a soak that fails on planted roles.
func failing(t *testing.T, roles paxos.Constructors) Scenario {
	for seed := uint64(1); seed <= 200; seed++ {
		s := SoakScenario(seed)
		s.Roles, s.Unrefined = roles, true
		o, err := Run(s, nil, nil)
		require.NoError(t, err)
		if o.Failure() != "" {
			return s
		}
	}
	require.Fail(t, "200 seeds did not find it")
	return Scenario{}
}

// Where a run breaks an invariant, too, what is made small is the first wrong step.
func TestShrinkKeepsToTheCause(t *testing.T) {
	s := failing(t, plants["pliant"])
	s.Unrefined = false
	small, err := Shrink(s, ShrinkOptions{})
	require.NoError(t, err)
	assert.NotEqual(t, Refinement, small.First.Property())
	assert.Equal(t, Refinement, small.First.Cause())
	assert.True(t, small.Outcome.Breaks(Refinement), small.Outcome.Failure())

	s.Unrefined = true
	o, err := Run(s, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, small.First.Property(), o.Cause(), "nobody looked at the steps")
}

// Always: what is left fails in the same property, and fails again. Sometimes, here each time: it is small.
func TestShrink(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of runs, which take minutes with the race detector")
	}
	for name, roles := range plants {
		start := usage.CPU()
		small, err := Shrink(failing(t, roles), ShrinkOptions{})
		require.NoError(t, err, name)
		t.Logf("%s: %v; %.1f s of CPU\n%s", name, small, (usage.CPU() - start).Seconds(), small.Outcome.Failure())
		assert.Equal(t, small.First.Property(), small.Outcome.Property(), name)
		again, err := small.Repro.Run(nil)
		require.NoError(t, err, name)
		assert.Equal(t, small.Outcome.Failure(), again.Failure(), name)
		assert.Equal(t, small.Outcome.Stats, again.Stats, name)
		assert.Less(t, 2*small.Outcome.Steps, small.First.Steps, name)
		assert.Less(t, 20*small.Repro.Size(), small.Before, name)
		assert.LessOrEqual(t, small.Repro.Size(), 40, name)
		assert.Less(t, small.Spent, ShrinkBudget, "%s: the budget was spent", name)
		require.NotNil(t, small.Repro.Schedule, name)
		oneMinimal(t, small)
	}
}

// oneMinimal holds that the run does not fail with any one act left out, or replaced by the usual one.
func oneMinimal(t *testing.T, small Shrunk) {
	for i, a := range small.Repro.Schedule.Acts {
		if a == (sim.Act{}) {
			continue
		}
		replaced := *small.Repro.Schedule
		replaced.Acts = slices.Clone(replaced.Acts)
		replaced.Acts[i] = sim.Act{}
		left := *small.Repro.Schedule
		left.Acts = slices.Delete(slices.Clone(left.Acts), i, i+1)
		for _, s := range []Schedule{replaced, left} {
			o, err := RunSchedule(s, nil)
			require.NoError(t, err)
			assert.False(t, o.Property() == small.Outcome.Property() && o.Steps+s.Size() < small.Outcome.Steps+small.Repro.Size(),
				"act %d, %v, is not needed", i, a)
		}
	}
}

// A schedule of random acts is made small, too.
func TestShrinkSchedule(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of runs, which take minutes with the race detector")
	}
	for seed := uint64(1); seed < 100; seed++ {
		c := sim.Seeded(seed)
		s := Schedule{Machine: "bank", Nodes: 5, Clients: 5, Operations: 20, Roles: plants["pliant"], Unrefined: true}
		for range 400 {
			s.Acts = append(s.Acts, sim.Act{Kind: sim.ActKind(c.Choose(int(sim.Kinds))), Which: uint8(c.Choose(256)), How: uint8(c.Choose(256))})
		}
		if o, err := RunSchedule(s, nil); err != nil || o.Property() != "PromisesNeverFall" {
			require.NoError(t, err)
			continue
		}
		small, err := ShrinkSchedule(s, ShrinkOptions{})
		require.NoError(t, err)
		t.Logf("%v", small)
		assert.Equal(t, "PromisesNeverFall", small.Outcome.Property())
		assert.LessOrEqual(t, small.Repro.Size(), 15)
		assert.LessOrEqual(t, small.Outcome.Steps, 20)
		assert.LessOrEqual(t, small.Outcome.Nodes, 3)
		oneMinimal(t, small)
		return
	}
	require.Fail(t, "no seed fails")
}

func TestShrinkIsDeterministic(t *testing.T) {
	s := failing(t, plants["pliant"])
	a, err := Shrink(s, ShrinkOptions{Budget: 30_000})
	require.NoError(t, err)
	b, err := Shrink(s, ShrinkOptions{Budget: 30_000})
	require.NoError(t, err)
	assert.Equal(t, text(t, a), text(t, b))
	assert.Equal(t, a.Runs, b.Runs)
	assert.Equal(t, a.String(), b.String())
	assert.Less(t, a.Spent, 2*30_000, "a run more than the budget")
}

func text(t *testing.T, s Shrunk) string {
	text, err := s.Repro.text()
	require.NoError(t, err)
	return text
}

func TestShrinkRefusesWhatPasses(t *testing.T) {
	_, err := Shrink(SoakScenario(1), ShrinkOptions{})
	assert.ErrorContains(t, err, "want a run that fails")
	_, err = Shrink(Scenario{Machine: "stack"}, ShrinkOptions{})
	assert.ErrorContains(t, err, `found "stack"`)
	_, err = ShrinkSchedule(Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 1}, ShrinkOptions{})
	assert.ErrorContains(t, err, "want a run that fails")
}

// An aligned chooser passes over what is not asked for, and goes on with what comes after.
func TestAligned(t *testing.T) {
	r := &recording{chooser: &aligned{list: []choice{{10, 1}, {20, 2}, {10, 3}, {30, 4}}}}
	assert.Equal(t, []int{1, 3, 0, 4, 0}, []int{r.Choose(10), r.Choose(10), r.Choose(20), r.Choose(30), r.Choose(30)})
	assert.Equal(t, []choice{{10, 1}, {10, 3}, {20, 0}, {30, 4}}, trimmed(r.used))
}
