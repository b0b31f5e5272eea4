package explore

import (
	"fmt"
	"math/bits"
	"slices"
)

// monotone is a system whose network forgets nothing: a message that was sent once can be delivered at any later
// time, any number of times, or never. So loss, duplication and reordering need no steps of their own.
//
// What a node sent is kept with its local state; both together are its extended state, which has a number. A state
// of the system is then one number per node (and the crashes so far, and the clients' history), and what node n can
// do with the messages of node i follows from their two numbers: a pair. Each pair is computed once a worker.
type monotone struct {
	*memo
	packing
	nodes      int
	maxCrashes uint32
	quorum     int
	live       bool
	crashes    *part
	past       *part // the history
	extended   []*extensions
	symmetry   Symmetric
	renamings  int
	histories  *histories
	reduce     *reduction
	journal    []lookedUp
	shared     *entries // nil: workers share none
}

// extensions are the extended states of one node.
type extensions struct {
	list []extension
	ids  map[uint64]uint32
}

type extension struct {
	base, sent uint32
	view       View
	err        error
	renamed    []uint32 // 1 + the number under each renaming, 0 if not known
}

// newMonotone prepares the search of p. history says whether states include what clients saw.
func newMonotone(p Protocol, width int, maxCrashes int, history, live bool) *monotone {
	m := &monotone{memo: newMemo(p), nodes: p.Nodes(), maxCrashes: uint32(maxCrashes), live: live, quorum: p.Nodes()/2 + 1}
	var small []uint
	if history {
		small = append(small, 16)
	}
	if maxCrashes > 0 {
		small = append(small, uint(bits.Len(uint(maxCrashes))))
	}
	m.packing = pack(max(width, widthFor(m.nodes, 12, small...)), m.nodes, small...)
	if history {
		m.past = &m.parts[m.nodes]
		m.histories = newHistories(p.(Recorder))
	}
	if maxCrashes > 0 {
		m.crashes = &m.parts[len(m.parts)-1]
	}
	for range m.nodes {
		m.extended = append(m.extended, &extensions{ids: map[uint64]uint32{}})
	}
	return m
}

// initial returns the only state in which the system starts.
func (m *monotone) initial() ([]uint64, error) {
	s := make([]uint64, m.width)
	for n := range m.nodes {
		t := m.start(n)
		if t.err != nil {
			return nil, t.err
		}
		m.parts[n].set(s, m.extend(n, t.to, t.sent))
	}
	return s, nil
}

// extend returns the number of node n's extended state.
func (m *monotone) extend(n int, base, sent uint32) uint32 {
	x := m.extended[n]
	key := uint64(base)<<32 | uint64(sent)
	if id, ok := x.ids[key]; ok {
		return id
	}
	id := uint32(len(x.list))
	if !m.parts[n].fits(id) {
		panic(tooMany{n})
	}
	e := extension{base: base, sent: sent}
	if c, ok := m.protocol.(Checker); ok {
		e.view, e.err = c.View(n, m.memo.nodes[n].bases[base].local, m.list(n, sent))
	}
	x.list = append(x.list, e)
	x.ids[key] = id
	return id
}

// list returns the messages of a set that node n sent.
func (m *monotone) list(n int, sent uint32) []*Message {
	var list []*Message
	for _, id := range m.memo.nodes[n].sent.members[sent] {
		list = append(list, &m.messages[id])
	}
	return list
}

// pair is what node n in one extended state can do with the messages of node i in another, and whether the two go
// together. For i = n it includes what n can do without messages.
type pair struct {
	successors []successor
	crash      []successor
	stutters   int
	blocked    bool
	waiting    bool
	needs      uint64 // n's obligations
	supports   uint64 // those of n's obligations that i supports
	err        error
	safe       int // 1 + the successor that may be taken alone, 0 if there is none
}

// successor is a step of one node: its extended state after it, and what clients saw.
type successor struct {
	to     uint32
	events uint32
}

// share has workers tell each other of the pairs that they compute.
func (m *monotone) share() { m.shared = &entries{index: newCache()} }

// entries are pairs as a worker keeps them, or as workers share them.
type entries struct {
	index *cache
	list  []entry
	rare  []pair
}

// forget forgets all when there are too many.
func (s *entries) forget() bool {
	if len(s.list) <= maxEntries {
		return false
	}
	s.list, s.rare = nil, nil
	s.index.reset()
	return true
}

// put keeps an entry, with its pair if that is rare.
func (s *entries) put(key uint64, kept entry, p *pair) *entry {
	if p != nil {
		s.rare = append(s.rare, *p)
		kept.rare = uint32(len(s.rare))
	}
	s.index.put(key, uint32(len(s.list)))
	s.list = append(s.list, kept)
	return &s.list[len(s.list)-1]
}

