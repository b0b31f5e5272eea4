package sim

import (
	"fmt"
	"time"

	"multipaxos/impl/paxos"
)

// Scheduler decides what happens next, in place of the clock, of random delays and of random faults. It is the
// other way to drive a run; see Options.Scheduler.
type Scheduler interface {
	// Next returns what happens next. False says that there is nothing left to choose: links are restored,
	// clocks run true again, and from then on the earliest pending thing happens, until the run ends.
	Next(v View) (Act, bool)
}

// Pending is something that will happen, now or later, in an order that a Scheduler decides.
type Pending struct {
	Kind     PendingKind
	ID       uint64 // counts what was ever pending, from 1: no two things share one
	Due      time.Duration
	Node     paxos.Address  // where it will happen
	Message  uint64         // a message's number in the trace
	Envelope paxos.Envelope // the message itself
	Timer    paxos.Timer    // of an alarm
	Client   int            // whose turn it is, from 0
}

// PendingKind says what is pending.
type PendingKind uint8

// The kinds of pending things.
const (
	Message    PendingKind = iota // will arrive
	Alarm                         // will go off
	ClientTurn                    // a client will call, or ask again
	Restarting                    // a node that crashed will start
)

func (k PendingKind) String() string { return [...]string{"message", "alarm", "turn", "restart"}[k] }

func (p Pending) String() string {
	switch p.Kind {
	case Message:
		return fmt.Sprintf("#%d %v", p.Message, p.Envelope)
	case Alarm:
		return fmt.Sprintf("%v's alarm %v", p.Node, p.Timer.Kind)
	case ClientTurn:
		return fmt.Sprintf("client %d at %v", p.Client, p.Node)
	}
	return fmt.Sprintf("%v starts", p.Node)
}

// View is what a Scheduler sees. It is valid during the call of Next.
type View struct{ w *world }

// Now returns the virtual time.
func (v View) Now() time.Duration { return v.w.now }

// Len counts what is pending.
func (v View) Len() int {
	v.w.prune()
	return v.w.queue.len()
}

// Pending returns the pending thing of rank i, by the time when it is due.
func (v View) Pending(i int) Pending {
	v.w.prune()
	return v.w.pending(i)
}

// Target returns the pending thing that the act is about, or false when the act is about none or is not possible.
func (v View) Target(a Act) (Pending, bool) {
	i, ok := v.w.target(a)
	if !ok {
		return Pending{}, false
	}
	return v.w.pending(i), true
}

// Members lists the nodes' addresses.
func (v View) Members() []paxos.Address { return v.w.config.Members }

// Node returns a node's roles, or nil while it is down. The Scheduler changes nothing in it.
func (v View) Node(a paxos.Address) *paxos.Node { return v.w.nodes[a].paxos }

// Disk returns what is on a node's disk. The Scheduler changes nothing in it.
func (v View) Disk(a paxos.Address) *paxos.Durable { return &v.w.nodes[a].disk }

// Slots counts the slots that some node has executed.
func (v View) Slots() int { return len(v.w.log) }

// Idle says that every call was made, and answered or given up.
func (v View) Idle() bool { return v.w.Operations <= 0 && v.w.waiting == 0 }

// Waiting lists the clients that wait for an answer, in the order in which Retry and Abandon count them.
func (v View) Waiting() (list []int) {
	for _, c := range v.w.openClients() {
		list = append(list, c.index)
	}
	return list
}

// Spared says whether the node is up and the cluster survives the loss of its disk, so that Wipe counts it.
func (v View) Spared(a paxos.Address) bool { return v.w.spare(v.w.nodes[a]) }

// Counts says whether the ranks of a kind of act count the pending thing of rank i.
func (v View) Counts(k ActKind, i int) bool {
	v.w.prune()
	return k.counts(&v.w.queue.events[v.w.queue.heap[i].index])
}

// Cut says whether what from sends does not reach to.
func (v View) Cut(from, to paxos.Address) bool { return v.w.cut[to].Has(from) }

