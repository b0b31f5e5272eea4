package explore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// system is what a search explores: states of a fixed number of words.
type system interface {
	initial() ([]uint64, error)
	words() int
	worker() worker
	steps(s []uint64) []labelled // all that change something
	known() *memo
}

// worker expands states for one goroutine.
type worker interface {
	expand(s []uint64, out *successors)
	// canonical replaces a state by the one that stands for all that are equal to it.
	canonical(s []uint64)
}

// successors collects what a worker finds out about states.
type successors struct {
	words     []uint64 // of the states after the steps
	steps     int      // that lead to other states
	stutters  int      // that change nothing
	terminals int      // states from which no step leads
	state     error    // what is wrong with the state that is expanded
	step      error    // what is wrong with a step from it
}

// fail notes a violation, the first of the state.
func (s *successors) fail(err error) {
	var step stepError
	if errors.As(err, &step) {
		if s.step == nil {
			s.step = err
		}
	} else if s.state == nil {
		s.state = err
	}
}

// errStuck is the violation of a state from which no step leads while a client waits.
var errStuck = errors.New("stuck: a client or a leader waits, and no step leads from here that changes anything")

// search explores a system breadth-first.
type search struct {
	system    system
	workers   int
	width     int
	seed      uint64
	table     *table
	chunk     int // states that a worker takes at a time
	limit     int // states of a frontier in memory; 0: all
	maxStates int
	progress  func()

	checkpoint string // the file in which it is saved where the search is; empty: none
	every      time.Duration
	saved      time.Time
	identity   string // of what is explored, for the file
	met        map[string]bool
	pause      atomic.Bool

	now, next *frontier
	depth     int
	widest    int // states of the widest frontier
	steps     atomic.Int64
	stutters  atomic.Int64
	terminals atomic.Int64
	expanded  atomic.Int64

	mu        sync.Mutex
	failure   error
	violation *violation
}

// violation is a state that breaks an invariant, or from which a step does.
type violation struct {
	key  uint64
	step bool // the step after the state is the violation
	err  error
}

// errLimit ends a search that has seen as many states as it may.
var errLimit = errors.New("explore: the limit of states is reached")

func newSearch(s system, workers int, seed uint64) *search {
	return &search{system: s, workers: workers, chunk: chunkStates, width: s.words(), every: time.Minute, seed: mix(seed + 1), table: newTable()}
}

// key is the identity of a state: one word's key is a bijection of the word, so that the search of such states is
// exact; of more words it is a hash.
func (s *search) key(state []uint64) uint64 {
	const offset = 0x1e3779b97f4a7c15 // no word of 63 bits has the key 0
	if len(state) == 1 {
		return mix(state[0] + offset)
	}
	h := s.seed
	for _, w := range state {
		h = mix(h^w) + offset
	}
	if h == 0 {
		return 1
	}
	return h
}

// run explores, perhaps from a checkpoint on, until all states are visited, an invariant is broken, or ctx ends.
func (s *search) run(ctx context.Context, resume bool) error {
	if err := s.savable(resume); err != nil {
		return err
	}
	first, err := s.system.initial()
	if err != nil {
		return err
	}
	if s.saved = time.Now(); resume {
		if err := s.resume(); err != nil {
			return err
		}
		return s.explore(ctx)
	}
	s.now, s.next = newFrontier(s.width, 0), newFrontier(s.width, s.limit*s.width)
	s.system.worker().canonical(first)
	key := s.key(first)
	s.table.shards[shardOf(key)].insert([]uint64{key}, []uint64{0}, nil)
	if err := s.now.add(first); err != nil {
		return err
	}
	return s.explore(ctx)
}

// explore goes on from the frontier, to the end or until it is stopped: then it saves where it is.
func (s *search) explore(ctx context.Context) error {
	hands := make([]*hand, s.workers)
	for i := range hands {
		hands[i] = newHand(s)
	}
	for {
		if s.now.left() == 0 {
			s.now.close()
			s.now, s.next = s.next, newFrontier(s.width, s.limit*s.width)
			s.depth++
			if s.now.left() == 0 {
				return nil
			}
		}
		if err := s.layer(ctx, hands); err != nil {
			if errors.Is(err, errLimit) || ctx.Err() != nil {
				err = cmp.Or(s.save(), err)
			}
			return err
		}
		if s.violation != nil {
			s.depth++
			return nil
		}
	}
}

// layer expands the states of one depth. It saves where it is from time to time.
func (s *search) layer(ctx context.Context, hands []*hand) error {
	s.widest = max(s.widest, s.now.states)
	for s.now.left() > 0 && !s.stopped() {
		s.pause.Store(false)
		done := make(chan struct{})
		var group sync.WaitGroup
		for _, h := range hands {
			group.Go(func() { h.work(ctx) })
		}
		go func() { group.Wait(); close(done) }()
		s.report(done)
		if s.pause.Load() && s.failure == nil && s.violation == nil {
			s.stop(s.save())
		}
	}
	return s.failure
}