// entry returns what a worker keeps of a pair, and the pair if that is rare. If workers share pairs, one computes it.
func (m *monotone) entry(key uint64, n int, e uint32, i int, f uint32) (entry, *pair) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shared != nil {
		if at, ok := m.shared.index.get(key); ok {
			kept := m.shared.list[at]
			if kept.rare > 0 {
				return kept, &m.shared.rare[kept.rare-1]
			}
			return kept, nil
		}
	}
	p := m.pair(n, e, i, f)
	kept, rare := p.shrink(m.past != nil, m.reduce != nil)
	whole := &p
	if !rare {
		whole = nil
	}
	if m.shared != nil {
		m.shared.forget()
		m.shared.put(key, kept, whole)
	}
	return kept, whole
}

// pair computes what n in its state e can do with what i in its state f sent. The caller holds the lock.
func (m *monotone) pair(n int, e uint32, i int, f uint32) (p pair) {
	defer m.note(m.size(), lookedUp{Kind: lookedUpPair, A: uint32(n), B: e, C: uint32(i), D: f})
	from, sender := m.extended[n].list[e], m.extended[i].list[f]
	p.err = m.checkPair(&p, n, from, i, sender)
	for _, id := range m.memo.nodes[i].sent.members[sender.sent] {
		if m.messages[id].To == n {
			p.add(m, n, e, m.receive(n, from.base, id))
		}
	}
	if i == n {
		for _, step := range m.choices(n, from.base) {
			p.add(m, n, e, &m.memo.nodes[n].steps[step])
		}
	}
	return p
}

// add notes a step of node n in its state e.
func (p *pair) add(m *monotone, n int, e uint32, t *transition) {
	if t.err != nil && p.err == nil {
		p.err = stepError{t.action, t.message, t.err}
	}
	if t.blocked {
		p.blocked = true
	}
	if !t.taken || t.err != nil {
		return
	}
	from := m.extended[n].list[e]
	s := successor{m.extend(n, t.to, m.memo.nodes[n].sent.union(from.sent, t.sent)), t.events}
	switch {
	case t.crash:
		p.crash = append(p.crash, s)
	case s.to == e && (s.events == 0 || m.past == nil):
		p.stutters++
	default:
		if m.reduce != nil && p.safe == 0 && m.reduce.safe(n, t) {
			p.safe = len(p.successors) + 1
		}
		p.successors = append(p.successors, s)
	}
}

func (m *monotone) checkPair(p *pair, n int, a extension, i int, b extension) error {
	c, ok := m.protocol.(Checker)
	if !ok {
		return nil
	}
	if a.err != nil {
		return a.err
	}
	if b.err != nil {
		return b.err
	}
	if n == i {
		p.needs, p.waiting = a.view.Obligations(), a.view.Waiting()
	}
	p.supports = c.Supports(a.view, b.view)
	return c.CheckPair(a.view, b.view)
}

// stepError is a step that must not happen: its violation is in the state after it.
type stepError struct {
	action  string
	message uint32
	err     error
}

func (e stepError) Error() string { return fmt.Sprintf("%s: %v", e.action, e.err) }
func (e stepError) Unwrap() error { return e.err }

// entry is a pair as a worker keeps it: one cache line, with what most pairs have.
type entry struct {
	needs, supports uint64
	to              [8]uint32 // the states of n after its steps, unless rare
	count           uint8
	waiting         bool
	blocked         bool
	stutters        uint16
	rare            uint32 // 1 + the index of the whole pair, where it has more than fits here
	_               [16 - 8]byte
}

// shrink returns what a worker keeps of a pair, and whether it must keep the pair too.
func (p *pair) shrink(history, reduce bool) (e entry, rare bool) {
	e = entry{needs: p.needs, supports: p.supports, waiting: p.waiting, blocked: p.blocked, stutters: uint16(p.stutters)}
	rare = len(p.successors) > len(e.to) || len(p.crash) > 0 || p.err != nil || p.safe > 0 && reduce
	for _, next := range p.successors {
		rare = rare || next.events != 0 && history
	}
	if rare {
		return e, true
	}
	for _, next := range p.successors {
		e.to[e.count] = next.to
		e.count++
	}
	return e, false
}

// monotoneWorker computes the successors of states for one goroutine.
type monotoneWorker struct {
	*monotone
	entries
	row     []*entry // of the state that is expanded: n*nodes+i
	odd     bool     // the row has an entry that is rare
	image   []uint64
	best    []uint64
	parts   []uint32
	same    []bool     // the parts that the state has in common with the one before
	renamed [][]uint32 // renaming*nodes+n: 1 + the number under it
}

