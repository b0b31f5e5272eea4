// Command check runs simulated clusters and judges what they did: histories, traces, and the specification.
//
// Exit codes: 0 fine, 1 a property is violated, 2 the input is wrong or a tool is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
)

// errViolated ends a command whose report has already told what is violated.
var errViolated = errors.New("a property is violated")

// errInterrupted ends a command that a signal stopped before it had a verdict.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program, whatever it does
	os.Exit(run(ctx, os.Args))
}

// run returns the exit code.
func run(ctx context.Context, args []string) int {
	err := command().Run(ctx, args)
	if lost := stdout.failed(); err == nil {
		err = lost
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errViolated):
		return 1
	case errors.Is(err, context.Canceled):
		err = errInterrupted
	}
	fmt.Fprintf(os.Stderr, "check: %v\n", err)
	return 2
}

func command() *cli.Command {
	root := &cli.Command{
		Name:  "check",
		Usage: "run simulated Multi-Paxos clusters, and judge histories, traces and the specification",
		Description: "Start with 'check demo': five nodes, all faults, and a page on what happened.\n" +
			"Then open the files that it names, and give its trace and history to 'check trace' and 'check history'.\n" +
			"Exit codes: 0 fine, 1 a property is violated, 2 the input is wrong or a tool is missing.",
		Commands:  []*cli.Command{demoCommand(), runCommand(), soakCommand(), historyCommand(), traceCommand(), ladderCommand(), specCommand(), proofCommand(), modelCommand(), exploreCommand(), shareCommand(), coverageCommand(), replayCommand(), galleryCommand(), shortestCommand(), searchCommand(), methodsCommand(), scheduleCommand(), zooCommand(), huntCommand()},
		Action:    needsCommand,
		Writer:    stdout,
		ErrWriter: os.Stderr,
		// The exit code is ours to choose, and an error is one line.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	quiet(root)
	return root
}

// quiet has a wrong flag give one line, not the whole help.
func quiet(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%w; see '%s --help'", err, c.FullName())
	}
	for _, sub := range c.Commands {
		quiet(sub)
	}
}

func needsCommand(_ context.Context, c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("want a command, found %q; see 'check --help'", c.Args().First())
	}
	return cli.ShowAppHelp(c)
}

// stoppable returns an action that a signal ends although it does not look at its context: nothing waits for it then.
func stoppable(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		done := make(chan error, 1)
		go func() { done <- action(ctx, c) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", c.Name, errInterrupted)
		}
	}
}

// mostWorkers is more than a machine has processors for, and few enough not to fill its memory.
const mostWorkers = 1024

// within refuses numbers that a flag cannot have.
func within(least, most int) func(int) error {
	return func(n int) error {
		switch {
		case n < least:
			return fmt.Errorf("want at least %d, found %d", least, n)
		case n > most:
			return fmt.Errorf("want at most %d, found %d", most, n)
		}
		return nil
	}
}

// positive refuses a time in which nothing can be done.
func positive(d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("want a time above 0, found %v", d)
	}
	return nil
}

// oneFile returns the command's only argument.
func oneFile(c *cli.Command) (string, error) {
	if c.Args().Len() != 1 {
		return "", fmt.Errorf("%s: want one file, found %d arguments", c.FullName(), c.Args().Len())
	}
	return c.Args().First(), nil
}

// noArguments refuses arguments that would otherwise be overlooked.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("%s: want flags only, found %q", c.FullName(), c.Args().First())
	}
	return nil
}
