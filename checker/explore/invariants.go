package explore

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/impl/paxos"
)

// What may happen. A model names what must.
const (
	ValueDecided      = "a value is decided"
	LeaderPreempted   = "a leader is preempted"
	AdoptedReproposed = "an adopted value is proposed again"
	GapFilled         = "a gap is filled with a no-op"
	DuplicateSkipped  = "a command that was decided twice is executed once"
	ClientAnswered    = "a client is answered"
	PromiseSurvives   = "a promise survives a crash"
	VoteSurvives      = "a vote survives a crash"
	SlotsForgotten    = "an Acceptor forgets what is in a checkpoint"
	NodeWelcomed      = "a node is brought up to date with a state"
	SlotLost          = "a Replica proposes again what lost its slot"
)

var happenings = []string{ValueDecided, LeaderPreempted, AdoptedReproposed, GapFilled, DuplicateSkipped, ClientAnswered,
	PromiseSurvives, VoteSurvives, SlotsForgotten, NodeWelcomed, SlotLost}

// view is what the invariants know of a member. Lists are short: a search in one is faster than in a map.
type view struct {
	decided  []decided
	proposed []proposed
	answers  []paxos.Answer
	acceptor *paxos.Acceptor
	leader   *paxos.Leader
	slot     paxos.Slot
	executed string
	waiting  bool // a client waits, or a leader has not got its proposals decided
}

type decided struct {
	slot     paxos.Slot
	proposal paxos.Proposal
}

type proposed struct {
	ballot   paxos.Ballot
	slot     paxos.Slot
	proposal paxos.Proposal
}

// promisedBit is the obligation of a leader: a majority has promised its ballot.
const promisedBit = 63

// Obligations has a bit for each decision, and one for an active leader.
func (v *view) Obligations() uint64 {
	bits := uint64(1)<<len(v.decided) - 1
	if v.leader.Active {
		bits |= 1 << promisedBit
	}
	return bits
}

func (v *view) Name(bit int) string {
	if bit == promisedBit {
		return fmt.Sprintf("OneLeaderPerBallot: %v leads, but was not promised by a majority", v.leader.BallotNum)
	}
	return fmt.Sprintf("DecidedChosen: slot %d decided %v", v.decided[bit].slot, v.decided[bit].proposal)
}

func (v *view) Waiting() bool { return v.waiting }

// Supports says which of a's decisions b has voted for or forgotten, and whether it promised a's ballot.
func (p *protocol) Supports(x, y View) (bits uint64) {
	a, b := x.(*view), y.(*view)
	for i, d := range a.decided {
		vote, ok := b.acceptor.Accepted.Get(d.slot)
		if d.slot < b.acceptor.First || ok && vote.Proposal == d.proposal {
			bits |= 1 << i
		}
	}
	if a.leader.Active && !b.acceptor.BallotNum.Less(a.leader.BallotNum) {
		bits |= 1 << promisedBit
	}
	return bits
}

// View computes what the invariants know of a member, and holds those of one member alone.
func (p *protocol) View(n int, local Local, sent []*Message) (View, error) {
	l := local.(*member)
	v := &view{acceptor: l.node.Acceptor, leader: l.node.Leader, slot: l.node.Replica.Slot}
	v.executed = l.node.Replica.Machine.Snapshot()
	var failed error
	keep := func(err error) {
		if failed == nil {
			failed = err
		}
	}
	for slot, d := range l.node.Replica.Decisions.All() {
		keep(v.decide(slot, d))
	}
	for slot, vote := range v.acceptor.Accepted.All() {
		keep(v.propose(vote.BallotNum, slot, vote.Proposal))
	}
	for _, r := range l.node.Roles() {
		switch r := r.(type) {
		case *paxos.Commander:
			keep(v.propose(r.BallotNum, r.Slot, r.Proposal))
		case *paxos.Requester:
			v.waiting = true
		}
	}
	v.waiting = v.waiting || v.leader.Active && v.leader.Proposals.Len() > 0 && p.model.takes("ReceiveDecision")
	for _, m := range sent {
		keep(v.send(paxos.Address(n+1), m.Body))
	}
	for _, check := range []func(*member, *view) error{durableAgrees, exactlyOnce, executedAtOnce, ballotOnDisk} {
		keep(check(l, v))
	}
	p.notice(l, v)
	return v, failed
}

// send takes in a message that the member sent.
func (v *view) send(self paxos.Address, body any) error {
	switch m := body.(type) {
	case paxos.Decision:
		return v.decide(m.Slot, m.Proposal)
	case paxos.Prepare:
		return ownBallot(self, m.BallotNum)
	case paxos.Accept:
		if err := ownBallot(self, m.BallotNum); err != nil {
			return err
		}
		return v.propose(m.BallotNum, m.Slot, m.Proposal)
	case paxos.Answer:
		for _, a := range v.answers {
			if err := sameAnswer(a, m); err != nil {
				return err
			}
		}
		v.answers = append(v.answers, m)
	}
	return nil
}

