package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/explore"
	"multipaxos/checker/usage"
	"multipaxos/fuzz"
	"multipaxos/fuzz/search"
	"multipaxos/fuzz/zoo"
)

func shortestCommand() *cli.Command {
	return &cli.Command{
		Name:      "shortest",
		Usage:     "compare what shrinking leaves of random failures with the shortest ones, which breadth-first search finds",
		ArgsUsage: "[BUG…]",
		Description: "Builds this program with each bug. Breadth-first search of all that the role code can do in small models, from the\n" +
			"founding of the cluster on, finds the shortest way to a step that the specification does not have. Random searches find\n" +
			"another, and shrinking makes it small. Both are counted in moves: steps that change a node, or send something new.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "runs", Value: 2, Usage: "random failures that are made small"},
			&cli.IntFlag{Name: "states", Value: 100_000, Usage: "of each model, after which breadth-first search gives up"},
			&cli.DurationFlag{Name: "limit", Value: 10 * time.Second, Usage: "CPU time of each random search", Validator: positive},
			&cli.BoolFlag{Name: "refine", Value: true, Usage: "look for steps that the specification does not have; false: for other failures, without breadth-first search"},
			&cli.StringFlag{Name: "method", Value: "pos", Usage: "of the random searches"},
			writeFlag(),
			&cli.StringFlag{Name: "here", Hidden: true, Usage: "the bug that this program was built with"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.String("here") != "" {
				return shortestHere(ctx, c)
			}
			bugs, err := selectBugs(c.Args().Slice())
			if err != nil {
				return err
			}
			if c.Int("runs") < 0 || c.Int("states") < 1 {
				return fmt.Errorf("shortest: want at least 0 runs and 1 state, found %d and %d", c.Int("runs"), c.Int("states"))
			}
			if err := search.KnownMethod(c.String("method")); err != nil {
				return err
			}
			return shortestOf(ctx, c, bugs)
		},
	}
}

// compared is what 'shortest' finds of one bug.
type compared struct {
	Model  string   `json:"model"`  // in which breadth-first search found it; "": in none
	Action string   `json:"action"` // that is wrong
	Moves  int      `json:"moves"`
	Shrunk []shrunk `json:"shrunk"`
}

// shrunk is a random failure and what shrinking left of it.
type shrunk struct {
	Failure                   string
	Found, Took               float64 // CPU seconds
	FromSteps, FromActs       int
	Moves, Steps, Acts, Nodes int
}

func shortestOf(ctx context.Context, c *cli.Command, bugs []zoo.Bug) error {
	t := tableOf(c.String("write"), "shortest", "| bug | shortest | shrunk | acts | the random failures, in steps | CPU s to find, to shrink |\n|---|---|---|---|---|---|\n")
	fmt.Fprint(stdout, t.head)
	return eachBug(bugs, func(bug zoo.Bug) error {
		return withPlanted(ctx, bug, func(program string) error {
			result, err := onePlanted[compared](ctx, program, "shortest", "--here", bug.ID, "--runs", fmt.Sprint(c.Int("runs")),
				"--states", fmt.Sprint(c.Int("states")), "--limit", c.Duration("limit").String(), "--method", c.String("method"),
				fmt.Sprintf("--refine=%v", c.Bool("refine")))
			if err != nil {
				return err
			}
			return t.add(bug.ID, result.row(bug.ID))
		})
	})
}

// row writes each cell, with the results of all random failures in it.
func (r compared) row(bug string) string {
	shortest := "–"
	if r.Model != "" {
		shortest = fmt.Sprintf("%d %s (%s)", r.Moves, r.Action, r.Model)
	}
	var cells [4][]string
	for _, s := range r.Shrunk {
		cells[0] = append(cells[0], fmt.Sprintf("%d %s (%d)", s.Moves, s.Failure, s.Nodes))
		cells[1] = append(cells[1], fmt.Sprint(s.Acts))
		cells[2] = append(cells[2], fmt.Sprint(s.FromSteps))
		cells[3] = append(cells[3], fmt.Sprintf("%.1f, %.0f", s.Found, s.Took))
	}
	row := "| " + bug + " | " + shortest
	for _, cell := range cells {
		row += " | " + cmp.Or(strings.Join(slices.Compact(cell), "; "), "–")
	}
	return row + " |"
}

// shortestHere compares on the role code of this program, and prints JSON.
func shortestHere(ctx context.Context, c *cli.Command) (err error) {
	var r compared
	if c.Bool("refine") {
		if r, err = breadthFirst(ctx, c.Int("states")); err != nil {
			return err
		}
	}
	for seed := range c.Int("runs") {
		s, err := shrinkRandom(ctx, c, uint64(seed)+1)
		if err != nil {
			return err
		}
		if s.Failure != "" {
			r.Shrunk = append(r.Shrunk, s)
		}
	}
	return json.NewEncoder(stdout).Encode(r)
}

// breadthFirst returns the shortest way to a step that the specification does not have, of all models.
func breadthFirst(ctx context.Context, states int) (best compared, err error) {
	bounds := fuzz.Bounds()
	for _, name := range []string{"one", "clients", "two"} {
		config := bounds[name]
		m, err := explore.FromSpec(name, config)
		if err != nil {
			return best, err
		}
		out, err := explore.Run(ctx, io.Discard, explore.Options{Model: m, MaxStates: states, Equal: config})
		r := compared{Model: name, Moves: len(out.Path) + 1}
		r.Action, _, _ = strings.Cut(out.Violation, " ")
		if errors.Is(err, explore.ErrDiffers) {
			r.Action, r.Moves = "Init", 0
		} else if err != nil {
			return best, err
		}
		if r.Action != "" && (best.Model == "" || r.Moves < best.Moves) {
			best = r
		}
	}
	return best, nil
}

// shrinkRandom searches with the seed, and makes small what it finds.
func shrinkRandom(ctx context.Context, c *cli.Command, seed uint64) (s shrunk, err error) {
	refine := c.Bool("refine")
	r, err := search.Search(ctx, search.Options{Method: c.String("method"), Seed: seed, Limit: c.Duration("limit"), Refined: refine})
	if err != nil || r.Failure == nil || refine && r.Failure.Refinement == nil {
		return s, err
	}
	start, o := usage.CPU(), fuzz.ShrinkOptions{}
	if refine {
		o.Property = fuzz.Refinement
	}
	small, err := search.Shrink(ctx, r.Schedule, r.Failure, o)
	if err != nil {
		return s, err
	}
	s = shrunk{Failure: small.Outcome.Property(), Found: r.CPU.Seconds(), Took: (usage.CPU() - start).Seconds(), FromSteps: r.Failure.Steps,
		FromActs: r.Schedule.Size(), Steps: small.Outcome.Steps, Acts: small.Repro.Size(), Nodes: small.Outcome.Nodes}
	if refine {
		s.Failure = small.Outcome.Refinement.Action
	}
	s.Moves, err = small.Repro.Moves()
	return s, err
}
