package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/replay"
	"multipaxos/fuzz"
	"multipaxos/fuzz/zoo"
)

func replayCommand() *cli.Command {
	return &cli.Command{
		Name:      "replay",
		Usage:     "do a filed run again and compare; or play a behaviour of the specification against the role code",
		ArgsUsage: "FILE…",
		Description: "A .txtar file is a run that was filed, like those in histories: 0 when it does again what the file says, 1 when not.\n" +
			"If it names a planted bug, the protocol is built with that, and without it the same schedule must pass.\n" +
			"Any other file is a schedule that was made from a behaviour of the specification.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "here", Usage: "with the bugs that this very program has, whatever the file names"},
			&cli.BoolFlag{Name: "update", Usage: "file what the run does now, if it still fails in the same property"},
			&cli.StringFlag{Name: "out", Usage: "write the whole trace and the other files of the run to this directory"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if !c.Args().Present() {
				return fmt.Errorf("%s: want a file, found 0 arguments", c.FullName())
			}
			if out := c.String("out"); out != "" && c.Args().Len() > 1 {
				return fmt.Errorf("%s: want one file with --out, whose files have fixed names, found %d", c.FullName(), c.Args().Len())
			}
			var worst error
			for _, path := range c.Args().Slice() {
				if err := replayFile(ctx, c, path); err != nil && !errors.Is(err, errViolated) {
					return err
				} else if err != nil {
					worst = err
				}
			}
			return worst
		},
	}
}

func replayFile(ctx context.Context, c *cli.Command, path string) error {
	if filepath.Ext(path) != ".txtar" {
		return replayBehaviour(ctx, path)
	}
	f, err := fuzz.ReadFile(path)
	if err != nil {
		return err
	}
	if f.Bug == "" || c.Bool("here") {
		return replayHere(f, path, c.Bool("update"), c.String("out"))
	}
	if err := replayUnplanted(f); err != nil {
		return err
	}
	return replayPlanted(ctx, f.Bug, c, path)
}

// replayBehaviour plays a behaviour of the specification against the role code.
func replayBehaviour(ctx context.Context, path string) error {
	var report strings.Builder
	outcome := replay.File(ctx, &report, path)
	if outcome == replay.BadInput {
		return errors.New(strings.TrimSpace(report.String()))
	}
	fmt.Fprint(stdout, report.String())
	return ended("replay", int(outcome))
}

// replayHere does a run again on the protocol of this program.
func replayHere(f *fuzz.File, path string, update bool, out string) error {
	r, err := f.Replay()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(stdout, "%s: %s\n%s", path, f.Title, r.Again.Verdicts)
	if out != "" {
		files, err := f.Repro.Save(out)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, files)
	}
	switch {
	case len(r.Differences) == 0:
		fmt.Fprintln(stdout, "reproduced: the run is what the file says, byte for byte")
		return nil
	case update && r.Reproduced():
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		_, err := r.Again.Save(filepath.Dir(path), name)
		fmt.Fprintln(stdout, "filed again: the run differs from what was filed")
		return err
	}
	fmt.Fprintf(stdout, "NOT reproduced\n  %s\n", strings.Join(r.Differences, "\n  "))
	return errViolated
}

// replayUnplanted holds that the protocol as it is passes where the planted bug fails.
func replayUnplanted(f *fuzz.File) error {
	o, err := f.Repro.Run(nil)
	if err != nil {
		return err
	}
	if o.Failure() != "" {
		fmt.Fprintf(stdout, "without the bug: FAILED %s\n", o.Failure())
		return errViolated
	}
	fmt.Fprintf(stdout, "without the bug: passed, %d steps\nwith the bug %s:\n", o.Steps, f.Bug)
	return nil
}

// replayPlanted builds this program with a bug and has it do the run again.
func replayPlanted(ctx context.Context, id string, c *cli.Command, path string) error {
	bug, err := zoo.Find(id)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	args := []string{"replay", "--here", "--out", c.String("out")}
	if c.Bool("update") {
		args = append(args, "--update")
	}
	return withPlanted(ctx, bug, func(program string) error {
		again := exec.CommandContext(ctx, program, append(args, path)...)
		again.Stdout, again.Stderr = os.Stdout, os.Stderr
		err := again.Run()
		if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 1 {
			return errViolated
		}
		return err
	})
}
