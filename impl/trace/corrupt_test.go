package trace

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

// validate returns what Validate says of a trace.
func validate(text string) error {
	r, err := Read(strings.NewReader(text), "bad")
	if err != nil {
		return err
	}
	_, err = Validate(r)
	return err
}

// edit replaces old by new in one line, which has it.
func edit(number int, old, new string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		lines := strings.SplitAfter(text, "\n")
		require.Contains(t, lines[number-1], old)
		lines[number-1] = strings.Replace(lines[number-1], old, new, 1)
		return strings.Join(lines, "")
	}
}

// alter changes the event of one line, and spells the line as a Recorder does.
func alter(number int, f func(e *Event)) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		lines := strings.SplitAfter(text, "\n")
		r, err := Read(strings.NewReader(text), "alter")
		require.NoError(t, err)
		for r.Line() < number-1 {
			_, err := r.Next()
			require.NoError(t, err)
		}
		c := codec{header: r.Header(), states: r.codec.states}
		e, err := r.Next()
		require.NoError(t, err)
		f(&e)
		line, err := c.encode(&e)
		require.NoError(t, err)
		require.NotEqual(t, lines[number-1], string(line))
		lines[number-1] = string(line)
		return strings.Join(lines, "")
	}
}

// alarm is an event of N1 that an alarm causes.
func alarm(action string, t Timer) Event {
	return Event{Time: 70e6, Node: 1, Action: action, Timer: &t}
}

// changeReplica changes the state of a node's Replica.
func changeReplica(f func(r *Replica)) func(*Event) {
	return func(e *Event) {
		r := *e.State.Replica
		r.Decisions = r.Decisions.Clone()
		f(&r)
		e.State.Replica = &r
	}
}

// whole changes the whole text.
func whole(f func(text string) string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string { return f(text) }
}

// insert puts an event before a line, and numbers those that follow.
func insert(number int, e Event) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
		lines[len(lines)-1] += "\n"
		c := codec{header: testHeader(3)}
		var b strings.Builder
		for i, line := range lines {
			if i == number-1 {
				e.Seq = uint64(i)
				added, err := c.encode(&e)
				require.NoError(t, err)
				b.Write(added)
			}
			if i >= number-1 {
				line = strings.Replace(line, fmt.Sprintf(`{"seq":%d,`, i), fmt.Sprintf(`{"seq":%d,`, i+1), 1)
			}
			b.WriteString(line)
		}
		return b.String()
	}
}

