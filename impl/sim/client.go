package sim

import (
	"time"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// client has one operation executed after another, in one session.
type client struct {
	index int
	home  *node
	id    paxos.ClientID // its session
	seq   uint64
	input string
	open  bool   // a call waits for its answer
	node  *node  // where the call was made last
	life  uint32 // of that node, then
	turn  uint64 // the turn that it waits for; earlier ones are void
}

const (
	patience = 2 * time.Second // before a client asks again
	thinking = 100 * time.Millisecond
)

func (w *world) addClient(home *node) {
	w.session++
	c := &client{index: len(w.clients), home: home, id: w.session}
	w.clients = append(w.clients, c)
	w.takeTurn(c, 0)
}

// takeTurn has the client act after d, unless something else makes it act before.
func (w *world) takeTurn(c *client, d time.Duration) {
	c.turn++
	e := w.queue.push(w.now + d)
	e.kind, e.client, e.id = clientTurn, c.index, c.turn
}

func (w *world) clientTurn(c *client, turn uint64) {
	switch {
	case turn != c.turn:
	case c.open:
		w.retry(c)
	case w.healed && c.index < w.Clients: // only the clients added last go on
	case w.Operations > 0:
		w.call(c)
	}
}

// call makes the client's next call.
func (w *world) call(c *client) {
	w.Operations--
	w.waiting++
	w.stats.Calls++
	c.seq++
	c.input = w.Next(w.inputs, c.index)
	c.open = true
	c.node = c.home
	if w.Observer != nil {
		w.Observer.Call(w.now, c.node.address, c.id, c.seq, c.input)
	}
	w.invoke(c)
}

// invoke makes the open call at c.node, if that is up.
func (w *world) invoke(c *client) {
	w.takeTurn(c, patience+time.Duration(w.choose(100))*10*time.Millisecond)
	c.life = 0
	if !c.node.up {
		return
	}
	c.life = c.node.life
	w.stats.Steps++
	w.out.Reset()
	c.node.paxos.Invoke(c.id, c.seq, c.input, &w.out)
	if w.Trace == nil {
		w.finish(c.node, trace.Cause{})
		return
	}
	command := &trace.Command{Client: c.id, Seq: c.seq, Input: c.input}
	w.finish(c.node, trace.Cause{Action: "RequesterSendInvoke", Command: command})
}

// retry makes the open call again, at another node or at one that has forgotten it. Where the node is still at
// it, the client waits on.
func (w *world) retry(c *client) {
	elsewhere := w.nodes[1+(int(c.node.address)-1+w.chooseNode())%w.Nodes]
	if elsewhere == c.node && c.node.up && c.node.life == c.life {
		w.takeTurn(c, patience)
		return
	}
	w.cancel(c)
	w.ask(c, elsewhere)
}

// ask makes the open call again, at n.
func (w *world) ask(c *client, n *node) {
	c.node = n
	w.stats.Retried++
	if w.Observer != nil {
		w.Observer.Retry(w.now, c.node.address, c.id, c.seq)
	}
	w.invoke(c)
}

func (w *world) chooseNode() int {
	if !w.Faults.Elsewhere {
		return 0
	}
	return w.choose(w.Nodes)
}

// openClients lists the clients that wait for an answer.
func (w *world) openClients() (list []*client) {
	for _, c := range w.clients {
		if c.open {
			list = append(list, c)
		}
	}
	return list
}

// cancel tells the node that the client no longer waits there.
func (w *world) cancel(c *client) {
	if !c.node.up || c.node.life != c.life {
		return
	}
	c.node.paxos.Cancel(c.id, c.seq)
	if w.Trace != nil {
		w.out.Reset()
		command := &trace.Command{Client: c.id, Seq: c.seq, Input: c.input}
		w.Trace.Step(w.now, c.node.paxos, trace.Cause{Action: "Cancel", Command: command}, &w.out, w.lastID+1, 0)
	}
}

// answered ends the client's call.
func (w *world) answered(n *node, a paxos.Answer) {
	for _, c := range w.clients {
		if c.id == a.ClientID && c.seq == a.Seq && c.open {
			c.open = false
			w.waiting--
			w.stats.Answered++
			if w.Observer != nil {
				w.Observer.Return(w.now, n.address, a)
			}
			w.takeTurn(c, time.Duration(w.choose(100))*thinking/100)
			return
		}
	}
}

// disconnected tells a client that the node at which its call waits crashed. It gives up, and goes on in a new
// session, or it asks again soon.
func (w *world) disconnected(c *client) {
	if w.Faults.Abandon && w.chance(1000) {
		w.abandon(c)
	}
	w.takeTurn(c, time.Duration(w.choose(100))*10*time.Millisecond)
}

// abandon ends the client's call without an answer. What it calls next, it calls in a new session.
func (w *world) abandon(c *client) {
	w.waiting--
	w.stats.Abandoned++
	c.open = false
	if w.Observer != nil {
		w.Observer.Abandon(w.now, c.id, c.seq)
	}
	w.session++
	c.id, c.seq = w.session, 0
}
