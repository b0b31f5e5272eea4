package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests of this file hold what no script shows, found by deleting statements and seeing no test fail.

// count counts the messages of the same type as m that out sends.
func count[M Message](out *Out) (n int) {
	for _, m := range sent(out) {
		if _, ok := m.(M); ok {
			n++
		}
	}
	return n
}

// TestRetransmissionWritesNothing holds that a message that comes again is answered again, without a write.
func TestRetransmissionWritesNothing(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	for _, m := range []Message{Prepare{Ballot{1, 2}, 1}, Accept{1, Ballot{1, 2}, red}} {
		first, again := receive(t, n, 2, m), receive(t, n, 2, m)
		require.Len(t, first.Writes, 1)
		require.Empty(t, again.Writes)
		require.Equal(t, first.Messages, again.Messages)
	}
}

// TestPromisesCountOnce holds that a Scout counts each Acceptor once, and only for its own ballot.
func TestPromisesCountOnce(t *testing.T) {
	n := voter(config(5), 1, Durable{Scouted: Ballot{4, 1}})
	receive(t, n, 2, Propose{1, red})
	for _, p := range []struct {
		from   Address
		ballot Ballot
	}{{2, Ballot{5, 1}}, {2, Ballot{5, 1}}, {3, Ballot{4, 1}}, {4, Ballot{6, 1}}, {3, Ballot{5, 1}}} {
		require.Empty(t, receive(t, n, p.from, Promise{BallotNum: p.ballot}).Messages)
	}
	require.Equal(t, AddressesOf(2, 3), n.Leader.Scout.Promised)
	require.Equal(t, 5, count[Accept](receive(t, n, 4, Promise{BallotNum: Ballot{5, 1}})))
}

// TestRetransmitToTheSilent holds that Prepare and Accept go again only to those that have not answered.
func TestRetransmitToTheSilent(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	receive(t, n, 2, Propose{1, red})
	receive(t, n, 2, Promise{BallotNum: Ballot{1, 1}})
	require.Equal(t, []Address{1, 3}, receivers(n, n.Leader.Scout.ID()))
	receive(t, n, 3, Promise{BallotNum: Ballot{1, 1}})
	receive(t, n, 3, Accepted{1, Ballot{1, 1}})
	c, _ := n.Leader.Commanders.Get(1)
	require.Equal(t, []Address{1, 2}, receivers(n, c.ID()))
}

// receivers fires the retransmission of a role and returns to whom it sends.
func receivers(n *Node, role RoleID) (to []Address) {
	var out Out
	n.Fire(Timer{role, Retransmit}, &out)
	for _, e := range out.Messages {
		to = append(to, e.To)
	}
	return to
}

// TestOneCommanderPerSlot holds that an adopted slot is taken: a Propose for it starts nothing.
func TestOneCommanderPerSlot(t *testing.T) {
	var votes Slots[Vote]
	votes.Put(1, Vote{Ballot{1, 2}, blue})
	n, out := leading(t, red, votes)
	require.Equal(t, 3, count[Accept](out))
	require.Empty(t, receive(t, n, 2, Propose{1, red}).Messages)
	require.Equal(t, 3, count[Accept](receive(t, n, 2, Propose{2, red})), "a free slot")
}

// TestCommandersEnd holds that a Commander ends with its leadership, and with a Decision of its slot by another.
func TestCommandersEnd(t *testing.T) {
	n, _ := leading(t, red, Slots[Vote]{})
	require.Len(t, n.Roles(), 4)
	receive(t, n, 2, Decision{1, blue})
	require.Len(t, n.Roles(), 3)
	require.Zero(t, n.Leader.Commanders.Len())
	receive(t, n, 2, Propose{2, red})
	require.Len(t, n.Roles(), 4)
	receive(t, n, 2, Preempted{2, Ballot{1, 2}})
	require.Len(t, n.Roles(), 3)
	require.Zero(t, n.Leader.Commanders.Len())
	require.False(t, n.Leader.Active)
}

// TestFollow holds each of the signs by which a Replica knows whom to follow: what its Acceptor remembers,
// Accepting (by Prepare and by Accept), Active and Adopted. Each keeps the next FollowTimeout from moving on.
func TestFollow(t *testing.T) {
	n := voter(config(3), 1, Durable{BallotNum: Ballot{1, 3}})
	require.Equal(t, Address(3), n.Replica.Leader)
	n = voter(config(3), 1, Durable{})
	require.Equal(t, Address(1), n.Replica.Leader)
	for _, sign := range []struct {
		from Address
		m    Message
	}{{2, Prepare{Ballot{1, 2}, 1}}, {3, Accept{1, Ballot{1, 3}, red}}, {2, Active{1}}} {
		receive(t, n, sign.from, sign.m)
		follow(t, n, sign.from)
	}
	n = voter(config(3), 1, Durable{})
	receive(t, n, 2, Active{1})
	receive(t, n, 2, Propose{1, red})
	receive(t, n, 2, Promise{BallotNum: Ballot{1, 1}})
	receive(t, n, 3, Promise{BallotNum: Ballot{1, 1}})
	follow(t, n, 1)
}

// follow requires that n follows leader, and still does after one FollowTimeout, but not after two.
func follow(t *testing.T, n *Node, leader Address) {
	timeout := Timer{n.Replica.ID(), FollowTimeout}
	require.Equal(t, leader, n.Replica.Leader)
	require.True(t, n.Fire(timeout, &Out{}))
	require.Equal(t, leader, n.Replica.Leader)
	require.True(t, n.Fire(timeout, &Out{}))
	require.Equal(t, n.Config.Next(leader), n.Replica.Leader)
}

// TestTimersGoOn holds that each of a Replica's timers is set again whenever it fires, and does nothing when nothing
// is due. A learner, which has no Acceptor, checkpoints as well.
func TestTimersGoOn(t *testing.T) {
	c := config(3)
	c.CheckpointEvery = 2
	for name, n := range map[string]*Node{
		"voter":   voter(c, 1, Durable{}),
		"learner": NewNode(c, 1, Durable{Disk: 9, Slot: 1}, false, &Out{}),
	} {
		for _, kind := range []TimerKind{FollowTimeout, CatchupTimeout, CheckpointTimeout} {
			var out Out
			timer := Timer{n.Replica.ID(), kind}
			require.True(t, n.Fire(timer, &out))
			require.Equal(t, timer, out.Alarms[0].Timer, name)
			require.Empty(t, out.Messages, name)
			require.Empty(t, out.Writes, name)
		}
		receive(t, n, 2, Decision{Slot: 1})
		receive(t, n, 2, Decision{Slot: 2})
		var out Out
		n.Fire(Timer{n.Replica.ID(), CheckpointTimeout}, &out)
		require.Len(t, out.Writes, 1, name)
	}
}

// TestOnlyCommandsAreAnswered holds that a no-op and an admission are answers to nobody, and that a command is one
// to its client, even when another node's copy of it was decided.
func TestOnlyCommandsAreAnswered(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	n.Invoke(1, 1, "add x 1", &Out{})
	require.Empty(t, receive(t, n, 2, Decision{Slot: 1}).Answers)
	require.Empty(t, receive(t, n, 2, Decision{2, Proposal{Caller: 1, Disk: 7}}).Answers)
	out := receive(t, n, 2, Decision{3, Proposal{Caller: 2, ClientID: 1, Seq: 1, Input: "add x 1"}})
	require.Equal(t, []Answer{{1, 1, 3, "x=1"}}, out.Answers)
}
