package search

import (
	"math/rand/v2"
	"slices"

	"multipaxos/fuzz"
	"multipaxos/impl/sim"
)

// guided keeps the schedules that reached new abstract states, and makes the next from them: a few acts are changed,
// and what happens after the last of them is drawn by one of the samplers. Three quarters of the runs are new, so that
// it is never much worse than the samplers. The first runs are those of the method uniform, seed by seed, because what shows
// in any run shows there soonest.
type guided struct {
	runs   int
	r      *rand.Rand
	corpus []entry
	queue  []entry // each with how often it is still to be changed
	seen   *states
	states projection
	fresh  int // states that this run was the first to reach
}

// entry is a schedule and the number of states that it was the first to reach.
type entry struct {
	schedule fuzz.Schedule
	energy   int
}

const (
	corpusSize = 2000
	maxEnergy  = 20
	plainRuns  = 16
)

func newGuided(r *rand.Rand) *guided { return &guided{r: r, seen: newStates()} }

func (g *guided) begin() (fuzz.Schedule, sim.Scheduler) {
	g.fresh = 0
	if g.runs++; g.runs <= plainRuns {
		return cluster(g.r), g.watch(newUniform(g.r, length(g.r)))
	}
	samplers := []sampler{newPOS, newPOS, newPOS, newPCT}
	sample := samplers[g.r.IntN(len(samplers))]
	if len(g.queue) == 0 && len(g.corpus) > 0 {
		g.queue = append(g.queue, entry{g.corpus[g.r.IntN(len(g.corpus))].schedule, 1})
	}
	if len(g.queue) == 0 || g.r.IntN(4) > 0 {
		return cluster(g.r), g.watch(sample(g.r, length(g.r)))
	}
	last := &g.queue[len(g.queue)-1]
	parent := last.schedule
	if last.energy--; last.energy <= 0 {
		g.queue = g.queue[:len(g.queue)-1]
	}
	return parent, g.watch(&continued{g.mutate(parent.Acts), sample(g.r, length(g.r))})
}

func (g *guided) end(s fuzz.Schedule) {
	if g.fresh == 0 {
		return
	}
	e := entry{s, min(g.fresh, maxEnergy)}
	g.queue = append(g.queue, e)
	if len(g.queue) > corpusSize {
		g.queue = slices.Delete(g.queue, 0, corpusSize/2)
	}
	if len(g.corpus) < corpusSize {
		g.corpus = append(g.corpus, e)
	} else {
		g.corpus[g.r.IntN(corpusSize)] = e
	}
}

// continued follows a list, and then another Scheduler.
type continued struct {
	acts  []sim.Act
	after sim.Scheduler
}

func (c *continued) Next(v sim.View) (sim.Act, bool) {
	if len(c.acts) > 0 {
		a := c.acts[0]
		c.acts = c.acts[1:]
		return a, true
	}
	return c.after.Next(v)
}

// watched counts the new states on the way.
type watched struct {
	sim.Scheduler
	g *guided
}

func (g *guided) watch(s sim.Scheduler) sim.Scheduler { return watched{s, g} }

func (w watched) Next(v sim.View) (sim.Act, bool) {
	if w.g.seen.add(w.g.states.project(v)) {
		w.g.fresh++
	}
	return w.Scheduler.Next(v)
}

// mutate returns a changed copy: one to four changes.
func (g *guided) mutate(acts []sim.Act) []sim.Act {
	acts = slices.Clone(acts)
	for range 1 + g.r.IntN(4) {
		acts = g.change(acts)
	}
	return acts
}

// change changes one thing of a list, near its end as often as anywhere.
func (g *guided) change(acts []sim.Act) []sim.Act {
	if len(acts) == 0 {
		return []sim.Act{act(g.r, faults[g.r.IntN(len(faults))])}
	}
	k := g.r.IntN(len(acts))
	switch g.r.IntN(7) {
	case 0: // another act
		acts[k] = act(g.r, fuzz.AllActs[g.r.IntN(len(fuzz.AllActs))])
	case 1: // one more fault
		acts = slices.Insert(acts, k, act(g.r, faults[g.r.IntN(len(faults))]))
	case 2: // one act less
		acts = slices.Delete(acts, k, k+1)
	case 3: // another order
		j := min(len(acts)-1, k+1+g.r.IntN(4))
		acts[k], acts[j] = acts[j], acts[k]
	case 4: // the same, but nearby
		acts[k].Which += uint8(1 + 2*g.r.IntN(2) - 2)
	case 5: // only a beginning
		acts = acts[:k]
	case 6: // the beginning of this, the end of another
		other := g.corpus[g.r.IntN(len(g.corpus))].schedule.Acts
		acts = append(acts[:k:k], other[min(k, len(other)):]...)
	}
	return acts
}
