package explore

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// flight is a system whose network delivers each message once, or never. A state is one number per node for its
// local state, one for the multiset of messages on their way to it, and perhaps the clients' history and the
// crashes so far. A message that its receiver ignores stays where it is, as in Stateright.
type flight struct {
	*memo
	packing
	nodes      int
	maxCrashes uint32
	live       bool
	crashes    *part
	past       *part
	inboxes    []*sets
	histories  *histories
	views      [][]viewed // of each node's local states
}

type viewed struct {
	view View
	err  error
	done bool
}

func newFlight(p Protocol, width, maxCrashes int, history, live bool) *flight {
	f := &flight{memo: newMemo(p), nodes: p.Nodes(), maxCrashes: uint32(maxCrashes), live: live, views: make([][]viewed, p.Nodes())}
	f.multiset = true
	var small []uint
	if history {
		small = append(small, 20)
	}
	if maxCrashes > 0 {
		small = append(small, uint(bits.Len(uint(maxCrashes))))
	}
	f.packing = pack(max(width, widthFor(2*f.nodes, 14, small...)), 2*f.nodes, small...)
	if history {
		f.past = &f.parts[2*f.nodes]
		f.histories = newHistories(p.(Recorder))
	}
	if maxCrashes > 0 {
		f.crashes = &f.parts[len(f.parts)-1]
	}
	for range f.nodes {
		f.inboxes = append(f.inboxes, newSets())
	}
	return f
}

func (f *flight) words() int   { return f.width }
func (f *flight) known() *memo { return f.memo }

// set puts a number into a state.
func (f *flight) set(s []uint64, k int, value uint32) {
	if !f.parts[k].fits(value) {
		panic(tooMany{k})
	}
	f.parts[k].set(s, value)
}

func (f *flight) initial() ([]uint64, error) {
	s := make([]uint64, f.width)
	for n := range f.nodes {
		t := f.start(n)
		if t.err != nil {
			return nil, t.err
		}
		f.set(s, n, t.to)
		for k, list := range f.sends(n, t.sent) {
			at := f.nodes + k
			f.set(s, at, f.inboxes[k].sum(f.parts[at].get(s), list))
		}
		if t.events != 0 && f.past != nil {
			past, err := f.histories.after(f.past.get(s), t.events, f.memo)
			if err != nil {
				return nil, err
			}
			f.past.set(s, past)
		}
	}
	return s, nil
}

// sends returns what a set that node n sends adds to each inbox.
func (f *flight) sends(n int, sent uint32) []uint32 {
	lists := make([][]uint32, f.nodes)
	for _, id := range f.memo.nodes[n].sent.members[sent] {
		if to := f.messages[id].To; to != Client {
			lists[to] = append(lists[to], id)
		}
	}
	ids := make([]uint32, f.nodes)
	for k, list := range lists {
		ids[k] = f.inboxes[k].id(list)
	}
	return ids
}

// landing is a step of a node: its number after it, what is left of its inbox, and what it adds to the others.
type landing struct {
	to, inbox, events uint32
	adds              []uint32
	crash             bool
	step              transition
}

// landings returns the steps of node n that change something.
func (f *flight) landings(n int, base, inbox uint32) (list []landing, blocked bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	add := func(t transition, rest uint32) {
		blocked = blocked || t.blocked
		if t.err != nil {
			err = stepError{t.action, t.message, t.err}
			list = append(list, landing{step: t})
			return
		}
		if !t.taken || t.to == base && t.sent == 0 && t.events == 0 && !t.crash {
			return
		}
		l := landing{to: t.to, inbox: rest, events: t.events, adds: f.sends(n, t.sent), crash: t.crash, step: t}
		l.inbox = f.inboxes[n].sum(l.inbox, l.adds[n])
		l.adds[n] = 0
		list = append(list, l)
	}
	last := none
	for _, id := range slices.Clone(f.inboxes[n].members[inbox]) {
		if id != last {
			add(*f.receive(n, base, id), f.inboxes[n].without(inbox, id))
		}
		last = id
	}
	for _, step := range f.choices(n, base) {
		add(f.memo.nodes[n].steps[step], inbox)
	}
	return list, blocked, err
}

// apply returns the state after a step of node n.
func (f *flight) apply(s []uint64, n int, l *landing, sum func(k int, inbox, list uint32) uint32) ([]uint64, error) {
	f.set(s, n, l.to)
	f.set(s, f.nodes+n, l.inbox)
	for k, list := range l.adds {
		if list != 0 {
			f.set(s, f.nodes+k, sum(k, f.parts[f.nodes+k].get(s), list))
		}
	}
	if l.crash {
		f.crashes.set(s, f.crashes.get(s)+1)
	}
	if l.events == 0 || f.past == nil {
		return s, nil
	}
	past, err := f.histories.after(f.past.get(s), l.events, f.memo)
	if !f.past.fits(past) {
		panic(fmt.Sprintf("explore: want at most %d histories, found more", f.past.mask))
	}
	f.past.set(s, past)
	return s, err
}

// plus returns an inbox to which a list was added.
func (f *flight) plus(k int, inbox, list uint32) uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inboxes[k].sum(inbox, list)
}

