package model

import "slices"

// A code is a state in numbers: a cell for each node, then answers<<8 | crashes.
type code = []uint32

// view is what a worker knows of a cell. All of it is computed when first asked for.
type view struct {
	cell    *Cell
	bounded bool
	broken  int8 // place + 1 of the invariant that the cell breaks, 0: none

	moved   bool
	moves   []move
	gained  map[uint32]uint32 // cell by the bag of messages that it gains
	kept    map[uint32]uint32 // cell by what Kept depends on
	asks    []ask             // the Prepares of the ballot that the Acceptor promised
	open    map[uint32]bool   // by promise: it is not in the inbox, and counts
	renamed []uint32          // cell by renaming
}

// ask is a Prepare and the promise that it would get.
type ask struct{ prepare, promise, from uint32 }

// move is a Move in numbers. raw is the cell it leads to, before Kept.
type move struct {
	action  uint16
	broken  int8 // place + 1 of the step invariant that it breaks
	crash   bool
	raw     uint32
	answers uint32
	sent    []parcel
}

// parcel is a bag of messages for another node.
type parcel struct{ to, bag uint32 }

// worker computes successors. It keeps what it learns; the numbers it shares with other workers.
type worker struct {
	c       *Config
	in      *interner
	actions []Action
	local   []invariant // of cells
	global  []invariant // of states
	steps   []stepInvariant
	renames []rename
	views   []*view
	unions  map[[2]uint32]uint32 // of answers
	raw     code
	next    code
	other   code
}

func newWorker(c *Config, in *interner) *worker {
	w := &worker{c: c, in: in, unions: map[[2]uint32]uint32{}, raw: make(code, len(c.Nodes)+1),
		next: make(code, len(c.Nodes)+1), other: make(code, len(c.Nodes)+1)}
	for _, a := range Actions {
		if slices.Contains(c.Next, a.Name) {
			w.actions = append(w.actions, a)
		}
	}
	for _, i := range invariants {
		if slices.Contains(c.Invariants, i.name) {
			w.local, w.global = append(w.local, i), append(w.global, i)
		}
	}
	for _, i := range stepInvariants {
		if slices.Contains(c.Properties, i.name) {
			w.steps = append(w.steps, i)
		}
	}
	if c.Symmetry {
		w.renames = Symmetry(len(c.Clients))
	}
	return w
}

// initial is the code of the initial state.
func (w *worker) initial() code {
	s := make(code, len(w.c.Nodes)+1)
	for i, cell := range inits[w.c.Start](w.c) {
		s[i] = w.intern(cell)
	}
	return slices.Clone(w.canonical(s))
}

// intern numbers a cell that was made outside.
func (w *worker) intern(cell *Cell) uint32 {
	return locked(w.in, func() uint32 {
		var inbox []uint32
		for _, m := range cell.Inbox {
			inbox = append(inbox, w.in.message(m))
		}
		return w.in.cell(w.in.node(cell.Node), ascending(inbox))
	})
}

// state is the state that s stands for.
func (w *worker) state(s code, into *State) {
	n := len(w.c.Nodes)
	into.Cells = into.Cells[:0]
	for _, id := range s[:n] {
		into.Cells = append(into.Cells, w.view(id).cell)
	}
	into.Answers = nil
	if s[n]>>8 != 0 {
		into.Answers = w.in.lookAnswers(s[n] >> 8)
	}
	into.Crashes = int(s[n] & 255)
}

func (w *worker) view(id uint32) *view {
	if int(id) < len(w.views) {
		if v := w.views[id]; v != nil {
			return v
		}
	} else {
		w.views = append(w.views, make([]*view, int(id)+1+len(w.views)-len(w.views)/2)...)
	}
	v := w.newView(id)
	w.views[id] = v
	return v
}

