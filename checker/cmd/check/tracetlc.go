package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/tlc"
	"multipaxos/checker/tracetlc"
	"multipaxos/fuzz"
)

// tlcFlags have TLC judge traces.
func tlcFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "tlc", Usage: "have TLC and the validator both judge, and fail when they do not agree"},
		&cli.StringFlag{Name: "dir", Value: "spec", Usage: "where Trace.tla is"},
		&cli.IntFlag{Name: "workers", Value: 1, Usage: "threads of TLC", Validator: within(1, mostWorkers)},
	}
}

// judgeWithTLC leaves everything to package tracetlc.
func judgeWithTLC(ctx context.Context, c *cli.Command) error {
	if !c.Args().Present() {
		return fmt.Errorf("%s: want files, found none", c.FullName())
	}
	var sources []tracetlc.Source
	for _, path := range c.Args().Slice() {
		source, err := tracetlc.File(path)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	return judgeSources(ctx, sources, tracetlc.Options{Dir: c.String("dir"), Workers: c.Int("workers")})
}

// judgeSources has both judges judge, and prints what TLC says of each trace.
func judgeSources(ctx context.Context, sources []tracetlc.Source, o tracetlc.Options) error {
	if os.Getenv(tracetlc.JavaVariable) == "" {
		if err := os.Setenv(tracetlc.JavaVariable, tracetlc.JavaOptions); err != nil {
			return err
		}
	}
	verdicts, err := tracetlc.Compare(ctx, sources, o)
	disagreement := new(tracetlc.Disagreement)
	if err != nil && !errors.As(err, &disagreement) {
		return err
	}
	passed := err == nil
	for _, v := range verdicts {
		fmt.Fprintln(stdout, v)
		passed = passed && v.Passed()
	}
	if err != nil {
		fmt.Fprintln(stdout, err)
	}
	if !passed {
		return errViolated
	}
	return nil
}

// sampled is how many operations the runs have that TLC judges: some thousand events.
const sampled = 100

// readyForTLC says what a soak lacks to have TLC judge its runs: better before it than after it.
func readyForTLC(ctx context.Context, runs int) error {
	if runs == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join("spec", "Trace.tla")); err != nil {
		return err
	}
	_, err := tlc.Find(ctx, os.Stderr)
	return err
}

// judgeSoak has TLC and the validator both judge some runs of a soak: the one that failed, or the first few, cut short.
func judgeSoak(ctx context.Context, failure *fuzz.Outcome, first uint64, runs int) error {
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var scenarios []fuzz.Scenario
	for seed := first; seed < first+uint64(runs); seed++ {
		s := fuzz.SoakScenario(seed)
		s.Operations = sampled
		scenarios = append(scenarios, s)
	}
	if failure != nil {
		scenarios = []fuzz.Scenario{failure.Scenario}
	}
	var sources []tracetlc.Source
	for _, s := range scenarios {
		source, err := recorded(s, filepath.Join(dir, fmt.Sprintf("seed-%d.ndjson", s.Seed)))
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	return judgeSources(ctx, sources, tracetlc.Options{Dir: "spec", Workers: 1})
}

// recorded runs a scenario again and returns its trace.
func recorded(s fuzz.Scenario, path string) (tracetlc.Source, error) {
	file, err := os.Create(path)
	if err != nil {
		return tracetlc.Source{}, err
	}
	_, err = fuzz.Run(s, file, nil)
	if err = errors.Join(err, file.Close()); err != nil {
		return tracetlc.Source{}, err
	}
	return tracetlc.File(path)
}
