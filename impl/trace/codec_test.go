package trace

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

// accepts says whether a codec reads a line that stands at a node in the state before, and the state after.
func accepts(h Header, before State, line []byte) (after State, ok bool) {
	c := codec{header: h}
	for i := range c.states {
		c.states[i] = before
	}
	var e Event
	c.read(line)
	if c.event(&e); c.err == nil {
		c.change(&e)
	}
	return e.State, c.end() == nil
}

// agree reads a line with a codec and with its twin, which must both accept it, with the same state after, or both
// refuse it.
func agree(t *testing.T, h Header, before State, line []byte) bool {
	want, accepted := (&twin{header: h}).accepts(before, line)
	got, ok := accepts(h, before, line)
	require.Equal(t, accepted, ok, "%s", line)
	if accepted && strings.Contains(string(line), `"state":`) {
		require.Empty(t, Diff(want, got), "%s", line)
	}
	return accepted
}

// TestCodecAndTwin has the twin read each line of runs under all faults, and spell it again, byte for byte; then each
// line with one byte changed.
func TestCodecAndTwin(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(4) {
		n := 1 + 2*int(seed%3)
		text, random := recordedRun(t, n, seed, 1000, true), rand.New(rand.NewPCG(seed, 2))
		r, err := Read(strings.NewReader(text), "run")
		require.NoError(t, err)
		for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n")[1:] {
			before := r.codec.states
			e, err := r.Next()
			require.NoError(t, err, "line %d", i+2)
			require.True(t, agree(t, r.Header(), before[e.Node], []byte(line)), "%s", line)
			changed := []byte(line)
			changed[random.IntN(len(changed))] = `0123456789{}[]",:N\nxé<`[random.IntN(24)]
			if string(changed) == line || !agree(t, r.Header(), before[e.Node], changed) {
				refused++
			} else {
				accepted++
			}
		}
	}
	require.Positive(t, accepted)
	require.Positive(t, refused)
}

// clone returns a copy that shares nothing with s.
func (s State) clone() (copied State) {
	new(codec).state(&copied, &s)
	return copied
}

// TestAnyEventIsSpeltAsItsTwin writes events of every type with every kind of text.
func TestAnyEventIsSpeltAsItsTwin(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 1))}
	seen := map[string]bool{}
	for range 5000 {
		before, e := g.state(), g.event()
		want, err := (&twin{header: testHeader(3)}).encode(before, &e)
		require.NoError(t, err)
		c := codec{header: testHeader(3)}
		c.states[e.Node] = before.clone()
		line, err := c.encode(&e)
		require.NoError(t, err)
		require.Equal(t, string(want), string(line))
		require.Empty(t, Diff(e.State, c.states[e.Node]), "what was written is what is known")
		require.True(t, agree(t, testHeader(3), before, line[:len(line)-1]), "%s", line)
		for _, name := range regexp.MustCompile(`"(type|kind|action)":"\w+"`).FindAllString(string(line), -1) {
			seen[name] = true
		}
	}
	require.Len(t, seen, len(twinMessages)+len(twinWrites)+len(timerKinds)+1, "%v", seen)
}

// TestCodecAndTwinRefuseAlike has both read changes of a state as they are written, those of another state, and broken
// ones.
func TestCodecAndTwinRefuseAlike(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(2, 1))}
	counts := map[string]int{}
	for range 4000 {
		before, other := g.state(), g.state()
		e := Event{Seq: 1, Node: 1, Action: Cancel, Command: &Command{}, State: g.near(before)}
		line, err := (&twin{header: testHeader(3)}).encode(before, &e)
		require.NoError(t, err)
		line = line[:len(line)-1]
		for name, changed := range map[string][]byte{"as written": line, "digit": g.digit(line), "piece left out": g.cut(line),
			"piece twice": g.twice(line)} {
			counts[fmt.Sprint(name, " ", agree(t, testHeader(3), before, changed))]++
		}
		counts[fmt.Sprint("other ", agree(t, testHeader(3), other, line))]++
	}
	for _, want := range []string{"as written true", "digit true", "digit false", "piece left out true", "piece left out false",
		"piece twice false", "other true", "other false"} {
		require.Positive(t, counts[want], "%s: %v", want, counts)
	}
	require.Zero(t, counts["as written false"])
}

