package refine

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// compare compares the whole state of the node's roles.
func (n *node) compare(s *trace.State) *Verdict {
	x := &n.model
	switch {
	case !n.sameAcceptor(s.Acceptor):
		return n.differs(Acceptor, s)
	case !sameReplica(&x.Replica, s.Replica) || s.Replica != nil && !n.sameLog(s.Replica):
		return n.differs(Replica, s)
	case !sameLeader(&x.Leader, s.Leader):
		return n.differs(Leader, s)
	case !sameScout(&x.Scout, s.Scout):
		return n.differs(Scout, s)
	case !sameCommanders(x.Commanders, &s.Commanders):
		return n.differs(Commanders, s)
	case !n.sameRequesters(s.Requesters):
		return n.differs(Requesters, s)
	case !sameBootstrap(&x.Bootstrap, s.Bootstrap):
		return n.differs(Bootstrap, s)
	case !sameSeed(&x.Seed, s.Seed):
		return n.differs(Seed, s)
	}
	return nil
}

func (n *node) sameAcceptor(a *trace.Acceptor) bool {
	m := &n.model.Acceptor
	if !m.Running || a == nil {
		return !m.Running && a == nil
	}
	return sameBallot(m.BallotNum, a.BallotNum) && m.First == int(a.First) && n.accepted.same(m.Accepted, &a.Accepted, sameVote)
}

// sameLog compares the decisions, the sessions and the voters of a Replica.
func (n *node) sameLog(r *trace.Replica) bool {
	m := &n.model.Replica
	return n.decisions.same(m.Decisions, &r.Decisions, sameProposal) && sameVoters(m.Voters, r.Voters) && n.sameSessions(r.Sessions)
}

// sameSessions compares sessions, and the outputs in them with those of the machine that runs beside the model.
func (n *node) sameSessions(sessions paxos.Sessions) bool {
	m := n.model.Replica.Sessions
	if unchanged(n.sessionsOf, m) && sameBits(n.sessions, sessions) {
		return true
	}
	n.wanted = appendSessions(n.wanted[:0], m, n.outputs)
	if !slices.Equal(n.wanted, sessions) {
		return false
	}
	n.sessionsOf, n.sessions = m, append(n.sessions[:0], sessions...)
	return true
}

// sameRequesters forgets the commands that the model answered in this step, and compares the others.
func (n *node) sameRequesters(requesters []trace.Requester) bool {
	if len(n.calls) > len(n.model.Requester) {
		n.calls = slices.DeleteFunc(n.calls, func(of call) bool {
			_, waits := slices.BinarySearchFunc(n.model.Requester, of.command, model.CompareCommands)
			if !waits && of.cancelled {
				n.silent = append(n.silent, of.command)
			}
			return !waits
		})
	}
	return sameRequesters(n.calls, requesters)
}

// differs names the first field of the conjunct's role that is not as in the model.
func (n *node) differs(conjunct string, s *trace.State) *Verdict {
	for _, d := range trace.Diff(n.project(), *s) {
		if strings.HasPrefix(d.Field, conjunct) {
			return fails(conjunct, d.Field, d.Want, d.Found)
		}
	}
	return fails(conjunct, conjunct, n.project(), *s) // one plays the role, the other does not
}

// compareDisk makes the writes of the step, and compares what is then on disk with what the model has there.
func (v *Validator) compareDisk(n *node, before *model.Node, e *trace.Event) *Verdict {
	x, d := &n.model, &n.durable
	if e.Durable != nil {
		if field, want, found := diffDurable(d, e.Durable); field != "" {
			return fails(Disk, field, want, found)
		}
	}
	for _, w := range e.Writes {
		d.Apply(w)
	}
	if len(e.Writes) == 0 && sameDurable(before, x) {
		return nil
	}
	switch {
	case !sameBallot(x.Disk.Scouted, d.Scouted):
		return fails(Disk, "scouted", ballotOf(x.Disk.Scouted), d.Scouted)
	case x.Disk.Slot != int(d.Slot):
		return fails(Disk, "slot", x.Disk.Slot, d.Slot)
	case !sameState(n.checkpoint, d.State):
		return fails(Disk, "state", n.checkpoint, d.State)
	case x.Disk.Slot != before.Disk.Slot && x.Replica.First != int(d.First):
		return fails(Disk, "first", x.Replica.First, d.First)
	}
	return n.compareVotes(before)
}

// compareVotes compares what the Acceptor has on disk. Of a node that plays none, it has nothing there.
func (n *node) compareVotes(before *model.Node) *Verdict {
	x, d := &n.model.Acceptor, &n.durable
	if x.Running && sameBallot(x.BallotNum, d.BallotNum) && x.First == int(d.First) &&
		n.stored.same(x.Accepted, &d.Accepted, sameVote) {
		return nil
	}
	found := &trace.Acceptor{BallotNum: d.BallotNum, Accepted: d.Accepted, First: d.First}
	want := &trace.Acceptor{First: d.First}
	if x.Running {
		want = n.project().Acceptor
	}
	if list := trace.Diff(trace.State{Acceptor: want}, trace.State{Acceptor: found}); len(list) > 0 {
		return fails(Disk, list[0].Field, list[0].Want, list[0].Found)
	}
	return nil
}

