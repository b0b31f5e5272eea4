package refine

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"multipaxos/checker/model"
	"multipaxos/impl/bank"
	"multipaxos/impl/kv"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// verifier remembers for all Validators which deposits verified. That is a pure function.
var verifier = bank.NewVerifier(1 << 12)

// MachineOf returns what makes the machines that a trace names, in any state: the initial one is that of the first
// Welcome.
func MachineOf(name string) (func() paxos.Machine, error) {
	switch name {
	case "bank":
		nobody := make(ed25519.PublicKey, ed25519.PublicKeySize)
		return func() paxos.Machine { return bank.New(nobody, bank.WithVerifier(verifier)) }, nil
	case "kv":
		return func() paxos.Machine { return kv.New() }, nil
	}
	return nil, fmt.Errorf("refine: want the machine bank or kv, found %q", name)
}

// Validator holds a run against the specification. Not for concurrent use.
type Validator struct {
	header     trace.Header
	config     *model.Config
	newMachine func() paxos.Machine

	seq      uint64
	time     time.Duration
	ended    bool
	verdict  *Verdict
	nodes    [paxos.MaxAddress + 1]*node
	messages trace.Ledger[paxos.Envelope]
	disks    map[paxos.DiskID]paxos.Address // every disk that was ever started from
	founder  paxos.Address                  // whose Seed founds the cluster, once it is known
	initial  *string                        // the machine's first snapshot, once it is known
	history  history
	startsBy string // the action that the last Start was
}

// node is a member of the cluster, in the model and beside it.
type node struct {
	model   model.Node
	started bool // ever
	up      bool
	wiped   bool // its disk was lost since it was up
	torn    bool // its last step lost messages: it must crash before anything else happens to it
	heard   bool // a sign of the leader came since the last FollowTimeout

	machine paxos.Machine   // what the Replica's machine is
	outputs map[int]string  // of the last command of each client
	calls   []call          // the commands in model.Requester, in the order of trace.Request
	silent  []model.Command // those answered in this step that nobody waits for

	sessions   paxos.Sessions             // a copy of the code's, when they were last found equal to those of the model
	sessionsOf model.Table[model.Session] // the model's, then
	wanted     paxos.Sessions             // room for what the code must know
	decisions  seen[model.Proposal, paxos.Proposal]
	accepted   seen[model.Vote, paxos.Vote]
	stored     seen[model.Vote, paxos.Vote] // the votes in durable

	durable    paxos.Durable // what the writes of its steps have left on disk
	checkpoint paxos.State   // what its last checkpoint must hold
	firstDisk  paxos.DiskID
}

// call is a command that a client waits for, or has waited for.
type call struct {
	command   model.Command
	input     string
	cancelled bool
}

// New returns a Validator for a run with this header. A quorum that is no majority is its verdict from the start.
func New(h trace.Header) (*Validator, error) {
	machine, err := MachineOf(h.Machine)
	if err != nil {
		return nil, err
	}
	return NewWith(h, machine)
}

// NewWith is New with a state machine of one's own.
func NewWith(h trace.Header, machine func() paxos.Machine) (*Validator, error) {
	v := &Validator{header: h, newMachine: machine, startsBy: trace.Start, disks: map[paxos.DiskID]paxos.Address{}, history: newHistory()}
	c := &model.Config{Follow: true, Heartbeats: true, CheckpointEvery: int(h.CheckpointEvery), Window: int(h.Window)}
	for _, a := range h.Nodes {
		c.Nodes = append(c.Nodes, int(a))
		v.nodes[a] = &node{model: model.Node{Self: int(a)}}
	}
	v.config = c
	if want := len(h.Nodes)/2 + 1; h.Quorum != want {
		v.verdict = fails("header", "quorum", want, h.Quorum)
		v.verdict.Event, v.verdict.Action = "the header", "Init"
	}
	return v, nil
}

// Step takes the next event of the run. It returns nil when the event is a step of the specification, and otherwise
// says why not; after that, it repeats this.
func (v *Validator) Step(e *trace.Event) *Verdict {
	if v.verdict == nil {
		if found := v.step(e); found != nil {
			found.Seq, found.Event, found.Action = e.Seq, headline(e), v.actionOf(e)
			found.Methods = codeOf(e.Action, found.Conjunct)
			v.verdict = found
		}
	}
	return v.verdict
}

// End says whether the run was a behaviour of the specification, from its first event to its End.
func (v *Validator) End() *Verdict {
	if v.verdict == nil && !v.ended {
		v.verdict = fails(Guard, "the last event", "End", "none")
		v.verdict.Seq = v.seq + 1
	}
	return v.verdict
}