func ownBallot(self paxos.Address, b paxos.Ballot) error {
	if b.Leader != self {
		return fmt.Errorf("OneLeaderPerBallot: %v uses %v", self, b)
	}
	return nil
}

func (v *view) decide(slot paxos.Slot, p paxos.Proposal) error {
	for _, d := range v.decided {
		if d.slot == slot {
			return agree(d, decided{slot, p})
		}
	}
	v.decided = append(v.decided, decided{slot, p})
	return nil
}

// agree is Agreement: a slot decides one proposal, whoever says so.
func agree(a, b decided) error {
	if a.slot == b.slot && a.proposal != b.proposal {
		return fmt.Errorf("%s: slot %d decided %v and %v", "Agreement", a.slot, a.proposal, b.proposal)
	}
	return nil
}

func (v *view) propose(b paxos.Ballot, slot paxos.Slot, p paxos.Proposal) error {
	for _, q := range v.proposed {
		if q.ballot == b && q.slot == slot {
			return oneValue(q, proposed{b, slot, p})
		}
	}
	v.proposed = append(v.proposed, proposed{b, slot, p})
	return nil
}

// oneValue is OneValuePerBallot: a ballot proposes one value for a slot.
func oneValue(a, b proposed) error {
	if a.ballot == b.ballot && a.slot == b.slot && a.proposal != b.proposal {
		return fmt.Errorf("OneValuePerBallot: %v proposed %v and %v for slot %d", a.ballot, a.proposal, b.proposal, a.slot)
	}
	return nil
}

func sameAnswer(a, b paxos.Answer) error {
	if a.ClientID == b.ClientID && a.Seq == b.Seq && a != b {
		return fmt.Errorf("AnswersAgree: c%d#%d was answered %+v and %+v", a.ClientID, a.Seq, a, b)
	}
	return nil
}

// CheckPair holds the invariants of two members.
func (p *protocol) CheckPair(x, y View) error {
	a, b := x.(*view), y.(*view)
	for _, d := range a.decided {
		for _, e := range b.decided {
			if err := agree(d, e); err != nil {
				return err
			}
		}
	}
	for _, q := range a.proposed {
		for _, r := range b.proposed {
			if err := oneValue(q, r); err != nil {
				return err
			}
		}
	}
	if a.slot <= b.slot && !strings.HasPrefix(b.executed, a.executed) {
		return fmt.Errorf("ExecutedPrefixesAgree: %q was executed up to slot %d, and %q up to %d", a.executed, a.slot, b.executed, b.slot)
	}
	return answersAgree(a, b)
}

// answersAgree is AnswersAgree: a command has one answer, and its slot decided it.
func answersAgree(a, b *view) error {
	for _, m := range a.answers {
		for _, o := range b.answers {
			if err := sameAnswer(m, o); err != nil {
				return err
			}
		}
		for _, d := range b.decided {
			if d.slot == m.Slot && (d.proposal.ClientID != m.ClientID || d.proposal.Seq != m.Seq) {
				return fmt.Errorf("AnswersAgree: the answer %+v names slot %d, which decided %v", m, d.slot, d.proposal)
			}
		}
	}
	return nil
}

// durableAgrees: what an Acceptor knows is on its disk.
func durableAgrees(l *member, _ *view) error {
	a := l.node.Acceptor
	if a.BallotNum != l.disk.BallotNum || a.First != l.disk.First || a.Accepted.String() != l.disk.Accepted.String() {
		return fmt.Errorf("DurableAgrees: the Acceptor of %v has promised %v and accepted %v, on disk are %v and %v",
			l.node.Self, a.BallotNum, a.Accepted, l.disk.BallotNum, l.disk.Accepted)
	}
	return nil
}

// exactlyOnce: no command is executed twice.
func exactlyOnce(_ *member, v *view) error {
	commands := strings.Fields(v.executed)
	slices.Sort(commands)
	if len(slices.Compact(commands)) < len(strings.Fields(v.executed)) {
		return fmt.Errorf("ExactlyOnce: executed %q", v.executed)
	}
	return nil
}

// executedAtOnce: what can be executed is executed in the step that makes it so.
func executedAtOnce(l *member, _ *view) error {
	if r := l.node.Replica; r.Decisions.Has(r.Slot) {
		return fmt.Errorf("ExecutedAtOnce: slot %d is decided and not executed", r.Slot)
	}
	return nil
}

