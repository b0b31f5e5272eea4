// Package share measures how much of all that can be reached in a small model the simulator's runs meet: random
// simulation, random schedules, the committed corpus of the fuzz targets, and mutations of it. Walks of the explorer, in its own
// world, are there for comparison.
//
// Models and runs are of the same thing: a cluster that is founded by Join and Welcome, with heartbeats, every alarm,
// calls and crashes. A run is on the model's cluster, its clients call the model's commands, and each of its states is
// looked up among those that the explorer has visited. The part of a run counts that stays within the model's bounds.
// A state there which the explorer has not visited is an error: either the explorer misses states, or the run's nodes do
// what those of the explorer do not.
package share

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"multipaxos/checker/explore"
	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// Options say what to measure.
type Options struct {
	Spec    string   // where MC.tla is
	Models  string   // where the models are, name.cfg
	Corpus  string   // where the inputs of the fuzz targets are, target/name
	Names   []string // of models
	Runs    int      // of each kind that is drawn
	Seed    uint64
	Workers int                // of the explorer
	Roles   paxos.Constructors // of the runs; the zero value makes those of package paxos
}

// Share is how much of a model's states runs of one kind hit.
type Share struct {
	Model  string
	States int // that can be reached
	Kind   string
	Runs   int
	Steps  int   // that count
	Points []int // distinct states that were hit after 10, 100, 1,000, … runs, and after all
}

// Measure visits each model whole, then runs the simulator, and writes a table.
func Measure(ctx context.Context, w io.Writer, o Options) (all []Share, err error) {
	corpus, err := readCorpus(o.Corpus)
	if err != nil {
		return nil, err
	}
	configs := make([]*model.Config, len(o.Names))
	for i, name := range o.Names {
		if configs[i], err = readModel(o, name); err != nil {
			return nil, err
		}
	}
	columns, rule := "", "|---|---:|---|---:|---:|"
	for n := 10; n < 10*o.Runs; n *= 10 {
		columns, rule = columns+fmt.Sprintf(" %d |", min(n, o.Runs)), rule+"---:|"
	}
	fmt.Fprintf(w, "| model | can be reached | runs | number | steps |%s\n%s\n", columns, rule)
	for i, name := range o.Names {
		r, err := explore.Reach(ctx, name, configs[i], o.Workers)
		if err != nil {
			return all, err
		}
		for _, k := range kinds(r, corpus, o) {
			s, err := measure(ctx, r, k, o.Roles)
			if err != nil {
				return all, err
			}
			all = append(all, s)
			fmt.Fprintln(w, s.row())
		}
	}
	return all, nil
}

// readModel reads one of the models, or says which there are.
func readModel(o Options, name string) (*model.Config, error) {
	names, err := Names(o.Models)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("share: want one of %v, found %q", names, name)
	}
	return model.ReadConfig(filepath.Join(o.Spec, "MC.tla"), filepath.Join(o.Models, name+".cfg"))
}

// measure runs all runs of a kind.
func measure(ctx context.Context, r *explore.Reachable, k kind, roles paxos.Constructors) (Share, error) {
	s := Share{Model: r.Model.Name, States: r.States, Kind: k.name, Runs: k.runs}
	m := meter{reachable: r, roles: roles, hit: map[uint64]bool{}}
	for n, point := 1, 10; n <= k.runs && ctx.Err() == nil; n++ {
		if err := k.run(&m, n-1); err != nil {
			return s, fmt.Errorf("run %d of %s: %w", n, k.name, err)
		}
		if n == point || n == k.runs {
			s.Points = append(s.Points, len(m.hit))
			point *= 10
		}
	}
	s.Steps = m.steps
	return s, ctx.Err()
}

func (s Share) row() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %d | %s | %d | %d |", s.Model, s.States, s.Kind, s.Runs, s.Steps)
	for _, p := range s.Points {
		fmt.Fprintf(&b, " %d (%.1f %%) |", p, 100*float64(p)/float64(s.States))
	}
	return b.String()
}

// Names lists the models of a directory.
func Names(dir string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.cfg"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("share: want models in %s, found none", dir)
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".cfg"))
	}
	slices.Sort(names)
	return names, nil
}
