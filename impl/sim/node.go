package sim

import (
	"fmt"
	"slices"
	"time"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// format gives a node a new, empty disk.
func (w *world) format(n *node) {
	w.disks++
	n.disk = paxos.Durable{Disk: w.disks}
}

// startNode starts a node from its disk. N1 founds the cluster, unless it lost its disk.
func (w *world) startNode(n *node) {
	n.up = true
	n.life++
	n.active = false
	n.executed = max(n.disk.Slot, 1)
	w.stats.Steps++
	w.out.Reset()
	c := trace.Cause{}
	if w.Trace != nil {
		found := n.disk // before the first step writes
		found.Accepted = n.disk.Accepted.Clone()
		c = trace.Cause{Action: "Start", Durable: &found}
	}
	n.paxos = paxos.NewNode(&w.config, n.address, n.disk, n.address == 1 && !n.wiped, &w.out)
	w.note(n.address, "restart", fmt.Sprintf("%v starts, life %d", n.address, n.life))
	w.finish(n, c)
}

// votes says whether the disk is one that the cluster knows as a voter's.
func (n *node) votes() bool {
	return n.disk.Slot != 0 && slices.Contains(n.disk.State.Voters, paxos.Voter{Address: n.address, Disk: n.disk.Disk})
}

// deliver brings a message to its receiver, if it is up and hears the sender.
func (w *world) deliver(e event) {
	n := w.nodes[e.envelope.To]
	switch {
	case !n.up:
		w.stats.Missed++
		w.lose(e.id, "crashed")
		return
	case w.cut[n.address].Has(e.envelope.From) && e.envelope.From != n.address:
		w.stats.Cut++
		w.lose(e.id, "partition")
		return
	case w.now < n.slow && !e.late:
		e.late = true
		*w.queue.push(w.now + 1 + time.Duration(w.choose(1000))*slowness/1000) = e
		return
	}
	w.out.Reset()
	if err := n.paxos.Receive(e.envelope, &w.out); err != nil {
		w.stats.Refused++
		w.lose(e.id, "refused")
		return
	}
	w.stats.Steps++
	if w.Trace == nil {
		w.finish(n, trace.Cause{ID: e.id})
		return
	}
	w.message = e.envelope
	w.finish(n, trace.Cause{Action: trace.ReceiveAction(e.envelope.Message), ID: e.id, Message: &w.message})
}

// alarm fires a timer, if the role that set it still plays.
func (w *world) alarm(e event) {
	n := w.nodes[e.node]
	if !n.up || n.life != e.life {
		return
	}
	c := trace.Cause{}
	if w.Trace != nil {
		w.timer = e.timer
		c = trace.Cause{Action: trace.TimerAction(n.paxos, e.timer), Timer: &w.timer}
	}
	w.out.Reset()
	if !n.paxos.Fire(e.timer, &w.out) {
		return
	}
	w.stats.Steps++
	w.finish(n, c)
}

// finish carries out the effects of a step: first the writes, then the messages. A crash can come at any point
// in between; what then did not reach the disk, did not happen.
func (w *world) finish(n *node, c trace.Cause) {
	crash, sent, left := w.crashWithin()
	if left >= 0 {
		w.undo(n, c, left)
		return
	}
	for _, write := range w.out.Writes {
		w.holdWrite(n, write)
		n.disk.Apply(write)
		if _, ok := write.(paxos.Checkpointed); ok {
			w.stats.Checkpoints++
		}
	}
	if w.Trace != nil {
		w.Trace.Step(w.now, n.paxos, c, &w.out, w.lastID+1, sent)
		n.traced = true
	}
	w.observe(n)
	for _, e := range w.out.Messages[:sent] {
		w.send(e)
	}
	w.lastID += uint64(len(w.out.Messages) - sent)
	if crash {
		w.crash(n, "within a step, after its writes")
		return
	}
	for _, a := range w.out.Alarms {
		e := w.queue.push(w.now + a.After*n.rate/1000)
		e.kind, e.node, e.life, e.timer = alarm, n.address, n.life, a.Timer
	}
	for _, a := range w.out.Answers {
		w.answered(n, a)
	}
}

// crashWithin says whether the node crashes within this step. If so, sent of its messages leave, or left bytes of
// its writes reach the disk, which are too few; left is negative when all of them do.
func (w *world) crashWithin() (crash bool, sent, left int) {
	sent = len(w.out.Messages)
	switch w.breaks.kind {
	case Torn:
		if len(w.out.Writes) == 0 {
			return true, 0, -1
		}
		return true, 0, 0
	case Cut:
		return true, w.breaks.how % (sent + 1), -1
	}
	if !w.Faults.Torn || sent == 0 || !w.chance(4) {
		return false, sent, -1
	}
	if len(w.out.Writes) > 0 {
		if torn := tear(w.chooser, encode(w.out.Writes)); !whole(torn) {
			return true, 0, len(torn)
		}
	}
	return true, sent - 1 - w.choose(sent), -1
}

// undo crashes a node in a step of which nothing is left: the step did not happen.
func (w *world) undo(n *node, c trace.Cause, left int) {
	w.stats.TornSteps++
	if c.ID != 0 {
		w.lose(c.ID, "crashed")
	}
	w.crash(n, fmt.Sprintf("within a step, with %d of %d bytes on disk", left, len(encode(w.out.Writes))))
}

// observe compares what the node executed with what others executed, and notices an election.
func (w *world) observe(n *node) {
	r := n.paxos.Replica
	if r == nil {
		return
	}
	for ; n.executed < r.Slot; n.executed++ {
		p, known := r.Decisions.Get(n.executed)
		switch {
		case int(n.executed) > len(w.log) && !known:
			w.violate("Agreement", "%v executed slot %d, but nobody knows what it decided", n.address, n.executed)
			return
		case int(n.executed) > len(w.log):
			w.decided(n.executed, p)
		case known && p != w.log[n.executed-1]:
			w.violate("Agreement", "%v executed %v in slot %d, others %v", n.address, p, n.executed, w.log[n.executed-1])
		}
	}
	if active := n.paxos.Leader != nil && n.paxos.Leader.Active; active != n.active {
		n.active = active
		if active {
			w.stats.Elections++
			w.holdElection(n)
			w.note(n.address, "leader", fmt.Sprintf("%v leads at %v", n.address, n.paxos.Leader.BallotNum))
		}
	}
}

func (w *world) decided(slot paxos.Slot, p paxos.Proposal) {
	w.log = append(w.log, p)
	w.stats.Slots++
	if p == paxos.NoopProposal {
		w.stats.Noops++
	}
	if w.Observer != nil {
		w.Observer.Decided(w.now, slot, p)
	}
}

// send puts a message on its way. What a node sends to itself is not lost or delayed.
func (w *world) send(e paxos.Envelope) {
	w.lastID++
	id := w.lastID
	if _, ok := e.Message.(paxos.Welcome); ok {
		w.stats.Welcomes++
	}
	if e.From == e.To {
		w.travel(id, e, selfDelay)
		return
	}
	w.stats.Sent++
	if w.chance(w.loss) {
		w.stats.Lost++
		w.lose(id, "loss")
		return
	}
	w.travel(id, e, w.delay())
	if w.chance(w.duplicate) {
		w.stats.Duplicated++
		if w.Trace != nil {
			w.Trace.Duplicate(w.now, id)
		}
		w.travel(id, e, w.delay())
	}
}

func (w *world) travel(id uint64, envelope paxos.Envelope, delay time.Duration) {
	e := w.queue.push(w.now + delay)
	e.kind, e.id, e.envelope = deliver, id, envelope
}

func (w *world) delay() time.Duration {
	d := minDelay + time.Duration(w.choose(4000))*jitter/4000
	if w.chance(w.straggle) {
		d += time.Duration(w.choose(1000)) * straggling / 1000
	}
	return d
}

func (w *world) lose(id uint64, why string) {
	if w.Trace != nil {
		w.Trace.Lose(w.now, id, why)
	}
}

// crash ends a node's life. Its clients notice.
func (w *world) crash(n *node, how string) {
	w.stats.Crashes++
	w.stats.Steps++
	n.up = false
	n.paxos = nil
	if n.traced { // else a crash undid the start
		w.Trace.Crash(w.now, n.address, how)
		n.traced = false
	}
	w.note(n.address, "crash", fmt.Sprintf("%v crashes %s", n.address, how))
	downtime := 200*time.Millisecond + time.Duration(w.choose(100))*50*time.Millisecond + w.downtime
	w.downtime = 0
	e := w.queue.push(w.now + downtime)
	e.kind, e.node = restart, n.address
	for _, c := range w.clients {
		if c.node == n && c.open {
			w.disconnected(c)
		}
	}
}