// TestPlantedSpellings shows that a codec refuses what means the same to a reader of JSON.
func TestPlantedSpellings(t *testing.T) {
	const line = `{"seq":1,"time":20,"node":"N1","action":"Cancel","command":{"client_id":1,"seq":18446744073709551615,"input":"a\u003cé\n"}}`
	require.True(t, agree(t, testHeader(3), State{}, []byte(line)))
	for _, edit := range [][2]string{{`\u003c`, "<"}, {`\u003c`, `\u003C`}, {"é", `\u00e9`}, {`\n`, `\u000a`}, {"a", `\u0061`}, {"é", "\xff"},
		{"é", `\ufffd`}, {":20", ":020"}, {":20", ":2e1"}, {":20", ":20.0"}, {":20", ":+20"}, {":20", ": 20"}, {"5}", "6}"},
		{"5,", "6,"}, {"N1", "N01"}, {"N1", "N64"}, {"N1", ""}, {"N1", "n1"}, {`"action"`, `"id":0,"action"`}, {"}}", `},"writes":[]}`},
		{"}}", `},"writes":null}`}, {"}}", `},"left":0}`}, {"}}", `},"state":{}}`}, {"}}", `},"state":null}`}, {"}}", "}} "},
		{"}}", `},"x":1}`}, {"}}", `},"in_flight":[]}`}, {`"time":20,`, ""}, {`"time":20,`, `"time":20,"time":20,`}, {"1844", "91844"}} {
		changed := strings.Replace(line, edit[0], edit[1], 1)
		if changed != line {
			require.False(t, agree(t, testHeader(3), State{}, []byte(changed)), "%s", changed)
		}
	}
}

// TestPlantedContents shows that a codec refuses what a Recorder says in fewer words, or not at all.
func TestPlantedContents(t *testing.T) {
	const active, promise = `"type":"Active","fields":{"slot":1}}`,
		`"type":"Promise","fields":{"ballot_num":{"n":1,"leader":"N1"},"accepted_proposals":[]}}`
	before := State{Seed: &Seed{paxos.Voters{{Address: 1, Disk: 1}}}}
	for contents, right := range map[string]bool{
		`"sent":[{"id":1,"to":["N1","N2"],` + active + `]`:                                 true,
		`"sent":[{"id":1,"to":["N1"],` + active + `,{"id":2,"to":["N2"],` + active + `]`:   false,
		`"sent":[{"id":1,"to":["N1"],` + active + `,{"id":3,"to":["N2"],` + active + `]`:   true,
		`"sent":[{"id":1,"to":["N1"],` + promise + `,{"id":2,"to":["N2"],` + promise + `]`: true,
		`"sent":[{"id":1,"to":["N1","N2"],` + promise + `]`:                                false,
		`"sent":[{"id":1,"to":[],` + active + `]`:                                          false,
		`"sent":[{"id":1,"to":["N1"],"config":12,` + active + `]`:                          true,
		`"sent":[{"id":1,"to":["N1"],"config":11,` + active + `]`:                          false,
		`"sent":[]`: false,
		`"sent":[{"id":1,"to":["N1"],` + active + `],"left":0`:                                                  true,
		`"sent":[{"id":1,"to":["N1"],` + active + `],"left":1`:                                                  false,
		`"state":{"stopped":["seed"]}`:                                                                          true,
		`"state":{"stopped":["seed","seed"]}`:                                                                   false,
		`"state":{"stopped":["scout"]}`:                                                                         false,
		`"state":{"stopped":["sheriff"]}`:                                                                       false,
		`"state":{"stopped":[]}`:                                                                                false,
		`"state":{"stopped":["seed"],"seed":{"disks":{"put":[{"address":"N2","disk":3}]}}}`:                     false,
		`"state":{"seed":{"disks":{"put":[{"address":"N2","disk":3}]}}}`:                                        true,
		`"state":{"seed":{"disks":{}}}`:                                                                         false,
		`"state":{"scout":{"ballot_num":{"n":1,"leader":"N1"},"promised":[],"accepted_proposals":{}}}`:          true,
		`"state":{"scout":{"ballot_num":{"n":1,"leader":"N1"},"promised":["N2","N1"],"accepted_proposals":{}}}`: false,
		`"state":{"scout":{"ballot_num":{"n":1,"leader":"N1"},"accepted_proposals":{}}}`:                        false,
	} {
		line := `{"seq":1,"time":20,"node":"N1","action":"Cancel","command":{"client_id":1,"seq":1,"input":""},` + contents + `}`
		require.Equal(t, right, agree(t, testHeader(3), before, []byte(line)), "%s", line)
	}
}