// report prints progress until done, and asks for a pause when it is time to save.
func (s *search) report(done chan struct{}) {
	const pause = 2 * time.Second
	tick := time.NewTicker(min(pause, s.every))
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-done:
			return
		case <-tick.C:
			if s.progress != nil && time.Since(last) >= pause {
				s.progress()
				last = time.Now()
			}
			if s.checkpoint != "" && time.Since(s.saved) > s.every {
				s.pause.Store(true)
			}
		}
	}
}

// hand is one worker's part of the search.
type hand struct {
	search *search
	worker worker
	out    successors
	batch  [shards]batch
	chunk  []uint64
	fresh  []int32
}

// batch is the states that wait to be looked up in one shard.
type batch struct{ keys, parents, words []uint64 }

const batchStates = 256

func newHand(s *search) *hand { return &hand{search: s, worker: s.system.worker()} }

// work expands chunks of the frontier until there are none left, or the search is stopped.
func (h *hand) work(ctx context.Context) {
	defer h.rescue()
	s := h.search
	for !s.stopped() && !s.pause.Load() {
		chunk, err := s.now.take()
		if err != nil || chunk == nil {
			s.stop(err)
			break
		}
		if s.width == 1 {
			slices.Sort(chunk) // states that follow each other then have most parts in common
		}
		for at := 0; at < len(chunk); at += s.width {
			h.expand(chunk[at : at+s.width])
		}
		h.count(len(chunk) / s.width)
		s.stop(ctx.Err())
	}
	for i := range h.batch {
		h.flush(i)
	}
	h.pass()
}

// rescue turns the panic of a part that has no room for a value into the search's failure.
func (h *hand) rescue() {
	if p := recover(); p != nil {
		err, ok := p.(tooMany)
		if !ok {
			panic(p)
		}
		h.search.stop(err)
	}
}

// expand looks up the successors of a state.
func (h *hand) expand(state []uint64) {
	out := &h.out
	out.words = out.words[:0]
	h.worker.expand(state, out)
	key := h.search.key(state)
	if out.state != nil || out.step != nil {
		h.violate(key)
	}
	width := h.search.width
	for at := 0; at < len(out.words); at += width {
		next := out.words[at : at+width]
		h.worker.canonical(next)
		h.add(h.search.key(next), key, next)
	}
}

func (h *hand) add(key, parent uint64, state []uint64) {
	i := shardOf(key)
	b := &h.batch[i]
	b.keys, b.parents, b.words = append(b.keys, key), append(b.parents, parent), append(b.words, state...)
	if len(b.keys) == batchStates {
		h.flush(i)
	}
}

// flush looks up a batch. The states that are new wait to be expanded.
func (h *hand) flush(i int) {
	b := &h.batch[i]
	shard := &h.search.table.shards[i]
	shard.mu.Lock()
	h.fresh = shard.insert(b.keys, b.parents, h.fresh[:0])
	shard.mu.Unlock()
	width := h.search.width
	for _, k := range h.fresh {
		h.chunk = append(h.chunk, b.words[int(k)*width:(int(k)+1)*width]...)
	}
	if len(h.chunk) >= h.search.chunk*width {
		h.pass()
	}
	b.keys, b.parents, b.words = b.keys[:0], b.parents[:0], b.words[:0]
}

// pass hands the new states on to the next frontier.
func (h *hand) pass() {
	if len(h.chunk) > 0 {
		h.search.stop(h.search.next.add(h.chunk))
		h.chunk = make([]uint64, 0, len(h.chunk)+len(h.chunk)/8)
	}
}

// count adds what was found to the search's numbers.
func (h *hand) count(states int) {
	s := h.search
	s.steps.Add(int64(h.out.steps))
	s.stutters.Add(int64(h.out.stutters))
	s.terminals.Add(int64(h.out.terminals))
	h.out.steps, h.out.stutters, h.out.terminals = 0, 0, 0
	if n := s.expanded.Add(int64(states)); s.maxStates > 0 && n > int64(s.maxStates) {
		s.stop(errLimit)
	}
}

// violate notes a violation. One of a state is shorter than one of a step from a state of the same depth.
func (h *hand) violate(key uint64) {
	s := h.search
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.out.state != nil && (s.violation == nil || s.violation.step) {
		s.violation = &violation{key: key, err: h.out.state}
	} else if s.violation == nil {
		s.violation = &violation{key: key, step: true, err: h.out.step}
	}
	h.out.state, h.out.step = nil, nil
}

func (s *search) stop(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = err
	}
}

// stopped says whether nothing that is found from now on matters.
func (s *search) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure != nil || s.violation != nil && !s.violation.step
}

// path returns the keys of the states that lead to a state, from the first one to itself.
func (s *search) path(key uint64) []uint64 {
	var keys []uint64
	for ; key != 0; key = s.table.parent(key) {
		keys = append(keys, key)
	}
	for i, j := 0, len(keys)-1; i < j; i, j = i+1, j-1 {
		keys[i], keys[j] = keys[j], keys[i]
	}
	return keys
}

// String says how far the search is.
func (s *search) String() string {
	states, _ := s.table.size()
	return fmt.Sprintf("%d states, depth %d", states, s.depth)
}