// ballotOnDisk: a ballot is used only once it is on disk.
func ballotOnDisk(l *member, _ *view) error {
	r := l.node.Leader
	if (r.Active || r.Scout != nil) && r.BallotNum != l.disk.Scouted {
		return fmt.Errorf("OneLeaderPerBallot: %v uses ballot %v, on disk is %v", l.node.Self, r.BallotNum, l.disk.Scouted)
	}
	return nil
}

// CheckStep holds the invariants of steps.
func (p *protocol) CheckStep(n int, x, y Local, crash bool) error {
	before, after := x.(*member), y.(*member)
	p.noticeStep(before, after, crash)
	if after.node.Acceptor.BallotNum.Less(before.node.Acceptor.BallotNum) {
		return fmt.Errorf("PromisesNeverFall: %v, then %v", before.node.Acceptor.BallotNum, after.node.Acceptor.BallotNum)
	}
	if err := ballotsNeverFall(before, after, crash); err != nil {
		return err
	}
	for slot, d := range before.node.Replica.Decisions.All() {
		if e, ok := after.node.Replica.Decisions.Get(slot); ok && d != e {
			return fmt.Errorf("DecidedNeverChanges: slot %d decided %v, then %v", slot, d, e)
		}
	}
	return executedOnlyGrows(before, after, crash)
}

// ballotsNeverFall: no ballot is scouted twice, not even over a crash; within a life the Leader's only rises.
func ballotsNeverFall(before, after *member, crash bool) error {
	was, is := before.node.Leader, after.node.Leader
	switch {
	case after.disk.Scouted.Less(before.disk.Scouted):
		return fmt.Errorf("BallotsNeverFall: %v was scouted, then %v", before.disk.Scouted, after.disk.Scouted)
	case was.Scout == nil && is.Scout != nil && !before.disk.Scouted.Less(is.Scout.BallotNum):
		return fmt.Errorf("BallotsNeverFall: %v was scouted before %v", before.disk.Scouted, is.Scout.BallotNum)
	case !crash && is.BallotNum.Less(was.BallotNum):
		return fmt.Errorf("BallotsNeverFall: %v, then %v", was.BallotNum, is.BallotNum)
	}
	return nil
}

// executedOnlyGrows: what was executed stays so, but for what a crash takes back to the last checkpoint.
func executedOnlyGrows(before, after *member, crash bool) error {
	was, is := before.disk.State.Machine, after.disk.State.Machine
	if !strings.HasPrefix(is, was) || after.disk.Slot < before.disk.Slot {
		return fmt.Errorf("ExecutedOnlyGrows: the checkpoint was %q, then %q", was, is)
	}
	was, is = before.node.Replica.Machine.Snapshot(), after.node.Replica.Machine.Snapshot()
	if !crash && !strings.HasPrefix(is, was) {
		return fmt.Errorf("ExecutedOnlyGrows: %q was executed, then %q", was, is)
	}
	return nil
}

// notice notes what a member's state shows to have happened.
func (p *protocol) notice(l *member, v *view) {
	for _, d := range v.decided {
		p.saw(ValueDecided, d.proposal != paxos.NoopProposal)
		p.saw(GapFilled, d.proposal == paxos.NoopProposal)
		s := l.node.Replica.Sessions.Of(d.proposal.ClientID)
		p.saw(DuplicateSkipped, d.slot < v.slot && s.Seq == d.proposal.Seq && s.Seq != 0 && s.Slot != d.slot)
	}
	p.saw(SlotsForgotten, v.acceptor.First > 1)
}

// noticeStep notes what a step shows to have happened.
func (p *protocol) noticeStep(before, after *member, crash bool) {
	was, is := before.node.Leader, after.node.Leader
	p.saw(PromiseSurvives, crash && after.node.Acceptor.BallotNum != paxos.NullBallot)
	p.saw(VoteSurvives, crash && after.node.Acceptor.Accepted.Len() > 0)
	p.saw(LeaderPreempted, !crash && was.BallotNum.Less(is.BallotNum) && before.disk.Scouted == was.BallotNum)
	if !was.Active && is.Active {
		for slot := range is.Commanders.All() {
			p.saw(AdoptedReproposed, was.Scout != nil && was.Scout.AcceptedProposals.Has(slot))
		}
	}
	r, s := before.node.Replica, after.node.Replica
	p.saw(NodeWelcomed, !crash && s.First > r.Slot)
	for slot, mine := range r.Proposals.All() {
		_, again := proposedAt(s, mine)
		p.saw(SlotLost, !s.Proposals.Has(slot) && again)
	}
}

func proposedAt(r *paxos.Replica, p paxos.Proposal) (paxos.Slot, bool) {
	for slot, q := range r.Proposals.All() {
		if q == p {
			return slot, true
		}
	}
	return 0, false
}

func (p *protocol) saw(what string, is bool) {
	if is && !p.met[what] {
		p.met[what] = true
	}
}