// corruptions are what can be wrong with testdata/tiny.ndjson: seq n is in line n+1.
var corruptions = []struct {
	name    string
	corrupt func(*testing.T, string) string
	want    string
}{
	// the file
	{"empty", whole(func(string) string { return "" }), "bad:1: want a header, found an empty trace"},
	{"binary", whole(func(s string) string { return "\x00\x01\xff" + s }), "bad:1: want a header, found"},
	{"binary event", edit(5, `{"seq"`, "\x00{\"seq\""), "bad:5: want at byte 1 `{`, found"},
	{"byte order mark", whole(func(s string) string { return "\ufeff" + s }), "bad:1: want a header, found"},
	{"other format", edit(1, Format, "other"), `bad:1: want format "multipaxos-trace", version 1, found format "other", version 1`},
	{"other version", edit(1, `"version":1`, `"version":2`), `bad:1: want format "multipaxos-trace", version 1, found format "multipaxos-trace", version 2`},
	{"unknown field of the header", edit(1, `"quorum"`, `"x":1,"quorum"`), "bad:1: want at byte 66 `,\"quorum\":`, found"},
	{"names of the run in disorder", edit(1, `"0.05"}`, `"0.05","a":""}`), "bad:1: want at byte 172 a name above the last, found"},
	{"no nodes", edit(1, `["N1","N2","N3"]`, `[]`), "bad:1: want at least one node, found none"},
	{"nodes in disorder", edit(1, `["N1","N2","N3"]`, `["N2","N1"]`), "bad:1: want ascending nodes"},
	{"node of a bad name", edit(1, `"N1"`, `"M1"`), "bad:1: want at byte 52 `N`, found"},
	{"quorum too large", edit(1, `"quorum":2`, `"quorum":4`), "bad:1: want a quorum from 1 to 3, found 4"},
	{"cut last line", whole(func(s string) string { return s[:len(s)-9] }), "bad:38: want a newline at the end of the line"},
	{"cut newline", whole(func(s string) string { return s[:len(s)-1] }), "bad:38: want a newline at the end of the line"},
	{"no End", whole(func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "\n")+1] }), "bad:38: want an End event, found the end of the trace"},
	{"more after End", whole(func(s string) string { return s + "{}\n" }), "bad:39: want the end of the trace after End, found"},
	{"empty line", edit(7, "\n", "\n\n"), "bad:8: want at byte 1 `{`, found"},
	{"windows newline", edit(7, "\n", "\r\n"), "bad:7: want at byte"},
	{"space", edit(7, `,"action"`, `, "action"`), "bad:7: want at byte"},

	// the line
	{"unknown action", edit(8, "RequesterSendInvoke", "RequesterSendInvoice"), `bad:8: want a known action, found "RequesterSendInvoice"`},
	{"unknown field", edit(8, `"action"`, `"extra":1,"action"`), "bad:8: want at byte"},
	{"unknown field of a message", edit(9, `"fields":{`, `"fields":{"x":1,`), "bad:9: want at byte"},
	{"unknown field of the state", edit(8, `"next_slot"`, `"x":1,"next_slot"`), "bad:8: want at byte"},
	{"unknown role", edit(8, `"state":{`, `"state":{"x":{},`), "bad:8: want at byte"},
	{"duplicate key", edit(8, `"seq":7`, `"seq":7,"seq":7`), "bad:8: want at byte"},
	{"key in other case", edit(8, `"action"`, `"Action"`), "bad:8: want at byte"},
	{"missing field", edit(37, `,"slot":1}}]`, `}}]`), "bad:37: want at byte"},
	{"NaN", edit(8, `"seq":7`, `"seq":NaN`), "bad:8: want at byte 8 an integer from 0 on, found"},
	{"fraction", edit(8, `"seq":7`, `"seq":7.0`), "bad:8: want at byte 9 `,\"time\":`, found"},
	{"huge number", edit(8, `"seq":7`, `"seq":18446744073709551616`), "bad:8: want at byte 8 a smaller integer, found"},
	{"leading zero", edit(8, `"seq":7`, `"seq":07`), "bad:8: want at byte 8 an integer from 0 on, found"},
	{"lists without end", edit(8, `"seq":7`, `"seq":`+strings.Repeat("[", 1<<20)), "bad:8: want at byte 8 an integer from 0 on, found"},
	{"number as text", edit(8, `"seq":7`, `"seq":"7"`), "bad:8: want at byte 8 an integer from 0 on, found"},
	{"negative time", edit(2, `"time":0`, `"time":-1`), "bad:2: want at byte 17 an integer from 0 on, found"},
	{"not UTF-8", edit(8, "deposit", "\xffdeposit"), "bad:8: want at byte"},
	{"gap in seq", edit(8, `"seq":7`, `"seq":8`), "bad:8: want seq 7, found 8"},
	{"seq again", edit(8, `"seq":7`, `"seq":6`), "bad:8: want seq 7, found 6"},
	{"time going back", alter(8, func(e *Event) { e.Time = 1 }), "bad:8: want a time from 70000000 ns on, found 1"},
	{"unknown node", edit(8, `"node":"N1"`, `"node":"N4"`), "bad:8: want a node of [N1 N2 N3], found N4"},
	{"no node", edit(8, `"node":"N1",`, ``), "bad:8: want a node with RequesterSendInvoke, found none"},
	{"unknown message", edit(9, `"type":"Propose"`, `"type":"Suggest"`), "bad:9: want at byte 111 a type of paxos.Message, found"},
	{"unknown write", edit(9, `"type":"Scouted"`, `"type":"Spied"`), "bad:9: want at byte 227 a type of paxos.Write, found"},
	{"no cause", alter(8, func(e *Event) { e.Command = nil }), "bad:8: want cause [timer command] of RequesterSendInvoke, found no cause"},
	{"other cause", edit(8, "RequesterSendInvoke", "LeaderSendActive"), "bad:8: want cause [timer] of LeaderSendActive, found cause [command]"},
	{"two causes", alter(8, func(e *Event) { e.Timer = &Timer{Timer: paxos.Timer{Kind: paxos.Retransmit}} }), "bad:8: want cause [timer command] of RequesterSendInvoke, found cause [timer command]"},
	{"unknown alarm", insert(8, Event{Time: 70e6, Node: 1, Action: "LeaderSendActive", Timer: &Timer{Timer: paxos.Timer{Kind: paxos.Started}}}), "bad:8: want at byte 91 one of [Retransmit"},
	{"action of another message", edit(9, "ReceivePropose", "ReceivePrepare"), "bad:9: want action ReceivePropose, found ReceivePrepare"},
	{"alarm of another kind", insert(8, alarm("ReplicaAskMissing", Timer{Timer: paxos.Timer{Kind: paxos.Heartbeat}})), "bad:8: want the alarm CatchupTimeout of ReplicaAskMissing, found Heartbeat"},
	{"alarm for a slot", insert(8, alarm("ReplicaAskMissing", Timer{Timer: paxos.Timer{Kind: paxos.CatchupTimeout}, Slot: 4})), "bad:8: want no slot in the alarm of ReplicaAskMissing, found 4"},
	{"alarm for a request", insert(8, alarm("ScoutSendPrepare", Timer{Timer: paxos.Timer{Kind: paxos.Retransmit}, Request: Request{Client: 1, Seq: 2}})), "bad:8: want no request in the alarm of ScoutSendPrepare, found c1#2"},
	{"text with a step", edit(8, `"command"`, `"text":"x","command"`), "bad:8: want a text with Lose, Crash and Fault only"},
	{"lost without a reason", alter(29, func(e *Event) { e.Text = "" }), "bad:29: want a text with Lose, Crash and Fault only"},
	{"effects of a crash", alter(31, func(e *Event) { e.Writes = []paxos.Write{paxos.Promised{}} }), "bad:31: want no effects of Crash, found some"},
	{"id with a step", edit(8, `"command"`, `"id":4,"command"`), "bad:8: want the id of a message"},
	{"duplicate at a node", alter(28, func(e *Event) { e.Node = 1 }), "bad:28: want no node with Duplicate, found N1"},
	{"in flight too early", edit(31, `"Crash"`, `"Crash","in_flight":[]`), "bad:31: want at byte 56 `}`, found"},

	// the nodes
	{"step of a node never started", edit(2, `"node":"N1"`, `"node":"N2"`), "bad:3: want a Start of a node that is down, found N2, which is up"},
	{"crash of a node never started", insert(2, Event{Node: 1, Action: Crash}), "bad:2: want a Start of N1 first, found Crash"},
	{"wipe of a node never started", insert(2, Event{Node: 1, Action: Wipe}), "bad:2: want a Start of N1 first, found Wipe"},
	{"crash of a node that is down", insert(32, Event{Time: 230e6, Node: 3, Action: Crash}), "bad:32: want a Start of N3, which is down, found Crash"},
	{"delivery to a node that is down", insert(5, Event{Time: 1, Node: 1, Action: Crash}), "bad:6: want a Start of N1, which is down, found ReceiveJoin"},
	{"start of a node that is up", alter(31, func(e *Event) { *e = Event{Seq: 30, Time: e.Time, Node: 3, Action: Start, Durable: &paxos.Durable{}} }), "bad:31: want a Start of a node that is down, found N3, which is up"},
	{"wipe of a node that is up", edit(31, "Crash", "Wipe"), "bad:31: want a Wipe of a node that is down, found N3, which is up"},
	{"torn step without a crash", edit(35, "Crash", "Fault"), "bad:36: want a Start of a node that is down, found N1, which is up"},
	{"step after a torn step", insert(35, Event{Time: 230e6, Node: 1, Action: Cancel, Command: &Command{}}), "bad:35: want a Crash of N1, whose last step lost messages, found Cancel"},
	{"state that did not change", edit(8, `"next_slot":2`, `"next_slot":1`), "bad:8: want at byte"},
	{"drop of what is not there", edit(8, `"proposals":{`, `"proposals":{"drop":[[7,7]],`), "bad:8: want at byte"},
	{"stop of what is not there", edit(8, `"state":{`, `"state":{"stopped":["seed"],`), "bad:8: want at byte"},
	{"part of a role that starts", edit(2, `"disks":{"put":[{"address":"N1","disk":1}]}`, ``), "bad:2: want at byte"},
	{"slots in disorder", edit(8, `"proposals":{`, `"proposals":{"drop":[[5,4]],`), "bad:8: want at byte"},

	// the messages
	{"delivery of what was never sent", alter(9, func(e *Event) { e.Message.ID = 99 }), "bad:9: want a message that was sent, found id 99"},
	{"delivery too often", alter(10, func(e *Event) {
		*e = Event{Seq: 9, Time: e.Time, Node: 1, Action: "ReceivePropose", Message: &Message{4, paxos.Envelope{Config: 11,
			From: 1, To: 1, Message: paxos.Propose{Slot: 1}}}}
	}), "bad:10: want a message in flight, found id 4"},
	{"delivery of something else", edit(9, `"slot":1`, `"slot":2`), "bad:9: want message 4 as it was sent"},
	{"delivery from another configuration", alter(9, func(e *Event) { e.Message.Config = 12 }), "bad:9: want message 4 as it was sent"},
	{"delivery to another node", edit(13, `"node":"N2"`, `"node":"N3"`), "bad:13: want a delivery to N3, found one to N2"},
	{"loss of what was never sent", alter(29, func(e *Event) { e.ID = 99 }), "bad:29: want a message that was sent, found id 99"},
	{"duplicate of what was delivered", alter(28, func(e *Event) { e.ID = 1 }), "bad:28: want a message in flight"},
	{"message to a stranger", edit(4, `"to":["N1"]`, `"to":["N9"]`), "bad:4: want messages to [N1 N2 N3]"},
	{"message id again", edit(4, `"sent":[{"id":2`, `"sent":[{"id":1`), "bad:4: want a message id above 1, found 1"},
	{"more left than was sent", alter(34, func(e *Event) { e.Left = 2 }), "bad:34: want that 0 to 1 of the messages sent left, found 2"},
	{"delivery of what did not leave", alter(9, func(e *Event) { e.Message.ID = 0 }), "bad:9: want a message that was sent, found id 0"},
	{"in flight too few", edit(38, "[22,24,25,26]", "[22,24,25]"), "bad:38: want in flight [22 24 25 26], found [22 24 25]"},
	{"in flight too many", edit(38, "[22,", "[22,22,"), "bad:38: want in flight [22 24 25 26], found [22 22 24 25 26]"},
	{"in flight missing", edit(38, `,"in_flight":[22,24,25,26]`, ""), "bad:38: want at byte 42 `,\"in_flight\":`, found"},

	// the disks and what is decided
	{"promise not written", alter(10, func(e *Event) { e.Writes = nil }), "bad:10: ReceivePrepare of N1: want the acceptor as its disk"},
	{"vote not written", alter(15, func(e *Event) { e.Writes = nil }), "bad:15: ReceiveAccept of N1: want the acceptor as its disk"},
	{"ballot not written", alter(9, func(e *Event) { e.Writes = nil }), "bad:9: ReceivePropose of N1: want (1,N1) scouted on disk"},
	{"other promise sent", alter(12, func(e *Event) {
		e.Sent[0].Message = paxos.Promise{BallotNum: paxos.Ballot{N: 2, Leader: 1}}
	}), "bad:12: ReceivePrepare of N3: want (2,N1) promised on disk"},
	{"other vote reported", alter(12, func(e *Event) {
		m := paxos.Promise{BallotNum: paxos.Ballot{N: 1, Leader: 1}}
		m.AcceptedProposals.Put(1, paxos.Vote{BallotNum: m.BallotNum})
		e.Sent[0].Message = m
	}), "bad:12: ReceivePrepare of N3: want slot 1: (1,N1) noop on disk"},
	{"other vote acknowledged", alter(19, func(e *Event) {
		e.Sent[0].Message = paxos.Accepted{Slot: 1, BallotNum: paxos.Ballot{N: 2, Leader: 2}}
	}), "bad:19: ReceiveAccept of N3: want a vote in (2,N2) for slot 1 on disk"},
	{"promise that falls", alter(19, func(e *Event) {
		e.Writes = append([]paxos.Write{paxos.Promised{BallotNum: paxos.Ballot{N: 0, Leader: 1}}}, e.Writes...)
	}), "bad:19: ReceiveAccept of N3: want a promise of at least (1,N1) on disk, found Promised (0,N1)"},
	{"ballot that falls", alter(37, func(e *Event) { e.Writes = []paxos.Write{paxos.Scouted{}} }), "bad:37: ReceivePropose of N1: want a ballot of at least (1,N1) on disk"},
	{"checkpoint that falls", alter(25, func(e *Event) { e.Writes = []paxos.Write{paxos.Checkpointed{}} }), "bad:25: ReceiveDecision of N3: want a checkpoint of at least slot=1 first=1 on disk"},
	{"executed slot that falls", alter(25, changeReplica(func(r *Replica) { r.Slot = 0 })), "bad:25: ReceiveDecision of N3: want slots executed up to 1, found 0"},
	{"slot decided twice", alter(25, changeReplica(func(r *Replica) { r.Decisions.Put(1, paxos.NoopProposal) })), `bad:25: ReceiveDecision of N3: want slot 1: c1#1@N1 "deposit", as N1 decided in event 21, found noop`},
	{"slot decided twice by a leader", alter(22, func(e *Event) {
		e.Sent[2].Message = paxos.Decision{Slot: 1, Proposal: paxos.NoopProposal}
	}), `bad:22: ReceiveAccepted of N1: want slot 1: c1#1@N1 "deposit", as N1 decided in event 21, found noop`},
	{"command answered twice", alter(25, func(e *Event) { e.Answers = []paxos.Answer{{ClientID: 1, Seq: 1, Slot: 2}} }), "bad:25: ReceiveDecision of N3: want the answer to c1#1 to be slot=1"},
	{"start on a disk without id", alter(2, func(e *Event) { e.Durable.Disk = 0 }), "bad:2: Start of N1: want a disk with an id, found 0"},
	{"start on another disk", alter(36, func(e *Event) { e.Durable.Disk = 9 }), "bad:36: Start of N1: want the disk that its writes made, found [disk: want 1, found 9]"},
	{"start on a disk of another node", alter(33, func(e *Event) { e.Durable.Disk = 2 }), "bad:33: Start of N3: want a newly formatted disk, found disk 2, which N2 had"},
	{"start on the disk that was lost", alter(33, func(e *Event) { e.Durable.Disk = 3 }), "bad:33: Start of N3: want a newly formatted disk, found disk 3, which N3 had"},
	{"start on more than a new disk", alter(33, func(e *Event) { e.Durable.BallotNum.N = 1 }), "bad:33: Start of N3: want the disk that its writes made, found [acceptor.ballot_num"},
	{"start without the promise", alter(36, func(e *Event) { e.Durable.BallotNum = paxos.NullBallot }), "bad:36: Start of N1: want the disk that its writes made, found [acceptor.ballot_num: want (1,N1), found (-)]"},
	{"start without the vote", alter(36, func(e *Event) { e.Durable.Accepted = paxos.Slots[paxos.Vote]{} }), "bad:36: Start of N1: want the disk that its writes made, found [acceptor.accepted[1]"},
	{"start without the ballot", alter(36, func(e *Event) { e.Durable.Scouted = paxos.NullBallot }), "bad:36: Start of N1: want the disk that its writes made, found [scouted"},
	{"start at another slot", alter(36, func(e *Event) { e.Durable.Slot = 2 }), "bad:36: Start of N1: want the disk that its writes made, found [slot"},
	{"start with other first slot", alter(36, func(e *Event) { e.Durable.First = 2 }), "bad:36: Start of N1: want the disk that its writes made, found [acceptor.first"},
	{"start with another machine", alter(36, func(e *Event) { e.Durable.State.Machine = "x" }), "bad:36: Start of N1: want the disk that its writes made, found [state.machine"},
	{"start with other sessions", alter(36, func(e *Event) { e.Durable.State.Sessions = []paxos.Session{{}} }), "bad:36: Start of N1: want the disk that its writes made, found [state.sessions"},
	{"start with other voters", alter(36, func(e *Event) { e.Durable.State.Voters = nil }), "bad:36: Start of N1: want the disk that its writes made, found [state.voters"},
}

