package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// The shortest way to a promise that falls is one of six moves: checker/explore finds no shorter one of the bug promise-falls.
func TestFromFounding(t *testing.T) {
	for property, most := range map[string]int{Refinement: 6, "PromisesNeverFall": 8} {
		small, err := FromFounding(Schedule{Roles: plants["pliant"]}, ShrinkOptions{Property: property})
		require.NoError(t, err)
		require.NotNil(t, small.Outcome, property)
		moves, err := small.Repro.Moves()
		require.NoError(t, err)
		t.Logf("%v; %d moves, cost %d", small.Outcome.Failure(), moves, small.Spent)
		assert.True(t, small.Outcome.Breaks(property), property)
		assert.LessOrEqual(t, moves, most, property)
		assert.Equal(t, 1, small.Outcome.Nodes, property)
		assert.Less(t, small.Spent, ShrinkBudget/4, property)
	}
}

// Nothing is found on the protocol as it is, nor of what only the end of a run shows.
func TestFromFoundingFindsNothing(t *testing.T) {
	small, err := FromFounding(Schedule{}, ShrinkOptions{Property: Refinement, Budget: 100_000})
	require.NoError(t, err)
	assert.Nil(t, small.Outcome)
	assert.Greater(t, small.Runs, 100)
	assert.Less(t, small.Spent, 40_000, "a third of the budget")
	small, err = FromFounding(Schedule{Roles: plants["pliant"]}, ShrinkOptions{Property: "Liveness"})
	require.NoError(t, err)
	assert.Nil(t, small.Outcome)
	assert.Zero(t, small.Runs)
}

// partial is a Replica whose snapshots leave out the voters: checkpoints, which one node writes after it executed a command, and
// Welcomes, of which the second node's Join has one sent at once.
type partial struct{ *paxos.Replica }

func (p partial) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	if _, ok := m.(paxos.Join); ok {
		defer p.forget()()
	}
	p.Replica.Deliver(out, from, m)
}

func (p partial) Fire(out *paxos.Out, kind paxos.TimerKind) {
	defer p.forget()()
	p.Replica.Fire(out, kind)
}

// forget forgets the voters, and returns what recalls them.
func (p partial) forget() (recall func()) {
	voters := p.Voters
	p.Voters = nil
	return func() { p.Voters = voters }
}

// Few steps of two nodes are smaller than many of one.
func TestFromFoundingOfTwo(t *testing.T) {
	roles := paxos.DefaultRoles()
	roles.Replica = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return partial{paxos.NewReplica(n, d)} }
	small, err := FromFounding(Schedule{Roles: roles}, ShrinkOptions{Property: Refinement})
	require.NoError(t, err)
	require.NotNil(t, small.Outcome)
	t.Log(small.Outcome.Failure())
	assert.Equal(t, 2, small.Outcome.Nodes)
	moves, err := small.Repro.Moves()
	require.NoError(t, err)
	assert.LessOrEqual(t, moves, 3)
}

// repeated has one alarm go off again and again, and keeps the state after each time.
type repeated struct {
	script []happening
	states []Digest
}

func (r *repeated) Next(v sim.View) (sim.Act, bool) {
	if len(r.script) == 0 {
		r.states = append(r.states, stateOf(v))
		return happening{kind: sim.Fire, node: 1, action: "ScoutSendPrepare"}.mustAct(v), len(r.states) < 5
	}
	h := r.script[0]
	r.script = r.script[1:]
	return h.mustAct(v), true
}

func (h happening) mustAct(v sim.View) sim.Act {
	a, _, ok := h.act(v)
	if !ok {
		panic("want " + h.letter() + " to be possible")
	}
	return a
}

// A message that is in flight twice is another state than one that is once. After that, it makes no new ones.
func TestStatesAreFinite(t *testing.T) {
	r := &repeated{script: []happening{
		{kind: sim.Turn}, {kind: sim.Deliver, envelope: paxos.Envelope{From: 1, To: 1, Message: paxos.Propose{}}},
	}}
	_, err := RunScheduler(Schedule{Machine: "kv", Nodes: 1, Clients: 1, Operations: 1}, r, nil)
	require.NoError(t, err)
	require.Len(t, r.states, 5)
	assert.NotEqual(t, r.states[0], r.states[1])
	assert.Equal(t, r.states[1], r.states[2])
	assert.Equal(t, r.states[1], r.states[4])
}
