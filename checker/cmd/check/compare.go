package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz/search"
	"multipaxos/fuzz/zoo"
)

func methodsCommand() *cli.Command {
	return &cli.Command{
		Name:      "methods",
		Usage:     "compare the methods of 'search' on planted bugs",
		ArgsUsage: "[BUG…]",
		Description: "Builds this program with each bug, has it search several times with each method, and prints a table in\n" +
			"Markdown: the median of the CPU seconds until the bug was found, and how many searches found it if not all did.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "runs", Value: 10, Usage: "searches for each bug and method, with seeds 1, 2, …"},
			&cli.DurationFlag{Name: "limit", Value: time.Minute, Usage: "CPU time of each search", Validator: positive},
			&cli.StringSliceFlag{Name: "method", Value: search.Methods, Usage: "method to compare, may be repeated"},
			&cli.BoolFlag{Name: "refine", Usage: "hold each step against the specification, too"},
			&cli.IntFlag{Name: "workers", Value: 2, Usage: "searches at a time"},
			writeFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			bugs, err := selectBugs(c.Args().Slice())
			if err != nil {
				return err
			}
			m := comparison{methods: c.StringSlice("method"), runs: c.Int("runs"), limit: c.Duration("limit"), refine: c.Bool("refine"), workers: c.Int("workers"), document: c.String("write")}
			return m.print(ctx, bugs)
		},
	}
}

// comparison is what 'methods' does.
type comparison struct {
	methods       []string
	runs, workers int
	limit         time.Duration
	refine        bool
	document      string // "": none
}

func (m comparison) print(ctx context.Context, bugs []zoo.Bug) error {
	if m.runs < 1 || m.workers < 1 {
		return fmt.Errorf("methods: want at least 1 run and 1 worker, found %d and %d", m.runs, m.workers)
	}
	for _, name := range m.methods {
		if err := search.KnownMethod(name); err != nil {
			return err
		}
	}
	t := tableOf(m.document, "methods", fmt.Sprintf("| bug | %s |\n|---|%s\n", strings.Join(m.methods, " | "), strings.Repeat("---|", len(m.methods))))
	fmt.Fprint(stdout, t.head)
	return eachBug(bugs, func(bug zoo.Bug) error {
		row, err := m.row(ctx, bug)
		if err != nil {
			return err
		}
		return t.add(bug.ID, row)
	})
}

// row searches for one bug.
func (m comparison) row(ctx context.Context, bug zoo.Bug) (row string, err error) {
	var results []searched
	err = withPlanted(ctx, bug, func(program string) error {
		results, err = m.search(ctx, program)
		return err
	})
	if err != nil {
		return "", err
	}
	cells := []string{bug.ID}
	for i := range m.methods {
		cells = append(cells, median(results[i*m.runs:(i+1)*m.runs], m.limit))
	}
	return "| " + strings.Join(cells, " | ") + " |", nil
}

// search has the program search with all methods, and all seeds for each.
func (m comparison) search(ctx context.Context, program string) ([]searched, error) {
	results := make([]searched, len(m.methods)*m.runs)
	problems := make([]error, len(results))
	slots := make(chan struct{}, m.workers)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i], problems[i] = m.runSearch(ctx, program, m.methods[i/m.runs], 1+i%m.runs)
		})
	}
	group.Wait()
	return results, cmp.Or(problems...) // the others say the same
}

func (m comparison) runSearch(ctx context.Context, program, method string, seed int) (searched, error) {
	return onePlanted[searched](ctx, program, "search", "--json", "--method", method, "--seed", strconv.Itoa(seed),
		"--limit", m.limit.String(), fmt.Sprintf("--refine=%v", m.refine))
}

// median returns the median of the CPU seconds, in which a search that found nothing counts as longer than the limit,
// and how many found the bug if not all did.
func median(results []searched, limit time.Duration) string {
	results = slices.Clone(results)
	slices.SortFunc(results, func(a, b searched) int {
		if (a.Found == "") != (b.Found == "") {
			return cmp.Compare(len(b.Found), len(a.Found))
		}
		return cmp.Compare(a.Seconds, b.Seconds)
	})
	found := slices.IndexFunc(results, func(s searched) bool { return s.Found == "" })
	middle := results[(len(results)-1)/2]
	switch {
	case found < 0:
		return fmt.Sprintf("%.2f", middle.Seconds)
	case middle.Found == "":
		return fmt.Sprintf("> %v (%d)", limit, found)
	}
	return fmt.Sprintf("%.2f (%d)", middle.Seconds, found)
}