// TestEventsMayBeKept shows that reading on does not change what was read.
func TestEventsMayBeKept(t *testing.T) {
	r, err := Read(strings.NewReader(recordedRun(t, 3, 4, 3000, true)), "run")
	require.NoError(t, err)
	var kept []State
	var texts []string
	for e, err := r.Next(); err == nil; e, err = r.Next() {
		kept, texts = append(kept, e.State), append(texts, fmt.Sprint(Diff(State{}, e.State)))
	}
	require.Greater(t, len(kept), 3000)
	for i, s := range kept {
		require.Equal(t, texts[i], fmt.Sprint(Diff(State{}, s)), "event %d", i+1)
	}
}

// generator makes events and states out of few values, so that they often have some in common.
type generator struct{ *rand.Rand }

var texts = []string{"", "a", "b", "<&>", "é\u2028\u2029", "\x00\x1f\x7f\t\n\r\b\f", `"\ufffd\`, "�", strings.Repeat("x", 100)}

func (g generator) text() string        { return texts[g.IntN(len(texts))] }
func (g generator) small() uint64       { return []uint64{0, 1, 2, 3, 4, 5, math.MaxUint64}[g.IntN(7)] }
func (g generator) slot() paxos.Slot    { return paxos.Slot(g.IntN(7)) }
func (g generator) chance(n int) bool   { return g.IntN(n) == 0 }
func (g generator) disk() paxos.DiskID  { return paxos.DiskID(g.small()) }
func (g generator) node() paxos.Address { return []paxos.Address{0, 1, 2, 63}[g.IntN(4)] }
func (g generator) set() paxos.Addresses {
	return paxos.AddressesOf(g.node(), g.node()) & paxos.Addresses(g.Uint64())
}
func (g generator) ballot() paxos.Ballot { return paxos.Ballot{N: uint64(g.IntN(3)), Leader: g.node()} }
func (g generator) vote() paxos.Vote {
	return paxos.Vote{BallotNum: g.ballot(), Proposal: g.proposal()}
}

func (g generator) proposal() paxos.Proposal {
	switch g.IntN(3) {
	case 0:
		return paxos.NoopProposal
	case 1:
		return paxos.Proposal{Caller: g.node(), Disk: g.disk()}
	}
	return paxos.Proposal{Caller: g.node(), ClientID: paxos.ClientID(g.small()), Seq: g.small(), Input: g.text()}
}

func (g generator) commander() Commander {
	return Commander{g.ballot(), g.slot(), g.proposal(), g.set()}
}

func table[T any](g generator, value func() T) (s paxos.Slots[T]) {
	for range g.IntN(6) {
		s.Put(g.slot(), value())
	}
	return s
}

func (g generator) sessions() (s paxos.Sessions) {
	for range g.IntN(4) {
		s.Put(paxos.Session{ClientID: paxos.ClientID(g.IntN(5)), Seq: g.small(), Slot: g.slot(), Output: g.text()})
	}
	return s
}

func (g generator) voters() (v paxos.Voters) {
	for range g.IntN(4) {
		v.Put(g.node(), g.disk())
	}
	return v
}

func (g generator) requesters() (list []Requester) {
	for i := range uint64(4) {
		if g.chance(2) {
			list = append(list, Requester{paxos.ClientID(i / 2), i % 2, g.text()})
		}
	}
	return list
}

func role1[R any](g generator, r R) *R {
	if g.chance(3) {
		return nil
	}
	return &r
}

func (g generator) state() State {
	return State{
		Acceptor: role1(g, Acceptor{g.ballot(), table(g, g.vote), g.slot()}),
		Replica: role1(g, Replica{g.slot(), g.slot(), table(g, g.proposal), table(g, g.proposal), g.slot(), g.sessions(),
			g.voters(), g.node()}),
		Leader:     role1(g, Leader{g.ballot(), g.chance(2), table(g, g.proposal)}),
		Scout:      role1(g, Scout{g.ballot(), g.set(), table(g, g.vote)}),
		Commanders: table(g, g.commander),
		Bootstrap:  role1(g, Bootstrap{g.node(), table(g, g.proposal)}),
		Seed:       role1(g, Seed{g.voters()}),
		Requesters: g.requesters(),
	}
}

// near returns a state that differs in one or two roles.
func (g generator) near(s State) State {
	for range 1 + g.IntN(2) {
		switch other := g.state(); g.IntN(8) {
		case 0:
			s.Acceptor = other.Acceptor
		case 1:
			s.Replica = other.Replica
		case 2:
			s.Leader = other.Leader
		case 3:
			s.Scout = other.Scout
		case 4:
			s.Commanders = other.Commanders
		case 5:
			s.Bootstrap = other.Bootstrap
		case 6:
			s.Seed = other.Seed
		case 7:
			s.Requesters = other.Requesters
		}
	}
	return s
}

func (g generator) machineState() (s paxos.State) {
	s = paxos.State{Machine: g.text(), Sessions: g.sessions(), Voters: g.voters()}
	if g.chance(3) {
		s.Sessions, s.Voters = paxos.Sessions{}, paxos.Voters{} // not null
	}
	return s
}

func (g generator) message() paxos.Message {
	return []paxos.Message{
		paxos.Propose{Slot: g.slot(), Proposal: g.proposal()},
		paxos.Prepare{BallotNum: g.ballot(), Slot: g.slot()},
		paxos.Promise{BallotNum: g.ballot(), AcceptedProposals: table(g, g.vote)},
		paxos.Accept{Slot: g.slot(), BallotNum: g.ballot(), Proposal: g.proposal()},
		paxos.Accepted{Slot: g.slot(), BallotNum: g.ballot()},
		paxos.Preempted{Slot: g.slot(), PreemptedBy: g.ballot()},
		paxos.Decision{Slot: g.slot(), Proposal: g.proposal()},
		paxos.Active{Slot: g.slot()},
		paxos.Join{Disk: g.disk()},
		paxos.Welcome{State: g.machineState(), Slot: g.slot(), Decisions: table(g, g.proposal)},
	}[g.IntN(10)]
}

func (g generator) write() paxos.Write {
	return []paxos.Write{
		paxos.Promised{BallotNum: g.ballot()},
		paxos.Voted{Slot: g.slot(), Vote: g.vote()},
		paxos.Scouted{BallotNum: g.ballot()},
		paxos.Checkpointed{Slot: g.slot(), First: g.slot(), State: g.machineState()},
	}[g.IntN(4)]
}

func (g generator) envelope() Message {
	return Message{g.small(), paxos.Envelope{Config: paxos.ConfigID(11 + g.IntN(2)), From: g.node(), To: g.node(), Message: g.message()}}
}

// event returns a step with any cause and any effects.
func (g generator) event() Event {
	e := Event{Seq: g.small(), Time: time.Duration(g.small() >> 1), Node: g.node(), Action: Cancel, ID: g.small(), Text: g.text(),
		State: g.state()}
	m := g.envelope()
	switch g.IntN(4) {
	case 0:
		e.Message = &m
	case 1:
		e.Timer = &Timer{paxos.Timer{Role: paxos.RoleID(g.Uint32()), Kind: timerKinds[g.IntN(len(timerKinds))]}, g.slot(),
			Request{paxos.ClientID(g.IntN(2)), uint64(g.IntN(2))}}
	case 2:
		e.Command = &Command{paxos.ClientID(g.small()), g.small(), g.text()}
	case 3:
		e.Durable = &paxos.Durable{Disk: g.disk(), BallotNum: g.ballot(), Accepted: table(g, g.vote), Scouted: g.ballot(),
			Slot: g.slot(), First: g.slot(), State: g.machineState()}
	}
	for range g.IntN(3) {
		e.Writes = append(e.Writes, g.write())
		e.Answers = append(e.Answers, paxos.Answer{ClientID: paxos.ClientID(g.small()), Seq: g.small(), Slot: g.slot(), Output: g.text()})
	}
	for range g.IntN(3) {
		m = g.envelope()
		m.From = e.Node
		for range 1 + g.IntN(3) {
			m.ID, m.To = m.ID+1, g.node()
			e.Sent = append(e.Sent, m)
		}
	}
	e.Left = g.IntN(len(e.Sent) + 1)
	return e
}

// digit changes one digit, of the state if there is one.
func (g generator) digit(line []byte) []byte {
	line = slices.Clone(line)
	first := max(0, bytes.Index(line, []byte(`"state"`)))
	if digits := regexp.MustCompile(`\d`).FindAllIndex(line[first:], -1); len(digits) > 0 {
		line[first+digits[g.IntN(len(digits))][0]] = byte('0' + g.IntN(7))
	}
	return line
}

// pieces are the values of fields and elements that hold no others.
var pieces = regexp.MustCompile(`("\w+":)?(\{[^{}]*\}|\[[^][]*\]|\d+|"\w*"),?|,?("\w+":)?(\{[^{}]*\}|\[[^][]*\]|\d+|"\w*")`)

func (g generator) piece(line []byte) []int {
	all := pieces.FindAllIndex(line, -1)
	return all[g.IntN(len(all))]
}

// cut leaves a piece out.
func (g generator) cut(line []byte) []byte {
	p := g.piece(line)
	return slices.Delete(slices.Clone(line), p[0], p[1])
}

// twice has a piece twice.
func (g generator) twice(line []byte) []byte {
	p := g.piece(line)
	return slices.Insert(slices.Clone(line), p[1], line[p[0]:p[1]]...)
}
