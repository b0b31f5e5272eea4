package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/explore"
)

// exploreCommand leaves everything to package explore.
func exploreCommand() *cli.Command {
	return &cli.Command{
		Name:  "explore",
		Usage: "visit every state that the role code can reach in a small cluster",
		Description: "With --equal, each state and each step is held against the specification: both must have the same.\n" +
			"With --equal --reduced, on the graphs that TLC exhausts; without, every message is kept.\n" +
			"With --share, random walks show how much of what can be reached they hit.\n" +
			"With --checkpoint, an exploration that is interrupted goes on later with --resume.",
		ArgsUsage: "MODEL",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "workers", Value: runtime.NumCPU(), Usage: "goroutines", Validator: within(1, mostWorkers)},
			&cli.BoolFlag{Name: "symmetry", Usage: "visit one of the states that differ in names only"},
			&cli.BoolFlag{Name: "reduction", Usage: "take steps that commute with all others first, alone"},
			&cli.IntFlag{Name: "limit", Usage: "give up after so many states (0: never; with --equal all a million, unless --reduced)", Validator: within(0, math.MaxInt)},
			&cli.IntFlag{Name: "frontier", Usage: "states of a depth that are kept in memory, the others go to disk (0: all)", Validator: within(0, math.MaxInt)},
			&cli.StringFlag{Name: "checkpoint", Usage: "save to this file each minute, and at the end if that comes early; a new file, but with --resume"},
			&cli.BoolFlag{Name: "resume", Usage: "go on from the checkpoint"},
			&cli.BoolFlag{Name: "equal", Usage: "compare with the specification: MODEL is one of models.json, or all"},
			&cli.BoolFlag{Name: "reduced", Usage: "with --equal: leave messages out where MODEL does, so the graph is TLC's; else every message is kept"},
			&cli.StringFlag{Name: "dir", Value: "spec", Usage: "where the models of the specification are"},
			&cli.BoolFlag{Name: "share", Usage: "walk at random, and count the states"},
			&cli.BoolFlag{Name: "corpus", Usage: "every second walk begins with a part of one that met a new state, as fuzzers do"},
			&cli.IntFlag{Name: "steps", Value: 1_000_000, Usage: "of the random walks", Validator: within(1, math.MaxInt)},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "of the random walks"},
		},
		Action: exploring,
	}
}

func exploring(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() == 0 || c.Args().Len() > 1 && !c.Bool("equal") {
		return fmt.Errorf("explore: want one model, found %d arguments", c.Args().Len())
	}
	if c.Bool("reduced") && !c.Bool("equal") {
		return errors.New("explore: want --equal with --reduced, found none")
	}
	if err := overlooked(c); err != nil {
		return err
	}
	if c.Bool("equal") {
		return exploreEqual(ctx, c)
	}
	m, err := explore.Find(c.Args().First())
	if err != nil {
		return err
	}
	if c.Bool("share") {
		_, err := explore.ShareOf(ctx, stdout, explore.ShareOptions{Model: m, Steps: c.Int("steps"), Seed: c.Uint64("seed"), Corpus: c.Bool("corpus")})
		return err
	}
	if c.Bool("resume") && c.String("checkpoint") == "" {
		return errors.New("explore: want --checkpoint with --resume, found none")
	}
	outcome, err := explore.Run(ctx, stdout, explore.Options{Model: m, Workers: c.Int("workers"), Symmetry: c.Bool("symmetry"),
		Reduction: c.Bool("reduction"), MaxStates: c.Int("limit"), Frontier: c.Int("frontier"), Checkpoint: c.String("checkpoint"),
		Resume: c.Bool("resume"), Progress: true, Ladder: true})
	switch {
	case err != nil:
		return err
	case outcome.Violation == "" && !outcome.Complete:
		return fmt.Errorf("explore: model %s: no verdict: it was stopped after %d states", m.Name, outcome.States)
	case !outcome.OK():
		return errViolated
	}
	return nil
}

// overlooked refuses flags that would not have the effect that their user expects.
func overlooked(c *cli.Command) error {
	way, used := "without --equal and --share", []string{"workers", "symmetry", "reduction", "limit", "frontier", "checkpoint", "resume"}
	switch {
	case c.Bool("equal"):
		way, used = "with --equal", []string{"equal", "workers", "limit", "reduced", "dir"}
	case c.Bool("share"):
		way, used = "with --share", []string{"share", "corpus", "steps", "seed"}
	}
	for _, flag := range c.Flags {
		if name := flag.Names()[0]; flag.IsSet() && !slices.Contains(used, name) {
			return fmt.Errorf("explore: want no --%s %s, found it", name, way)
		}
	}
	return nil
}

// exploreEqual compares models of the specification with the role code.
func exploreEqual(ctx context.Context, c *cli.Command) error {
	names, limit := c.Args().Slice(), c.Int("limit")
	if len(names) == 1 && names[0] == "all" {
		names = nil
		if !c.IsSet("limit") && !c.Bool("reduced") {
			limit = 1_000_000
		}
	}
	err := explore.Equal(ctx, stdout, explore.EqualOptions{Dir: c.String("dir"), Names: names, Limit: limit,
		Workers: c.Int("workers"), Reduced: c.Bool("reduced")})
	if errors.Is(err, explore.ErrDiffers) {
		return errViolated
	}
	return err
}
