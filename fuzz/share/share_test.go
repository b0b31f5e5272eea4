package share

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/explore"
	"multipaxos/impl/paxos"
)

func of(runs int, names ...string) Options {
	return Options{Spec: "../../spec", Models: "../testdata/share", Corpus: "../testdata/fuzz", Names: names, Runs: runs, Seed: 1, Workers: 1}
}

// Runs hit something, more runs hit more, and none hits everything. No state is outside of those that were visited.
func TestMeasure(t *testing.T) {
	var text strings.Builder
	all, err := Measure(t.Context(), &text, of(100, "alone", "pair"))
	require.NoError(t, err)
	require.Len(t, all, 2*5)
	for _, s := range all {
		assert.Greater(t, s.Steps, s.Runs, s)
		assert.Positive(t, s.Points[0], s)
		assert.IsNonDecreasing(t, s.Points, s)
		assert.Less(t, s.Points[len(s.Points)-1], s.States, s)
	}
	random, walks := all[1], all[4]
	require.Equal(t, []string{"random schedules", "explorer's walks"}, []string{random.Kind, walks.Kind})
	assert.Greater(t, random.Points[1], random.Points[0]*5/4)
	assert.Greater(t, walks.Points[1], 2*random.Points[1])
	assert.Contains(t, text.String(), "| alone | 485 | committed corpus | 31 | ")
	again, err := Measure(t.Context(), io.Discard, of(100, "alone", "pair"))
	require.NoError(t, err)
	require.Equal(t, all, again)
}

// Nodes of the runs that do what those of the explorer do not reach states that it has not visited.
func TestPlanted(t *testing.T) {
	for _, p := range []struct {
		bug, model, shows string
		plant             func(c *paxos.Constructors)
	}{
		{"S3: a Leader forgets the ballots of earlier lives", "alonecrash", "Start at N1: no node is ever so", func(c *paxos.Constructors) {
			c.Leader = func(n *paxos.Node, _ *paxos.Durable) paxos.Role { return paxos.NewLeader(n, &paxos.Durable{}) }
		}},
		{"S5: a Replica starts without its sessions", "alonecrash", "Start at N1: no node is ever so", func(c *paxos.Constructors) {
			c.Replica = func(n *paxos.Node, d *paxos.Durable) paxos.Role {
				r := paxos.NewReplica(n, d)
				r.Sessions = nil
				return r
			}
		}},
		{"a Commander counts a vote that nobody gave", "pair", "ReceivePromise at N1: no N1 is ever so with what it has sent", func(c *paxos.Constructors) {
			c.Commander = func(n *paxos.Node, b paxos.Ballot, s paxos.Slot, q paxos.Proposal) paxos.Role {
				m := paxos.NewCommander(n, b, s, q)
				m.Accepted = m.Accepted.With(2)
				return m
			}
		}},
	} {
		t.Run(p.bug, func(t *testing.T) {
			o := of(300, p.model)
			o.Roles = paxos.DefaultRoles()
			p.plant(&o.Roles)
			_, err := Measure(t.Context(), io.Discard, o)
			require.ErrorIs(t, err, explore.ErrUnreached)
			require.ErrorContains(t, err, p.shows)
			t.Logf("%.300s", err)
		})
	}
}
