package trace

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

// journal is a state machine that remembers its inputs.
type journal struct{ text string }

func (j *journal) Apply(input string) string {
	j.text += input + ";"
	return fmt.Sprint("done ", input)
}
func (j *journal) Snapshot() string       { return j.text }
func (j *journal) Restore(s string) error { j.text = s; return nil }

// cluster runs nodes under a seeded schedule, and records them: enough of a simulator to test a trace.
type cluster struct {
	cfg    paxos.Config
	rec    *Recorder
	rand   *rand.Rand
	now    time.Duration
	nodes  map[paxos.Address]*paxos.Node
	disks  map[paxos.Address]*paxos.Durable
	queue  []delivery
	lastID uint64
	disk   paxos.DiskID
	out    paxos.Out
	faults bool

	after func(n *paxos.Node)                    // called after each step
	alarm func(n *paxos.Node, timer paxos.Timer) // called for each alarm set
}

// delivery is a message or an alarm on its way.
type delivery struct {
	at      time.Duration
	id      uint64
	message paxos.Envelope
	node    *paxos.Node // of an alarm
	timer   paxos.Timer
}

func testHeader(n int) Header {
	h := Header{Quorum: n/2 + 1, Seed: 7, Machine: "journal", CheckpointEvery: 4, Window: 2, Config: 11,
		Run: map[string]string{"loss": "0.05"}}
	for a := range n {
		h.Nodes = append(h.Nodes, paxos.Address(a+1))
	}
	return h
}

func newCluster(w io.Writer, n int, seed uint64) *cluster {
	h := testHeader(n)
	c := &cluster{
		cfg: paxos.Config{ID: h.Config, Members: h.Nodes, CheckpointEvery: h.CheckpointEvery, Window: h.Window,
			NewMachine: func() paxos.Machine { return &journal{} }},
		rec:   NewRecorder(w, h),
		rand:  rand.New(rand.NewPCG(seed, 1)),
		nodes: map[paxos.Address]*paxos.Node{},
		disks: map[paxos.Address]*paxos.Durable{},
	}
	return c
}

func (c *cluster) start(a paxos.Address) {
	d, ok := c.disks[a]
	if !ok {
		c.disk++
		d = &paxos.Durable{Disk: c.disk}
		c.disks[a] = d
	}
	from := *d
	from.Accepted = d.Accepted.Clone()
	node := paxos.NewNode(&c.cfg, a, from, a == 1, &c.out)
	c.nodes[a] = node
	c.finish(node, Cause{Action: Start, Durable: &from}, len(c.out.Messages))
}

func (c *cluster) finish(node *paxos.Node, cause Cause, left int) {
	for _, w := range c.out.Writes {
		c.disks[node.Self].Apply(w)
	}
	c.rec.Step(c.now, node, cause, &c.out, c.lastID+1, left)
	for i, m := range c.out.Messages {
		c.lastID++
		if i < left {
			c.queue = append(c.queue, delivery{at: c.now + c.delay(m), id: c.lastID, message: m})
		}
	}
	for _, a := range c.out.Alarms {
		if c.alarm != nil {
			c.alarm(node, a.Timer)
		}
		c.queue = append(c.queue, delivery{at: c.now + a.After, node: node, timer: a.Timer})
	}
	c.out.Reset()
	if c.after != nil {
		c.after(node)
	}
}

func (c *cluster) delay(m paxos.Envelope) time.Duration {
	if m.From == m.To {
		return time.Millisecond
	}
	return time.Duration(10+c.rand.IntN(41)) * time.Millisecond
}

// next lets the next thing happen: what is due first.
func (c *cluster) next() {
	if len(c.queue) == 0 {
		c.restart(false)
		return
	}
	i := 0
	for j, d := range c.queue {
		if d.at < c.queue[i].at {
			i = j
		}
	}
	d := c.queue[i]
	c.queue = slices.Delete(c.queue, i, i+1)
	c.now = d.at
	if d.node != nil {
		c.fire(d)
	} else {
		c.deliver(d)
	}
}

func (c *cluster) fire(d delivery) {
	if c.nodes[d.node.Self] != d.node {
		return
	}
	action := TimerAction(d.node, d.timer)
	if d.node.Fire(d.timer, &c.out) {
		c.finish(d.node, Cause{Action: action, Timer: &d.timer}, len(c.out.Messages))
	}
}

