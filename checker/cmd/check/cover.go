package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/coverage"
)

// coverageCommand leaves everything to package coverage.
func coverageCommand() *cli.Command {
	return &cli.Command{
		Name:  "coverage",
		Usage: "count how often simulation, fuzzing, exploration and TLC's behaviours reach each branch of the role code",
		Description: "Builds and runs programs that count; needs the go command, in the directory of go.mod. Exit code 1 when\n" +
			"nothing reaches a branch that is not in checker/coverage/unreachable.txt, or no run takes an action.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "short", Usage: "less than a minute of CPU"},
			&cli.StringFlag{Name: "out", Usage: "write the table to this file, as docs/coverage.md, and print the verdict only"},
			&cli.IntFlag{Name: "walks", Usage: "only replay so many of TLC's random walks: what the command runs with counters", Validator: within(1, math.MaxInt)},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.IsSet("walks") {
				return coverage.Walk(ctx, "spec", c.Int("walks"))
			}
			return countBranches(ctx, c.Bool("short"), c.String("out"))
		},
	}
}

func countBranches(ctx context.Context, short bool, out string) error {
	if out != "" { // a minute of counting is not to be lost
		if _, err := os.Stat(filepath.Dir(out)); err != nil {
			return fmt.Errorf("coverage: want a directory for %s: %w", out, err)
		}
	}
	counted, err := coverage.Collect(ctx, coverage.Options{Root: ".", Short: short, Progress: os.Stderr})
	if err != nil {
		return err
	}
	report, err := coverage.NewReport(".", counted)
	if err != nil {
		return err
	}
	if out == "" {
		report.Print(stdout)
	} else {
		if err := report.WriteFile(out, short); err != nil {
			return err
		}
		report.PrintVerdict(stdout)
		fmt.Fprintf(os.Stderr, "coverage: wrote %s\n", out)
	}
	if len(report.Failures) > 0 {
		return errViolated
	}
	return nil
}