func (w *worker) newView(id uint32) *view {
	v := &view{cell: w.in.lookCell(id)}
	v.bounded = !w.c.IsBounded || w.c.Bounded(v.cell.Node)
	for i, inv := range w.local {
		if inv.cell != nil && !inv.cell(w.c, v.cell) {
			v.broken = int8(i + 1)
			break
		}
	}
	if !w.c.Reduced {
		return v
	}
	for i, m := range v.cell.Inbox {
		if m.Type == Prepare && m.BallotNum == v.cell.Node.Acceptor.BallotNum {
			p := promise(v.cell.Node, m)
			number := locked(w.in, func() uint32 { return w.in.message(&p) })
			v.asks = append(v.asks, ask{v.cell.inbox[i], number, uint32(m.From - 1)})
		}
	}
	return v
}

// moves are the steps that a cell allows.
func (w *worker) moves(v *view) []move {
	if v.moved {
		return v.moves
	}
	v.moved = true
	for i, a := range w.actions {
		a.Moves(w.c, v.cell, func(m Move) {
			coded := w.encode(v.cell, &m)
			coded.action, coded.crash = uint16(i), a.Crash
			coded.broken = w.brokenStep(v.cell.Node, &m.After, a.Crash)
			v.moves = append(v.moves, coded)
		})
	}
	return v.moves
}

func (w *worker) brokenStep(before, after *Node, crash bool) int8 {
	for i, s := range w.steps {
		if !s.node(w.c, before, after, crash) {
			return int8(i + 1)
		}
	}
	return 0
}

// encode numbers what the step m leads to and what it sends.
func (w *worker) encode(at *Cell, m *Move) move {
	return locked(w.in, func() move {
		coded := move{answers: w.in.answerSet(m.After.Answers)}
		for i, n := range w.c.Nodes {
			var sent []Message
			for _, o := range m.After.Out {
				if o.To == n {
					sent = append(sent, o)
				}
			}
			bag := w.in.inbox(sent)
			switch {
			case n == at.Node.Self:
				inbox := ascending(slices.Concat(at.inbox, bag))
				coded.raw = w.in.cell(w.in.node(&m.After), inbox)
			case len(bag) > 0:
				coded.sent = append(coded.sent, parcel{uint32(i), w.in.bag(bag)})
			}
		}
		return coded
	})
}

// gain is the cell that id becomes with the messages of a bag.
func (w *worker) gain(id, bag uint32) uint32 {
	v := w.view(id)
	got, ok := v.gained[bag]
	if !ok {
		got = locked(w.in, func() uint32 {
			return w.in.cell(v.cell.node, ascending(slices.Concat(v.cell.inbox, w.in.bagAt[bag])))
		})
		if v.gained == nil {
			v.gained = map[uint32]uint32{}
		}
		v.gained[bag] = got
	}
	return got
}

// step applies a move of node n to s. The result is w's and holds until the next call.
func (w *worker) step(s code, n int, m *move) code {
	last := len(s) - 1
	copy(w.raw, s)
	w.raw[n] = m.raw
	for _, p := range m.sent {
		w.raw[p.to] = w.gain(s[p.to], p.bag)
	}
	if m.answers != 0 {
		w.raw[last] = w.union(s[last]>>8, m.answers)<<8 | s[last]&255
	}
	if m.crash {
		w.raw[last]++
	}
	if !w.c.Reduced {
		return w.raw
	}
	mayCrash := int(w.raw[last]&255) < w.c.MaxCrashes
	for i := range last {
		w.next[i] = w.keep(i, mayCrash)
	}
	w.next[last] = w.raw[last]
	return w.next
}

func (w *worker) union(a, b uint32) uint32 {
	both, ok := w.unions[[2]uint32{a, b}]
	if !ok {
		both = locked(w.in, func() uint32 {
			set := w.in.answersAt[a]
			for _, answer := range w.in.answersAt[b] {
				set = with(set, answer, compareAnswers)
			}
			return w.in.answerSet(set)
		})
		w.unions[[2]uint32{a, b}] = both
	}
	return both
}