func (c *cluster) deliver(d delivery) {
	node := c.nodes[d.message.To]
	if node == nil {
		c.rec.Lose(c.now, d.id, "crashed")
		return
	}
	if c.faults && d.message.From != d.message.To {
		if c.rand.IntN(20) == 0 {
			c.rec.Lose(c.now, d.id, "loss")
			return
		}
		if c.rand.IntN(20) == 0 {
			c.rec.Duplicate(c.now, d.id)
			c.queue = append(c.queue, delivery{at: c.now + c.delay(d.message), id: d.id, message: d.message})
		}
	}
	if err := node.Receive(d.message, &c.out); err != nil {
		panic(err)
	}
	cause := Cause{Action: "Receive" + typeName(d.message.Message), ID: d.id, Message: &d.message}
	if c.faults && len(c.out.Messages) > 0 && len(c.nodes) == len(c.cfg.Members) && c.rand.IntN(60) == 0 {
		c.finish(node, cause, c.rand.IntN(len(c.out.Messages)))
		c.crash(node.Self, "the disk kept all")
		return
	}
	c.finish(node, cause, len(c.out.Messages))
}

func (c *cluster) crash(a paxos.Address, note string) {
	c.rec.Crash(c.now, a, note)
	delete(c.nodes, a)
}

func (c *cluster) invoke(a paxos.Address, client paxos.ClientID, seq uint64, input string) {
	c.nodes[a].Invoke(client, seq, input, &c.out)
	c.finish(c.nodes[a], Cause{Action: "RequesterSendInvoke", Command: &Command{client, seq, input}}, len(c.out.Messages))
}

func (c *cluster) cancel(a paxos.Address, client paxos.ClientID, seq uint64) {
	c.nodes[a].Cancel(client, seq)
	c.rec.Step(c.now, c.nodes[a], Cause{Action: Cancel, Command: &Command{Client: client, Seq: seq}}, nil, 0, 0)
}

// run starts a cluster and lets it work for the given number of events, with crashes, restarts and, late in the
// run, a lost disk when faults are on.
func (c *cluster) run(t testing.TB, events int) {
	c.runQuiet(events)
	require.NoError(t, c.rec.Close(c.now))
}

func (c *cluster) runQuiet(events int) {
	for _, a := range c.cfg.Members {
		c.start(a)
	}
	seq := uint64(0)
	for i := range events {
		c.next()
		if i%40 == 39 {
			seq++
			for a, node := range c.up() {
				c.cancel(node, paxos.ClientID(a+1), seq-1)
				c.invoke(node, paxos.ClientID(a+1), seq, fmt.Sprintf("op <%d> \"é\"", seq))
			}
		}
		if c.faults && i%300 == 299 {
			c.restart(i == 299)
		}
	}
}

// restart starts the nodes that are down, one of them perhaps without its disk, and crashes another.
func (c *cluster) restart(wipe bool) {
	up := c.up()
	for _, a := range c.cfg.Members {
		if c.nodes[a] == nil {
			c.start(a)
		}
	}
	c.rec.Fault(c.now, 0, "the network is slow")
	if len(up) == 0 {
		return
	}
	a := up[c.rand.IntN(len(up))]
	c.crash(a, "")
	if wipe && a != 1 {
		c.rec.Wipe(c.now, a)
		delete(c.disks, a)
	}
}

func (c *cluster) up() (list []paxos.Address) {
	for _, a := range c.cfg.Members {
		if c.nodes[a] != nil {
			list = append(list, a)
		}
	}
	return list
}

// recorded returns the trace of a run.
func recordedRun(t testing.TB, n int, seed uint64, events int, faults bool) string {
	var b bytes.Buffer
	c := newCluster(&b, n, seed)
	c.faults = faults
	c.run(t, events)
	return b.String()
}

// readAll returns the events of a trace.
func readAll(t testing.TB, text string) []Event {
	r, err := Read(strings.NewReader(text), "run")
	require.NoError(t, err)
	var events []Event
	for {
		e, err := r.Next()
		if err == io.EOF {
			return events
		}
		require.NoError(t, err)
		events = append(events, e)
	}
}
