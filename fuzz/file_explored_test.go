package fuzz

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/explore"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// amnesiac makes an Acceptor that restarts without its vote in slot 2, if slot 1 is in a checkpoint.
func amnesiac(n *paxos.Node, d *paxos.Durable) paxos.Role {
	a := paxos.NewAcceptor(n, d)
	if _, voted := a.Accepted.Get(2); voted && d.Slot == 2 {
		a.Accepted = paxos.Slots[paxos.Vote]{}
	}
	return a
}

func newFounding() (*minimizer, Schedule) {
	roles := paxos.DefaultRoles()
	roles.Acceptor = amnesiac
	return newMinimizer(nil, ShrinkOptions{Property: Refinement}), Schedule{Roles: roles}
}

// What breadth-first search by runs does not reach, exploration does, and a run goes the way.
func TestExplored(t *testing.T) {
	m, s := newFounding()
	for _, f := range foundings {
		m.fromFounding(f.with(s), f.runs)
	}
	require.Nil(t, m.best.Schedule, "want more steps than by runs, else the test is none")

	m, s = newFounding()
	m.exploreAll(s)
	require.NotNil(t, m.best.Schedule)
	moves, err := m.best.Moves()
	require.NoError(t, err)
	t.Log(moves, m.bestOutcome.Refinement, m.Spent)
	assert.LessOrEqual(t, moves, 16)
	assert.Less(t, m.Spent, ShrinkBudget/3)

	again, _ := newFounding()
	again.exploreAll(s)
	assert.Equal(t, m.best.Schedule.String(), again.best.Schedule.String())
	assert.Equal(t, m.Spent, again.Spent)
}

// Nothing is found of the protocol as it is. A client calls a second time, but fewer do than where clients do not wait.
func TestExploredFindsNothing(t *testing.T) {
	seconds := func(waits bool) int {
		c := Bounds()["one"]
		c.Waits = waits
		small, err := explore.FromSpec("one", c)
		require.NoError(t, err)
		out, err := explore.Run(context.Background(), io.Discard, explore.Options{Model: small, Equal: c, MaxStates: 2000})
		require.NoError(t, err)
		assert.Empty(t, out.Violation)
		return out.Actions["Invoke c1#2"]
	}
	assert.Greater(t, seconds(true), 0)
	assert.Greater(t, seconds(false), seconds(true))
	m := newMinimizer(nil, ShrinkOptions{Property: Refinement, Budget: 600_000})
	assert.False(t, m.exploreAll(Schedule{}), "what was given up is not known")
	assert.Nil(t, m.best.Schedule)
	assert.True(t, explore.Knows(paxos.DefaultRoles()))
	assert.False(t, explore.Knows(plants["pliant"]))
}

// More acts than can be read are worse than more steps, unless the specification says which step is wrong.
func TestWeight(t *testing.T) {
	weigh := func(property string, steps, acts int) int {
		o := &Outcome{}
		o.Steps = steps
		s := Schedule{}
		for range acts {
			s.Acts = append(s.Acts, sim.Act{Kind: sim.Deliver})
		}
		return (&minimizer{property: property}).weight(o, Repro{Schedule: &s})
	}
	assert.Less(t, weigh("Agreement", 50, Readable), weigh("Agreement", 45, Readable+1))
	assert.Less(t, weigh("Agreement", 45, Readable), weigh("Agreement", 50, Readable-10), "few enough: fewer steps count")
	assert.Less(t, weigh(Refinement, 45, Readable+1), weigh(Refinement, 50, Readable))
}
