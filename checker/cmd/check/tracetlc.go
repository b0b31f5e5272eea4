package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/tracetlc"
)

// tlcFlags have TLC judge traces.
func tlcFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "tlc", Usage: "have TLC and the validator both judge, and fail when they do not agree"},
		&cli.StringFlag{Name: "dir", Value: "spec", Usage: "where Trace.tla is"},
		&cli.IntFlag{Name: "workers", Value: 1, Usage: "threads of TLC"},
	}
}

// judgeWithTLC leaves everything to package tracetlc.
func judgeWithTLC(ctx context.Context, c *cli.Command) error {
	if !c.Args().Present() {
		return fmt.Errorf("%s: want files, found none", c.FullName())
	}
	if os.Getenv(tracetlc.JavaVariable) == "" {
		if err := os.Setenv(tracetlc.JavaVariable, tracetlc.JavaOptions); err != nil {
			return err
		}
	}
	var sources []tracetlc.Source
	for _, path := range c.Args().Slice() {
		source, err := tracetlc.File(path)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	verdicts, err := tracetlc.Compare(ctx, sources, tracetlc.Options{Dir: c.String("dir"), Workers: c.Int("workers")})
	disagreement := new(tracetlc.Disagreement)
	if err != nil && !errors.As(err, &disagreement) {
		return err
	}
	passed := err == nil
	for _, v := range verdicts {
		fmt.Println(v)
		passed = passed && v.Passed()
	}
	if err != nil {
		fmt.Println(err)
	}
	if !passed {
		return errViolated
	}
	return nil
}
