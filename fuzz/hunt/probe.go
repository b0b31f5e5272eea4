package hunt

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// probes is how many clusters probe runs.
const probes = 200

// probe runs clusters whose clients ask for what makes the state machine panic, and whose nodes are sent what they
// must refuse: what a simulated cluster, where all are configured alike, never meets.
func probe(ctx context.Context, _ Options, f *findings) error {
	for seed := uint64(1); seed <= probes && !f.done(ctx); seed++ {
		p := &prober{r: rand.New(rand.NewPCG(seed, 0)), left: 200}
		result, err := sim.Run(sim.Options{
			Nodes: 3, Clients: 2, Operations: 10, Scheduler: p, MaxSteps: 100_000,
			NewMachine: func() paxos.Machine { return new(fragile) },
			Next:       func(c sim.Chooser, _ int) string { return []string{"count", "panic"}[c.Choose(2)] },
		}, sim.Seeded(seed))
		if err != nil {
			return err
		}
		f.add("probe", p.found)
		if result.Violation != nil {
			f.add("probe", result.Violation.Error())
		}
	}
	return nil
}

// fragile counts, and panics when it is asked to.
type fragile struct{ count int }

func (m *fragile) Apply(input string) string {
	if input == "panic" {
		panic("the state machine was asked to panic")
	}
	m.count++
	return m.Snapshot()
}

func (m *fragile) Snapshot() string { return strconv.Itoa(m.count) }

func (m *fragile) Restore(snapshot string) (err error) {
	m.count, err = strconv.Atoi(snapshot)
	return err
}

// prober is a Scheduler that draws acts, and before each hands a copy of a node a message that it must refuse.
type prober struct {
	r     *rand.Rand
	left  int
	found string
}

func (p *prober) Next(v sim.View) (sim.Act, bool) {
	if p.left == 0 || p.found != "" {
		return sim.Act{}, false
	}
	p.left--
	members := v.Members()
	to, from := members[p.r.IntN(len(members))], members[p.r.IntN(len(members))]
	if n := v.Node(to); n != nil {
		p.hand(n.Clone(), p.spoiled(from, to))
	}
	return sim.Act{Kind: fuzz.AllActs[p.r.IntN(len(fuzz.AllActs))], Which: uint8(p.r.Uint32()), How: uint8(p.r.Uint32())}, true
}

func (p *prober) hand(n *paxos.Node, e paxos.Envelope) {
	if err := n.Receive(e, &paxos.Out{}); err == nil {
		p.found = fmt.Sprintf("Refused: %v took %v, of configuration %d", n.Self, e, e.Config)
	}
}

// spoiled returns a message in which one thing is wrong.
func (p *prober) spoiled(from, to paxos.Address) paxos.Envelope {
	const stranger = paxos.Address(9)
	b := func(n uint64, leader paxos.Address) paxos.Ballot { return paxos.Ballot{N: n, Leader: leader} }
	command := paxos.Proposal{Caller: from, ClientID: 1, Seq: 1, Input: "count"}
	theirs := command
	theirs.Caller = stranger
	e := paxos.Envelope{Config: 1, From: from, To: to, Message: paxos.Accept{Slot: 1, BallotNum: b(9, from), Proposal: command}}
	switch bad := []paxos.Message{
		paxos.Accept{BallotNum: b(9, from), Proposal: command},
		paxos.Accept{Slot: 1, BallotNum: b(math.MaxUint64, from), Proposal: command},
		paxos.Accept{Slot: 1, BallotNum: b(9, stranger), Proposal: command},
		paxos.Accept{Slot: 1, BallotNum: b(9, from), Proposal: theirs},
		paxos.Prepare{BallotNum: b(9, from)},
		paxos.Prepare{BallotNum: b(0, from), Slot: 1},
		paxos.Promise{BallotNum: b(1, stranger)},
		paxos.Accepted{BallotNum: b(1, to)},
		paxos.Preempted{PreemptedBy: b(math.MaxUint64, from)},
		paxos.Preempted{PreemptedBy: b(1, stranger)},
		paxos.Propose{Proposal: command},
		paxos.Propose{Slot: math.MaxUint64, Proposal: command},
		paxos.Decision{Slot: 1, Proposal: theirs},
		paxos.Active{},
		paxos.Join{},
		paxos.Welcome{Slot: 1, State: paxos.State{Machine: "no number"}},
		paxos.Decided{Slot: 1},
	}; p.r.IntN(4) {
	case 0:
		e.Config++
	case 1:
		e.From, e.Message = stranger, paxos.Join{Disk: 9}
	case 2:
		e.To = to%3 + 1
	default:
		e.Message = bad[p.r.IntN(len(bad))]
	}
	return e
}
