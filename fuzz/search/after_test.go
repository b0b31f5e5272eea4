package search

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz"
)

// Runs that go on from a wrong step break what the specification keeps; of the protocol as it is there is none to go on from.
func TestAfterWrong(t *testing.T) {
	const property = "PromisesNeverFall"
	r := mustSearch(t, Options{Method: "pos", Seed: 1, Runs: 5000, Roles: pliantRoles(), Properties: []string{property}})
	require.NotNil(t, r.Failure)
	none, err := afterWrong(r.Schedule, fuzz.Refinement)
	require.NoError(t, err)
	assert.Nil(t, none, "it is the wrong step that is asked for")
	w, err := afterWrong(r.Schedule, property)
	require.NoError(t, err)
	require.NotNil(t, w)
	s, found, err := w.next(t.Context(), 1_000_000)
	require.NoError(t, err)
	require.True(t, found)
	o, err := fuzz.RunSchedule(s, nil)
	require.NoError(t, err)
	assert.True(t, o.Breaks(property))
	assert.Less(t, w.spent, 1_000_000)

	passes := r.Schedule
	passes.Roles = fuzz.Schedule{}.Roles
	none, err = afterWrong(passes, property)
	require.NoError(t, err)
	assert.Nil(t, none)
	w.of.Roles = passes.Roles
	_, found, err = w.next(t.Context(), w.spent+200_000)
	require.NoError(t, err)
	assert.False(t, found)
}

// The acts up to the wrong step have it, and one less do not.
func TestUntilWrong(t *testing.T) {
	r := mustSearch(t, Options{Method: "pos", Seed: 3, Runs: 5000, Roles: pliantRoles(), Refined: true, Small: fuzz.Schedule{Nodes: 3}})
	require.NotNil(t, r.Failure)
	w := &wrongs{of: r.Schedule, property: "PromisesNeverFall"}
	acts, err := w.untilWrong(r.Schedule)
	require.NoError(t, err)
	for less, want := range []bool{true, false} {
		isWrong, err := w.goesWrong(r.Schedule, len(acts)-less)
		require.NoError(t, err)
		assert.Equal(t, want, isWrong)
	}
}
