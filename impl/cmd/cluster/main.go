// Command cluster runs simulated clusters: on your operations, or on random ones with a trace. It judges nothing:
// command check does.
//
// Exit codes: 0 fine, 1 the run broke a property, 2 the input is wrong.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

var errBroken = errors.New("a property is broken")

func main() { os.Exit(run(os.Args)) }

// run returns the exit code. What standard output did not take, as on a full disk, nobody has read: that is not fine.
func run(args []string) int {
	out := bufio.NewWriter(os.Stdout)
	err := program(out).Run(context.Background(), args)
	lost := out.Flush()
	switch {
	case errors.Is(err, errBroken):
		return 1
	case cmp.Or(err, lost) != nil:
		fmt.Fprintf(os.Stderr, "cluster: %v\n", cmp.Or(err, lost))
		return 2
	}
	return 0
}

func program(out io.Writer) *cli.Command {
	usage := func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%w; see '%s --help'", err, c.FullName())
	}
	return &cli.Command{
		Name:  "cluster",
		Usage: "run a Multi-Paxos cluster",
		Description: "'cluster call' has a small cluster execute your operations: try  cluster call 'transfer alice bob 5' 'get-balance bob'\n" +
			"'cluster simulate' runs nodes and clients on a virtual clock and writes what happened as a trace.\n" +
			"The same flags give the same trace, byte for byte. Give it to 'check trace' and 'check ladder'.\n" +
			"Exit codes: 0 fine, 1 the run broke a property, 2 the input is wrong.",
		Commands:       []*cli.Command{simulateCommand(usage), callCommand(usage), signCommand(usage)},
		Writer:         out,
		OnUsageError:   usage,
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return fmt.Errorf("want a command, found %q; see 'cluster --help'", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
}

func simulateCommand(usage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:  "simulate",
		Usage: "run nodes, clients and faults on a virtual clock, and write the trace",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "machine", Value: "bank", Usage: "bank or kv"},
			&cli.IntFlag{Name: "nodes", Value: 3},
			&cli.IntFlag{Name: "clients", Value: 3},
			&cli.IntFlag{Name: "ops", Value: 20, Usage: "operations in all"},
			&cli.StringFlag{Name: "faults", Value: "none", Usage: "none, all, or classes like loss=0.05,crash,torn"},
			&cli.Uint64Flag{Name: "seed", Value: 1},
			&cli.StringFlag{Name: "trace", Usage: "write the trace to this file (default: standard output)"},
		},
		OnUsageError: usage,
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return fmt.Errorf("simulate: want flags only, found %q", c.Args().First())
			}
			return simulate(c)
		},
	}
}

func simulate(c *cli.Command) (err error) {
	w, err := workload.New(c.String("machine"))
	if err != nil {
		return err
	}
	faults, err := sim.ParseFaults(c.String("faults"))
	if err != nil {
		return err
	}
	o := sim.Options{
		Nodes: c.Int("nodes"), Clients: c.Int("clients"), Operations: c.Int("ops"), Faults: faults,
		NewMachine: w.NewMachine, Next: w.Next,
	}
	if err := o.Validate(); err != nil {
		return err
	}
	file := os.Stdout
	if path := c.String("trace"); path != "" {
		if file, err = os.Create(path); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	return record(o, c.Uint64("seed"), w.Machine, bufio.NewWriter(file))
}

// record runs the cluster and writes its trace and, to standard error, what it did.
func record(o sim.Options, seed uint64, machine string, out *bufio.Writer) error {
	o.Trace = trace.NewRecorder(out, o.Header(seed, machine, map[string]string{"faults": o.Faults.String()}))
	result, err := sim.Run(o, sim.Seeded(seed))
	if err != nil {
		return err
	}
	if err := cmp.Or(o.Trace.Close(result.Virtual), out.Flush()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d steps, %d slots, %d answers, %d elections in %.1f s of virtual time\n",
		result.Steps, result.Slots, result.Answered, result.Elections, result.Virtual.Seconds())
	if result.Violation != nil {
		fmt.Fprintln(os.Stderr, result.Violation)
		return errBroken
	}
	return nil
}
