package explore

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"multipaxos/impl/paxos"
)

// Share is how much of a model's state space random walks hit.
type Share struct {
	Model     string
	Reachable int   // distinct states
	Walks     int   // begun
	Points    []Hit // ascending
}

// Hit is the number of distinct states after a number of steps.
type Hit struct{ Steps, States int }

// ShareOf explores all of a model, takes steps at random in the same world, all that change something with the same
// probability, and writes what share of the states that can be reached they hit. A walk that can go no further begins
// anew. The model's network forgets nothing, so a walk may deliver late, twice and never.
func ShareOf(ctx context.Context, w io.Writer, m Model, steps int, seed uint64) (Share, error) {
	if m.InFlight || m.History {
		return Share{}, fmt.Errorf("explore: model %s: want messages that may be delivered any number of times, and no history", m.Name)
	}
	system := Options{Model: m}.system(newProtocol(m, paxos.Constructors{}), 1)
	s := newSearch(system, 1, 0)
	if err := s.run(ctx, false); err != nil {
		return Share{}, err
	}
	share := Share{Model: m.Name}
	share.Reachable, _ = s.table.size()
	if err := share.walk(s, steps, rand.New(rand.NewPCG(seed, 0))); err != nil {
		return share, err
	}
	share.print(w)
	return share, nil
}

// walk takes the steps. Each state that it meets must be one that the search has visited.
func (h *Share) walk(s *search, steps int, random *rand.Rand) error {
	first, err := s.system.initial()
	if err != nil {
		return err
	}
	worker, hit := s.system.worker(), map[uint64]bool{s.key(first): true}
	state, point := append([]uint64{}, first...), max(1, steps/1000)
	var out successors
	for step := 1; step <= steps; step++ {
		out.words = out.words[:0]
		worker.expand(state, &out)
		if count := len(out.words) / s.width; count > 0 {
			at := random.IntN(count) * s.width
			state = append(state[:0], out.words[at:at+s.width]...)
		} else {
			state = append(state[:0], first...)
			h.Walks++
		}
		key := s.key(state)
		if !s.table.has(key) {
			return fmt.Errorf("explore: a walk met a state that the search missed, after %d steps", step)
		}
		hit[key] = true
		if step == point || step == steps {
			h.Points = append(h.Points, Hit{step, len(hit)})
			point *= 10
		}
	}
	h.Walks++
	return nil
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
	fmt.Fprintf(w, "%s: %d states can be reached; %d random walks\n", h.Model, h.Reachable, h.Walks)
	for _, p := range h.Points {
		fmt.Fprintf(w, "%12d steps hit %10d of them, %5.1f %%\n", p.Steps, p.States, 100*float64(p.States)/float64(h.Reachable))
	}
}
