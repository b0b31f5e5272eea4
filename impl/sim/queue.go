package sim

import (
	"time"

	"multipaxos/impl/paxos"
)

// event is something that will happen at a point of virtual time.
type event struct {
	kind     eventKind
	late     bool // of a message: it was delayed by a slow receiver
	node     paxos.Address
	life     uint32 // of an alarm: the incarnation that set it
	client   int
	id       uint64 // of a message
	timer    paxos.Timer
	envelope paxos.Envelope
}

type eventKind uint8

const (
	deliver eventKind = iota
	alarm
	clientTurn
	nemesisTurn
	restart
	mend
)

// queue is a priority queue of events by time, and by insertion where times are equal. The heap moves small
// keys; the events stay where they are.
type queue struct {
	heap   []key
	events []event
	free   []int32
	count  uint64
	sorted bool // the heap is a sorted list, so that any rank can be taken: see schedule.go
}

type key struct {
	at    time.Duration
	order uint64
	index int32
}

func (a key) before(b key) bool { return a.at < b.at || a.at == b.at && a.order < b.order }

// reserve makes room for n events: short runs then never copy the queue.
func (q *queue) reserve(n int) {
	q.heap, q.events, q.free = make([]key, 0, n), make([]event, 0, n), make([]int32, 0, n)
}

// push returns the place for an event at the given time. The caller fills it before the next push.
func (q *queue) push(at time.Duration) *event {
	var index int32
	if n := len(q.free); n > 0 {
		index, q.free = q.free[n-1], q.free[:n-1]
	} else {
		index = int32(len(q.events))
		q.events = append(q.events, event{})
	}
	q.count++
	k := key{at, q.count, index}
	if q.sorted {
		q.insert(k)
		return &q.events[index]
	}
	q.heap = append(q.heap, k)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !k.before(q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = k
	return &q.events[index]
}

// pop removes the earliest event.
func (q *queue) pop() (at time.Duration, e event) {
	top := q.heap[0]
	n := len(q.heap) - 1
	last := q.heap[n]
	q.heap = q.heap[:n]
	if n > 0 {
		q.sink(last)
	}
	e = q.events[top.index]
	q.events[top.index] = event{}
	q.free = append(q.free, top.index)
	return top.at, e
}

// sink puts k where the root was and restores the heap's order.
func (q *queue) sink(k key) {
	i, n := 0, len(q.heap)
	for {
		first := 4*i + 1
		if first >= n {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, n); c++ {
			if q.heap[c].before(q.heap[least]) {
				least = c
			}
		}
		if !q.heap[least].before(k) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = k
}

func (q *queue) len() int { return len(q.heap) }
