package fuzz

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		s.Roles = roles
		o, err := Run(s, nil, nil)
		require.NoError(t, err)
		if o.Failure() != "" {
			return s
		}
	}
	require.Fail(t, "200 seeds did not find it")
	return Scenario{}
}

// Always: what is left fails in the same property, and fails again from its choices. Sometimes, here both times: it is
// small.
func TestShrink(t *testing.T) {
	for name, roles := range plants {
		start := cpu()
		small, err := Shrink(failing(t, roles), ShrinkOptions{})
		require.NoError(t, err, name)
		t.Logf("%s: %v; %.1f s of CPU\n%s", name, small, (cpu() - start).Seconds(), small.Outcome.Failure())
		assert.Equal(t, small.First.Property(), small.Outcome.Property(), name)
		again, err := RunWith(small.Outcome.Scenario, &sim.Recorded{Choices: small.Choices}, nil, nil)
		require.NoError(t, err, name)
		assert.Equal(t, small.Outcome.Failure(), again.Failure(), name)
		assert.Equal(t, small.Outcome.Stats, again.Stats, name)
		assert.Less(t, 2*small.Outcome.Steps, small.First.Steps, name)
		assert.Less(t, 20*small.Size(), small.Before, name)
		assert.LessOrEqual(t, small.Size(), 40, name)
		assert.Less(t, small.Spent, ShrinkBudget, "%s: the budget was spent", name)
		oneMinimal(t, small)
	}
}

// oneMinimal holds that the run does not fail with any one choice replaced by the mildest.
func oneMinimal(t *testing.T, small Shrunk) {
	for i, c := range small.Choices {
		if c != 0 {
			choices := slices.Clone(small.Choices)
			choices[i] = 0
			o, err := RunWith(small.Outcome.Scenario, &sim.Recorded{Choices: choices}, nil, nil)
			require.NoError(t, err)
			assert.NotEqual(t, small.Outcome.Property(), o.Property(), "choice %d, %d, is not needed", i, c)
		}
	}
}

func TestShrinkIsDeterministic(t *testing.T) {
	s := failing(t, plants["forgetful"])
	a, err := Shrink(s, ShrinkOptions{Budget: 300_000})
	require.NoError(t, err)
	b, err := Shrink(s, ShrinkOptions{Budget: 300_000})
	require.NoError(t, err)
	assert.Equal(t, a.Choices, b.Choices)
	assert.Equal(t, a.Runs, b.Runs)
	assert.Equal(t, a.String(), b.String())
	assert.Less(t, a.Spent, 2*300_000, "a run more than the budget")
}

func TestShrinkRefusesWhatPasses(t *testing.T) {
	_, err := Shrink(SoakScenario(1), ShrinkOptions{})
	assert.ErrorContains(t, err, "want a run that fails")
	_, err = ShrinkChoices(Scenario{Machine: "stack"}, nil, ShrinkOptions{})
	assert.ErrorContains(t, err, `found "stack"`)
}

// An aligned chooser passes over what is not asked for, and goes on with what comes after.
func TestAligned(t *testing.T) {
	a := &aligned{list: []choice{{10, 1}, {20, 2}, {10, 3}, {30, 4}}}
	assert.Equal(t, []int{1, 3, 0, 4, 0}, []int{a.Choose(10), a.Choose(10), a.Choose(20), a.Choose(30), a.Choose(30)})
	assert.Equal(t, []choice{{10, 1}, {10, 3}, {20, 0}, {30, 4}}, trimmed(a.used))
}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
