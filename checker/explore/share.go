package explore

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"multipaxos/impl/paxos"
)

// Share is how much of a model's state space walks hit.
type Share struct {
	Model     string
	Reachable int   // distinct states
	Walks     int   // begun
	Corpus    int   // walks that were kept, because they met a new state
	Points    []Hit // ascending
}

// Hit is the number of distinct states after a number of steps.
type Hit struct{ Steps, States int }

// ShareOptions say how to walk.
type ShareOptions struct {
	Model Model
	Steps int
	Seed  uint64
	// Corpus has walks begin as fuzzers' runs do: with a random part of a walk that was kept, because it met a new state.
	Corpus bool
}

// ShareOf explores all of a model, takes steps at random in the same world, all that change something with the same
// probability, and writes what share of the states that can be reached they hit. A walk that can go no further begins
// anew. The model's network forgets nothing, so a walk may deliver late, twice and never.
func ShareOf(ctx context.Context, w io.Writer, o ShareOptions) (Share, error) {
	m := o.Model
	if m.InFlight || m.History {
		return Share{}, fmt.Errorf("explore: model %s: want messages that may be delivered any number of times, and no history", m.Name)
	}
	system := Options{Model: m}.system(newProtocol(m, paxos.Constructors{}), 1)
	s := newSearch(system, 1, 0)
	if err := s.run(ctx, false); err != nil {
		return Share{}, err
	}
	first, err := system.initial()
	if err != nil {
		return Share{}, err
	}
	k := walker{s: s, worker: system.worker(), first: first, hit: map[uint64]bool{s.key(first): true}, random: rand.New(rand.NewPCG(o.Seed, 0)), o: o,
		share: Share{Model: m.Name}, point: max(1, o.Steps/1000)}
	k.share.Reachable, _ = s.table.size()
	for k.steps < o.Steps && ctx.Err() == nil {
		if err := k.walk(); err != nil {
			return k.share, err
		}
	}
	if err := ctx.Err(); err != nil {
		return k.share, err
	}
	k.share.Corpus = len(k.corpus)
	k.share.print(w)
	return k.share, nil
}

// walker takes the steps.
type walker struct {
	s      *search
	worker worker
	o      ShareOptions
	first  []uint64
	hit    map[uint64]bool
	corpus [][]int // of the walks that were kept, the choices up to the last new state
	random *rand.Rand
	share  Share
	steps  int
	point  int // the number of steps at which states are counted next
}

// walk goes as far as it can. Each state that it meets must be one that the search has visited.
func (k *walker) walk() error {
	state := append([]uint64{}, k.first...)
	var out successors
	var choices []int
	start, news := k.start(), 0
	for k.share.Walks++; k.steps < k.o.Steps; {
		out.words = out.words[:0]
		k.worker.expand(state, &out)
		count := len(out.words) / k.s.width
		if count == 0 {
			break
		}
		choice := k.random.IntN(count)
		if at := len(choices); at < len(start) {
			choice = start[at]
		}
		choices = append(choices, choice)
		state = append(state[:0], out.words[choice*k.s.width:(choice+1)*k.s.width]...)
		isNew, err := k.meet(state)
		if err != nil {
			return err
		}
		if isNew {
			news = len(choices)
		}
	}
	if k.o.Corpus && news > 0 {
		k.corpus = append(k.corpus, choices[:news])
	}
	return nil
}

// start is what the walk repeats: every second one, a random part of one that was kept.
func (k *walker) start() []int {
	if len(k.corpus) == 0 || k.random.IntN(2) == 0 {
		return nil
	}
	kept := k.corpus[k.random.IntN(len(k.corpus))]
	return kept[:1+k.random.IntN(len(kept))]
}

// meet counts a step and says whether its state is new.
func (k *walker) meet(state []uint64) (bool, error) {
	key := k.s.key(state)
	if !k.s.table.has(key) {
		return false, fmt.Errorf("explore: a walk met a state that the search missed, after %d steps", k.steps)
	}
	isNew := !k.hit[key]
	k.hit[key] = true
	if k.steps++; k.steps == k.point || k.steps == k.o.Steps {
		k.share.Points = append(k.share.Points, Hit{k.steps, len(k.hit)})
		k.point *= 10
	}
	return isNew, nil
}

// has says whether a state was visited.
func (t *table) has(key uint64) bool {
	s := &t.shards[shardOf(key)]
	for at := home(key, len(s.slots)); ; at = (at + 1) % len(s.slots) {
		if k := s.slots[at].key; k == key || k == 0 {
			return k == key
		}
	}
}

func (h *Share) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d states can be reached; %d walks, %d kept\n", h.Model, h.Reachable, h.Walks, h.Corpus)
	for _, p := range h.Points {
		fmt.Fprintf(w, "%12d steps hit %10d of them, %5.1f %%\n", p.Steps, p.States, 100*float64(p.States)/float64(h.Reachable))
	}
}
