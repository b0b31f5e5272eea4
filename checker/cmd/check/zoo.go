package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz"
	"multipaxos/fuzz/zoo"
)

// count is what 'soak --count' prints.
type count struct {
	Runs     int            `json:"runs"`
	Failures map[string]int `json:"failures"` // by property
	First    uint64         `json:"first"`    // the lowest seed that failed, or 0
	Detail   string         `json:"detail"`   // of that
}

func newCount(r fuzz.SoakResult) count {
	c := count{Runs: r.Runs, Failures: r.Failures}
	if r.Failure != nil {
		c.First, c.Detail = r.Failure.Seed, r.Failure.Failure()
	}
	return c
}

func (c count) failures() (n int) {
	for _, of := range c.Failures {
		n += of
	}
	return n
}

func printCount(c count) error {
	if err := json.NewEncoder(os.Stdout).Encode(c); err != nil {
		return err
	}
	if c.failures() > 0 {
		return errViolated
	}
	return nil
}

func zooCommand() *cli.Command {
	return &cli.Command{
		Name:      "zoo",
		Usage:     "plant each known bug in the protocol, and count the seeds of a soak that find it",
		ArgsUsage: "[BUG…]",
		Description: "A bug is a diff in fuzz/zoo/bugs, applied to copies of the source. Prints a table in Markdown.\n" +
			"Bugs that random faults do not reach are killed by their scenarios: go test ./fuzz/zoo.",
		Flags: []cli.Flag{&cli.IntFlag{Name: "seeds", Value: 200, Usage: "seeds for each bug"}},
		Action: func(ctx context.Context, c *cli.Command) error {
			bugs, err := selectBugs(c.Args().Slice())
			if err != nil {
				return err
			}
			fmt.Println("| bug | breaks | what is planted | seeds that find it | first | as |\n|---|---|---|---|---|---|")
			bar := newBar("bugs", len(bugs))
			defer bar.end()
			for i, bug := range bugs {
				row, err := soakPlanted(ctx, bug, c.Int("seeds"))
				if err != nil {
					return fmt.Errorf("%s: %w", bug.ID, err)
				}
				fmt.Println(row)
				bar.set(i + 1)
			}
			return nil
		},
	}
}

func selectBugs(ids []string) (bugs []zoo.Bug, err error) {
	if len(ids) == 0 {
		return zoo.Bugs(), nil
	}
	for _, id := range ids {
		bug, err := zoo.Find(id)
		if err != nil {
			return nil, err
		}
		bugs = append(bugs, bug)
	}
	return bugs, nil
}

// soakPlanted builds this program with the bug and has it soak.
func soakPlanted(ctx context.Context, bug zoo.Bug, seeds int) (row string, err error) {
	dir, err := os.MkdirTemp("", "plant")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := bug.Overlay(".", dir)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "check")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", program, "./checker/cmd/check")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the planted source does not build: %w\n%s", err, output)
	}
	soak := exec.CommandContext(ctx, program, "soak", "--count", "--seeds", strconv.Itoa(seeds))
	output, err := soak.Output()
	if exit := new(exec.ExitError); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return "", fmt.Errorf("the planted soak ended with %w", err)
	}
	var c count
	if err := json.Unmarshal(output, &c); err != nil {
		return "", fmt.Errorf("the planted soak printed %q: %w", output, err)
	}
	return c.row(bug), nil
}

func (c count) row(bug zoo.Bug) string {
	first, as := "–", "–"
	if c.First != 0 {
		first = strconv.FormatUint(c.First, 10)
		var properties []string
		for _, p := range slices.Sorted(maps.Keys(c.Failures)) {
			properties = append(properties, fmt.Sprintf("%s %d", p, c.Failures[p]))
		}
		as = strings.Join(properties, ", ")
	}
	return fmt.Sprintf("| %s | %s | %s | %d of %d | %s | %s |", bug.ID, bug.Breaks, bug.Title, c.failures(), c.Runs, first, as)
}
