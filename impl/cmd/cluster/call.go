package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/impl/bank"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

func callCommand(usage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "call",
		Usage:     "have a simulated cluster execute operations, one after another, and print the answers",
		ArgsUsage: "OPERATION…",
		Description: "Bank: 'deposit alice 5 SIGNATURE' (see 'cluster sign'), 'transfer alice bob 5', 'get-balance alice'.\n" +
			"The accounts alice, bob, carol, dave, erin, frank, grace and heidi hold 100 each.\n" +
			"Store: 'put x 1', 'get x', 'cas x 1 2', 'delete x'.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "machine", Value: "bank", Usage: "bank or kv"},
			&cli.IntFlag{Name: "nodes", Value: 3},
			&cli.StringFlag{Name: "faults", Value: "none", Usage: "none, all, or classes like loss=0.05,crash,torn"},
			&cli.Uint64Flag{Name: "seed", Value: 1},
		},
		OnUsageError: usage,
		Action: func(_ context.Context, c *cli.Command) error {
			w, err := workload.New(c.String("machine"))
			if err != nil {
				return err
			}
			operations := c.Args().Slice()
			if err := validate(w, operations); err != nil {
				return err
			}
			faults, err := sim.ParseFaults(c.String("faults"))
			if err != nil {
				return err
			}
			return call(c.Root().Writer, w, operations, sim.Options{
				Nodes: c.Int("nodes"), Clients: 1, Operations: len(operations), Faults: faults, NewMachine: w.NewMachine,
			}, c.Uint64("seed"))
		},
	}
}

// validate refuses what no cluster would execute: operations that are none, and deposits that the teller did not sign.
func validate(w workload.Workload, operations []string) error {
	if len(operations) == 0 {
		return fmt.Errorf("call: want at least one operation, found none")
	}
	for i, operation := range operations {
		output := w.NewMachine().Apply(operation)
		switch {
		case strings.HasPrefix(output, "error "):
			return fmt.Errorf("call: operation %d: want an operation of the %s, found %q (%s)", i+1, w.Machine, operation, output)
		case output == "refused wrong-signature":
			return fmt.Errorf("call: operation %d: want a signature of the teller, found one that does not verify: %q", i+1, operation)
		}
	}
	return nil
}

// call runs a cluster that one client asks for the operations, and prints the answers to it.
func call(out io.Writer, w workload.Workload, operations []string, o sim.Options, seed uint64) error {
	a := &answers{out: out, asked: map[command]string{}}
	o.Next = func(_ sim.Chooser, client int) string {
		if client > 0 || a.next == len(operations) {
			return w.Read // of the clients that see in the end whether each node is well
		}
		a.next++
		a.pending = operations[a.next-1]
		return a.pending
	}
	o.Observer = a
	result, err := sim.Run(o, sim.Seeded(seed))
	if err != nil {
		return err
	}
	if result.Violation != nil {
		fmt.Fprintln(out, result.Violation)
		return errBroken
	}
	if a.next < len(operations) {
		return fmt.Errorf("call: want faults with which %d operations come to an end within 30 minutes of virtual time, found %q, with which %d were begun",
			len(operations), o.Faults, a.next)
	}
	return nil
}

// answers prints the answers to the operations. In the end other clients ask too, before the last one is answered.
type answers struct {
	out     io.Writer
	next    int    // operations that the client was given
	pending string // the one that it is about to call
	asked   map[command]string
}

type command struct {
	client paxos.ClientID
	seq    uint64
}

func (a *answers) Call(_ time.Duration, _ paxos.Address, client paxos.ClientID, seq uint64, _ string) {
	if a.pending != "" {
		a.asked[command{client, seq}] = a.pending
		a.pending = ""
	}
}

func (a *answers) Return(at time.Duration, node paxos.Address, answer paxos.Answer) {
	if input, ok := a.asked[command{answer.ClientID, answer.Seq}]; ok {
		fmt.Fprintf(a.out, "%8.3f s  %v  slot %-4d %s  →  %s\n", at.Seconds(), node, answer.Slot, input, answer.Output)
	}
}

func (a *answers) Abandon(at time.Duration, client paxos.ClientID, seq uint64) {
	if input, ok := a.asked[command{client, seq}]; ok {
		fmt.Fprintf(a.out, "%8.3f s  given up        %s  →  unknown\n", at.Seconds(), input)
	}
}

func (*answers) Retry(time.Duration, paxos.Address, paxos.ClientID, uint64) {}
func (*answers) Decided(time.Duration, paxos.Slot, paxos.Proposal)          {}
func (*answers) Note(time.Duration, paxos.Address, string, string)          {}

func signCommand(usage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:         "sign",
		Usage:        "print a deposit, signed by the simulated bank's teller",
		ArgsUsage:    "ACCOUNT AMOUNT",
		OnUsageError: usage,
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Len() != 2 {
				return fmt.Errorf("sign: want an account and an amount, found %d arguments", c.Args().Len())
			}
			amount, err := strconv.ParseInt(c.Args().Get(1), 10, 64)
			if err != nil {
				return fmt.Errorf("sign: want an integer amount, found %q", c.Args().Get(1))
			}
			_, err = fmt.Fprintln(c.Root().Writer, bank.Deposit(bank.TellerKey(workload.Teller), c.Args().First(), amount))
			return err
		},
	}
}