// TestCorruptionsAreFound shows each check to fail, at the right line.
func TestCorruptionsAreFound(t *testing.T) {
	text := tiny(t)
	require.NoError(t, validate(text))
	for _, c := range corruptions {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorContains(t, validate(c.corrupt(t, text)), c.want)
		})
	}
}

// TestEveryLineCounts cuts a trace here and there, and leaves out or repeats any line: each is found.
func TestEveryLineCounts(t *testing.T) {
	text := tiny(t)
	last := strings.LastIndex(text[:len(text)-1], "\n")
	for i := range len(text) {
		if i < last && i%97 != 0 && text[i] != '\n' {
			continue
		}
		require.Error(t, validate(text[:i]), "cut at byte %d", i)
	}
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	for i := range lines {
		without := append(append([]string{}, lines[:i]...), lines[i+1:]...)
		require.Error(t, validate(strings.Join(without, "")), "without line %d", i+1)
		twice := append(append([]string{}, lines[:i+1]...), lines[i:]...)
		require.Error(t, validate(strings.Join(twice, "")), "line %d twice", i+1)
	}
}

// endless is a line without an end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

func TestEndlessLine(t *testing.T) {
	source := &endless{}
	_, err := Read(source, "bad")
	require.ErrorContains(t, err, "bad:1: want a line of up to 16777216 bytes, found a longer one")
	require.Less(t, source.read, MaxLine+1<<20)

	r, err := Read(io.MultiReader(strings.NewReader(strings.SplitAfter(tiny(t), "\n")[0]), &endless{}), "bad")
	require.NoError(t, err)
	_, err = r.Next()
	require.ErrorContains(t, err, "bad:2: want a line of up to")
	_, again := r.Next()
	require.Equal(t, err, again, "an error stays")
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.ndjson")
	_, err := Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte(tiny(t)), 0o644))
	r, err := Open(path)
	require.NoError(t, err)
	require.Equal(t, uint64(7), r.Header().Seed)
	_, err = Validate(r)
	require.NoError(t, err)
	require.Equal(t, 39, r.Line())
	require.NoError(t, r.Close())
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	_, err = Open(path)
	require.ErrorContains(t, err, path+":1: want a header")
}