// maxEntries is the number of pairs after which a worker forgets them all.
const maxEntries = 4 << 20

func (m *monotone) worker() worker {
	w := &monotoneWorker{monotone: m, entries: entries{index: newCache()}, row: make([]*entry, m.nodes*m.nodes)}
	w.image, w.best = make([]uint64, m.width), make([]uint64, m.width)
	w.parts, w.same, w.renamed = make([]uint32, m.nodes), make([]bool, m.nodes), make([][]uint32, m.renamings*m.nodes)
	return w
}

// pairID is the key of a pair in a cache. It is never 0.
func pairID(n int, e uint32, i int, f uint32) uint64 {
	return uint64(n+1)<<58 | uint64(i)<<52 | uint64(e)<<26 | uint64(f)
}

// lookup returns the pair, from memory if it is there.
func (w *monotoneWorker) lookup(n int, e uint32, i int, f uint32) *entry {
	key := pairID(n, e, i, f)
	if at, ok := w.index.get(key); ok {
		return &w.entries.list[at]
	}
	kept, rare := w.entry(key, n, e, i, f)
	return w.entries.put(key, kept, rare)
}

// expand appends the successors of s to out, and says what is wrong with s or with a step from it.
func (w *monotoneWorker) expand(s []uint64, out *successors) {
	if w.entries.forget() {
		w.row[0] = nil
	}
	w.fill(s)
	w.judge(out)
	before := out.steps
	if !w.odd || !w.alone(s, out) {
		for n := range w.nodes {
			w.steps(s, n, out)
		}
	}
	if out.steps == before {
		w.terminal(out)
	}
}

// fill looks up the pairs of s, but for those that the state before had too.
func (w *monotoneWorker) fill(s []uint64) {
	for n := range w.nodes {
		part := w.packing.parts[n].get(s)
		w.same[n] = part == w.parts[n] && w.row[0] != nil
		w.parts[n] = part
	}
	w.odd = false
	for n := range w.nodes {
		for i := range w.nodes {
			k := n*w.nodes + i
			if !w.same[n] || !w.same[i] {
				// The entries may move when one is added, but an old copy stays as good as the new one.
				w.row[k] = w.lookup(n, w.parts[n], i, w.parts[i])
			}
			w.odd = w.odd || w.row[k].rare > 0
		}
	}
}

// judge holds the invariants of the state.
func (w *monotoneWorker) judge(out *successors) {
	if w.odd {
		for _, e := range w.row {
			if e.rare > 0 && w.rare[e.rare-1].err != nil {
				out.fail(w.rare[e.rare-1].err)
			}
		}
	}
	for n := range w.nodes {
		row := w.row[n*w.nodes : (n+1)*w.nodes]
		if needs := row[n].needs; needs != 0 {
			w.support(n, needs, row, out)
		}
	}
}

// support checks that a majority supports each obligation of node n.
func (w *monotoneWorker) support(n int, needs uint64, row []*entry, out *successors) {
	if w.nodes == 3 {
		a, b, c := row[0].supports, row[1].supports, row[2].supports
		if needs&^(a&b|b&c|a&c) == 0 {
			return
		}
	}
	for ; needs != 0; needs &= needs - 1 {
		bit := bits.TrailingZeros64(needs)
		count := 0
		for _, e := range row {
			count += int(e.supports >> bit & 1)
		}
		if count < w.quorum {
			w.mu.Lock()
			name := w.extended[n].list[w.parts[n]].view.Name(bit)
			w.mu.Unlock()
			out.fail(fmt.Errorf("%s: want the support of %d nodes, found %d", name, w.quorum, count))
			return
		}
	}
}

// alone takes a step that may be taken alone, if there is one.
func (w *monotoneWorker) alone(s []uint64, out *successors) bool {
	if w.reduce == nil {
		return false
	}
	for k, e := range w.row {
		if e.rare > 0 {
			if p := &w.rare[e.rare-1]; p.safe > 0 {
				w.emit(s, k/w.nodes, p.successors[p.safe-1], out)
				return true
			}
		}
	}
	return false
}

// steps takes the steps of node n.
func (w *monotoneWorker) steps(s []uint64, n int, out *successors) {
	part := &w.packing.parts[n]
	for _, e := range w.row[n*w.nodes : (n+1)*w.nodes] {
		out.stutters += int(e.stutters)
		out.steps += int(e.count)
		for _, to := range e.to[:e.count] {
			at := len(out.words)
			out.words = append(out.words, s...)
			part.set(out.words[at:], to)
		}
		if e.rare > 0 {
			w.rareSteps(s, n, &w.rare[e.rare-1], out)
		}
	}
}

