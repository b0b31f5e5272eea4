package tracetlc

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// writer writes the events of one trace, and the states in which segments start.
type writer struct {
	*names
	executed *executed
	trace    int // its number in the module
	base     int // of the segment: so many commands are executed everywhere, and not written
}

// decisions and votes write tables by slot. Where they are what the log says, they say so in short: a segment starts
// with as many entries as a node remembers.
func (w *writer) decisions(entries paxos.Slots[paxos.Proposal]) string {
	return runs(w, entries, w.proposal, func(slot paxos.Slot, p paxos.Proposal) (string, bool) {
		return fmt.Sprintf("Slots(Log%d, ", w.trace), w.logged(slot, p)
	})
}

func (w *writer) votes(entries paxos.Slots[paxos.Vote]) string {
	return runs(w, entries, w.vote, func(slot paxos.Slot, v paxos.Vote) (string, bool) {
		return fmt.Sprintf("Votes(Log%d, %s, ", w.trace, w.ballotParts(v.BallotNum)), w.logged(slot, v.Proposal)
	})
}

func (w *writer) logged(slot paxos.Slot, p paxos.Proposal) bool {
	decided, ok := w.executed.log[slot]
	return ok && slot < w.executed.slot && decided == p
}

// runs writes each longest run of adjacent slots that short writes alike as its text and both ends.
func runs[T any](w *writer, entries paxos.Slots[T], value func(T) string, short func(paxos.Slot, T) (string, bool)) string {
	var parts []string
	var open string
	var from, to paxos.Slot
	end := func() {
		if open != "" {
			parts = append(parts, fmt.Sprintf("%s%d, %d)", open, from, to))
		}
		open = ""
	}
	for slot, entry := range entries.All() {
		text, ok := short(slot, entry)
		if ok && text == open && slot == to+1 {
			to = slot
			continue
		}
		end()
		if ok {
			open, from, to = text, slot, slot
		} else {
			parts = append(parts, w.number(uint64(slot))+" :> "+value(entry))
		}
	}
	end()
	return table(parts)
}

// event writes an event. before is what its node was until then; changed says that its message is not as it was sent.
func (w *writer) event(e *trace.Event, before trace.State, changed bool) string {
	r := record{fmt.Sprintf("seq |-> %s, action |-> %s, node |-> %s", w.number(e.Seq), quote(e.Action), w.address(e.Node))}
	w.cause(&r, e)
	if changed {
		r.add("message", "<<"+w.message(e.Message.Envelope)+", "+w.number(uint64(e.Message.Config))+">>") // equal to none
	}
	var writes []string
	for _, change := range e.Writes {
		writes = append(writes, w.write(change))
	}
	if writes != nil {
		r.add("writes", list("<<", writes, ">>"))
	}
	w.sent(&r, e)
	if e.Answers != nil {
		r.add("answers", w.answers(e.Answers))
	}
	if e.IsStep() {
		r.addIf("state", w.changes(before, e.State))
	}
	return r.String()
}

// cause writes what made the node take the step, or which message it is about. A message that arrives as it was sent is
// named by its id alone.
func (w *writer) cause(r *record, e *trace.Event) {
	switch {
	case e.Message != nil:
		r.add("id", w.number(e.Message.ID))
	case e.ID != 0:
		r.add("id", w.number(e.ID))
	case e.Action == trace.Cancel && e.Command != nil: // it has no input
		q := trace.Request{Client: e.Command.Client, Seq: e.Command.Seq}
		r.add("command", w.command(q.Client, q.Seq, w.inputOf(q)))
	case e.Command != nil:
		r.add("command", w.command(e.Command.Client, e.Command.Seq, e.Command.Input))
	case e.Timer != nil && e.Timer.Slot != 0:
		r.add("slot", w.number(uint64(min(e.Timer.Slot, math.MaxInt32-1)))) // where it is less, there is no Commander
	case e.Timer != nil && e.Timer.Request != (trace.Request{}):
		q := e.Timer.Request
		r.add("request", w.command(q.Client, q.Seq, w.inputOf(q)))
	case e.Durable != nil:
		r.add("durable", w.durable(e.Durable))
	case e.Action == trace.End:
		r.add("inFlight", w.inFlight(e.InFlight))
	}
}

// inFlight writes how many copies of each message have no fate.
func (w *writer) inFlight(ids []uint64) string {
	var pairs []string
	for i := 0; i < len(ids); {
		n := 1
		for i+n < len(ids) && ids[i+n] == ids[i] {
			n++
		}
		pairs = append(pairs, fmt.Sprintf("%s :> %d", w.number(ids[i]), n))
		i += n
	}
	return table(pairs)
}

// sent writes the messages that left, and those that did not.
func (w *writer) sent(r *record, e *trace.Event) {
	if len(e.Sent) == 0 {
		return
	}
	var pairs []string
	for _, m := range e.Sent {
		pairs = append(pairs, w.number(m.ID)+" :> "+w.message(m.Envelope))
	}
	left := min(max(e.Left, 0), len(pairs))
	if left > 0 {
		r.add("sent", table(pairs[:left]))
	}
	if left < len(pairs) {
		r.add("unsent", table(pairs[left:]))
	}
	r.add("last", w.number(lastID(e)))
}

// lastID is the highest id of the messages sent; 0, which no id is below, when they do not rise or too many left.
func lastID(e *trace.Event) (last uint64) {
	for _, m := range e.Sent {
		if m.ID <= last {
			return 0
		}
		last = m.ID
	}
	if e.Left < 0 || e.Left > len(e.Sent) {
		return 0
	}
	return last
}

