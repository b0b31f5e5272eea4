package model

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReducedKeepsRoles compares models with their reduced twins: the nodes, answers and crashes of all states are the
// same, and there are fewer states.
func TestReducedKeepsRoles(t *testing.T) {
	for _, test := range []struct{ full, reduced string }{{"LearnFull", "LearnReduced"}, {"JoinedFull", "Joined"}} {
		in := newInterner()
		full, states := rolesOf(t, in, test.full)
		reduced, fewer := rolesOf(t, in, test.reduced)
		require.Less(t, fewer, states, test.reduced)
		require.Equal(t, full, reduced, test.reduced)
	}
}

// rolesOf searches a model, and returns the states without their messages, and how many states there are with them.
func rolesOf(t *testing.T, in *interner, model string) (roles map[string]bool, states int64) {
	t.Helper()
	c, err := ReadConfig(spec+"/MC.tla", spec+"/MC"+model+".cfg")
	require.NoError(t, err)
	c.Symmetry = false
	s := newSearch(c, 1)
	s.in, s.workers = in, []*worker{newWorker(c, in)}
	r, err := s.run(t.Context())
	require.NoError(t, err)
	require.Empty(t, r.Violated)
	roles = map[string]bool{}
	for i := range s.graph.shards {
		for place := range s.graph.shards[i].count {
			at, last := s.graph.at(&s.graph.shards[i], place), s.graph.width-1
			key := fmt.Sprint(at[last])
			for _, id := range at[:last] {
				key += fmt.Sprint(" ", in.lookCell(id).node)
			}
			roles[key] = true
		}
	}
	return roles, r.Distinct
}
