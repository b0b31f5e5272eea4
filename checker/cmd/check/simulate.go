package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz"
	"multipaxos/impl/sim"
)

const outDir = "histories/out"

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "five nodes, ten clients, 2,000 bank operations, all faults: run, record, judge, explain",
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "another seed is another run"},
			&cli.StringFlag{Name: "out", Value: filepath.Join(outDir, "demo"), Usage: "directory for the files"},
		},
		Action: stoppable(func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return runAndSave(fuzz.Scenario{
				Machine: "bank", Nodes: 5, Clients: 10, Operations: 2000, Faults: sim.AllFaults(), Seed: c.Uint64("seed"),
			}, c.String("out"))
		}),
	}
}

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "run one simulated cluster and judge it",
		Description: "The same flags give the same run, byte for byte.\n" +
			"--faults takes none, all, swarm (drawn from the seed), or some of the classes:\n" +
			"loss=0.05 duplicate=0.02 straggle=0.02 partition oneway crash torn wipe slow skew elsewhere abandon,\n" +
			"separated by commas.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "machine", Value: "bank", Usage: "bank or kv"},
			&cli.IntFlag{Name: "nodes", Value: 5},
			&cli.IntFlag{Name: "clients", Value: 10},
			&cli.IntFlag{Name: "ops", Value: 2000, Usage: "operations in all; after 30 minutes of virtual time no more are called"},
			&cli.StringFlag{Name: "faults", Value: "all"},
			&cli.IntFlag{Name: "checkpoint", Usage: "slots between checkpoints; 0: 64"},
			&cli.IntFlag{Name: "window", Usage: "slots that a checkpoint leaves; 0: 64"},
			&cli.Uint64Flag{Name: "seed", Value: 1},
			&cli.StringFlag{Name: "out", Value: filepath.Join(outDir, "run"), Usage: "directory for the files"},
		},
		Action: stoppable(func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			s := fuzz.Scenario{
				Machine: c.String("machine"), Nodes: c.Int("nodes"), Clients: c.Int("clients"), Operations: c.Int("ops"),
				Checkpoint: c.Int("checkpoint"), Window: c.Int("window"),
				Seed: c.Uint64("seed"), Swarm: c.String("faults") == "swarm",
			}
			if !s.Swarm {
				var err error
				if s.Faults, err = sim.ParseFaults(c.String("faults")); err != nil {
					return err
				}
			}
			return runAndSave(s, c.String("out"))
		}),
	}
}

// runAndSave runs a scenario with a progress bar, and prints and saves all there is to know.
func runAndSave(s fuzz.Scenario, dir string) error {
	bar := newBar("simulating", 1000)
	start := time.Now()
	outcome, files, err := fuzz.RunAndSave(s, dir, func(done float64) { bar.set(int(done * 1000)) })
	bar.end()
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, outcome.Summary())
	fmt.Fprintf(stdout, "  %-12s %.1f s to run, record, judge and draw\n\n", "here", time.Since(start).Seconds())
	fmt.Fprintln(stdout, outcome.Verdict())
	fmt.Fprintln(stdout, files.String())
	if outcome.Failure() != "" {
		return fileFailure(outcome, "")
	}
	return nil
}

func soakCommand() *cli.Command {
	return &cli.Command{
		Name:  "soak",
		Usage: "run many seeds in parallel, and stop at the first that fails",
		Description: "Seeds alternate between bank and store, three and five nodes, long and short windows, swarms of faults and all of them.\n" +
			"A failure is made small and filed in histories/out, and the one command that reproduces it is printed.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "seeds", Value: 1000, Usage: "how many"},
			&cli.Uint64Flag{Name: "first", Value: 1, Usage: "the first seed"},
			&cli.IntFlag{Name: "workers", Value: runtime.NumCPU(), Usage: "runs at a time", Validator: within(1, mostWorkers)},
			&cli.IntFlag{Name: "tlc", Usage: "have TLC judge the traces of so many of the runs, too, and of one that fails"},
			&cli.StringFlag{Name: "bug", Hidden: true, Usage: "the planted bug that this program was built with"},
			&cli.BoolFlag{Name: "count", Usage: "do not stop at a failure: count, and print the counts as JSON"},
		},
		Action: soak,
	}
}