// fails begins a verdict.
func fails(conjunct, field string, expected, found any) *Verdict {
	return &Verdict{Conjunct: conjunct, Field: field, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found)}
}

func (v *Validator) step(e *trace.Event) *Verdict {
	switch {
	case v.ended:
		return fails(Guard, "event", "nothing after End", e.Action)
	case e.Seq != v.seq+1:
		return fails(Guard, "seq", v.seq+1, e.Seq)
	case e.Time < v.time:
		return fails(Guard, "time", fmt.Sprintf("%v or later", v.time), e.Time)
	}
	v.seq, v.time = e.Seq, e.Time
	if failed := v.takeFates(e); failed != nil {
		return failed
	}
	switch e.Action {
	case trace.Lose, trace.Duplicate, trace.Fault:
		return nil
	case trace.End:
		return v.end()
	}
	n, failed := v.living(e)
	if failed != nil {
		return failed
	}
	return v.act(n, e)
}

// end holds that no node was left within a step.
func (v *Validator) end() *Verdict {
	v.ended = true
	for _, a := range v.header.Nodes {
		if v.nodes[a].torn {
			return fails(Guard, "step", fmt.Sprintf("a Crash of %v, whose last step lost messages", a), trace.End)
		}
	}
	return nil
}

// takeFates gives the messages that the event names their fates, and holds that the ids of those sent are new.
func (v *Validator) takeFates(e *trace.Event) *Verdict {
	var err error
	switch {
	case e.Action == trace.Lose:
		_, err = v.messages.Take(e.ID)
	case e.Action == trace.Duplicate:
		_, err = v.messages.Duplicate(e.ID)
	case e.Action == trace.End:
		if want := fmt.Sprint(v.messages.InFlight()); want != fmt.Sprint(e.InFlight) {
			return fails(Fate, "in flight", want, e.InFlight)
		}
	case e.Message != nil:
		var sent paxos.Envelope
		sent, err = v.messages.Take(e.Message.ID)
		if err == nil && !sameEnvelope(sent, e.Message.Envelope) {
			return fails(Fate, fmt.Sprintf("message %d", e.Message.ID), sent, e.Message.Envelope)
		}
	}
	if err != nil {
		return fails(Fate, "message", "one in flight", err)
	}
	if e.Left < 0 || e.Left > len(e.Sent) {
		return fails(Fate, "left", fmt.Sprintf("0 to %d", len(e.Sent)), e.Left)
	}
	last := v.messages.Last()
	for i := range e.Sent {
		id := e.Sent[i].ID
		if id <= last {
			return fails(Fate, "id", fmt.Sprintf("above %d", last), id)
		}
		last = id
	}
	return nil
}

// sameEnvelope compares a message that was sent with one that is delivered.
func sameEnvelope(a, b paxos.Envelope) bool {
	if a.From != b.From || a.To != b.To || a.Config != b.Config {
		return false
	}
	switch m := a.Message.(type) { // two of them hold tables
	case paxos.Promise:
		other, ok := b.Message.(paxos.Promise)
		return ok && m.BallotNum == other.BallotNum && slices.Equal(entries(&m.AcceptedProposals), entries(&other.AcceptedProposals))
	case paxos.Welcome:
		other, ok := b.Message.(paxos.Welcome)
		return ok && m.Slot == other.Slot && sameState(m.State, other.State) &&
			slices.Equal(entries(&m.Decisions), entries(&other.Decisions))
	}
	return a.Message == b.Message
}

// living returns the event's node, which must be alive in the way that the event needs.
func (v *Validator) living(e *trace.Event) (*node, *Verdict) {
	if e.Node > paxos.MaxAddress || v.nodes[e.Node] == nil {
		return nil, fails(Guard, "node", fmt.Sprintf("one of %v", v.header.Nodes), e.Node)
	}
	n := v.nodes[e.Node]
	down := e.Action == trace.Start || e.Action == trace.Wipe
	switch {
	case n.torn && e.Action != trace.Crash:
		return n, fails(Guard, "step", fmt.Sprintf("a Crash of %v, whose last step lost messages", e.Node), e.Action)
	case down && n.up:
		return n, fails(Guard, "node", fmt.Sprintf("%v to be down", e.Node), "up")
	case e.Message != nil && e.Message.To != e.Node:
		return n, fails(Guard, "receiver", e.Message.To, e.Node)
	case !down && !n.up:
		return n, fails(Guard, "node", fmt.Sprintf("%v to be up", e.Node), "down")
	case e.Action == trace.Wipe && !n.started:
		return n, fails(Guard, "node", fmt.Sprintf("%v to have a disk", e.Node), "none")
	}
	return n, nil
}
