package linear

import (
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/impl/bank"
	"multipaxos/impl/kv"
)

// teller signs the deposits of the tests; all tests share what was verified.
var (
	teller   = bank.TellerKey(1)
	verifier = bank.NewVerifier(1 << 12)
)

// script builds a history from lines such as
//
//	call 1 2 get a          client 1 calls its seq 2
//	decided 3 1 2 get a     slot 3; noop 3 decides a no-op
//	return 1 2 3 ok x       from slot 3
//	abandon 1 2
//	note N1 crash oh no
func script(t *testing.T, initial, text string) *History {
	t.Helper()
	r := NewRecorder(Header{Machine: strings.Fields(initial)[0], Initial: initial, Seed: 7})
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		at := time.Duration(i) * time.Millisecond
		word := strings.Fields(line)
		number := func(i int) uint64 {
			n, err := strconv.ParseUint(word[i], 10, 64)
			require.NoError(t, err, line)
			return n
		}
		rest := func(i int) string { return strings.Join(word[i:], " ") }
		switch word[0] {
		case "call":
			r.Call(at, number(1), number(2), "N1", rest(3))
		case "return":
			r.Return(at, number(1), number(2), "N1", rest(4), number(3))
		case "retry":
			r.Retry(at, number(1), number(2), "N2")
		case "abandon":
			r.Abandon(at, number(1), number(2))
		case "decided":
			r.Decided(at, number(1), number(2), number(3), rest(4))
		case "noop":
			r.Decided(at, number(1), 0, 0, "")
		case "note":
			r.Note(at, word[1], word[2], rest(3))
		default:
			require.Fail(t, "unknown line", line)
		}
	}
	return r.History()
}

// generator plays a correct cluster: calls, decisions, late duplicates, no-ops, answers, clients that give up.
type generator struct {
	random   *rand.Rand
	recorder *Recorder
	machine  state
	clients  []client
	last     map[uint64]uint64 // client -> last seq executed
	late     []Operation       // given up undecided
	keys     int
	slot     uint64
	calls    int
	faults   bool
}

type client struct {
	seq    uint64
	phase  string // idle, called, decided
	input  string
	output string
	slot   uint64
}

func initialSnapshot(machine string, keys int) string {
	if machine == "kv" {
		return "kv 1 k0=1"
	}
	var options []bank.Option
	for i := range keys {
		options = append(options, bank.WithAccount(fmt.Sprintf("k%d", i), 10))
	}
	return bank.New(teller.Public().(ed25519.PublicKey), options...).Snapshot()
}

func generate(random *rand.Rand, machine string, calls, clients, keys int, faults bool) *History {
	header := Header{Machine: machine, Initial: initialSnapshot(machine, keys), Nodes: []string{"N1", "N2", "N3"}, Seed: 1}
	g := &generator{random: random, recorder: NewRecorder(header), clients: make([]client, clients), last: map[uint64]uint64{},
		keys: keys, faults: faults}
	g.machine = g.recorder.History().initial(verifier)
	for i := range g.clients {
		g.clients[i].phase = "idle"
	}
	for g.step(calls) {
	}
	return g.recorder.History()
}

func (g *generator) now() time.Duration {
	return time.Duration(g.recorder.Len()) * time.Millisecond
}

func (g *generator) chance(oneIn int) bool { return g.faults && g.random.IntN(oneIn) == 0 }

// step reports false when all calls are made and no client waits.
func (g *generator) step(calls int) bool {
	if g.calls >= calls && g.idle() {
		return false
	}
	i := g.random.IntN(len(g.clients))
	c, id := &g.clients[i], uint64(i+1)
	switch {
	case g.chance(60):
		g.slot++
		g.recorder.Decided(g.now(), g.slot, 0, 0, "")
	case g.chance(60):
		g.recorder.Note(g.now(), "N2", []string{NoteCrash, NoteRestart, NotePartition, NoteHeal, NoteLeader}[g.random.IntN(5)], "x")
	case len(g.late) > 0 && g.chance(8):
		o := g.late[0]
		g.late = g.late[1:]
		g.decide(o.Client, o.Seq, o.Input)
	case c.phase == "idle" && g.calls < calls:
		g.calls++
		*c = client{seq: c.seq + 1, phase: "called", input: g.operation()}
		g.recorder.Call(g.now(), id, c.seq, "N1", c.input)
	case c.phase != "idle" && g.chance(25):
		g.abandon(id, c)
	case c.phase == "called":
		c.output = g.decide(id, c.seq, c.input)
		c.phase, c.slot = "decided", g.slot
	case c.phase == "decided" && g.chance(12):
		g.recorder.Retry(g.now(), id, c.seq, "N2")
		g.decide(id, c.seq, c.input)
	case c.phase == "decided":
		g.recorder.Return(g.now(), id, c.seq, "N1", c.output, c.slot)
		c.phase = "idle"
	}
	return true
}

func (g *generator) idle() bool {
	for _, c := range g.clients {
		if c.phase != "idle" {
			return false
		}
	}
	return true
}

func (g *generator) abandon(id uint64, c *client) {
	if c.phase == "called" && g.random.IntN(2) == 0 {
		g.late = append(g.late, Operation{Client: id, Seq: c.seq, Input: c.input})
	}
	g.recorder.Abandon(g.now(), id, c.seq)
	c.phase = "idle"
}

func (g *generator) decide(id, seq uint64, input string) string {
	g.slot++
	g.recorder.Decided(g.now(), g.slot, id, seq, input)
	if seq <= g.last[id] {
		return ""
	}
	g.last[id] = seq
	return g.machine.Apply(input)
}

func (g *generator) operation() string {
	key := func() string { return fmt.Sprintf("k%d", g.random.IntN(g.keys)) }
	value := func() string { return strconv.Itoa(g.random.IntN(3)) }
	if g.recorder.header.Machine == "kv" {
		key := key()
		return []string{kv.Put(key, value()), kv.Get(key), kv.CAS(key, value(), value()), kv.Delete(key), kv.Get(key)}[g.random.IntN(5)]
	}
	switch g.random.IntN(20) {
	case 0:
		return bank.Deposit(teller, key(), int64(1+g.random.IntN(3)))
	case 1:
		return "nonsense"
	case 2, 3, 4, 5, 6:
		return bank.GetBalance(key())
	}
	return bank.Transfer(key(), key(), int64(g.random.IntN(8)))
}
