// Package workload provides state machines together with the operations that simulated clients ask of them.
package workload

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"

	"multipaxos/impl/bank"
	"multipaxos/impl/kv"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// Workload is a state machine and the operations that clients ask of it.
type Workload struct {
	Machine    string // its name, in files and flags
	NewMachine func() paxos.Machine
	Next       func(c sim.Chooser, client int) string
	Read       string // an operation that changes nothing
}

// Machines names the workloads.
var Machines = []string{"bank", "kv"}

// New returns the workload of that name.
func New(machine string) (Workload, error) {
	switch machine {
	case "bank":
		return bankWorkload(), nil
	case "kv":
		return kvWorkload(), nil
	}
	return Workload{}, fmt.Errorf("machine: want one of %v, found %q", Machines, machine)
}

var accounts = []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"}

const opening = 100 // the balance of each account at the start

// Teller is the seed of the key of the simulated bank's teller.
const Teller = 1

// bankWorkload asks for transfers, balances and deposits, and now and then for what must be refused: an unknown
// account, a signature of somebody else, more than there is, nonsense.
func bankWorkload() Workload {
	teller := bank.TellerKey(Teller)
	verifier := bank.NewVerifier(1 << 10)
	signed := map[string]string{}
	next := func(c sim.Chooser, _ int) string {
		a, b, amount := accounts[c.Choose(len(accounts))], accounts[c.Choose(len(accounts))], int64(1+c.Choose(60))
		switch kind := c.Choose(100); {
		case kind < 55:
			return bank.Transfer(a, b, amount)
		case kind < 85:
			return bank.GetBalance(a)
		case kind < 96:
			return deposit(signed, teller, a, amount)
		case kind < 97:
			return strings.Replace(deposit(signed, teller, a, amount), " "+a, " mallory", 1)
		case kind < 98:
			return bank.Transfer(a, "nobody", amount)
		case kind < 99:
			return bank.Transfer(a, b, -amount)
		}
		return "withdraw " + a
	}
	machine := func() paxos.Machine {
		options := []bank.Option{bank.WithVerifier(verifier)}
		for _, a := range accounts {
			options = append(options, bank.WithAccount(a, opening))
		}
		return bank.New(teller.Public().(ed25519.PublicKey), options...)
	}
	return Workload{"bank", machine, next, bank.GetBalance(accounts[0])}
}

// deposit signs a deposit, or returns the one signed before: signing takes longer than all else that it goes through.
func deposit(signed map[string]string, teller ed25519.PrivateKey, account string, amount int64) string {
	key := fmt.Sprint(account, amount)
	if signed[key] == "" {
		signed[key] = bank.Deposit(teller, account, amount)
	}
	return signed[key]
}

// kvWorkload asks for puts, gets, compare-and-swaps and deletes of a few keys.
func kvWorkload() Workload {
	keys := []string{"x", "y", "z", "u", "v"}
	values := slices.Collect(func(yield func(string) bool) {
		for i := 0; i < 8 && yield(fmt.Sprint(i)); i++ {
		}
	})
	next := func(c sim.Chooser, _ int) string {
		key, value := keys[c.Choose(len(keys))], values[c.Choose(len(values))]
		switch c.Choose(10) {
		case 0, 1, 2, 3:
			return kv.Get(key)
		case 4, 5, 6:
			return kv.Put(key, value)
		case 7, 8:
			return kv.CAS(key, values[c.Choose(len(values))], value)
		}
		return kv.Delete(key)
	}
	return Workload{"kv", func() paxos.Machine { return kv.New() }, next, kv.Get(keys[0])}
}
