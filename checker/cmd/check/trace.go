package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/refine"
)

func traceCommand() *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "read a trace strictly, account for every message and write, and take each event as a step of the specification",
		ArgsUsage: "FILE",
		Flags:     tlcFlags(),
		Description: "A verdict names the event, its line, the action of the specification, the methods of impl/paxos, the field that is\n" +
			"wrong, what was expected there, and draws the run up to the event. With --tlc, of any number of files.",
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Bool("tlc") {
				return judgeWithTLC(ctx, c)
			}
			path, err := oneFile(c)
			if err != nil {
				return err
			}
			result, err := refine.File(path)
			if err != nil {
				return err
			}
			return printResult(path, result)
		},
	}
}

func printResult(path string, result refine.Result) error {
	if result.Violation != nil {
		fmt.Fprintln(stdout, result.Violation)
	}
	if result.Verdict != nil {
		if err := result.Verdict.Write(stdout, path); err != nil {
			return err
		}
	}
	if result.Violation != nil || result.Verdict != nil {
		return errViolated
	}
	fmt.Fprintln(stdout, result.Summary)
	fmt.Fprintf(stdout, "each of %d events is a step of the specification\n", result.Summary.Events)
	return nil
}
