package refine

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// models returns what the model knows. It never changes a table, so copies of the nodes are enough.
func models(v *Validator) (list []model.Node) {
	for _, a := range v.header.Nodes {
		list = append(list, v.nodes[a].model)
	}
	return list
}

// observe has a run held against the specification, and calls see after each event.
func observe(t testing.TB, seed uint64, v *Validator, o sim.Options, h trace.Header, see func(e *trace.Event, before []model.Node)) {
	o.Trace = trace.NewRecorder(nil, h)
	o.Trace.Observe(func(e *trace.Event) {
		before := models(v)
		v.Step(e)
		see(e, before)
	})
	r, err := sim.Run(o, sim.Seeded(seed))
	require.NoError(t, err)
	require.NoError(t, o.Trace.Close(r.Virtual))
}

// TestRunsAreAccepted validates runs while they go on. Always: every event is a step, or a stutter that leaves the model
// alone. Sometimes: every action happens, and every stutter.
func TestRunsAreAccepted(t *testing.T) {
	events, stutters := map[string]int{}, map[string]int{}
	for seed := range uint64(60) {
		o, h := simulated(t, seed, 40)
		v, err := New(h)
		require.NoError(t, err)
		observe(t, seed, v, o, h, func(e *trace.Event, before []model.Node) {
			events[e.Action]++
			if _, may := Stutters[e.Action]; !may {
				return
			}
			same := reflect.DeepEqual(before, models(v))
			if same {
				stutters[e.Action]++
			} else {
				require.NotNil(t, e.Timer, "seed %d, event %d: %s changes the model", seed, e.Seq, e.Action)
			}
		})
		require.Nil(t, v.End(), "seed %d", seed)
	}
	for action := range methods {
		assert.Positive(t, events[action], action)
	}
	for action := range Stutters {
		assert.Positive(t, stutters[action], action)
	}
}

// TestUntouchedTables has the tables of decisions and of votes lie about their first slot, which the steps do not touch:
// the first step with the lie is rejected.
func TestUntouchedTables(t *testing.T) {
	h, events := recorded(t, 7, 40)
	for _, told := range []struct {
		conjunct string
		lie      func(s *trace.State) bool
	}{{Replica, otherDecision}, {Replica, otherSession}, {Acceptor, otherVote}} {
		for _, from := range []uint64{200, 250, 300, 1 << 40} {
			v, err := New(h)
			require.NoError(t, err)
			for i := range events {
				e := events[i]
				lies := e.Node == 2 && e.Seq >= from && told.lie(&e.State)
				verdict := v.Step(&e)
				require.Equal(t, lies, verdict != nil, "event %d", e.Seq)
				if lies {
					assert.Equal(t, told.conjunct, verdict.Conjunct)
					assert.Equal(t, e.Seq, verdict.Seq)
					break
				}
			}
		}
	}
}

// otherDecision changes the command in the first slot, if there are more.
func otherDecision(s *trace.State) bool {
	if s.Replica == nil || s.Replica.Decisions.Len() < 2 {
		return false
	}
	r := *s.Replica
	r.Decisions = r.Decisions.Clone()
	slot, p := r.Decisions.At(0)
	other := *p
	other.Seq++
	r.Decisions.Put(slot, other)
	s.Replica = &r
	return true
}

// otherSession changes the output in the first session, but not its length.
func otherSession(s *trace.State) bool {
	if s.Replica == nil || len(s.Replica.Sessions) == 0 || s.Replica.Sessions[0].Output == "" {
		return false
	}
	r := *s.Replica
	r.Sessions = slices.Clone(r.Sessions)
	output := &r.Sessions[0].Output
	*output = string((*output)[0]^1) + (*output)[1:]
	s.Replica = &r
	return true
}

// otherVote changes the ballot in the first slot, if there are more.
func otherVote(s *trace.State) bool {
	if s.Acceptor == nil || s.Acceptor.Accepted.Len() < 2 {
		return false
	}
	a := *s.Acceptor
	a.Accepted = a.Accepted.Clone()
	slot, v := a.Accepted.At(0)
	other := *v
	other.BallotNum.N++
	a.Accepted.Put(slot, other)
	s.Acceptor = &a
	return true
}