// changes writes what the step changed in the roles.
func (w *writer) changes(before, after trace.State) string {
	var r record
	change(&r, "acceptor", before.Acceptor, after.Acceptor, w.acceptor)
	change(&r, "replica", before.Replica, after.Replica, w.replica)
	change(&r, "leader", before.Leader, after.Leader, w.leader)
	change(&r, "scout", before.Scout, after.Scout, w.scout)
	r.addIf("commanders", patch(w.names, before.Commanders, after.Commanders, w.commander))
	if !slices.Equal(before.Requesters, after.Requesters) {
		r.add("requester", w.requests(after.Requesters))
	}
	change(&r, "bootstrap", before.Bootstrap, after.Bootstrap, w.bootstrap)
	change(&r, "seed", before.Seed, after.Seed, w.seed)
	if r == nil {
		return ""
	}
	return r.String()
}

// change adds what became of a role.
func change[R any](r *record, name string, before, after *R, fields func(before, after *R) record) {
	switch {
	case after == nil && before != nil:
		r.add(name, "None")
	case after != nil:
		if changed := fields(before, after); changed != nil {
			r.add(name, changed.String())
		}
	}
}

// one writes a field that is not as before.
func one[R any, T comparable](r *record, name string, before, after *R, field func(*R) T, text func(T) string) {
	if before == nil || field(before) != field(after) {
		r.add(name, text(field(after)))
	}
}

// many writes a table: whole in a new role, else what changed.
func many[R any, T comparable](w *writer, r *record, name string, before, after *R, field func(*R) paxos.Slots[T],
	text func(T) string, whole func(paxos.Slots[T]) string) {
	if before == nil {
		r.add(name, whole(field(after)))
		return
	}
	r.addIf(name, patch(w.names, field(before), field(after), text))
}

func (w *writer) slot(s paxos.Slot) string { return w.number(uint64(s)) }

func (w *writer) acceptor(before, after *trace.Acceptor) (r record) {
	type role = trace.Acceptor
	one(&r, "ballotNum", before, after, func(a *role) paxos.Ballot { return a.BallotNum }, w.ballot)
	one(&r, "first", before, after, func(a *role) paxos.Slot { return a.First }, w.slot)
	many(w, &r, "accepted", before, after, func(a *role) paxos.Slots[paxos.Vote] { return a.Accepted }, w.vote, w.votes)
	return r
}

func (w *writer) replica(before, after *trace.Replica) (r record) {
	type role = trace.Replica
	one(&r, "slot", before, after, func(x *role) paxos.Slot { return x.Slot }, w.slot)
	one(&r, "nextSlot", before, after, func(x *role) paxos.Slot { return x.NextSlot }, w.slot)
	one(&r, "first", before, after, func(x *role) paxos.Slot { return x.First }, w.slot)
	one(&r, "leader", before, after, func(x *role) paxos.Address { return x.Leader }, w.address)
	many(w, &r, "proposals", before, after, func(x *role) paxos.Slots[paxos.Proposal] { return x.Proposals }, w.proposal, w.decisions)
	many(w, &r, "decisions", before, after, func(x *role) paxos.Slots[paxos.Proposal] { return x.Decisions }, w.proposal, w.decisions)
	if before == nil || !slices.Equal(before.Voters, after.Voters) {
		r.add("voters", w.voters(after.Voters))
	}
	if before == nil {
		r.add("sessions", table(w.sessions(nil, after.Sessions)))
	} else if !slices.Equal(before.Sessions, after.Sessions) {
		r.add("sessions", "[put |-> "+table(w.sessions(before.Sessions, after.Sessions))+
			", drop |-> "+w.forgotten(before.Sessions, after.Sessions)+"]")
	}
	return r
}

// sessions writes those that are new.
func (w *writer) sessions(before, after paxos.Sessions) (pairs []string) {
	for _, s := range after {
		if before.Of(s.ClientID) != s {
			pairs = append(pairs, w.client(s.ClientID)+" :> "+w.session(s.ClientID, s))
		}
	}
	return pairs
}

func (w *writer) forgotten(before, after paxos.Sessions) string {
	var items []string
	for _, s := range before {
		if after.Of(s.ClientID) == (paxos.Session{}) {
			items = append(items, w.client(s.ClientID))
		}
	}
	return list("{", items, "}")
}

func (w *writer) leader(before, after *trace.Leader) (r record) {
	type role = trace.Leader
	one(&r, "ballotNum", before, after, func(l *role) paxos.Ballot { return l.BallotNum }, w.ballot)
	one(&r, "active", before, after, func(l *role) bool { return l.Active }, truth)
	many(w, &r, "proposals", before, after, func(l *role) paxos.Slots[paxos.Proposal] { return l.Proposals }, w.proposal, w.decisions)
	return r
}

func truth(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

func (w *writer) scout(before, after *trace.Scout) (r record) {
	type role = trace.Scout
	one(&r, "ballotNum", before, after, func(s *role) paxos.Ballot { return s.BallotNum }, w.ballot)
	one(&r, "promised", before, after, func(s *role) paxos.Addresses { return s.Promised }, w.set)
	many(w, &r, "acceptedProposals", before, after, func(s *role) paxos.Slots[paxos.Vote] { return s.AcceptedProposals }, w.vote, w.votes)
	return r
}

func (w *writer) bootstrap(before, after *trace.Bootstrap) (r record) {
	type role = trace.Bootstrap
	one(&r, "peer", before, after, func(b *role) paxos.Address { return b.Peer }, w.address)
	many(w, &r, "decisions", before, after, func(b *role) paxos.Slots[paxos.Proposal] { return b.Decisions }, w.proposal, w.decisions)
	return r
}

func (w *writer) seed(before, after *trace.Seed) (r record) {
	if before == nil || !slices.Equal(before.Disks, after.Disks) {
		r.add("disks", w.voters(after.Disks))
	}
	return r
}