// dead says that nothing will come of e: the role that set the alarm stopped, the turn is void.
func (w *world) dead(e *event) bool {
	switch e.kind {
	case alarm:
		n := w.nodes[e.node]
		if !n.up || n.life != e.life {
			return true
		}
		for _, r := range n.paxos.Roles() {
			if r.ID() == e.timer.Role {
				return false
			}
		}
		return true
	case clientTurn:
		c := w.clients[e.client]
		return e.id != c.turn || !c.open && w.Operations <= 0
	case restart:
		return w.nodes[e.node].up
	}
	return false
}

// prune removes what is dead, so that ranks count only what can happen.
func (w *world) prune() {
	if !w.pruned {
		w.queue.remove(w.dead)
		w.pruned = true
	}
}

func (w *world) pending(i int) Pending {
	k := w.queue.heap[i]
	e := &w.queue.events[k.index]
	p := Pending{ID: k.order, Due: k.at, Node: e.node}
	switch e.kind {
	case deliver:
		p.Kind, p.Message, p.Node, p.Envelope = Message, e.id, e.envelope.To, e.envelope
	case alarm:
		p.Kind, p.Timer = Alarm, e.timer
	case clientTurn:
		c := w.clients[e.client]
		p.Kind, p.Client, p.Node = ClientTurn, c.index, c.home.address
		if c.open {
			p.Node = c.node.address
		}
	case restart:
		p.Kind = Restarting
	}
	return p
}

// counts says whether the kind's ranks count e.
func (k ActKind) counts(e *event) bool {
	switch k {
	case Step, Torn, Cut:
		return true
	case Deliver:
		return e.kind == deliver
	case Drop, Duplicate, Delay:
		return e.kind == deliver && e.envelope.From != e.envelope.To
	case Fire:
		return e.kind == alarm
	case Turn:
		return e.kind == clientTurn
	case Restart:
		return e.kind == restart
	}
	return false
}

// maxRank is how many pending things an act can choose from.
const maxRank = 256

// target returns the index of the pending thing that the act is about: the one of rank Which, modulo their number, of
// the first maxRank that its kind counts.
func (w *world) target(a Act) (int, bool) {
	w.prune()
	w.ranks = w.ranks[:0]
	for i, k := range w.queue.heap {
		if a.Kind.counts(&w.queue.events[k.index]) {
			w.ranks = append(w.ranks, i)
		}
		if len(w.ranks) == maxRank {
			break
		}
	}
	if len(w.ranks) == 0 {
		return 0, false
	}
	return w.ranks[int(a.Which)%len(w.ranks)], true
}

// scheduled has one act of the Scheduler happen.
func (w *world) scheduled() {
	a, ok := w.Scheduler.Next(View{w})
	w.acts++
	switch {
	case !ok:
		w.calm()
	case a == Act{}:
		w.earliest()
	default:
		w.act(a)
	}
	w.pruned = false // by what happened, something may be dead
}

// earliest has the earliest pending thing happen.
func (w *world) earliest() {
	for w.queue.len() > 0 && w.dead(w.queue.first()) {
		w.queue.take(0)
	}
	w.happen(0)
}

// happen has the pending thing of that index happen.
func (w *world) happen(i int) {
	if w.queue.len() == 0 {
		w.violate("Liveness", "nothing will ever happen")
		return
	}
	at, e := w.queue.take(i)
	w.now = max(w.now, at)
	w.handle(e)
	w.breaks = breakage{}
}

func (w *world) act(a Act) {
	i, ok := w.target(a)
	switch {
	case a.Kind == Torn || a.Kind == Cut:
		w.breaks = breakage{a.Kind, int(a.How)}
		w.happen(i)
	case ok && (a.Kind.Happens() || a.Kind == Restart):
		w.happen(i)
	case ok:
		w.mistreat(a, i)
	case !w.strike(a):
		w.earliest()
	}
}

// mistreat does to the message of index i what the network may do to it.
func (w *world) mistreat(a Act, i int) {
	if a.Kind == Duplicate {
		k := w.queue.heap[i]
		e := w.queue.events[k.index]
		w.stats.Duplicated++
		if w.Trace != nil {
			w.Trace.Duplicate(w.now, e.id)
		}
		*w.queue.push(max(w.now, k.at) + time.Duration(a.How)*10*time.Millisecond) = e
		return
	}
	_, e := w.queue.take(i)
	if a.Kind == Drop {
		w.stats.Lost++
		w.lose(e.id, "loss")
		return
	}
	last := w.now
	if n := w.queue.len(); n > 0 {
		last = max(last, w.queue.heap[n-1].at)
	}
	*w.queue.push(last) = e
}

