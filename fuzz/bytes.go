package fuzz

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	gofuzz "github.com/google/gofuzz"

	"multipaxos/impl/paxos"
)

// Bytes is a sim.Chooser that a fuzzer's input drives: one byte a choice, two where there are more than 256. When
// the input ends, every choice is zero: the mildest. So no input is a run without faults.
type Bytes struct {
	input []byte
}

// NewBytes returns a Chooser that input drives.
func NewBytes(input []byte) *Bytes { return &Bytes{input} }

// Choose scales the next byte to the range, so that the highest bytes are the rarest choices of any range.
func (b *Bytes) Choose(n int) int {
	if n > 1<<8 {
		return int(b.next()<<8|b.next()) * n >> 16
	}
	return int(b.next()) * n >> 8
}

// Left counts the bytes that no choice has used.
func (b *Bytes) Left() int { return len(b.input) }

func (b *Bytes) next() uint {
	if len(b.input) == 0 {
		return 0
	}
	first := b.input[0]
	b.input = b.input[1:]
	return uint(first)
}

// ReadInput reads a file of testdata/fuzz: the input of a fuzz target that takes bytes, as Go's fuzzer writes it.
func ReadInput(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	quoted, begins := strings.CutPrefix(string(text), "go test fuzz v1\n[]byte(")
	quoted, ends := strings.CutSuffix(quoted, ")\n")
	input, err := strconv.Unquote(quoted)
	if !begins || !ends || err != nil {
		return nil, fmt.Errorf("%s: want a line \"go test fuzz v1\" and a line []byte(\"…\"), found %.60q", path, text)
	}
	return []byte(input), nil
}

// draws is a sim.Chooser from which one client's operations are drawn. gofuzz draws them, from a seed.
type draws struct {
	source gofuzz.Continue
	few    int // accounts, keys or values: the fewer there are, the more clients meet
}

// drawers make draws. They are lent, because a new gofuzz.Fuzzer takes longer to make than ten operations to run.
var drawers = lender[*gofuzz.Fuzzer]{make: func() *gofuzz.Fuzzer {
	return gofuzz.NewWithSeed(0).Funcs(func(d *draws, c gofuzz.Continue) {
		d.source, d.few = c, 1+c.Intn(8)
	})
}}

func newDraws(seed uint64) *draws {
	fuzzer := drawers.lend()
	defer drawers.takeBack(fuzzer)
	d := &draws{}
	fuzzer.RandSource(quick{rand.NewPCG(seed, 0)}).Fuzz(d)
	return d
}

// quick is a source of random numbers for gofuzz that is quick to seed.
type quick struct{ *rand.PCG }

func (q quick) Int63() int64 { return int64(q.Uint64() >> 1) }
func (q quick) Seed(s int64) { q.PCG.Seed(uint64(s), 0) }

func (d *draws) Choose(n int) int {
	if n <= 8 {
		n = min(n, d.few)
	}
	return d.source.Intn(n)
}

// messages makes arbitrary messages, with addresses, slots, ballots and commands that are near those in use. gofuzz
// fills the structures, from a seed: its own byte source uses eight bytes for each draw, and never ends.
type messages struct {
	fuzzer *gofuzz.Fuzzer
}

func newMessages(seed []byte) messages {
	hash := fnv.New64a()
	_, _ = hash.Write(seed)
	return messages{gofuzz.NewWithSeed(int64(hash.Sum64())).NilChance(0).Funcs(
		func(a *paxos.Address, c gofuzz.Continue) { *a = paxos.Address(c.Intn(5)) },
		func(s *paxos.Slot, c gofuzz.Continue) { *s = paxos.Slot(c.Intn(8)) },
		func(b *paxos.Ballot, c gofuzz.Continue) {
			*b = paxos.Ballot{N: uint64(c.Intn(6)), Leader: paxos.Address(c.Intn(5))}
		},
		func(p *paxos.Proposal, c gofuzz.Continue) {
			if c.RandBool() {
				*p = paxos.Proposal{Caller: paxos.Address(1 + c.Intn(3)), ClientID: paxos.ClientID(1 + c.Intn(3)), Seq: uint64(1 + c.Intn(3)), Input: "get x"}
			}
		},
		func(t *paxos.Slots[paxos.Vote], c gofuzz.Continue) { fill(t, c) },
		func(t *paxos.Slots[paxos.Proposal], c gofuzz.Continue) { fill(t, c) },
		func(s *paxos.State, c gofuzz.Continue) { *s = paxos.State{Machine: c.RandString()} },
		func(m *paxos.Message, c gofuzz.Continue) { *m = arbitrary(c) },
	)}
}

// envelope returns a message of any type, from anybody, to a node.
func (m messages) envelope(to paxos.Address) paxos.Envelope {
	var e paxos.Envelope
	m.fuzzer.Fuzz(&e)
	e.To, e.Config = to, e.Config%2 // the configuration of the cluster is 1
	return e
}

func fill[T any](t *paxos.Slots[T], c gofuzz.Continue) {
	for range c.Intn(3) {
		var value T
		c.Fuzz(&value)
		t.Put(paxos.Slot(c.Intn(8)), value)
	}
}

// arbitrary fills a message of one of the types.
func arbitrary(c gofuzz.Continue) paxos.Message {
	makers := []func() paxos.Message{
		filled[paxos.Propose](c), filled[paxos.Prepare](c), filled[paxos.Promise](c), filled[paxos.Accept](c),
		filled[paxos.Accepted](c), filled[paxos.Preempted](c), filled[paxos.Decision](c), filled[paxos.Active](c),
		filled[paxos.Join](c), filled[paxos.Welcome](c), filled[paxos.Invoke](c), filled[paxos.Invoked](c),
		filled[paxos.Adopted](c), filled[paxos.Decided](c), filled[paxos.Accepting](c),
	}
	return makers[c.Intn(len(makers))]()
}

func filled[M paxos.Message](c gofuzz.Continue) func() paxos.Message {
	return func() paxos.Message {
		var m M
		c.Fuzz(&m)
		return m
	}
}
