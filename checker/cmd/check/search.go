package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz"
	"multipaxos/fuzz/search"
)

func searchCommand() *cli.Command {
	return &cli.Command{
		Name:  "search",
		Usage: "look for a schedule that breaks the protocol",
		Description: fmt.Sprintf("Prints the schedule that it finds, with what each act was about, or \"nothing\". --method takes one of\n%v.\n", search.Methods) +
			"The CPU time is this process's, on however many cores. The same seed and --runs give the same search.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "method", Value: "pos"},
			&cli.Uint64Flag{Name: "seed", Value: 1},
			&cli.DurationFlag{Name: "limit", Value: time.Minute, Usage: "CPU time after which to give up; 0: never"},
			&cli.IntFlag{Name: "runs", Usage: "schedules after which to give up; 0: never"},
			&cli.BoolFlag{Name: "refine", Value: true, Usage: "hold each step against the specification, too: finds a wrong step long before what it breaks"},
			&cli.IntFlag{Name: "nodes", Usage: "of the clusters; 0: 1 to 5"},
			&cli.IntFlag{Name: "clients", Usage: "at most; 0: 8"},
			&cli.IntFlag{Name: "ops", Usage: "operations, at most; 0: 200"},
			&cli.BoolFlag{Name: "json", Usage: "print what it took, as JSON, and not the schedule"},
		},
		Action: searching,
	}
}

func searching(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	limit, runs := c.Duration("limit"), c.Int("runs")
	bar, progress := searchBar(limit, runs)
	result, err := search.Search(ctx, search.Options{
		Method: c.String("method"), Seed: c.Uint64("seed"), Limit: limit, Runs: runs, Refined: c.Bool("refine"),
		Small:    fuzz.Schedule{Nodes: c.Int("nodes"), Clients: c.Int("clients"), Operations: c.Int("ops")},
		Progress: progress,
	})
	bar.end()
	if err != nil {
		return err
	}
	if ctx.Err() != nil && result.Failure == nil {
		return fmt.Errorf("search: interrupted after %d schedules, %.2f s of CPU", result.Runs, result.CPU.Seconds())
	}
	return printSearch(result, c.Bool("json"))
}

// searchBar shows how far a search is: in CPU time, or in schedules where time has no limit.
func searchBar(limit time.Duration, runs int) (*bar, func(search.Result)) {
	if limit == 0 && runs > 0 {
		b := newBar("schedules", runs)
		return b, func(r search.Result) { b.set(r.Runs) }
	}
	b := newBar("searching, CPU ms", int(limit.Milliseconds()))
	return b, func(r search.Result) { b.set(int(r.CPU.Milliseconds())) }
}

// searched is what 'search --json' prints.
type searched struct {
	Found    string  `json:"found"` // the failure, or nothing
	Runs     int     `json:"runs"`
	Steps    int     `json:"steps"`  // simulated
	States   int     `json:"states"` // abstract
	Seconds  float64 `json:"cpu_seconds"`
	Acts     int     `json:"acts"` // of the schedule, that are not the usual one
	Schedule string  `json:"schedule,omitzero"`
}

func printSearch(r search.Result, asJSON bool) error {
	s := searched{Runs: r.Runs, Steps: r.Steps, States: r.States, Seconds: r.CPU.Seconds(), Acts: r.Schedule.Size()}
	if r.Failure != nil {
		s.Found, s.Schedule = r.Failure.Failure(), r.Schedule.String()
	}
	switch {
	case asJSON:
		if err := json.NewEncoder(stdout).Encode(s); err != nil {
			return err
		}
	case r.Failure == nil:
		fmt.Fprintln(stdout, "nothing")
	default:
		text, err := fuzz.Explain(r.Schedule)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, text)
	}
	fmt.Fprintf(os.Stderr, "%d schedules, %d steps, %.2f s of CPU; %s\n", s.Runs, s.Steps, s.Seconds, orNothing(s.Found))
	if r.Failure != nil {
		return errViolated
	}
	return nil
}

func orNothing(found string) string {
	if found == "" {
		return "nothing found"
	}
	return "found " + found
}

func scheduleCommand() *cli.Command {
	return &cli.Command{
		Name:      "schedule",
		Usage:     "run a schedule that 'search' printed, and judge it",
		ArgsUsage: "FILE",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "explain", Usage: "print the schedule with what each act is about"},
			&cli.BoolFlag{Name: "shrink", Usage: "if it fails, make it small, and file that in histories/out"},
		},
		Action: stoppable(func(ctx context.Context, c *cli.Command) error {
			name, err := oneFile(c)
			if err != nil {
				return err
			}
			s, err := fuzz.ReadSchedule(name)
			if err != nil {
				return err
			}
			return runSchedule(ctx, s, c.Bool("explain"), c.Bool("shrink"))
		}),
	}
}

func runSchedule(ctx context.Context, s fuzz.Schedule, explain, shrink bool) error {
	outcome, err := fuzz.RunSchedule(s, nil)
	if err != nil {
		return err
	}
	if explain {
		text, err := fuzz.Explain(s)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, text)
	}
	fmt.Fprintf(stdout, "%s\n%s\n", outcome.Summary(), outcome.Verdict())
	switch {
	case outcome.Failure() == "":
		return nil
	case !shrink:
		return errViolated
	}
	return shrinkAndFile("", "found by a search", func(o fuzz.ShrinkOptions) (fuzz.Shrunk, error) {
		return search.Shrink(ctx, s, outcome, o)
	})
}
