package refine

import (
	"fmt"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// hold holds the invariants of the specification. They held before the step, so only what the step changed is looked at.
func (v *Validator) hold(n *node, before *model.Node, e *trace.Event) *Verdict {
	after, crash := &n.model, e.Durable != nil
	failed := v.holdStep(n, before, crash)
	if failed == nil {
		failed = v.holdDecisions(before, after, crash)
	}
	if failed == nil {
		failed = v.holdVotes(before, after, e)
	}
	if failed == nil {
		failed = v.holdSent(after)
	}
	if failed == nil {
		failed = v.holdLeader(before, after)
	}
	if failed == nil {
		failed = v.holdVoters(before, after)
	}
	if failed == nil {
		failed = v.holdAnswers(after)
	}
	return failed
}

// holdStep holds the step invariants.
func (v *Validator) holdStep(n *node, before *model.Node, crash bool) *Verdict {
	x := &n.model
	rb, ra := &before.Replica, &x.Replica
	switch {
	case !v.config.RolesOK(x):
		return fails("TypeOK", "roles", "those that belong together", n.project())
	case !v.config.PromisesNeverFall(before, x, crash):
		return fails("PromisesNeverFall", "acceptor.ballotNum", ballotOf(before.Acceptor.BallotNum), ballotOf(x.Acceptor.BallotNum))
	case !v.config.BallotsNeverFall(before, x, crash):
		return fails("BallotsNeverFall", "leader.ballotNum", ballotOf(before.Leader.BallotNum), ballotOf(x.Leader.BallotNum))
	case rb.Running && ra.Running && before.Disk.Disk == x.Disk.Disk &&
		(x.Disk.Slot < before.Disk.Slot || !crash && ra.Slot < rb.Slot):
		return fails("ExecutedOnlyGrows", "replica.slot", rb.Slot, ra.Slot)
	case !v.config.MembersStay(before, x, crash):
		return fails("MembersStay", "replica", "a Replica", "none")
	case ra.Running && ra.Decisions.Has(ra.Slot):
		return fails("ExecutedAtOnce", "replica.slot", "a slot that is not decided", ra.Slot)
	}
	return nil
}

// holdDecisions holds Agreement and DecidedNeverChanges of what the Replica has stored, and DecidedChosen of what is new.
func (v *Validator) holdDecisions(before, after *model.Node, crash bool) *Verdict {
	old, table := before.Replica.Decisions, after.Replica.Decisions
	if unchanged(old, table) {
		return nil
	}
	if crash {
		old = nil
	}
	at := common(old, table)
	for i := at; i < len(table); i++ {
		for at < len(old) && old[at].Slot < table[i].Slot {
			at++
		}
		if at < len(old) && old[at].Slot == table[i].Slot {
			if old[at].Value != table[i].Value {
				field := fmt.Sprintf("slot %d", table[i].Slot)
				return fails("DecidedNeverChanges", field, proposalOf(old[at].Value), proposalOf(table[i].Value))
			}
			continue
		}
		if failed := v.decided(table[i].Slot, table[i].Value); failed != nil {
			return failed
		}
	}
	return nil
}

// decided holds Agreement of a decision and, when it is the first to say so, DecidedChosen.
func (v *Validator) decided(slot int, p model.Proposal) *Verdict {
	fresh, failed := v.history.decide(slot, p)
	if failed != nil || !fresh {
		return failed
	}
	return v.chosen(slot, p)
}

// lost is Lost: the node had a disk with votes perhaps, and does not vote any more.
func (n *node) lost() bool {
	return n.started && !n.model.Acceptor.Running && n.model.Disk.Disk != int(n.firstDisk)
}

// chosen holds DecidedChosen of one decision.
func (v *Validator) chosen(slot int, p model.Proposal) *Verdict {
	var acceptors []paxos.Address
	for _, a := range v.header.Nodes {
		n := v.nodes[a]
		acceptor := &n.model.Acceptor
		vote, voted := acceptor.Accepted.Get(slot)
		if n.lost() || acceptor.Running && (slot < acceptor.First || voted && vote.Proposal == p) {
			acceptors = append(acceptors, a)
		}
	}
	if len(acceptors) < v.header.Quorum {
		want := fmt.Sprintf("%v accepted by %d", proposalOf(p), v.header.Quorum)
		return fails("DecidedChosen", fmt.Sprintf("slot %d", slot), want, acceptors)
	}
	return nil
}

// holdVotes holds OneValuePerBallot of a new vote, and DecidedChosen of the slot, if it is decided.
func (v *Validator) holdVotes(before, after *model.Node, e *trace.Event) *Verdict {
	accept, ok := messageOf(e).(paxos.Accept)
	if !ok || unchanged(before.Acceptor.Accepted, after.Acceptor.Accepted) {
		return nil
	}
	slot := int(accept.Slot)
	vote, _ := after.Acceptor.Accepted.Get(slot)
	if failed := v.history.vote(slot, vote); failed != nil {
		return failed
	}
	if r := v.history.at(slot); r != nil && r.decided {
		return v.chosen(slot, r.proposal)
	}
	return nil
}

func messageOf(e *trace.Event) paxos.Message {
	if e.Message == nil {
		return nil
	}
	return e.Message.Message
}

// holdSent holds the invariants of messages.
func (v *Validator) holdSent(after *model.Node) *Verdict {
	for i := range after.Out {
		m := &after.Out[i]
		var failed *Verdict
		switch m.Type {
		case model.Decision:
			if i == 0 || m.Slot != after.Out[i-1].Slot {
				failed = v.decided(m.Slot, m.Proposal)
			}
		case model.Prepare, model.Accept:
			if m.BallotNum.Leader != m.From {
				failed = fails("OneLeaderPerBallot", "ballotNum.leader", m.From, m.BallotNum.Leader)
			} else if m.Type == model.Accept {
				failed = v.history.propose(m.BallotNum, m.Slot, m.Proposal, after.Replica.Slot)
			}
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// holdLeader holds OneLeaderPerBallot.
func (v *Validator) holdLeader(before, after *model.Node) *Verdict {
	l := &after.Leader
	if !l.Running {
		return nil
	}
	if l.BallotNum.Leader != after.Self {
		return fails("OneLeaderPerBallot", "leader.ballotNum", addressesOf([]int{after.Self}), ballotOf(l.BallotNum))
	}
	if (l.Active || after.Scout.Running) && l.BallotNum != after.Disk.Scouted {
		return fails("OneLeaderPerBallot", "disk.scouted", ballotOf(l.BallotNum), ballotOf(after.Disk.Scouted))
	}
	if !l.Active || before.Leader.Active && before.Leader.BallotNum == l.BallotNum {
		return nil // promises never fall
	}
	promised := 0
	for _, a := range v.header.Nodes {
		n := v.nodes[a]
		if n.lost() || n.model.Acceptor.Running && !model.Less(n.model.Acceptor.BallotNum, l.BallotNum) {
			promised++
		}
	}
	if promised < v.header.Quorum {
		return fails("OneLeaderPerBallot", fmt.Sprintf("promises of %v", ballotOf(l.BallotNum)), v.header.Quorum, promised)
	}
	return nil
}

// holdVoters holds AdmittedOnce and VotesWithAdmittedDisk.
func (v *Validator) holdVoters(before, after *model.Node) *Verdict {
	if after.Replica.Running && after.Acceptor.Running != model.IsVoter(after.Self, &after.Disk) {
		return fails("VotesWithAdmittedDisk", "acceptor", model.IsVoter(after.Self, &after.Disk), after.Acceptor.Running)
	}
	if unchanged(before.Replica.Voters, after.Replica.Voters) {
		return nil
	}
	return v.history.admit(after.Replica.Voters)
}

// holdAnswers holds AnswersAgree: a command is executed in one slot, and its answer names it.
func (v *Validator) holdAnswers(after *model.Node) *Verdict {
	for _, a := range after.Answers {
		r := v.history.at(a.Slot)
		if r == nil || !r.decided || !r.executed || r.proposal.ClientID != a.ClientID || r.proposal.Seq != a.Seq {
			return fails("AnswersAgree", fmt.Sprintf("c%d#%d", a.ClientID, a.Seq), fmt.Sprintf("slot %d to have executed it", a.Slot), r)
		}
	}
	return nil
}
