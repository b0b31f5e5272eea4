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

	"multipaxos/checker/whole"
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
		Description: "Searches schedules (see 'check search'), and where that finds nothing tries the one in fuzz/testdata/scripts, if\n" +
			"there is one, and files what shrinking leaves. A bug that neither finds has no file. Then writes histories/README.md.",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "limit", Value: 30 * time.Second, Usage: "CPU time of each of the searches for a bug", Validator: positive},
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
	return whole.WriteText(filepath.Join(galleryDir, "README.md"), text)
}

// fileBugs has copies of this program, built with a bug each, file what they find.
func fileBugs(ctx context.Context, ids []string, limit time.Duration) error {
	bugs, err := selectBugs(ids)
	if err != nil {
		return err
	}
	return eachBug(bugs, func(bug zoo.Bug) error { return filePlanted(ctx, bug, limit) })
}

func filePlanted(ctx context.Context, bug zoo.Bug, limit time.Duration) error {
	return withPlanted(ctx, bug, func(program string) error {
		run := exec.CommandContext(ctx, program, "gallery", "--here", bug.ID, "--limit", limit.String())
		run.Stdout, run.Stderr = os.Stdout, os.Stderr
		return run.Run()
	})
}

// finder returns a small failure of the protocol of this program, or the zero value.
type finder func(ctx context.Context, limit time.Duration) (fuzz.Shrunk, error)

// fileBug looks for the bug that this program was built with, and files the smallest failure: one that breaks what users or
// the protocol rely on; where there is none, the first step that the specification does not have.
func fileBug(ctx context.Context, bug zoo.Bug, limit time.Duration) error {
	var best fuzz.Shrunk
	for _, find := range []finder{searchedBy("pos", false), searchedBy("guided", false), searchedBy("pct", false), written(bug.ID), searchedBy("pos", true)} {
		small, err := find(ctx, limit)
		if err != nil {
			return err
		}
		if small.Outcome != nil && (best.Outcome == nil || weight(small) < weight(best)) {
			best = small
		}
		if best.Outcome != nil && weight(best) < stuck {
			break
		}
	}
	if best.Outcome == nil {
		fmt.Fprintf(stdout, "%s: nothing found\n", bug.ID)
		return nil
	}
	file, err := best.File(bug.ID, bug.Title)
	if err != nil {
		return err
	}
	path, err := file.Save(galleryDir, bug.ID)
	fmt.Fprintf(stdout, "%s: %v\n  %s\n", path, best, file.Failure)
	return err
}

// stuck is added to the weight of what does not come, because a reader rather sees what breaks.
const stuck = 1 << 20

// weight is how much there is to read.
func weight(s fuzz.Shrunk) int {
	if s.Outcome.Property() == "Liveness" {
		return stuck + s.Weight
	}
	return s.Weight
}

// written shrinks the schedule that somebody wrote for the bug, if there is one.
func written(id string) finder {
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
		return fuzz.ShrinkSchedule(s, fuzz.ShrinkOptions{})
	}
}

// searchedBy shrinks what a random search finds.
func searchedBy(method string, refined bool) finder {
	return func(ctx context.Context, limit time.Duration) (fuzz.Shrunk, error) {
		r, err := search.Search(ctx, search.Options{Method: method, Seed: 1, Limit: limit, Refined: refined})
		if err != nil || r.Failure == nil {
			return fuzz.Shrunk{}, err
		}
		r.Failure.Again = fmt.Sprintf("go run ./checker/cmd/check search --method %s --seed 1 --refine=%v", method, refined)
		return search.Shrink(ctx, r.Schedule, r.Failure, fuzz.ShrinkOptions{})
	}
}
