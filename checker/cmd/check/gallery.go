package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz"
	"multipaxos/fuzz/search"
	"multipaxos/fuzz/zoo"
)

const galleryDir = "histories"

func galleryCommand() *cli.Command {
	return &cli.Command{
		Name:      "gallery",
		Usage:     "plant known bugs, look for a run that shows each, make it small and file it in histories",
		ArgsUsage: "[BUG…]",
		Description: "Tries the schedule in fuzz/testdata/scripts, if there is one, then searches schedules (see 'check search') and\n" +
			"seeds (see 'check soak') until a failure is short enough, and files the smallest.\n" +
			"A bug that neither finds has no file. Then writes histories/README.md.",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "limit", Value: 30 * time.Second, Usage: "CPU time of each of the searches for a bug"},
			&cli.BoolFlag{Name: "readme", Usage: "write histories/README.md only"},
			&cli.StringFlag{Name: "here", Hidden: true, Usage: "the bug that this program was built with"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if id := c.String("here"); id != "" {
				bug, err := zoo.Find(id)
				if err != nil {
					return err
				}
				return fileBug(ctx, bug, c.Duration("limit"))
			}
			if !c.Bool("readme") {
				if err := fileBugs(ctx, c.Args().Slice(), c.Duration("limit")); err != nil {
					return err
				}
			}
			return writeReadme()
		},
	}
}

func writeReadme() error {
	text, err := fuzz.GalleryReadme(galleryDir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(galleryDir, "README.md"), []byte(text), 0o644)
}

// fileBugs has copies of this program, built with a bug each, file what they find.
func fileBugs(ctx context.Context, ids []string, limit time.Duration) error {
	bugs, err := selectBugs(ids)
	if err != nil {
		return err
	}
	bar := newBar("bugs", len(bugs))
	defer bar.end()
	for i, bug := range bugs {
		if err := filePlanted(ctx, bug, limit); err != nil {
			return fmt.Errorf("%s: %w", bug.ID, err)
		}
		bar.set(i + 1)
	}
	return nil
}

func filePlanted(ctx context.Context, bug zoo.Bug, limit time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "planted")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := buildPlanted(ctx, bug, dir)
	if err != nil {
		return err
	}
	run := exec.CommandContext(ctx, program, "gallery", "--here", bug.ID, "--limit", limit.String())
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	return run.Run()
}

// fileBug looks for the bug that this program was built with, and files the smallest failure.
func fileBug(ctx context.Context, bug zoo.Bug, limit time.Duration) error {
	var best *fuzz.Shrunk
	for i, find := range []func(context.Context, time.Duration) (fuzz.Shrunk, error){
		written(bug.ID), searchedBy("guided", 1), searchedBy("pos", 1), soaked(true), searchedBy("pct", 1), searchedBy("uniform", 1), soaked(false),
	} {
		if best != nil && (weight(*best) < shortEnough || i == last) {
			break
		}
		small, err := find(ctx, limit)
		if err != nil {
			return err
		}
		if small.Outcome != nil && (best == nil || weight(small) < weight(*best)) {
			best = &small
		}
	}
	if best == nil {
		fmt.Printf("%s: nothing found\n", bug.ID)
		return nil
	}
	file, err := best.File(bug.ID, bug.Title)
	if err != nil {
		return err
	}
	path, err := file.Save(galleryDir, bug.ID)
	fmt.Printf("%s: %v\n  %s\n", path, best, file.Failure)
	return err
}

// weight is how much there is to read.
func weight(s fuzz.Shrunk) int {
	if s.Outcome.Property() == "Liveness" {
		return 10_000 + s.Repro.Size() // a reader rather sees what breaks than what does not come
	}
	return s.Outcome.Steps + s.Repro.Size()
}

// written shrinks the schedule that somebody wrote for the bug, if there is one.
func written(id string) func(context.Context, time.Duration) (fuzz.Shrunk, error) {
	return func(context.Context, time.Duration) (fuzz.Shrunk, error) {
		path := filepath.Join("fuzz", "testdata", "scripts", id+".txt")
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return fuzz.Shrunk{}, nil
		} else if err != nil {
			return fuzz.Shrunk{}, err
		}
		s, err := fuzz.DirectedSchedule(path, string(text))
		if err != nil {
			return fuzz.Shrunk{}, err
		}
		return fuzz.ShrinkSchedule(s, fuzz.ShrinkOptions{Budget: galleryBudget})
	}
}

func searchedBy(method string, seed uint64) func(context.Context, time.Duration) (fuzz.Shrunk, error) {
	return func(ctx context.Context, limit time.Duration) (fuzz.Shrunk, error) {
		r, err := search.Search(ctx, search.Options{Method: method, Seed: seed, Limit: limit})
		if err != nil || r.Failure == nil {
			return fuzz.Shrunk{}, err
		}
		if o, err := fuzz.RunSchedule(r.Schedule, nil); err != nil || o.Failure() == "" {
			return fuzz.Shrunk{}, err // it needs the zero acts at its end, which no file keeps
		}
		return fuzz.ShrinkSchedule(r.Schedule, fuzz.ShrinkOptions{Budget: galleryBudget})
	}
}

const (
	galleryBudget = 10_000_000 // of a failure: most take a hundredth of it
	shortEnough   = 80         // of a weight, to look no further
)

// last is the place of the finder that is asked only when all others found nothing.
const last = 6

// soaked looks for what the bug leads to; or, unless unrefined, for the first step that is none of the specification's.
func soaked(unrefined bool) func(context.Context, time.Duration) (fuzz.Shrunk, error) {
	scenario := func(seed uint64) fuzz.Scenario {
		s := fuzz.SoakScenario(seed)
		s.Unrefined = unrefined
		return s
	}
	return func(ctx context.Context, _ time.Duration) (fuzz.Shrunk, error) {
		r, err := fuzz.Soak(ctx, fuzz.SoakOptions{Scenario: scenario, First: 1, Last: 300, Workers: 1})
		if err != nil || r.Failure == nil {
			return fuzz.Shrunk{}, err
		}
		return fuzz.Shrink(scenario(r.Failure.Seed), fuzz.ShrinkOptions{Budget: galleryBudget})
	}
}
