package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/explore"
	"multipaxos/fuzz/share"
)

func shareCommand() *cli.Command {
	return &cli.Command{
		Name:      "share",
		Usage:     "measure how much of what can be reached in small models the simulator's runs and the fuzz corpus hit",
		ArgsUsage: "[MODEL…]",
		Description: "MODEL is one of fuzz/testdata/share; none: all. Each is visited whole, and compared with the specification. Then the\n" +
			"simulator runs on the model's cluster: at random, by random schedules, by the inputs of fuzz/testdata/fuzz, and by\n" +
			"mutations of these. The part of a run counts that stays within the model's bounds. A state there that the visit\n" +
			"missed fails the command.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "runs", Value: 1000, Usage: "of each kind that is drawn", Validator: within(1, 1_000_000_000)},
			&cli.Uint64Flag{Name: "seed", Value: 1},
			&cli.IntFlag{Name: "workers", Value: runtime.NumCPU(), Usage: "goroutines that visit", Validator: within(1, mostWorkers)},
		},
		Action: sharing,
	}
}

func sharing(ctx context.Context, c *cli.Command) (err error) {
	data := filepath.Join("fuzz", "testdata")
	o := share.Options{Spec: "spec", Models: filepath.Join(data, "share"), Corpus: filepath.Join(data, "fuzz"),
		Names: c.Args().Slice(), Runs: c.Int("runs"), Seed: c.Uint64("seed"), Workers: c.Int("workers")}
	if len(o.Names) == 0 {
		if o.Names, err = share.Names(o.Models); err != nil {
			return err
		}
	}
	_, err = share.Measure(ctx, stdout, o)
	if errors.Is(err, explore.ErrUnreached) || errors.Is(err, explore.ErrDiffers) {
		fmt.Fprintln(os.Stderr, err)
		return errViolated
	}
	return err
}
