package paxos

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClone takes random steps with copies of nodes: a copy has the state of its original, a step of the one leaves
// the other alone, and the same step of both has the same effects.
func TestClone(t *testing.T) {
	roles := map[string]bool{}
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		w := &world{quiet: true}
		require.NoError(t, w.cluster(3, 2, 1))
		for _, m := range w.members {
			require.NoError(t, w.start(m, m.address == 1))
		}
		for range 300 {
			m := w.members[random.IntN(3)]
			before := describeAll(m.node)
			for _, r := range m.node.roles {
				roles[roleName(r)[:3]] = true
			}
			step := randomStep(w, m, random)
			copied := m.node.Clone()
			var a, b Out
			step(copied, &a)
			require.Equal(t, before, describeAll(m.node), "a step of the copy")
			after := describeAll(copied)
			again := copied.Clone()
			require.NoError(t, w.step(m, func(out *Out) { step(m.node, out); b = *out }))
			require.Equal(t, after, describeAll(m.node))
			require.Equal(t, after, describeAll(again), "a step of the original")
			require.Equal(t, a.Messages, b.Messages)
			require.Equal(t, a.Writes, b.Writes)
			require.Equal(t, a.Alarms, b.Alarms)
			require.Equal(t, a.Answers, b.Answers)
		}
	}
	for _, name := range []string{"Acc", "Rep", "Lea", "Sco", "Com", "Req", "See", "Boo"} {
		require.True(t, roles[name], "no copy of a role %s…", name)
	}
}

// TestCloneRefusesOtherRoles: a wrapped role cannot be copied, and that is no silent loss.
func TestCloneRefusesOtherRoles(t *testing.T) {
	var out Out
	cfg := Config{ID: 1, Members: []Address{1}, NewMachine: newRegisters, Roles: DefaultRoles()}
	cfg.Roles.Seed = func(n *Node, d *Durable) Role { return struct{ Role }{NewSeed(n, d)} }
	n := NewNode(&cfg, 1, Durable{Disk: 1, Slot: 0}, false, &out)
	n.roles = append(n.roles, struct{ Role }{n.roles[0]})
	require.Panics(t, func() { n.Clone() })
}

func describeAll(n *Node) (list []string) {
	for _, r := range n.roles {
		list = append(list, describe(r))
	}
	return list
}

// randomStep delivers a message to m, fires one of its alarms or calls it.
func randomStep(w *world, m *member, random *rand.Rand) func(*Node, *Out) {
	for i, e := range w.flight {
		if e.To == m.address && random.IntN(4) > 0 {
			w.flight = append(w.flight[:i:i], w.flight[i+1:]...)
			return func(n *Node, out *Out) { _ = n.Receive(e, out) }
		}
	}
	if len(m.alarms) > 0 && random.IntN(3) > 0 {
		i := random.IntN(len(m.alarms))
		timer := m.alarms[i]
		m.alarms = append(m.alarms[:i:i], m.alarms[i+1:]...)
		return func(n *Node, out *Out) { n.Fire(timer, out) }
	}
	client := ClientID(random.IntN(2) + 1)
	seq := uint64(random.IntN(5) + 1)
	return func(n *Node, out *Out) { n.Invoke(client, seq, "x+1", out) }
}
