package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
)

// modelCommand leaves everything to package model.
func modelCommand() *cli.Command {
	return &cli.Command{
		Name:      "model",
		Usage:     "compare the specification in Go with TLC, state for state and edge for edge",
		ArgsUsage: "[MODEL…]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "tier", Value: tlc.Quick, Usage: "quick or full"},
			&cli.StringFlag{Name: "dir", Value: "spec", Usage: "where the models are"},
			&cli.BoolFlag{Name: "bench", Usage: "compare the speed instead"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			o := model.Options{Dir: c.String("dir"), Tier: c.String("tier"), Names: c.Args().Slice()}
			if c.Bool("bench") {
				return ended("model", int(model.Bench(ctx, stdout, o)))
			}
			return ended("model", int(model.Equal(ctx, stdout, o)))
		},
	}
}