// steps returns the steps from a state, for a path that is executed again.
func (f *flight) steps(s []uint64) (list []labelled) {
	for n := range f.nodes {
		landings, _, _ := f.landings(n, f.parts[n].get(s), f.parts[f.nodes+n].get(s))
		for i := range landings {
			l := &landings[i]
			if l.step.err != nil {
				list = append(list, labelled{n, l.step, nil})
			} else if !l.crash || f.crashes.get(s) < f.maxCrashes {
				after := labelled{node: n, step: l.step}
				after.next, after.step.err = f.apply(slices.Clone(s), n, l, f.plus)
				list = append(list, after)
			}
		}
	}
	return list
}

// checkPair holds the invariants of the local states of two nodes.
func (f *flight) checkPair(n int, a uint32, i int, b uint32) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, y := f.view(n, a), f.view(i, b)
	if x.err != nil || y.err != nil {
		return errors.Join(x.err, y.err)
	}
	return f.protocol.(Checker).CheckPair(x.view, y.view)
}

func (f *flight) view(n int, base uint32) viewed {
	for len(f.views[n]) <= int(base) {
		f.views[n] = append(f.views[n], viewed{})
	}
	v := &f.views[n][base]
	if !v.done {
		v.view, v.err = f.protocol.(Checker).View(n, f.memo.nodes[n].bases[base].local, nil)
		v.done = true
	}
	return *v
}

// flightWorker computes the successors of states for one goroutine.
type flightWorker struct {
	*flight
	index   *cache // node, local state and inbox -> entries
	entries []flights
	sums    *cache
	pairs   *cache // node, local state, node, local state -> 1 + errors
	errs    []error
	checks  bool
	adder   func(k int, inbox, list uint32) uint32
}

type flights struct {
	list    []landing
	blocked bool // a step leaves the model's bounds
	err     error
}

func (f *flight) worker() worker {
	w := &flightWorker{flight: f, index: newCache(), sums: newCache(), pairs: newCache(), errs: []error{nil}}
	_, w.checks = f.protocol.(Checker)
	w.adder = w.sum
	return w
}

func (w *flightWorker) canonical([]uint64) {}

func (w *flightWorker) lookup(n int, base, inbox uint32) *flights {
	key := uint64(n+1)<<58 | uint64(base)<<29 | uint64(inbox)
	if at, ok := w.index.get(key); ok {
		return &w.entries[at]
	}
	list, blocked, err := w.landings(n, base, inbox)
	w.index.put(key, uint32(len(w.entries)))
	w.entries = append(w.entries, flights{list, blocked, err})
	return &w.entries[len(w.entries)-1]
}

func (w *flightWorker) sum(k int, inbox, list uint32) uint32 {
	key := uint64(k+1)<<58 | uint64(inbox)<<29 | uint64(list)
	if sum, ok := w.sums.get(key); ok {
		return sum
	}
	sum := w.plus(k, inbox, list)
	w.sums.put(key, sum)
	return sum
}

func (w *flightWorker) expand(s []uint64, out *successors) {
	if len(w.entries) > maxEntries {
		w.entries = nil
		w.index.reset()
	}
	if w.checks {
		w.judge(s, out)
	}
	before := out.steps
	for n := range w.nodes {
		e := w.lookup(n, w.parts[n].get(s), w.parts[w.nodes+n].get(s))
		if e.err != nil {
			out.fail(e.err)
			continue
		}
		for i := range e.list {
			w.take(s, n, &e.list[i], out)
		}
	}
	if out.steps == before {
		w.terminal(s, out)
	}
}

// terminal judges a state from which no step leads.
func (w *flightWorker) terminal(s []uint64, out *successors) {
	out.terminals++
	if !w.live {
		return
	}
	waiting := false
	for n := range w.nodes {
		base := w.parts[n].get(s)
		if w.lookup(n, base, w.parts[w.nodes+n].get(s)).blocked {
			return
		}
		waiting = waiting || w.waiting(n, base)
	}
	if waiting {
		out.fail(errStuck)
	}
}

// waiting says whether a client waits for node n.
func (f *flight) waiting(n int, base uint32) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view(n, base).view.Waiting()
}

// take appends the state after a step of node n.
func (w *flightWorker) take(s []uint64, n int, l *landing, out *successors) {
	if l.crash && w.crashes.get(s) >= w.maxCrashes {
		return
	}
	at := len(out.words)
	out.words = append(out.words, s...)
	if _, err := w.apply(out.words[at:], n, l, w.adder); err != nil {
		out.fail(stepError{l.step.action, l.step.message, err})
	}
	out.steps++
}

// judge holds the invariants of the state.
func (w *flightWorker) judge(s []uint64, out *successors) {
	for n := range w.nodes {
		for i := n; i < w.nodes; i++ {
			a, b := w.parts[n].get(s), w.parts[i].get(s)
			key := uint64(n+1)<<58 | uint64(i)<<52 | uint64(a)<<26 | uint64(b)
			at, ok := w.pairs.get(key)
			if !ok {
				if err := w.checkPair(n, a, i, b); err != nil {
					at = uint32(len(w.errs))
					w.errs = append(w.errs, err)
				}
				w.pairs.put(key, at)
			}
			if at != 0 {
				out.fail(w.errs[at])
			}
		}
	}
}