// rareSteps takes the steps of a pair that an entry has no room for.
func (w *monotoneWorker) rareSteps(s []uint64, n int, p *pair, out *successors) {
	for _, next := range p.successors {
		w.emit(s, n, next, out)
	}
	if w.crashes == nil || w.crashes.get(s) >= w.maxCrashes {
		return
	}
	for _, next := range p.crash {
		at := len(out.words)
		w.emit(s, n, next, out)
		w.crashes.set(out.words[at:], w.crashes.get(s)+1)
	}
}

// emit appends the state after a step of node n.
func (w *monotoneWorker) emit(s []uint64, n int, next successor, out *successors) {
	at := len(out.words)
	out.words = append(out.words, s...)
	t := out.words[at:]
	w.packing.parts[n].set(t, next.to)
	if next.events != 0 && w.past != nil {
		past, err := w.histories.after(w.past.get(s), next.events, w.memo)
		if err != nil {
			out.fail(err)
		}
		w.past.set(t, past)
	}
	out.steps++
}

// terminal judges a state from which no step leads.
func (w *monotoneWorker) terminal(out *successors) {
	out.terminals++
	waiting := false
	for _, e := range w.row {
		if e.blocked {
			return
		}
		waiting = waiting || e.waiting
	}
	if waiting && w.live {
		out.fail(errStuck)
	}
}

// canonical replaces t by the least state that a renaming makes of it.
func (w *monotoneWorker) canonical(t []uint64) {
	if w.renamings == 0 {
		return
	}
	copy(w.best, t)
	for r := range w.renamings {
		copy(w.image, t)
		for n := range w.nodes {
			to := w.symmetry.RenameNode(r, n)
			w.packing.parts[to].set(w.image, w.rename(r, n, w.packing.parts[n].get(t)))
		}
		if less(w.image, w.best) {
			w.image, w.best = w.best, w.image
		}
	}
	copy(t, w.best)
}

func less(a, b []uint64) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// rename returns the number of node n's state e under renaming r, from memory if it is there.
func (w *monotoneWorker) rename(r, n int, e uint32) uint32 {
	table := &w.renamed[r*w.nodes+n]
	for len(*table) <= int(e) {
		*table = append(*table, make([]uint32, len(*table)+1024)...)
	}
	if (*table)[e] == 0 {
		(*table)[e] = w.renameLocked(r, n, e) + 1
	}
	return (*table)[e] - 1
}

func (m *monotone) words() int   { return m.width }
func (m *monotone) known() *memo { return m.memo }

// steps returns the steps from a state, for a path that is executed again.
func (m *monotone) steps(s []uint64) (list []labelled) {
	for n := range m.nodes {
		e := m.parts[n].get(s)
		from := m.extended[n].list[e]
		for i := range m.nodes {
			sender := m.extended[i].list[m.parts[i].get(s)]
			for _, id := range m.memo.nodes[i].sent.members[sender.sent] {
				if m.messages[id].To == n {
					list = m.label(list, s, n, e, *m.receive(n, from.base, id))
				}
			}
		}
		for _, step := range m.choices(n, from.base) {
			list = m.label(list, s, n, e, m.memo.nodes[n].steps[step])
		}
	}
	return list
}

// label appends a step of node n in its state e, unless it changes nothing or is not taken.
func (m *monotone) label(list []labelled, s []uint64, n int, e uint32, t transition) []labelled {
	if t.err != nil {
		return append(list, labelled{n, t, nil})
	}
	if !t.taken || t.crash && m.crashes.get(s) >= m.maxCrashes {
		return list
	}
	next := slices.Clone(s)
	to := m.extend(n, t.to, m.memo.nodes[n].sent.union(m.extended[n].list[e].sent, t.sent))
	m.parts[n].set(next, to)
	if t.crash {
		m.crashes.set(next, m.crashes.get(s)+1)
	} else if to == e && (t.events == 0 || m.past == nil) {
		return list
	}
	if t.events != 0 && m.past != nil {
		past, err := m.histories.after(m.past.get(s), t.events, m.memo)
		m.past.set(next, past)
		t.err = err
	}
	return append(list, labelled{n, t, next})
}

func (m *monotone) renameLocked(r, n int, e uint32) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.note(m.size(), lookedUp{Kind: lookedUpName, A: uint32(r), B: uint32(n), C: e})
	return m.renameExtended(r, n, e)
}
