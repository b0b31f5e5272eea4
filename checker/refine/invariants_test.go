package refine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// breaks are changes of a step that a sound specification never makes, each with the invariant that it breaks. x is the
// node after the step, and before it was the same; the node leads, and has executed slots.
var breaks = []struct {
	invariant string
	change    func(v *Validator, before, x *model.Node)
}{
	{"TypeOK", func(v *Validator, before, x *model.Node) { x.Seed.Running = true }},
	{"PromisesNeverFall", func(v *Validator, before, x *model.Node) { before.Acceptor.BallotNum.N++ }},
	{"PromisesNeverFall", func(v *Validator, before, x *model.Node) {
		x.Acceptor, x.Leader, x.Scout, x.Commanders = model.Acceptor{}, model.Leader{}, model.Scout{}, nil
	}},
	{"BallotsNeverFall", func(v *Validator, before, x *model.Node) { before.Leader.BallotNum.N++ }},
	{"BallotsNeverFall", func(v *Validator, before, x *model.Node) { before.Disk.Scouted.N++ }},
	{"BallotsNeverFall", func(v *Validator, before, x *model.Node) {
		x.Out = []model.Message{{Type: model.Accept, From: x.Self, BallotNum: model.Ballot{N: 0, Leader: x.Self}, Slot: 1}}
	}},
	{"ExecutedOnlyGrows", func(v *Validator, before, x *model.Node) { before.Replica.Slot++ }},
	{"ExecutedOnlyGrows", func(v *Validator, before, x *model.Node) { before.Disk.Slot = x.Disk.Slot + 1 }},
	{"MembersStay", func(v *Validator, before, x *model.Node) {
		*x = model.Node{Self: x.Self, Disk: x.Disk, Bootstrap: model.Bootstrap{Running: true}}
		before.Acceptor = model.Acceptor{}
	}},
	{"ExecutedAtOnce", func(v *Validator, before, x *model.Node) {
		x.Replica.Decisions = x.Replica.Decisions.Put(x.Replica.Slot, model.NoopProposal)
	}},
	{"DecidedNeverChanges", func(v *Validator, before, x *model.Node) {
		x.Replica.Decisions = x.Replica.Decisions.Put(x.Replica.Decisions.Last(), model.NoopProposal)
	}},
	{"Agreement", func(v *Validator, before, x *model.Node) {
		x.Out = []model.Message{{Type: model.Decision, Slot: 1, Proposal: model.NoopProposal}}
	}},
	{"DecidedChosen", func(v *Validator, before, x *model.Node) {
		x.Out = []model.Message{{Type: model.Decision, Slot: x.Replica.Slot + 9, Proposal: model.NoopProposal}}
	}},
	{"TypeOK", func(v *Validator, before, x *model.Node) {
		x.Out = []model.Message{{Type: model.Decision, Slot: 1 << 40, Proposal: model.NoopProposal}}
	}},
	{"OneValuePerBallot", func(v *Validator, before, x *model.Node) {
		accept := model.Message{Type: model.Accept, From: x.Self, BallotNum: x.Leader.BallotNum, Slot: x.Replica.Slot + 9}
		other := accept
		other.Proposal = model.CommandProposal(1, model.Command{ClientID: 1, Seq: 99})
		x.Out = []model.Message{accept, other}
	}},
	{"OneLeaderPerBallot", func(v *Validator, before, x *model.Node) {
		x.Out = []model.Message{{Type: model.Prepare, From: x.Self, BallotNum: model.Ballot{N: 1, Leader: x.Self + 1}, Slot: 1}}
	}},
	{"OneLeaderPerBallot", func(v *Validator, before, x *model.Node) { x.Leader.BallotNum.Leader += 7 }},
	{"OneLeaderPerBallot", func(v *Validator, before, x *model.Node) { x.Leader.BallotNum.N++ }},
	{"OneLeaderPerBallot", func(v *Validator, before, x *model.Node) {
		x.Leader.BallotNum.N++
		x.Disk.Scouted.N++
		x.Acceptor.BallotNum = x.Leader.BallotNum
	}},
	{"AdmittedOnce", func(v *Validator, before, x *model.Node) {
		other := x.Self%len(v.header.Nodes) + 1
		x.Replica.Voters = x.Replica.Voters.Put(other, 99)
	}},
	{"VotesWithAdmittedDisk", func(v *Validator, before, x *model.Node) {
		x.Disk.State.Voters = x.Disk.State.Voters.Put(x.Self, 99)
	}},
	{"AnswersAgree", func(v *Validator, before, x *model.Node) {
		x.Answers = []model.Answer{{ClientID: 1, Seq: 1, Slot: 1 << 30}}
	}},
	{"AnswersAgree", func(v *Validator, before, x *model.Node) { x.Answers = []model.Answer{{ClientID: 9, Seq: 9, Slot: 1}} }},
}

