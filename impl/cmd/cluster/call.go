package main

import (
	"context"
	"fmt"
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
			return call(w, operations, sim.Options{
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

// call runs a cluster that one client asks for the operations.
func call(w workload.Workload, operations []string, o sim.Options, seed uint64) error {
	next := 0
	o.Next = func(sim.Chooser, int) string {
		next++
		if next > len(operations) {
			return w.Read // at each node in the end, to see that it is well
		}
		return operations[next-1]
	}
	o.Observer = &answers{left: len(operations)}
	result, err := sim.Run(o, sim.Seeded(seed))
	if err != nil {
		return err
	}
	if result.Violation != nil {
		fmt.Println(result.Violation)
		return errBroken
	}
	return nil
}

// answers prints the first answers that it observes.
type answers struct {
	left  int
	input string
}

func (a *answers) Call(_ time.Duration, _ paxos.Address, _ paxos.ClientID, _ uint64, input string) {
	a.input = input
}

func (a *answers) Return(at time.Duration, node paxos.Address, answer paxos.Answer) {
	if a.left > 0 {
		a.left--
		fmt.Printf("%8.3f s  %v  slot %-4d %s  →  %s\n", at.Seconds(), node, answer.Slot, a.input, answer.Output)
	}
}

func (a *answers) Abandon(at time.Duration, _ paxos.ClientID, _ uint64) {
	a.left--
	fmt.Printf("%8.3f s  given up        %s  →  unknown\n", at.Seconds(), a.input)
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
			fmt.Println(bank.Deposit(bank.TellerKey(workload.Teller), c.Args().First(), amount))
			return nil
		},
	}
}
