package trace

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

// Roles as a test that plants a fault wraps them.
type (
	acceptor  struct{ *paxos.Acceptor }
	replica   struct{ *paxos.Replica }
	leader    struct{ *paxos.Leader }
	scout     struct{ *paxos.Scout }
	commander struct{ *paxos.Commander }
	bootstrap struct{ *paxos.Bootstrap }
	seed      struct{ *paxos.Seed }
	requester struct{ *paxos.Requester }
	twice     struct{ requester }
)

func wrapped() paxos.Constructors {
	return paxos.Constructors{
		Acceptor:  func(n *paxos.Node, d *paxos.Durable) paxos.Role { return acceptor{paxos.NewAcceptor(n, d)} },
		Replica:   func(n *paxos.Node, d *paxos.Durable) paxos.Role { return &replica{paxos.NewReplica(n, d)} },
		Leader:    func(n *paxos.Node, d *paxos.Durable) paxos.Role { return leader{paxos.NewLeader(n, d)} },
		Scout:     func(n *paxos.Node, b paxos.Ballot) paxos.Role { return &scout{paxos.NewScout(n, b)} },
		Bootstrap: func(n *paxos.Node, d *paxos.Durable) paxos.Role { return bootstrap{paxos.NewBootstrap(n, d)} },
		Seed:      func(n *paxos.Node, d *paxos.Durable) paxos.Role { return &seed{paxos.NewSeed(n, d)} },
		Commander: func(n *paxos.Node, b paxos.Ballot, s paxos.Slot, p paxos.Proposal) paxos.Role {
			return commander{paxos.NewCommander(n, b, s, p)}
		},
		Requester: func(n *paxos.Node, c paxos.ClientID, seq uint64, input string) paxos.Role {
			return &requester{paxos.NewRequester(n, c, seq, input)}
		},
	}
}

// runWith records a run of three nodes that play the given roles.
func runWith(t *testing.T, roles paxos.Constructors) string {
	var b bytes.Buffer
	c := newCluster(&b, 3, 5)
	c.cfg.Roles, c.faults = roles, true
	c.run(t, 3000)
	return b.String()
}

// TestWrappedRoles records the same of roles that a test wrapped as of the roles themselves.
func TestWrappedRoles(t *testing.T) {
	require.Equal(t, runWith(t, paxos.DefaultRoles()), runWith(t, wrapped()))
	q := paxos.NewRequester(&paxos.Node{}, 1, 1, "")
	require.Same(t, q, unwrap(&twice{requester{q}}))
	require.Same(t, q, unwrap(struct{ paxos.Role }{q}))
	require.Nil(t, unwrap(struct{ int }{}))
	require.Nil(t, unwrap(struct{ paxos.Role }{}))
	require.Nil(t, unwrap(7))
}

// forgetful is an Acceptor that writes nothing.
type forgetful struct{ *paxos.Acceptor }

func (a forgetful) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	writes := len(out.Writes)
	a.Acceptor.Deliver(out, from, m)
	out.Writes = out.Writes[:writes]
}

// TestForgetfulAcceptorIsFound plants a bug in the code; the same run without it is valid.
func TestForgetfulAcceptorIsFound(t *testing.T) {
	roles := wrapped()
	require.NoError(t, validate(runWith(t, roles)))
	roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return forgetful{paxos.NewAcceptor(n, d)} }
	require.ErrorContains(t, validate(runWith(t, roles)), "want the acceptor as its disk")
}

// TestTimerAction gives every alarm that any role sets an action, and takes no memory for it.
func TestTimerAction(t *testing.T) {
	found := map[string]string{}
	for _, roles := range []paxos.Constructors{paxos.DefaultRoles(), wrapped()} {
		c := newCluster(&bytes.Buffer{}, 3, 5)
		c.cfg.Roles, c.faults = roles, true
		c.alarm = func(n *paxos.Node, timer paxos.Timer) {
			require.Zero(t, testing.AllocsPerRun(20, func() { TimerAction(n, timer) }))
			for _, r := range n.Roles() {
				if r.ID() == timer.Role {
					found[fmt.Sprintf("%T %v", unwrap(r), timer.Kind)] = TimerAction(n, timer)
				}
			}
			require.Empty(t, TimerAction(n, paxos.Timer{Role: timer.Role, Kind: paxos.Started}))
			require.Empty(t, TimerAction(n, paxos.Timer{Role: 1 << 30, Kind: timer.Kind}))
		}
		c.runQuiet(3000)
	}
	require.Equal(t, map[string]string{
		"*paxos.Replica FollowTimeout":     "ReplicaFollowNext",
		"*paxos.Replica CatchupTimeout":    "ReplicaAskMissing",
		"*paxos.Replica CheckpointTimeout": "ReplicaWriteCheckpoint",
		"*paxos.Leader Heartbeat":          "LeaderSendActive",
		"*paxos.Scout Retransmit":          "ScoutSendPrepare",
		"*paxos.Commander Retransmit":      "CommanderSendAccept",
		"*paxos.Bootstrap Retransmit":      "BootstrapSendJoin",
		"*paxos.Requester Retransmit":      "RequesterSendInvoke",
	}, found)
	var byTimers []string
	for action, c := range causes {
		if c&byTimer != 0 {
			byTimers = append(byTimers, action)
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Values(found)), byTimers)
}

// TestTimerNamesItsRole shows that a reader knows for which slot or command an alarm went off.
func TestTimerNamesItsRole(t *testing.T) {
	commanders, requesters := 0, 0
	for _, e := range readAll(t, recordedRun(t, 3, 5, 5000, true)) {
		if e.Timer == nil {
			continue
		}
		require.Equal(t, e.Action == "CommanderSendAccept", e.Timer.Slot != 0, "event %d", e.Seq)
		require.Equal(t, e.Action == "RequesterSendInvoke", e.Timer.Request != Request{}, "event %d", e.Seq)
		for _, m := range e.Sent {
			if accept, ok := m.Message.(paxos.Accept); ok {
				require.Equal(t, e.Timer.Slot, accept.Slot)
				commanders++
			}
		}
		if e.Timer.Request != (Request{}) {
			requesters++
		}
	}
	require.Positive(t, commanders)
	require.Positive(t, requesters)
}

// TestDiff names every field that differs, and none that does not.
func TestDiff(t *testing.T) {
	states := map[string]State{"": {}}
	for _, e := range readAll(t, recordedRun(t, 3, 6, 1500, true)) {
		if e.Seq%30 == 0 {
			states[fmt.Sprint(e.Seq)] = e.State
		}
	}
	different := 0
	for i, a := range states {
		for j, b := range states {
			list := Diff(a, b)
			require.Equal(t, Equal(a, b), len(list) == 0, "events %s and %s: %v", i, j, list)
			require.Len(t, Diff(b, a), len(list))
			different += len(list)
		}
	}
	require.Positive(t, different)
	want := State{Acceptor: &Acceptor{First: 1}, Requesters: []Requester{{1, 2, "x"}}}
	found := State{Acceptor: &Acceptor{First: 2}, Bootstrap: &Bootstrap{Peer: 2}}
	require.Equal(t, `[acceptor.first: want 1, found 2 requesters[c1#2]: want "x", found none bootstrap.peer: want none, found N2]`,
		fmt.Sprint(Diff(want, found)))
}
