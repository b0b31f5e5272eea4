package explore

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

func reached(t *testing.T, name string) *Reachable {
	c, err := model.ReadConfig("../../spec/MC.tla", "../../fuzz/testdata/share/"+name+".cfg")
	require.NoError(t, err)
	r, err := Reach(t.Context(), name, c, 1)
	require.NoError(t, err)
	return r
}

// started is the founder's start, as a run records it.
func started(v *Visit, disk paxos.DiskID) (*trace.Event, *paxos.Node) {
	var out paxos.Out
	d := &paxos.Durable{Disk: disk}
	n := paxos.NewNode(&v.protocol.config, 1, *d, true, &out)
	e := &trace.Event{Seq: 1, Node: 1, Action: trace.Start, Durable: d, Writes: out.Writes}
	for _, m := range out.Messages {
		e.Sent = append(e.Sent, trace.Message{Envelope: m})
	}
	return e, n
}

// A run is followed within the bounds, and what is neither reached nor outside of them is an error.
func TestVisit(t *testing.T) {
	r := reached(t, "alone")
	v := r.Follow()
	e, n := started(v, 1)
	first, err := v.Step(e, n)
	require.NoError(t, err)
	require.NotZero(t, first)
	for _, action := range []string{trace.Lose, trace.Fault} {
		state, err := v.Step(&trace.Event{Action: action}, nil)
		require.NoError(t, err)
		require.Zero(t, state)
	}
	state, err := v.Step(e, n) // a crash, which the model does not have
	require.NoError(t, err)
	require.Zero(t, state)

	v = r.Follow()
	e, n = started(v, 7)
	_, err = v.Step(e, n)
	require.ErrorIs(t, err, ErrUnreached)
	require.ErrorContains(t, err, "Start at N1: no node is ever so:\n")

	r.mirror.seen = newTable() // as if the search had missed states
	v = r.Follow()
	e, n = started(v, 1)
	_, err = v.Step(e, n)
	require.ErrorContains(t, err, "the nodes never are so at the same time")
}

// A model that lacks what every run has would take the run's states for unreachable ones.
func TestReachRefuses(t *testing.T) {
	c, err := model.ReadConfig("../../spec/MC.tla", "../../fuzz/testdata/share/pair.cfg")
	require.NoError(t, err)
	c.Heartbeats = false
	_, err = Reach(t.Context(), "pair", c, 1)
	require.ErrorContains(t, err, "want Follow, Heartbeats and a Founder")
	c.Heartbeats, c.Next = true, slices.DeleteFunc(slices.Clone(c.Next), func(action string) bool { return action == "FireReplicaAskMissing" })
	_, err = Reach(t.Context(), "pair", c, 1)
	require.ErrorContains(t, err, "want all kinds of steps, as runs take them, found none of FireReplicaAskMissing")
}