// soakFlags says what is wrong with the flags.
func soakFlags(c *cli.Command) error {
	seeds, first, judged := c.Int("seeds"), c.Uint64("first"), c.Int("tlc")
	switch {
	case seeds < 1:
		return fmt.Errorf("soak: want at least one seed, found %d", seeds)
	case first > math.MaxUint64-uint64(seeds):
		return fmt.Errorf("soak: want a first seed of at most %d, found %d", math.MaxUint64-uint64(seeds), first)
	case judged < 0:
		return fmt.Errorf("soak: want at least 0 runs for TLC, found %d", judged)
	}
	return noArguments(c)
}

func soak(ctx context.Context, c *cli.Command) error {
	seeds, first, workers := c.Int("seeds"), c.Uint64("first"), c.Int("workers")
	if err := soakFlags(c); err != nil {
		return err
	}
	if err := readyForTLC(ctx, c.Int("tlc")); err != nil {
		return err
	}
	bar := newBar("seeds", seeds)
	start := time.Now()
	result, err := fuzz.Soak(ctx, fuzz.SoakOptions{
		Scenario: fuzz.SoakScenario, First: first, Last: first + uint64(seeds) - 1, Workers: workers,
		KeepGoing: c.Bool("count"), Progress: func(r fuzz.SoakResult) { bar.set(r.Runs) },
	})
	bar.end()
	if err != nil {
		return err
	}
	if c.Bool("count") {
		return printCount(newCount(result))
	}
	fmt.Fprint(stdout, result.Summary(time.Since(start)))
	if runs := min(c.Int("tlc"), seeds); runs > 0 && ctx.Err() == nil {
		if err := judgeSoak(ctx, result.Failure, first, runs); err != nil && result.Failure == nil {
			return err
		}
	}
	switch {
	case result.Failure != nil:
		return fileFailure(result.Failure, c.String("bug"))
	case ctx.Err() != nil:
		return fmt.Errorf("soak: interrupted after %d of %d seeds", result.Runs, seeds)
	}
	fmt.Fprintf(stdout, "all %d seeds passed\n", result.Runs)
	return nil
}

// fileFailure makes a failure small and files it, and tells how to reproduce it. The bug, if any, is the one that this
// program was built with.
func fileFailure(o *fuzz.Outcome, bug string) error {
	fmt.Fprintf(os.Stderr, "seed %d FAILED: %s\n%s\n", o.Seed, o.Failure(), o.Command())
	return shrinkAndFile(bug, fmt.Sprintf("found by seed %d", o.Seed), func(options fuzz.ShrinkOptions) (fuzz.Shrunk, error) {
		return fuzz.Shrink(o.Scenario, options)
	})
}

// shrinkAndFile is errViolated, whether the failure could be made small and filed or not.
func shrinkAndFile(bug, found string, shrink func(fuzz.ShrinkOptions) (fuzz.Shrunk, error)) error {
	bar := newBar("shrinking", fuzz.ShrinkBudget)
	small, err := shrink(fuzz.ShrinkOptions{Progress: func(s fuzz.Shrunk) { bar.set(s.Spent) }})
	bar.end()
	var file *fuzz.File
	if err == nil {
		file, err = small.File(bug, small.Outcome.Property()+" broken, "+found)
	}
	path := ""
	if err == nil {
		path, err = file.SaveFound(outDir)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "not filed: %v\n", err)
		return errViolated
	}
	fmt.Fprintf(os.Stderr, "%v\nfiled: %s\nreproduce it with\n  go run ./checker/cmd/check replay %s\n", small, file.Failure, path)
	return errViolated
}