// failing fails to write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// TestRecorderKeepsErrors makes each mistake that a caller of the Recorder can make.
func TestRecorderKeepsErrors(t *testing.T) {
	closed := func(w io.Writer, f func(*cluster)) error {
		c := newCluster(w, 3, 1)
		c.start(1)
		c.start(2)
		f(c)
		return c.rec.Close(c.now)
	}
	require.NoError(t, closed(io.Discard, func(*cluster) {}))
	require.ErrorContains(t, closed(failing{}, func(*cluster) {}), "disk full")
	require.ErrorContains(t, closed(io.Discard, func(c *cluster) { c.rec.Lose(0, 9, "loss") }), "event 3: want a message that was sent")
	require.ErrorContains(t, closed(io.Discard, func(c *cluster) { c.rec.Duplicate(0, 9) }), "event 3: want a message that was sent")
	require.ErrorContains(t, closed(io.Discard, func(c *cluster) { c.lastID = 0; c.start(3) }), "event 3: want a message id above 1, found 1")
	require.ErrorContains(t, closed(io.Discard, func(c *cluster) { c.invoke(1, 1, 1, "\xff") }), "event 3: want text in UTF-8")
	require.NoError(t, closed(io.Discard, func(c *cluster) { c.invoke(1, 1, 1, `\ufffd � \\ufffd`) }))
	require.ErrorContains(t, closed(io.Discard, func(c *cluster) { c.invoke(1, 1, 1, strings.Repeat("x", MaxLine)) }), "event 3: want a line of up to")
	require.Error(t, NewRecorder(io.Discard, Header{}).Close(0))
}