// TestIdleSteps tells a lie about a step that changes nothing and sends nothing, of which the validator holds no
// invariants: whatever the code did in it is noticed.
func TestIdleSteps(t *testing.T) {
	lies := map[string]func(e *trace.Event){
		Replica: func(e *trace.Event) { require.True(t, otherSession(&e.State)) },
		Disk: func(e *trace.Event) {
			e.Writes = append(e.Writes, paxos.Promised{BallotNum: paxos.Ballot{N: 1 << 20, Leader: 1}})
		},
		Messages: func(e *trace.Event) { e.Sent, e.Left = []trace.Message{sentBy(e)}, 1 },
		Answers:  func(e *trace.Event) { e.Answers = []paxos.Answer{{ClientID: 1, Seq: 1, Slot: 1}} },
	}
	h, events := recorded(t, 7, 40)
	idle := idleSteps(t, h, events)
	require.Greater(t, len(idle), 100)
	for conjunct, lie := range lies {
		for _, at := range []int{idle[len(idle)/2], idle[len(idle)-1]} {
			told := slices.Clone(events)
			lie(&told[at])
			verdict := judge(t, h, told)
			require.NotNil(t, verdict, "%s of event %d", conjunct, at+1)
			assert.Equal(t, conjunct, verdict.Conjunct)
			assert.EqualValues(t, at+1, verdict.Seq)
		}
	}
}

// sentBy is a message that the event's node might have sent.
func sentBy(e *trace.Event) trace.Message {
	return trace.Message{ID: 1 << 40, Envelope: paxos.Envelope{From: e.Node, To: e.Node, Message: paxos.Active{Slot: 1}}}
}

// idleSteps returns the places of the events after which a node that has executed commands is as it was.
func idleSteps(t *testing.T, h trace.Header, events []trace.Event) (idle []int) {
	v, err := New(h)
	require.NoError(t, err)
	for i := range events {
		e := &events[i]
		n := v.nodes[e.Node]
		if n == nil {
			require.Nil(t, v.Step(e))
			continue
		}
		before := n.model
		require.Nil(t, v.Step(e))
		if e.Message != nil && len(e.Sent)+len(e.Writes) == 0 && e.State.Replica != nil && len(e.State.Replica.Sessions) > 0 && untouched(&before, &n.model) {
			idle = append(idle, i)
		}
	}
	return idle
}

// TestVerdictNamesAll reads a report.
func TestVerdictNamesAll(t *testing.T) {
	h, events := recorded(t, 3, 20)
	for i := range events {
		if e := &events[i]; e.Action == "ReceiveAccept" && len(e.Writes) > 0 {
			e.Writes = nil
			break
		}
	}
	verdict := judge(t, h, events)
	require.NotNil(t, verdict)
	report := verdict.Report("run.ndjson")
	for _, want := range []string{"run.ndjson:", "is no step of the specification", "ReceiveAccept", "conjunct  disk",
		"(*Acceptor).HandleAccept (impl/paxos/acceptor.go:", "field     acceptor.", "want      ", "found     "} {
		assert.Contains(t, report, want)
	}
	assert.Equal(t, verdict.Seq+1, verdict.Line())
}

// TestCodeIsFound names a method with a line for every conjunct that an action can fail in.
func TestCodeIsFound(t *testing.T) {
	for action, list := range methods {
		for _, m := range list {
			found := codeOf(action, m.conjunct)
			require.Len(t, found, len(list))
			assert.Regexp(t, `^(\(\*\w+\)\.)?\w+ \(impl/paxos/\w+\.go:\d+\)$`, found[0], action)
			assert.Contains(t, found[0], describe(m.code))
		}
	}
}

func TestBadHeadersAreRefused(t *testing.T) {
	_, h := simulated(t, 1, 1)
	h.Machine = "stack"
	_, err := New(h)
	assert.EqualError(t, err, `refine: want the machine bank or kv, found "stack"`)
	h.Machine, h.Quorum = "kv", 1
	v, err := New(h)
	require.NoError(t, err)
	verdict := v.Step(&trace.Event{Seq: 1, Action: trace.Fault})
	require.NotNil(t, verdict)
	assert.EqualError(t, verdict, "event 0, Init: header: quorum: want 2, found 1")
}

