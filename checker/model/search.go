package model

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// Result is what a search found.
type Result struct {
	Generated, Distinct int64 // states, counted as TLC counts
	Depth               int   // states on the longest shortest path
	Violated            string
	Trace               []TraceStep // the shortest path to the violation, empty without one
}

// TraceStep is an action and the state that it led to. The first has the action "Init".
type TraceStep struct {
	Action string
	State  State
}

const (
	shardBits = 6
	shards    = 1 << shardBits
	pageSize  = 1 << 12 // states
	noParent  = ^uint32(0)
)

// graph is the set of visited states. A state's reference is place<<shardBits | shard.
type graph struct {
	width  int // of a code
	shards [shards]shard
}

type shard struct {
	mu    sync.Mutex
	count uint32
	table []uint32   // place + 1 by hash, 0: free
	pages [][]uint32 // codes, each followed by the reference of the state it was found from
}

func newGraph(width int) *graph {
	g := &graph{width: width}
	for i := range g.shards {
		g.shards[i].table = make([]uint32, 64)
	}
	return g
}

func hash(s code) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, part := range s {
		hi, lo := bits.Mul64(h^uint64(part), 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	return h ^ h>>32
}

// at is the code at a place, followed by its parent.
func (g *graph) at(sh *shard, place uint32) []uint32 {
	from := int(place%pageSize) * (g.width + 1)
	return sh.pages[place/pageSize][from : from+g.width+1]
}

func (g *graph) get(reference uint32) (s code, parent uint32) {
	entry := g.at(&g.shards[reference%shards], reference>>shardBits)
	return entry[:g.width], entry[g.width]
}

func equalCodes(a, b code) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// find returns the slot of the table that s is at or belongs at.
func (g *graph) find(sh *shard, s code, h uint64) int {
	mask := len(sh.table) - 1
	for slot := int(h>>shardBits) & mask; ; slot = (slot + 1) & mask {
		if place := sh.table[slot]; place == 0 || equalCodes(s, g.at(sh, place-1)) {
			return slot
		}
	}
}

// lookup is the reference of s and whether it was visited.
func (g *graph) lookup(s code) (uint32, bool) {
	h := hash(s)
	sh := &g.shards[h%shards]
	place := sh.table[g.find(sh, s, h)]
	return (place-1)<<shardBits | uint32(h%shards), place != 0
}

// add inserts s and says whether it is new.
func (g *graph) add(s code, parent uint32) (reference uint32, isNew bool) {
	h := hash(s)
	sh := &g.shards[h%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	slot := g.find(sh, s, h)
	if place := sh.table[slot]; place != 0 {
		return (place-1)<<shardBits | uint32(h%shards), false
	}
	place := sh.count
	if place%pageSize == 0 {
		sh.pages = append(sh.pages, make([]uint32, pageSize*(g.width+1)))
	}
	sh.count++
	entry := g.at(sh, place)
	copy(entry, s)
	entry[g.width] = parent
	sh.table[slot] = place + 1
	if int(sh.count)*4 > len(sh.table)*3 {
		g.grow(sh)
	}
	return place<<shardBits | uint32(h%shards), true
}

func (g *graph) grow(sh *shard) {
	sh.table = make([]uint32, 2*len(sh.table))
	for place := range sh.count {
		s := g.at(sh, place)[:g.width]
		sh.table[g.find(sh, s, hash(s))] = place + 1
	}
}

// search is a search under way.
type search struct {
	c       *Config
	in      *interner
	graph   *graph
	workers []*worker
	counts  []int64 // generated, by worker

	mu       sync.Mutex
	violated violation
}

// violation is the first one seen. The state is one that a step of parent leads to, or the initial state.
type violation struct {
	name   string
	parent uint32
	node   int
	move   *move
}

// Search visits every state of c breadth first, with a number of workers (0: one a CPU), until one violates what c asks
// to hold. With one worker the counterexample is the same in each run. The error is ctx's.
func Search(ctx context.Context, c *Config, workers int) (Result, error) {
	s := newSearch(c, workers)
	result, err := s.run(ctx)
	if err == nil && result.Violated != "" && len(s.workers) > 1 {
		return Search(ctx, c, 1) // for the counterexample that does not depend on the workers' order
	}
	return result, err
}

func newSearch(c *Config, workers int) *search {
	if workers == 0 {
		workers = runtime.NumCPU()
	}
	s := &search{c: c, in: newInterner(), graph: newGraph(len(c.Nodes) + 1), counts: make([]int64, workers)}
	for range workers {
		s.workers = append(s.workers, newWorker(c, s.in))
	}
	return s
}

func (s *search) run(ctx context.Context) (Result, error) {
	w := s.workers[0]
	first := w.initial()
	root, _ := s.graph.add(first, noParent)
	result := Result{Generated: 1}
	if name := w.broken(first, &State{}); name != "" {
		s.violated = violation{name: name, parent: noParent}
	}
	frontier := []uint32{root}
	for len(frontier) > 0 && s.violated.name == "" && ctx.Err() == nil {
		result.Distinct += int64(len(frontier))
		result.Depth++
		frontier = s.level(ctx, frontier)
	}
	for _, n := range s.counts {
		result.Generated += n
	}
	if s.violated.name != "" {
		result.Distinct += int64(len(frontier))
		result.Violated = s.violated.name
		result.Trace = s.trace()
	}
	return result, ctx.Err()
}

const chunk = 256 // states that a worker takes at once

// level expands a level and returns the next one.
func (s *search) level(ctx context.Context, frontier []uint32) []uint32 {
	var next atomic.Int64
	found := make([][]uint32, len(s.workers))
	var group sync.WaitGroup
	for i, w := range s.workers {
		group.Go(func() {
			var state State
			for ctx.Err() == nil && s.quiet() {
				from := int(next.Add(chunk)) - chunk
				if from >= len(frontier) {
					return
				}
				for _, reference := range frontier[from:min(from+chunk, len(frontier))] {
					found[i] = s.expand(i, w, reference, &state, found[i])
				}
			}
		})
	}
	group.Wait()
	all := found[0]
	for _, more := range found[1:] {
		all = append(all, more...)
	}
	return all
}

func (s *search) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violated.name == ""
}

// expand adds the new successors of a state to found.
func (s *search) expand(i int, w *worker, reference uint32, state *State, found []uint32) []uint32 {
	from, _ := s.graph.get(reference)
	w.successors(from, func(n int, m *move, to code) {
		s.counts[i]++
		name := ""
		if m.broken != 0 {
			name = w.steps[m.broken-1].name
		}
		to = w.canonical(to)
		isNew := true
		if w.bounded(to) {
			var number uint32
			if number, isNew = s.graph.add(to, reference); isNew {
				found = append(found, number)
			}
		}
		if isNew && name == "" { // TLC too looks at states out of bounds, though it goes no further
			name = w.broken(to, state)
		}
		if name != "" {
			s.violate(violation{name, reference, n, m})
		}
	})
	return found
}

func (s *search) violate(v violation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.violated.name == "" {
		s.violated = v
	}
}

// successors yields every step from s, and the state that it leads to, in no canonical form.
func (w *worker) successors(s code, yield func(node int, m *move, to code)) {
	last := len(s) - 1
	for n, id := range s[:last] {
		moves := w.moves(w.view(id))
		for k := range moves {
			if m := &moves[k]; !m.crash || int(s[last]&255) < w.c.MaxCrashes {
				yield(n, m, w.step(s, n, m))
			}
		}
	}
}

// trace is the path to the violation. Visited states may have their clients renamed, so it is walked from the start:
// from each state the step is taken whose canonical form was visited.
func (s *search) trace() []TraceStep {
	var path []uint32
	for at := s.violated.parent; at != noParent; {
		path = append(path, at)
		_, at = s.graph.get(at)
	}
	w := s.workers[0]
	at := w.initial()
	steps := []TraceStep{w.traceStep("Init", at)}
	for i := len(path) - 2; i >= 0; i-- {
		want, _ := s.graph.get(path[i])
		var action string
		action, at = w.stepTo(at, func(_ *move, to code) bool { return equalCodes(w.canonical(to), want) })
		steps = append(steps, w.traceStep(action, at))
	}
	if len(path) == 0 {
		return steps // the initial state is the violation
	}
	action, at := w.stepTo(at, func(m *move, to code) bool { return s.isViolation(w, m, to) })
	return append(steps, w.traceStep(action, at))
}

func (s *search) isViolation(w *worker, m *move, to code) bool {
	if m.broken != 0 {
		return w.steps[m.broken-1].name == s.violated.name
	}
	return w.broken(to, &State{}) == s.violated.name
}

// stepTo finds a step from s that is wanted.
func (w *worker) stepTo(s code, wanted func(*move, code) bool) (action string, to code) {
	w.successors(s, func(_ int, m *move, next code) {
		if to == nil {
			if next = append(code{}, next...); wanted(m, next) {
				action, to = w.actions[m.action].Name, next
			}
		}
	})
	if to == nil {
		panic(fmt.Sprintf("no step leads on from the state %v", s))
	}
	return action, to
}

func (w *worker) traceStep(action string, s code) TraceStep {
	step := TraceStep{Action: action}
	w.state(s, &step.State)
	return step
}
