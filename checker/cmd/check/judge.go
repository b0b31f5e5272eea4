package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/linear"
	"multipaxos/checker/proof"
	"multipaxos/impl/trace"
)

func historyCommand() *cli.Command {
	return &cli.Command{
		Name:      "history",
		Usage:     "judge a history: is there one order that explains every answer?",
		ArgsUsage: "FILE",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "html", Usage: "draw it into this file"},
			&cli.DurationFlag{Name: "timeout", Value: 5 * time.Second, Usage: "of each search; a search that ends so is no pass", Validator: positive},
		},
		Action: stoppable(func(_ context.Context, c *cli.Command) error {
			path, err := oneFile(c)
			if err != nil {
				return err
			}
			html := c.String("html")
			if sameFile(html, path) {
				return fmt.Errorf("history: want a drawing in another file than the history, found --html %s", html)
			}
			h, err := linear.ReadFile(path)
			if err != nil {
				return err
			}
			report, err := linear.Check(h, linear.Options{Timeout: c.Duration("timeout")})
			if err != nil {
				return err
			}
			fmt.Fprintln(stdout, report)
			if html != "" {
				if err := linear.Visualize(h, report, html); err != nil {
					return err
				}
				fmt.Fprintf(stdout, "open %s in a browser\n", html)
			}
			if !report.Passed() {
				return errViolated
			}
			return nil
		}),
	}
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && x.Mode().IsRegular() && os.SameFile(x, y)
}

func ladderCommand() *cli.Command {
	return &cli.Command{
		Name:      "ladder",
		Usage:     "draw a part of a trace: who sent what to whom",
		ArgsUsage: "FILE",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "from", Usage: "virtual time, like 1.5s"},
			&cli.DurationFlag{Name: "to", Value: 2 * time.Second, Usage: "virtual time; 0: to the end"},
		},
		Action: stoppable(func(_ context.Context, c *cli.Command) error {
			path, err := oneFile(c)
			if err != nil {
				return err
			}
			if from, to := c.Duration("from"), c.Duration("to"); from < 0 || to < 0 || to > 0 && to < from {
				return fmt.Errorf("ladder: want times from 0 on, --to not before --from, found --from %v --to %v", from, to)
			}
			return withTrace(path, func(r *trace.Reader) error {
				out := &counted{Writer: stdout}
				err := trace.Ladder(out, r, trace.Options{From: c.Duration("from"), To: c.Duration("to")})
				if err == nil && out.bytes == 0 {
					return fmt.Errorf("%s: want a time at which something happens, found nothing from %v on", path, c.Duration("from"))
				}
				return err
			})
		}),
	}
}

// counted counts what is written.
type counted struct {
	io.Writer
	bytes int
}

func (c *counted) Write(b []byte) (int, error) {
	c.bytes += len(b)
	return c.Writer.Write(b)
}

func withTrace(path string, use func(*trace.Reader) error) error {
	reader, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	return use(reader)
}

// proofCommand leaves everything to package proof.
func proofCommand() *cli.Command {
	return &cli.Command{
		Name:      "proof",
		Usage:     "have z3 prove the protocol's core for any number of nodes, slots, ballots and values",
		ArgsUsage: "[OBLIGATION…]",
		Description: "The source is spec/proof/MultiPaxos.proof; weakened variants of it must fail. z3 is installed where that is possible.\n" +
			"Without names, everything.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "source", Value: proof.DefaultSource, Usage: "another proof"},
			&cli.StringFlag{Name: "keep", Usage: "keep the SMT-LIB files in this directory"},
			&cli.DurationFlag{Name: "timeout", Value: time.Minute, Usage: "of each obligation; one that takes longer is not proved", Validator: positive},
			&cli.BoolFlag{Name: "show", Usage: "print the counterexamples of what must fail, too"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			outcome := proof.Check(ctx, stdout, proof.Options{
				Source: c.String("source"), Keep: c.String("keep"), Only: c.Args().Slice(), Timeout: c.Duration("timeout"),
				Show: c.Bool("show"),
			})
			return ended("proof", int(outcome))
		},
	}
}

// ended turns an outcome, which is an exit code, into the error that has it.
func ended(what string, outcome int) error {
	switch outcome {
	case 0:
		return nil
	case 1:
		return errViolated
	}
	return fmt.Errorf("%s: no verdict", what)
}