// sameDurable says whether the step changed nothing that is durable in the model.
func sameDurable(before, after *model.Node) bool {
	a, b := &before.Acceptor, &after.Acceptor
	return a.Running == b.Running && a.BallotNum == b.BallotNum && a.First == b.First && unchanged(a.Accepted, b.Accepted) &&
		before.Disk.Scouted == after.Disk.Scouted && before.Disk.Slot == after.Disk.Slot
}

// diffDurable returns the first difference between two disks, if there is one.
func diffDurable(want, found *paxos.Durable) (field, wants, has string) {
	acceptor := func(d *paxos.Durable) trace.State {
		return trace.State{Acceptor: &trace.Acceptor{BallotNum: d.BallotNum, Accepted: d.Accepted, First: d.First}}
	}
	if want.BallotNum != found.BallotNum || want.First != found.First || !slices.Equal(entries(&want.Accepted), entries(&found.Accepted)) {
		if list := trace.Diff(acceptor(want), acceptor(found)); len(list) > 0 {
			return list[0].Field, list[0].Want, list[0].Found
		}
		return Acceptor, fmt.Sprintf("%#v", want.Accepted), fmt.Sprintf("%#v", found.Accepted)
	}
	for _, f := range []struct {
		name        string
		same        bool
		want, found any
	}{
		{"disk", want.Disk == found.Disk, want.Disk, found.Disk},
		{"scouted", want.Scouted == found.Scouted, want.Scouted, found.Scouted},
		{"slot", want.Slot == found.Slot, want.Slot, found.Slot},
		{"state", sameState(want.State, found.State), want.State, found.State},
	} {
		if !f.same {
			return f.name, fmt.Sprint(f.want), fmt.Sprint(f.found)
		}
	}
	return "", "", ""
}

// compareSent compares the set of messages sent with that of the model.
func (v *Validator) compareSent(n *node, e *trace.Event) *Verdict {
	out := n.model.Out
	i := 0
	for i < len(out) && i < len(e.Sent) && v.sameSent(n, &out[i], &e.Sent[i].Envelope) {
		i++
	}
	if i == len(out) && i == len(e.Sent) {
		return nil // in the order of the model, as nearly always
	}
	return v.compareSets(n, e)
}

// compareSets compares the messages sent when they are not in the order of the model.
func (v *Validator) compareSets(n *node, e *trace.Event) *Verdict {
	out := n.model.Out
	for i := range e.Sent {
		m := &e.Sent[i].Envelope
		if !slices.ContainsFunc(out, func(o model.Message) bool { return v.sameSent(n, &o, m) }) {
			return v.unexpected(n, i, m)
		}
	}
	for i := range out {
		if !slices.ContainsFunc(e.Sent, func(m trace.Message) bool { return v.sameSent(n, &out[i], &m.Envelope) }) {
			return fails(Messages, fmt.Sprintf("sent[%d]", i), v.envelope(n, &out[i]), "not sent")
		}
	}
	if len(out) != len(e.Sent) {
		return fails(Messages, "sent", fmt.Sprintf("%d messages, each once", len(out)), len(e.Sent))
	}
	return nil
}

func (v *Validator) unexpected(n *node, i int, m *paxos.Envelope) *Verdict {
	want := "nothing"
	if i < len(n.model.Out) {
		want = v.envelope(n, &n.model.Out[i]).String()
	}
	return fails(Messages, fmt.Sprintf("sent[%d]", i), want, m)
}

func (v *Validator) sameSent(n *node, o *model.Message, m *paxos.Envelope) bool {
	if m.Config != v.header.Config || !sameMessage(o, m) {
		return false
	}
	w, ok := m.Message.(paxos.Welcome)
	return !ok || sameState(n.state(o.State), w.State)
}

// compareAnswers compares the set of answers with the model's, but for those to commands that nobody waits for.
func (v *Validator) compareAnswers(n *node, e *trace.Event) *Verdict {
	var want []paxos.Answer
	for _, a := range n.model.Answers {
		c := model.Command{ClientID: a.ClientID, Seq: a.Seq}
		if slices.Contains(n.silent, c) {
			continue
		}
		text := n.outputs[a.ClientID]
		if i := slices.IndexFunc(v.history.outputs, func(o output) bool { return o.slot == a.Slot }); i >= 0 {
			text = v.history.outputs[i].text
		}
		want = append(want, paxos.Answer{ClientID: paxos.ClientID(a.ClientID), Seq: uint64(a.Seq), Slot: paxos.Slot(a.Slot), Output: text})
	}
	n.silent = n.silent[:0]
	for _, a := range e.Answers {
		if !slices.Contains(want, a) {
			return fails(Answers, "answers", fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", e.Answers))
		}
	}
	for _, a := range want {
		if !slices.Contains(e.Answers, a) {
			return fails(Answers, "answers", fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", e.Answers))
		}
	}
	return nil
}
