package search

import (
	"math/rand/v2"

	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// sampler makes a Scheduler for one run of at most n acts.
type sampler func(r *rand.Rand, n int) sim.Scheduler

// sampling makes runs that do not depend on each other.
type sampling struct {
	r       *rand.Rand
	sampler sampler
}

func (s *sampling) begin() (fuzz.Schedule, sim.Scheduler) {
	return cluster(s.r), s.sampler(s.r, length(s.r))
}

func (s *sampling) end(fuzz.Schedule) {}

// act draws the fields of an act of that kind.
func act(r *rand.Rand, k sim.ActKind) sim.Act {
	return sim.Act{Kind: k, Which: uint8(r.Uint32()), How: uint8(r.Uint32())}.Canonical()
}

// weighted draws acts by the weights of their kinds.
type weighted struct {
	r       *rand.Rand
	left    int
	weights [sim.Kinds]float64
	sum     float64
	calm    float64 // the probability of the zero act
}

func (w *weighted) Next(v sim.View) (sim.Act, bool) {
	if w.left == 0 || v.Idle() {
		return sim.Act{}, false
	}
	w.left--
	return w.draw(), true
}

func (w *weighted) draw() sim.Act {
	if w.r.Float64() < w.calm {
		return sim.Act{}
	}
	x := w.r.Float64() * w.sum
	for k, weight := range w.weights {
		if x -= weight; x < 0 {
			return act(w.r, sim.ActKind(k))
		}
	}
	return sim.Act{}
}

// newUniform draws from all that bytes can mean, as often as bytes mean it.
func newUniform(r *rand.Rand, n int) sim.Scheduler {
	w := &weighted{r: r, left: n, sum: float64(len(fuzz.AllActs))}
	for _, k := range fuzz.AllActs {
		w.weights[k]++
	}
	return w
}

// faults are the acts that are thrown in by methods which order by themselves what is pending.
var faults = []sim.ActKind{
	sim.Drop, sim.Duplicate, sim.Delay, sim.Partition, sim.Mend, sim.Kill, sim.Torn, sim.Cut, sim.Wipe, sim.Restart,
	sim.Retry, sim.Abandon, sim.Skew, sim.Fire, sim.Turn,
}

// newFaulty lets the earliest thing happen, but for a random share of faults of some kinds: runs that lack some faults
// reach what runs with all of them do not (Groce et al., Swarm Testing, ISSTA 2012).
func newFaulty(r *rand.Rand, n int) *weighted {
	w := &weighted{r: r, left: n, calm: 1 - 1/float64(int(4)<<r.IntN(7))}
	for _, k := range faults {
		if r.IntN(3) > 0 {
			w.weights[k] = float64(int(1) << r.IntN(4))
			w.sum += w.weights[k]
		}
	}
	return w
}

// pos executes the pending thing of the highest priority. Priorities are random; what races with the thing
// executed, because it happens at the same node, draws another.
type pos struct {
	*weighted
	patience float64 // priorities of alarms are random numbers to the power of this: the higher, the rarer they come first
	priority map[uint64]float64
}

func newPOS(r *rand.Rand, n int) sim.Scheduler {
	return &pos{
		weighted: newFaulty(r, n), patience: float64(int(1) << r.IntN(7)),
		priority: map[uint64]float64{},
	}
}

func (p *pos) Next(v sim.View) (sim.Act, bool) {
	a, ok := p.weighted.Next(v)
	if !ok || a != (sim.Act{}) {
		return a, ok
	}
	best, which, node := -1.0, 0, paxos.Address(0)
	for i := range min(v.Len(), 256) {
		pending := v.Pending(i)
		priority, known := p.priority[pending.ID]
		if !known {
			priority = p.draw(pending.Kind)
			p.priority[pending.ID] = priority
		}
		if priority > best {
			best, which, node = priority, i, pending.Node
		}
	}
	p.redraw(v, node)
	return sim.Act{Kind: sim.Step, Which: uint8(which)}, true
}

func (p *pos) draw(kind sim.PendingKind) float64 {
	x := p.r.Float64()
	if kind == sim.Message {
		return x
	}
	for i := 1.0; i < p.patience; i *= 2 {
		x *= x
	}
	return x
}

func (p *pos) redraw(v sim.View, node paxos.Address) {
	for i := range min(v.Len(), 256) {
		if pending := v.Pending(i); pending.Node == node {
			p.priority[pending.ID] = p.draw(pending.Kind)
		}
	}
}

// chain is what happens in order of time: messages of one link, alarms or clients of one node.
type chain struct {
	kind     sim.PendingKind
	from, to paxos.Address
}

// pct executes the earliest thing of the chain of the highest priority. At some points that chain goes last. So
// does a chain that is no link, whenever something of it happened: else its alarms would be all that happens.
type pct struct {
	*weighted
	change   map[int]bool // at how many acts before the end
	priority map[chain]float64
	lowest   float64
}

func newPCT(r *rand.Rand, n int) sim.Scheduler {
	p := &pct{
		weighted: newFaulty(r, n), change: map[int]bool{}, priority: map[chain]float64{},
	}
	for range 1 + r.IntN(6) {
		p.change[r.IntN(n)] = true
	}
	return p
}

func (p *pct) Next(v sim.View) (sim.Act, bool) {
	a, ok := p.weighted.Next(v)
	if !ok || a != (sim.Act{}) {
		return a, ok
	}
	var first chain
	best, which := p.lowest-1, 0
	for i := range min(v.Len(), 256) {
		pending := v.Pending(i)
		c := chain{pending.Kind, pending.Envelope.From, pending.Node}
		priority, known := p.priority[c]
		if !known {
			priority = p.r.Float64()
			p.priority[c] = priority
		}
		if priority > best {
			best, which, first = priority, i, c
		}
	}
	if first.kind != sim.Message || p.change[p.left] {
		p.lowest--
		p.priority[first] = p.lowest
	}
	return sim.Act{Kind: sim.Step, Which: uint8(which)}, true
}
