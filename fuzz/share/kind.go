package share

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"multipaxos/checker/explore"
	"multipaxos/fuzz"
	"multipaxos/impl/sim"
)

// kind is a way to decide what happens in runs.
type kind struct {
	name string
	runs int
	run  func(m *meter, n int) error // the n-th, from 0
}

// input is what a fuzz target is given. What it says of the cluster is not used here.
type input struct {
	palette fuzz.Palette
	bytes   []byte
}

func (in input) acts() []sim.Act { return in.palette.Schedule(in.bytes).Acts }

// readCorpus reads the inputs of all targets that run schedules.
func readCorpus(dir string) (list []input, err error) {
	for _, target := range slices.Sorted(maps.Keys(fuzz.Palettes)) {
		files, err := os.ReadDir(filepath.Join(dir, target))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			in, err := fuzz.ReadInput(filepath.Join(dir, target, f.Name()))
			if err != nil {
				return nil, err
			}
			list = append(list, input{fuzz.Palettes[target], in})
		}
	}
	return list, nil
}

// kinds are the ways that are measured.
func kinds(r *explore.Reachable, corpus []input, o Options) []kind {
	random, mutated := rand.New(rand.NewPCG(o.Seed, 1)), rand.New(rand.NewPCG(o.Seed, 2))
	pool, walks := slices.Clone(corpus), rand.New(rand.NewPCG(o.Seed, 3))
	return []kind{
		{"random simulation", o.Runs, func(m *meter, n int) error {
			return m.simulate(o.Seed + uint64(n))
		}},
		{"random schedules", o.Runs, func(m *meter, _ int) error {
			return m.schedule(randomActs(random, r.Model.MaxCrashes))
		}},
		{"committed corpus", len(corpus), func(m *meter, n int) error {
			return m.schedule(corpus[n].acts())
		}},
		{"mutations of it", o.Runs, func(m *meter, _ int) error {
			in, before := mutate(mutated, pool), len(m.hit)
			err := m.schedule(in.acts())
			if len(m.hit) > before {
				pool = append(pool, in)
			}
			return err
		}},
		{"explorer's walks", o.Runs, func(m *meter, _ int) error {
			return r.Walk(walkSteps, walks, m.see)
		}},
	}
}

// walkSteps is about as many steps of a run as count.
const walkSteps = 50

// mutate returns an input with up to eight bytes changed, and room for as many acts more.
func mutate(r *rand.Rand, pool []input) input {
	in := pool[r.IntN(len(pool))]
	in.bytes = slices.Clone(in.bytes)
	for range 1 + r.IntN(8) {
		in.bytes = append(in.bytes, 0, 0, 0)
		in.bytes[r.IntN(len(in.bytes))] = byte(r.Uint32())
	}
	return in
}

// randomActs draws acts that a model has, as often as bytes mean them.
func randomActs(r *rand.Rand, crashes int) (acts []sim.Act) {
	for range 10 << r.IntN(6) {
		a := sim.Act{Kind: fuzz.AllActs[r.IntN(len(fuzz.AllActs))], Which: uint8(r.Uint32()), How: uint8(r.Uint32())}
		switch a.Kind {
		case sim.Wipe, sim.Retry, sim.Abandon:
			continue
		case sim.Kill, sim.Torn, sim.Cut:
			if crashes--; crashes < 0 {
				continue
			}
		}
		acts = append(acts, a)
	}
	return acts
}