// TestFirstEventsThatCannotBe holds the guards of a node's life.
func TestFirstEventsThatCannotBe(t *testing.T) {
	h, events := recorded(t, 1, 5)
	start := events[0]
	for want, list := range map[string][]trace.Event{
		"N1 to be up":              {{Action: trace.Crash, Node: 1}},
		"N1 to have a disk":        {{Action: trace.Wipe, Node: 1}},
		"want one of [N1 N2 N3]":   {{Action: trace.Crash, Node: 9}},
		"an action and its cause":  {start, {Action: "Sleep", Node: 1}},
		"want 1, found 2":          {{Seq: 2, Action: trace.Fault}},
		"or later":                 {{Action: trace.Fault, Time: 5}, {Action: trace.Fault, Time: 4}},
		"want End, found none":     {start},
		"nothing after End":        {{Action: trace.End}, {Action: trace.End}},
		"N1 to be down, found up":  {start, start},
		"one in flight, found":     {{Action: trace.Lose, ID: 1}},
		"a client and a seq":       {start, {Action: "RequesterSendInvoke", Node: 1, Command: &trace.Command{Client: 1}}},
		"one that asks for c1#1":   {start, {Action: "RequesterSendInvoke", Node: 1, Timer: &trace.Timer{Request: trace.Request{Client: 1, Seq: 1}}}},
		"whose timer fires":        {start, {Action: "ReplicaAskMissing", Node: 1, Timer: &trace.Timer{}}},
		"one that was just format": {start, {Action: trace.Start, Node: 2, Durable: start.Durable}},
	} {
		for i := range list {
			if list[i].Seq == 0 || i > 0 {
				list[i].Seq = uint64(i + 1)
			}
		}
		verdict := judge(t, h, list)
		if assert.NotNil(t, verdict, want) {
			assert.Contains(t, verdict.Error(), want)
		}
	}
}

// TestFile judges files: one that is right, one whose run went wrong, and what is no trace.
func TestFile(t *testing.T) {
	var b bytes.Buffer
	o, h := simulated(t, 3, 20)
	o.Roles = paxos.DefaultRoles()
	o.Roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role { return forgetful{paxos.NewAcceptor(n, d)} }
	for _, planted := range []bool{false, true} {
		b.Reset()
		run := o
		if !planted {
			run.Roles = paxos.Constructors{}
		}
		run.Trace = trace.NewRecorder(&b, h)
		r, err := sim.Run(run, sim.Seeded(3))
		require.NoError(t, err)
		require.NoError(t, run.Trace.Close(r.Virtual))
		path := writeFile(t, b.Bytes())
		result, err := File(path)
		require.NoError(t, err)
		assert.Equal(t, planted, result.Verdict != nil)
		assert.Equal(t, planted, result.Violation != nil)
		if planted {
			var text strings.Builder
			require.NoError(t, result.Verdict.Write(&text, path))
			assert.Contains(t, text.String(), "conjunct  disk")
			assert.Contains(t, text.String(), "●", "a ladder")
		}
	}
	_, err := File(writeFile(t, []byte("no trace\n")))
	assert.ErrorContains(t, err, ":1: want a header")
	h.Machine = "stack"
	b.Reset()
	require.NoError(t, trace.NewRecorder(&b, h).Close(0))
	_, err = File(writeFile(t, b.Bytes()))
	assert.ErrorContains(t, err, `:1: refine: want the machine bank or kv, found "stack"`)
	_, err = File("no-such-file")
	assert.ErrorContains(t, err, "no-such-file")
}

// forgetful is an Acceptor that writes nothing.
type forgetful struct{ *paxos.Acceptor }

func (a forgetful) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	writes := len(out.Writes)
	a.Acceptor.Deliver(out, from, m)
	out.Writes = out.Writes[:writes]
}

// journal is the state machine of testdata/tiny.ndjson: it remembers its inputs.
type journal struct{ text string }

func (j *journal) Apply(input string) string {
	j.text += input + ";"
	return "done " + input
}
func (j *journal) Snapshot() string       { return j.text }
func (j *journal) Restore(s string) error { j.text = s; return nil }

// TestTinyTrace validates the trace of another simulator, on another machine.
func TestTinyTrace(t *testing.T) {
	r, err := trace.Open("../../impl/trace/testdata/tiny.ndjson")
	require.NoError(t, err)
	defer r.Close()
	v, err := NewWith(r.Header(), func() paxos.Machine { return new(journal) })
	require.NoError(t, err)
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.Nil(t, v.Step(&e))
	}
	require.Nil(t, v.End())
}
