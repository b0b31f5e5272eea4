package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/impl/sim"
)

// Without faults nearly all steps are moves; heartbeats that say what the one before said are none.
func TestMoves(t *testing.T) {
	s := Schedule{Machine: "kv", Nodes: 1, Clients: 1, Operations: 1}
	o, err := RunSchedule(s, nil)
	require.NoError(t, err)
	moves, err := Repro{Schedule: &s}.Moves()
	require.NoError(t, err)
	assert.Greater(t, moves, o.Steps/2)
	assert.Less(t, moves, o.Steps, "the first start is none")

	s.Acts = []sim.Act{{Kind: sim.Kill}}
	crashed, err := RunSchedule(s, nil)
	require.NoError(t, err)
	require.Equal(t, 1, crashed.Crashes)
	again, err := Repro{Schedule: &s}.Moves()
	require.NoError(t, err)
	assert.Greater(t, again, moves, "a crash is one")
}

// Values are equal when their digests are.
func TestDigest(t *testing.T) {
	type value struct {
		list  []int
		table map[string]int
		next  *value
	}
	a := value{[]int{1, 2}, map[string]int{"x": 1, "y": 2}, &value{}}
	b := value{[]int{1, 2}, map[string]int{"y": 2, "x": 1}, &value{}}
	assert.Equal(t, of(a), of(b))
	for _, other := range []value{
		{}, {[]int{2, 1}, a.table, a.next}, {a.list, map[string]int{"x": 2, "y": 1}, a.next}, {a.list, a.table, nil},
		{a.list, a.table, &a},
	} {
		assert.NotEqual(t, of(a), of(other), "%v", other)
	}
}
