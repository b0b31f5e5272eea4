package fuzz

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/impl/kv"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

func TestBytesEndInZeros(t *testing.T) {
	c := NewBytes([]byte{255, 128, 255, 255, 0})
	assert.Equal(t, []int{1, 50, 9999, 0, 0}, []int{c.Choose(2), c.Choose(100), c.Choose(10000), c.Choose(256), c.Choose(3)})
	assert.Zero(t, c.Left())
}

// cluster is a few nodes and the messages between them, for FuzzRoles.
type cluster struct {
	t      *testing.T
	config paxos.Config
	nodes  []*paxos.Node
	disks  []paxos.Durable
	alarms [][]paxos.Timer
	flight []paxos.Envelope
	out    paxos.Out
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{t: t, config: paxos.Config{
		ID: 1, Members: []paxos.Address{1, 2, 3}, CheckpointEvery: 2, Window: 1,
		NewMachine: func() paxos.Machine { return kv.New() },
	}}
	c.nodes, c.disks, c.alarms = make([]*paxos.Node, 4), make([]paxos.Durable, 4), make([][]paxos.Timer, 4)
	for _, a := range c.config.Members {
		c.disks[a].Disk = paxos.DiskID(a)
		c.start(a)
	}
	return c
}

func (c *cluster) start(a paxos.Address) {
	c.out.Reset()
	c.alarms[a] = nil
	c.nodes[a] = paxos.NewNode(&c.config, a, c.disks[a], a == 1, &c.out)
	c.effects(a)
}

// effects carries out a step, and holds what must never be: a promise or a ballot that falls.
func (c *cluster) effects(a paxos.Address) {
	for _, w := range c.out.Writes {
		before := c.disks[a]
		c.disks[a].Apply(w)
		require.False(c.t, c.disks[a].BallotNum.Less(before.BallotNum), "%v promises %v after %v", a, c.disks[a].BallotNum, before.BallotNum)
		require.False(c.t, c.disks[a].Scouted.Less(before.Scouted), "%v scouts at %v after %v", a, c.disks[a].Scouted, before.Scouted)
		require.GreaterOrEqual(c.t, c.disks[a].Slot, before.Slot)
	}
	if acceptor := c.nodes[a].Acceptor; acceptor != nil {
		require.Equal(c.t, c.disks[a].BallotNum, acceptor.BallotNum, "%v: on disk, and in memory", a)
		require.Equal(c.t, c.disks[a].Accepted.String(), acceptor.Accepted.String(), "%v: on disk, and in memory", a)
	}
	c.flight = append(c.flight, c.out.Messages...)
	for _, alarm := range c.out.Alarms {
		c.alarms[a] = append(c.alarms[a], alarm.Timer)
	}
}

// act does one thing that a choice of the fuzzer means, and says whether it was a message that nobody sent.
func (c *cluster) act(b *Bytes, m messages) (forged bool) {
	a := paxos.Address(1 + b.Choose(3))
	node := c.nodes[a]
	c.out.Reset()
	switch kind := b.Choose(16); {
	case kind < 8 && len(c.flight) > 0:
		i := b.Choose(len(c.flight))
		e := c.flight[i]
		c.flight = append(c.flight[:i], c.flight[i+1:]...)
		a = e.To
		_ = c.nodes[a].Receive(e, &c.out)
	case kind < 10 && len(c.alarms[a]) > 0:
		i := b.Choose(len(c.alarms[a]))
		t := c.alarms[a][i]
		c.alarms[a] = append(c.alarms[a][:i], c.alarms[a][i+1:]...)
		node.Fire(t, &c.out)
	case kind < 12:
		node.Invoke(paxos.ClientID(1+b.Choose(3)), uint64(1+b.Choose(3)), "put x 1", &c.out)
	case kind < 13:
		c.start(a)
		return false
	default:
		e := m.envelope(a)
		forged = node.Receive(e, &c.out) == nil
	}
	c.effects(a)
	return forged
}

// run acts until the input ends, or until a node ends because forged messages broke agreement, which it must notice
// and no other way to panic excuses. It returns how many forged messages were let in.
func (c *cluster) run(input []byte) (forged int) {
	defer func() {
		if p := recover(); p != nil && !strings.Contains(fmt.Sprint(p), "broken invariant") {
			panic(p)
		}
	}()
	b, m := NewBytes(input), newMessages(input)
	for step := 0; b.Left() > 0 && step < 500; step++ {
		if c.act(b, m) {
			forged++
		}
		if len(c.flight) > 200 {
			c.flight = c.flight[:100] // the network loses the rest
		}
	}
	return forged
}

// FuzzRoles delivers arbitrary messages, among real ones, alarms, calls and restarts, to nodes in whatever state that
// leads to: nothing panics, what is durable never falls, and memory and disk agree.
func FuzzRoles(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		newCluster(t).run(input)
	})
}

// Forged messages are sometimes let in: else FuzzRoles would test nothing but the door.
func TestForgedMessagesReachTheRoles(t *testing.T) {
	let := 0
	for seed := range uint64(200) {
		input := make([]byte, 600)
		draw := sim.Seeded(seed)
		for i := range input {
			input[i] = byte(draw.Choose(256))
		}
		let += newCluster(t).run(input)
	}
	assert.Greater(t, let, 200)
}