// keep is cell i of raw with the useful messages only. Which Prepares are open depends on other cells of raw; the rest is
// a matter of the cell.
func (w *worker) keep(i int, mayCrash bool) uint32 {
	v := w.view(w.raw[i])
	given := uint32(0)
	if mayCrash {
		given = 1
	}
	for k, a := range v.asks {
		if w.isOpen(w.view(w.raw[a.from]), a.promise) {
			given |= 2 << k
		}
	}
	kept, ok := v.kept[given]
	if !ok {
		kept = w.useful(v, mayCrash, given)
		if v.kept == nil {
			v.kept = map[uint32]uint32{}
		}
		v.kept[given] = kept
	}
	return kept
}

func (w *worker) useful(v *view, mayCrash bool, given uint32) uint32 {
	if len(v.asks) > 30 {
		panic("more than 30 Prepares of one ballot at one node")
	}
	at := v.cell
	open := func(m *Message) bool {
		for k, a := range v.asks {
			if at.Inbox[slices.Index(at.inbox, a.prepare)] == m {
				return given&(2<<k) != 0
			}
		}
		panic("a Prepare of the promised ballot that was not foreseen")
	}
	kept := w.c.Useful(at.Node, at.Inbox, mayCrash, open)
	return locked(w.in, func() uint32 { return w.in.cell(at.node, w.in.inbox(kept)) })
}

// isOpen says whether a promise was not sent to v, and counts there.
func (w *worker) isOpen(v *view, number uint32) bool {
	open, ok := v.open[number]
	if !ok {
		m := locked(w.in, func() *Message { return w.in.messageAt[number] })
		open = !slices.Contains(v.cell.inbox, number) && w.c.PromiseCounts(v.cell.Node, m)
		if v.open == nil {
			v.open = map[uint32]bool{}
		}
		v.open[number] = open
	}
	return open
}

// canonical is the least code of the states that differ from s in the names of clients only.
func (w *worker) canonical(s code) code {
	least := s
	for r := range w.renames {
		if w.rename(s, r); slices.Compare(w.other, least) < 0 {
			least = slices.Clone(w.other)
		}
	}
	return least
}

// rename sets other to s with the clients renamed.
func (w *worker) rename(s code, r int) {
	last := len(s) - 1
	for i, id := range s[:last] {
		v := w.view(id)
		if v.renamed == nil {
			v.renamed = w.renameCell(v.cell)
		}
		w.other[i] = v.renamed[r]
	}
	w.other[last] = s[last]
	if set := s[last] >> 8; set != 0 {
		w.other[last] = w.renameAnswers(set, r)<<8 | s[last]&255
	}
}

func (w *worker) renameCell(at *Cell) []uint32 {
	var renamed []uint32
	for _, to := range w.renames {
		node := to.node(*at.Node)
		var inbox []Message
		for _, m := range at.Inbox {
			inbox = append(inbox, to.message(*m))
		}
		renamed = append(renamed, locked(w.in, func() uint32 { return w.in.cell(w.in.node(&node), w.in.inbox(inbox)) }))
	}
	return renamed
}

func (w *worker) renameAnswers(set uint32, r int) uint32 {
	renamed := each(w.in.lookAnswers(set), w.renames[r].answer)
	slices.SortFunc(renamed, compareAnswers)
	return locked(w.in, func() uint32 { return w.in.answerSet(renamed) })
}

// broken names the invariant that s breaks, "" when it breaks none.
func (w *worker) broken(s code, into *State) string {
	for _, id := range s[:len(s)-1] {
		if b := w.view(id).broken; b != 0 {
			return w.local[b-1].name
		}
	}
	w.state(s, into)
	for _, inv := range w.global {
		if inv.state != nil && !inv.state(w.c, into) {
			return inv.name
		}
	}
	return ""
}

// bounded says whether every node of s may be as it is.
func (w *worker) bounded(s code) bool {
	for _, id := range s[:len(s)-1] {
		if !w.view(id).bounded {
			return false
		}
	}
	return true
}
