package sim

import (
	"fmt"
	"time"

	"multipaxos/impl/paxos"
)

const nemesisPause = 200 * time.Millisecond

// nemesisTurn injects one fault, or none, and comes back.
func (w *world) nemesisTurn() {
	if w.healed {
		return
	}
	w.queue.push(w.now + nemesisPause + time.Duration(w.choose(100))*10*time.Millisecond).kind = nemesisTurn
	faults := w.faults()
	if i := w.choose(2*len(faults) + 1); i > len(faults) {
		faults[i-len(faults)-1]()
	}
}

// faults lists what may be injected.
func (w *world) faults() (list []func()) {
	for _, f := range []struct {
		on     bool
		inject func()
	}{
		{w.Faults.Crash, w.injectCrash}, {w.Faults.Wipe, w.injectWipe}, {w.Faults.Partition, w.injectPartition},
		{w.Faults.OneWay, w.injectOneWay}, {w.Faults.Slow, w.injectSlow}, {w.Faults.Skew, w.injectSkew},
	} {
		if f.on {
			list = append(list, f.inject)
		}
	}
	return list
}

// pick chooses a node.
func (w *world) pick() *node { return w.nodes[1+w.choose(w.Nodes)] }

func (w *world) injectCrash() {
	if n := w.pick(); n.up {
		w.crash(n, "between steps")
	}
}

// injectWipe crashes a node and takes its disk. It spares a majority of voters: without one, a cluster is lost.
func (w *world) injectWipe() {
	if n := w.pick(); w.spare(n) {
		w.wipe(n)
	}
}

// spare says whether the cluster survives the loss of the node's disk.
func (w *world) spare(n *node) bool {
	voters := 0
	for _, other := range w.nodes[1:] {
		if other != n && other.votes() {
			voters++
		}
	}
	return n.up && n.votes() && voters >= w.config.Quorum()
}

func (w *world) wipe(n *node) {
	w.stats.Wiped++
	n.wiped = true
	w.crash(n, "and loses its disk")
	w.format(n)
	if w.Trace != nil {
		w.Trace.Wipe(w.now, n.address)
	}
}

// injectPartition cuts all links between two groups of nodes.
func (w *world) injectPartition() {
	if w.Nodes < 2 {
		return
	}
	w.stats.Partitions++
	var group paxos.Addresses
	for _, a := range w.config.Members {
		if w.choose(2) == 1 {
			group = group.With(a)
		}
	}
	for _, a := range w.config.Members {
		for _, b := range w.config.Members {
			if group.Has(a) != group.Has(b) {
				w.cut[a] = w.cut[a].With(b)
			}
		}
	}
	w.partitioned(fmt.Sprintf("%v are cut off from the others", group))
}

// injectOneWay cuts one direction of one link, or all that one node sends.
func (w *world) injectOneWay() {
	w.stats.Partitions++
	from, to := w.pick(), w.pick()
	if w.choose(2) == 0 {
		w.cut[to.address] = w.cut[to.address].With(from.address)
		w.partitioned(fmt.Sprintf("%v does not hear %v", to.address, from.address))
		return
	}
	for _, a := range w.config.Members {
		w.cut[a] = w.cut[a].With(from.address)
	}
	w.partitioned(fmt.Sprintf("nobody hears %v", from.address))
}

func (w *world) partitioned(text string) {
	w.fault(0, "partition", text)
	w.queue.push(w.now + 500*time.Millisecond + time.Duration(w.choose(100))*50*time.Millisecond).kind = mend
}

// mend restores all links.
func (w *world) mend() {
	clear(w.cut)
	w.fault(0, "mend", "all links are restored")
}

func (w *world) injectSlow() {
	n := w.pick()
	n.slow = w.now + time.Duration(1+w.choose(50))*100*time.Millisecond
	w.fault(n.address, "slow", fmt.Sprintf("%v is slow until %.3fs", n.address, n.slow.Seconds()))
}

func (w *world) injectSkew() {
	n := w.pick()
	w.skew(n, 1000+time.Duration(w.choose(401))-200)
}

// skew has the node's alarms take so many thousandths of the time that they are set for.
func (w *world) skew(n *node, rate time.Duration) {
	n.rate = rate
	w.fault(n.address, "skew", fmt.Sprintf("%v waits %d thousandths of what it means to", n.address, int(n.rate)))
}

// fault records a fault that changes nothing in any node.
func (w *world) fault(a paxos.Address, kind, text string) {
	if w.Trace != nil {
		w.Trace.Fault(w.now, a, text)
	}
	w.note(a, kind, text)
}