// led returns a Validator after a run, and its node that leads.
func led(t *testing.T) (*Validator, *node) {
	h, events := recorded(t, 4, 20)
	v, err := New(h)
	require.NoError(t, err)
	for i := range events {
		require.Nil(t, v.Step(&events[i]))
	}
	for _, a := range h.Nodes {
		if n := v.nodes[a]; n.model.Leader.Active && len(n.model.Replica.Decisions) > 0 && n.model.Acceptor.BallotNum == n.model.Leader.BallotNum {
			return v, n
		}
	}
	require.Fail(t, "nobody leads at the end")
	return nil, nil
}

// TestInvariantsAreHeld breaks each invariant.
func TestInvariantsAreHeld(t *testing.T) {
	for _, b := range breaks {
		v, n := led(t)
		before := n.model
		require.Nil(t, v.hold(n, &before, &trace.Event{}), "nothing changed")
		b.change(v, &before, &n.model)
		failed := v.hold(n, &before, &trace.Event{})
		if assert.NotNil(t, failed, b.invariant) {
			assert.Equal(t, b.invariant, failed.Conjunct, failed)
		}
	}
}

// TestDecidedIsChosenForEver takes a vote for a decided slot back.
func TestDecidedIsChosenForEver(t *testing.T) {
	v, n := led(t)
	slot := n.model.Replica.Decisions.Last()
	accept := &trace.Event{Message: &trace.Message{Envelope: paxos.Envelope{Message: paxos.Accept{Slot: paxos.Slot(slot)}}}}
	vote := model.Vote{BallotNum: model.Ballot{N: 1 << 20, Leader: 1}}
	var failed *Verdict
	for _, a := range v.header.Nodes {
		x := &v.nodes[a].model
		before := *x
		x.Acceptor.Accepted = x.Acceptor.Accepted.Put(slot, vote)
		if failed = v.holdVotes(&before, x, accept); failed != nil {
			break
		}
	}
	require.NotNil(t, failed)
	assert.Equal(t, "DecidedChosen", failed.Conjunct)
}

// TestHistory holds what is executed: each command once, and everywhere the same.
func TestHistory(t *testing.T) {
	command := func(seq int) model.Proposal { return model.CommandProposal(1, model.Command{ClientID: 1, Seq: seq}) }
	h := newHistory()
	require.Nil(t, h.execute(1, command(2), true, "ok"))
	require.Nil(t, h.execute(1, command(2), true, "ok"))
	require.Nil(t, h.execute(2, model.NoopProposal, false, ""))
	for want, failed := range map[string]*Verdict{
		"slot 3 first":         h.execute(4, command(3), true, "ok"),
		`found c1#2@N1 "" exe`: h.execute(1, command(2), false, ""),
		`executed true "no"`:   h.execute(1, command(2), true, "no"),
		"c1#3":                 h.execute(1, command(3), true, "ok"),
	} {
		require.NotNil(t, failed, want)
		assert.Equal(t, "ExecutedPrefixesAgree", failed.Conjunct)
		assert.Contains(t, failed.Error(), want)
	}
	failed := h.execute(3, command(2), true, "ok")
	require.NotNil(t, failed)
	assert.Equal(t, "ExactlyOnce", failed.Conjunct)

	b := model.Ballot{N: 3, Leader: 2}
	require.Nil(t, h.propose(b, 7, command(4), 1))
	require.Nil(t, h.vote(7, model.Vote{BallotNum: b, Proposal: command(4)}))
	failed = h.vote(7, model.Vote{BallotNum: b, Proposal: command(5)})
	require.NotNil(t, failed)
	assert.Equal(t, "OneValuePerBallot", failed.Conjunct)
}
