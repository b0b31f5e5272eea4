package tracetlc

import (
	"fmt"
	"strconv"
	"strings"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// This file writes what a trace tells as values of the spec, with the operators of Trace.tla. What the spec abstracts
// from (inputs, outputs, snapshots) shows up only when it is not what it must be: in a field or a value that no state
// of the spec has.

const empty = "<<>>"

func quote(s string) string {
	const longest = 200
	return strconv.QuoteToASCII(s[:min(len(s), longest)])
}

func list(open string, items []string, end string) string {
	return open + strings.Join(items, ", ") + end
}

// table writes a function.
func table(pairs []string) string {
	if len(pairs) == 0 {
		return empty
	}
	return list("(", []string{strings.Join(pairs, " @@ ")}, ")")
}

func (t *names) ballot(b paxos.Ballot) string { return "B(" + t.ballotParts(b) + ")" }

func (t *names) ballotParts(b paxos.Ballot) string { return t.number(b.N) + ", " + t.address(b.Leader) }

func (t *names) proposal(p paxos.Proposal) string { return "P(" + t.proposalParts(p) + ")" }

func (t *names) proposalParts(p paxos.Proposal) string {
	return t.address(p.Caller) + ", " + t.commandParts(p.ClientID, p.Seq, p.Input) + ", " + t.disk(p.Disk)
}

func (t *names) vote(v paxos.Vote) string { return "V(" + t.voteParts(v) + ")" }

func (t *names) voteParts(v paxos.Vote) string {
	return t.ballotParts(v.BallotNum) + ", " + t.proposalParts(v.Proposal)
}

func (t *names) set(a paxos.Addresses) string {
	var items []string
	for _, address := range a.List() {
		items = append(items, t.address(address))
	}
	return list("{", items, "}")
}

func (t *names) commander(c trace.Commander) string {
	return fmt.Sprintf("[ballotNum |-> %s, slot |-> %s, proposal |-> %s, accepted |-> %s]",
		t.ballot(c.BallotNum), t.number(uint64(c.Slot)), t.proposal(c.Proposal), t.set(c.Accepted))
}

func (t *names) voters(voters paxos.Voters) string {
	var pairs []string
	for _, v := range voters {
		pairs = append(pairs, t.address(v.Address)+" :> "+t.disk(v.Disk))
	}
	return table(pairs)
}

// requests writes the commands that are waited for.
func (t *names) requests(requesters []trace.Requester) string {
	var items []string
	for _, q := range requesters {
		items = append(items, t.command(q.Client, q.Seq, q.Input))
	}
	return list("{", items, "}")
}

func slotsOf[T any](t *names, entries paxos.Slots[T], value func(T) string) string {
	var pairs []string
	for slot, entry := range entries.All() {
		pairs = append(pairs, t.number(uint64(slot))+" :> "+value(entry))
	}
	return table(pairs)
}

// patch writes the change of a table by slot.
func patch[T comparable](t *names, before, after paxos.Slots[T], value func(T) string) string {
	var put, drop []string
	for slot, entry := range after.All() {
		if old, ok := before.Get(slot); !ok || old != entry {
			put = append(put, t.number(uint64(slot))+" :> "+value(entry))
		}
	}
	for slot := range before.All() {
		if !after.Has(slot) {
			drop = append(drop, t.number(uint64(slot)))
		}
	}
	if put == nil && drop == nil {
		return ""
	}
	return "[put |-> " + table(put) + ", drop |-> " + list("{", drop, "}") + "]"
}

// record collects the fields of a record.
type record []string

func (r *record) add(name, value string) { *r = append(*r, name+" |-> "+value) }

// addIf adds a field that says something.
func (r *record) addIf(name, value string) {
	if value != "" {
		r.add(name, value)
	}
}

func (r record) String() string { return list("[", r, "]") }

// session writes what a Replica remembers of the client key.
func (w *writer) session(key paxos.ClientID, s paxos.Session) string {
	var strange record
	if s.ClientID != key {
		strange.add("clientID", w.client(s.ClientID))
	}
	if !w.executed.output(s.Slot, s.Output) {
		strange.add("output", quote(s.Output))
	}
	if strange == nil {
		return "Session(" + w.number(s.Seq) + ", " + w.number(uint64(s.Slot)) + ")"
	}
	strange.add("seq", w.number(s.Seq))
	strange.add("slot", w.number(uint64(s.Slot)))
	return strange.String()
}

// state writes what executing the slots below slot led to.
func (w *writer) state(slot paxos.Slot, s paxos.State) string {
	var sessions, voters []string
	for _, session := range s.Sessions {
		sessions = append(sessions, w.client(session.ClientID)+" :> "+w.session(session.ClientID, session))
	}
	for _, v := range s.Voters {
		voters = append(voters, w.address(v.Address)+" :> "+w.disk(v.Disk))
	}
	machine := "<<" + quote(s.Machine) + ">>"
	if w.executed.snapshot(slot, s.Machine) {
		machine = w.machine(slot)
	}
	return "State(" + machine + ", " + table(sessions) + ", " + table(voters) + ")"
}

// machine writes the commands executed below slot.
func (w *writer) machine(slot paxos.Slot) string {
	count, ok := w.executed.below(slot)
	if !ok {
		return `<<"slots below ` + strconv.FormatUint(uint64(slot), 10) + ` are not decided">>`
	}
	if slot == 0 || count == w.base {
		return empty
	}
	return fmt.Sprintf("Commanded(Done%d, %d, %d)", w.trace, w.base+1, count)
}

func (w *writer) message(e paxos.Envelope) string {
	ends := w.address(e.From) + ", " + w.address(e.To) + ", "
	slot := func(s paxos.Slot) string { return ends + w.number(uint64(s)) }
	switch m := e.Message.(type) {
	case paxos.Propose:
		return "MPropose(" + slot(m.Slot) + ", " + w.proposalParts(m.Proposal) + ")"
	case paxos.Prepare:
		return "MPrepare(" + ends + w.ballotParts(m.BallotNum) + ", " + w.slot(m.Slot) + ")"
	case paxos.Promise:
		return "MPromise(" + ends + w.ballotParts(m.BallotNum) + ", " + w.votes(m.AcceptedProposals) + ")"
	case paxos.Accept:
		return "MAccept(" + slot(m.Slot) + ", " + w.ballotParts(m.BallotNum) + ", " + w.proposalParts(m.Proposal) + ")"
	case paxos.Accepted:
		return "MAccepted(" + slot(m.Slot) + ", " + w.ballotParts(m.BallotNum) + ")"
	case paxos.Preempted:
		return "MPreempted(" + slot(m.Slot) + ", " + w.ballotParts(m.PreemptedBy) + ")"
	case paxos.Decision:
		return "MDecision(" + slot(m.Slot) + ", " + w.proposalParts(m.Proposal) + ")"
	case paxos.Active:
		return "MActive(" + slot(m.Slot) + ")"
	case paxos.Join:
		return "MJoin(" + ends + w.disk(m.Disk) + ")"
	case paxos.Welcome:
		return "MWelcome(" + ends + w.state(m.Slot, m.State) + ", " + w.slot(m.Slot) + ", " + w.decisions(m.Decisions) + ")"
	}
	return quote(e.String()) // of no type that the spec has
}

func (w *writer) write(change paxos.Write) string {
	switch c := change.(type) {
	case paxos.Promised:
		return "Promised(" + w.ballotParts(c.BallotNum) + ")"
	case paxos.Voted:
		return "Voted(" + w.slot(c.Slot) + ", " + w.voteParts(c.Vote) + ")"
	case paxos.Scouted:
		return "Scouted(" + w.ballotParts(c.BallotNum) + ")"
	case paxos.Checkpointed:
		return "Checkpointed(" + w.slot(c.Slot) + ", " + w.slot(c.First) + ", " + w.state(c.Slot, c.State) + ")"
	}
	return quote(change.String())
}

// durable writes what a node starts from.
func (w *writer) durable(d *paxos.Durable) string {
	return record{
		"disk |-> " + w.disk(d.Disk), "scouted |-> " + w.ballot(d.Scouted), "slot |-> " + w.number(uint64(d.Slot)),
		"state |-> " + w.state(d.Slot, d.State), "first |-> " + w.number(uint64(d.First)),
		"ballotNum |-> " + w.ballot(d.BallotNum), "accepted |-> " + w.votes(d.Accepted),
	}.String()
}

func (w *writer) answers(answers []paxos.Answer) string {
	var items []string
	for _, a := range answers {
		var strange string
		if !w.executed.output(a.Slot, a.Output) {
			strange = ", output |-> " + quote(a.Output)
		}
		w.maxSeq = max(w.maxSeq, a.Seq)
		items = append(items, fmt.Sprintf("[clientID |-> %s, seq |-> %s, slot |-> %s%s]",
			w.client(a.ClientID), w.number(a.Seq), w.number(uint64(a.Slot)), strange))
	}
	return list("{", items, "}")
}