// strike has a fault happen, and says whether that was possible.
func (w *world) strike(a Act) bool {
	how := time.Duration(a.How)
	switch a.Kind {
	case Partition:
		return w.cutOff(paxos.Addresses(a.Which)<<1, int(a.How)%3)
	case Mend:
		w.mend()
	case Kill:
		n := w.chosenNode(a.Which, func(n *node) bool { return n.up })
		if n == nil {
			return false
		}
		w.downtime = how * 50 * time.Millisecond
		w.crash(n, "between steps")
	case Wipe:
		n := w.chosenNode(a.Which, w.spare)
		if n == nil {
			return false
		}
		w.downtime = how * 50 * time.Millisecond
		w.wipe(n)
	case Skew:
		n := w.nodes[1+int(a.Which)%w.Nodes]
		w.skew(n, 800+how*400/255)
	case Retry, Abandon:
		return w.impatience(a)
	default:
		return false
	}
	return true
}

// chosenNode returns the which-th, modulo their number, of the nodes that are wanted, or nil.
func (w *world) chosenNode(which uint8, wanted func(*node) bool) *node {
	var list []*node
	for _, n := range w.nodes[1:] {
		if wanted(n) {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[int(which)%len(list)]
}

// cutOff cuts links between the set and the others: both ways, only what the set sends, only what it hears.
func (w *world) cutOff(set paxos.Addresses, how int) bool {
	cut := false
	for _, inside := range w.config.Members {
		for _, outside := range w.config.Members {
			if !set.Has(inside) || set.Has(outside) {
				continue
			}
			cut = true
			if how != 2 {
				w.cut[outside] = w.cut[outside].With(inside)
			}
			if how != 1 {
				w.cut[inside] = w.cut[inside].With(outside)
			}
		}
	}
	if cut {
		w.stats.Partitions++
		text := [...]string{"%v are cut off from the others", "%v are not heard by the others", "%v do not hear the others"}[how]
		w.fault(0, "partition", fmt.Sprintf(text, set))
	}
	return cut
}

// impatience has a waiting client ask elsewhere, or give up.
func (w *world) impatience(a Act) bool {
	waiting := w.openClients()
	if len(waiting) == 0 {
		return false
	}
	c := waiting[int(a.Which)%len(waiting)]
	w.cancel(c)
	if a.Kind == Abandon {
		w.abandon(c)
		w.takeTurn(c, 0)
		return true
	}
	w.ask(c, w.nodes[1+int(a.How)%w.Nodes])
	return true
}

// calm ends the acts. Whatever the cluster still has to do, it must do soon.
func (w *world) calm() {
	w.calmed = true
	w.Limit = min(w.Limit, w.now+HealBound)
	w.mend()
	for _, n := range w.nodes[1:] {
		n.rate = 1000
	}
}

// breakage is a crash within the step that is about to happen.
type breakage struct {
	kind ActKind // Torn or Cut; 0 means none
	how  int
}

// remove takes out of the queue what is unwanted.
func (q *queue) remove(unwanted func(e *event) bool) {
	kept := q.heap[:0]
	for _, k := range q.heap {
		if unwanted(&q.events[k.index]) {
			q.release(k.index)
		} else {
			kept = append(kept, k)
		}
	}
	q.heap = kept
}

func (q *queue) release(index int32) {
	q.events[index] = event{}
	q.free = append(q.free, index)
}

// first returns the earliest event, of which there must be one.
func (q *queue) first() *event { return &q.events[q.heap[0].index] }

// take removes the event of rank i from a sorted queue.
func (q *queue) take(i int) (at time.Duration, e event) {
	k := q.heap[i]
	q.heap = append(q.heap[:i], q.heap[i+1:]...)
	e = q.events[k.index]
	q.release(k.index)
	return k.at, e
}

// insert puts k where it belongs in a sorted queue. (What is sorted is a heap, too.)
func (q *queue) insert(k key) {
	i := len(q.heap)
	q.heap = append(q.heap, k)
	for ; i > 0 && k.before(q.heap[i-1]); i-- {
		q.heap[i] = q.heap[i-1]
	}
	q.heap[i] = k
}
