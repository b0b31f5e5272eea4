package paxos

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

// config is that of a cluster of n.
func config(n int) *Config {
	c := &Config{ID: 1, NewMachine: newRegisters}
	for a := Address(1); a <= Address(n); a++ {
		c.Members = append(c.Members, a)
	}
	return c
}

// voter starts a node that is part of a cluster of n founded by all its members.
func voter(c *Config, self Address, d Durable) *Node {
	d.Disk = DiskID(self)
	d.Slot = max(d.Slot, 1)
	for _, a := range c.Members {
		d.State.Voters = append(d.State.Voters, Voter{a, DiskID(a)})
	}
	return NewNode(c, self, d, false, &Out{})
}

// receive has n handle m from another node.
func receive(t *testing.T, n *Node, from Address, m Message) *Out {
	var out Out
	require.NoError(t, n.Receive(Envelope{Config: 1, From: from, To: n.Self, Message: m}, &out))
	return &out
}

// TestQuorum compares Quorum with its naive twin: the smallest size of which any two sets of members meet.
func TestQuorum(t *testing.T) {
	for n := 1; n <= 8; n++ {
		require.Equal(t, smallestMeeting(n), config(n).Quorum(), "cluster of %d", n)
	}
}

func smallestMeeting(n int) int {
	for size := 1; ; size++ {
		if allMeet(n, size) {
			return size
		}
	}
}

func allMeet(n, size int) bool {
	for a := range uint(1) << n {
		for b := range uint(1) << n {
			if bits.OnesCount(a) == size && bits.OnesCount(b) == size && a&b == 0 {
				return false
			}
		}
	}
	return true
}

func TestNext(t *testing.T) {
	c := &Config{Members: []Address{2, 3, 7}}
	for a, want := range map[Address]Address{1: 2, 2: 3, 3: 7, 5: 7, 7: 2, 9: 2} {
		require.Equal(t, want, c.Next(a), "after %v", a)
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, config(3).Validate())
	for want, c := range map[string]*Config{
		"want at least one member":        {NewMachine: newRegisters},
		"want a state machine":            {Members: []Address{1}},
		"want members from N1 to N63":     {NewMachine: newRegisters, Members: []Address{0, 1}},
		"found [N1 N64]":                  {NewMachine: newRegisters, Members: []Address{1, 64}},
		"want members in ascending order": {NewMachine: newRegisters, Members: []Address{2, 1}},
		"found [N1 N1]":                   {NewMachine: newRegisters, Members: []Address{1, 1}},
	} {
		require.ErrorContains(t, c.Validate(), want)
	}
}

// TestRefuse holds who may say what. Each message is fine but for what its name says; the fine ones are the other
// half.
func TestRefuse(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	fine := []Envelope{
		{1, 2, 1, Propose{Slot: 1}}, {1, 2, 1, Prepare{Ballot{1, 2}, 1}}, {1, 2, 1, Promise{BallotNum: Ballot{1, 1}}},
		{1, 2, 1, Accept{1, Ballot{1, 2}, NoopProposal}}, {1, 2, 1, Accepted{1, Ballot{1, 1}}},
		{1, 2, 1, Preempted{1, Ballot{1, 3}}}, {1, 2, 1, Preempted{0, Ballot{1, 3}}}, {1, 2, 1, Decision{Slot: 1}},
		{1, 2, 1, Active{1}}, {1, 2, 1, Join{29}}, {1, 2, 1, Welcome{Slot: 1}}, {1, 1, 1, Active{1}},
	}
	for _, e := range fine {
		require.NoError(t, n.refuse(e))
	}
	for want, refused := range map[string][]Envelope{
		"want configuration 1, found 2": {{2, 2, 1, Active{1}}},
		"want a message to N1":          {{1, 2, 3, Active{1}}},
		"want a message from a member":  {{1, 4, 1, Active{1}}, {1, 0, 1, Active{1}}},
		"want a slot from 1 to":         {{1, 2, 1, Active{0}}, {1, 2, 1, Propose{Slot: maxSlot + 1}}, {1, 2, 1, Welcome{}}},
		"want a ballot from 1 to":       {{1, 2, 1, Prepare{Ballot{0, 2}, 1}}, {1, 2, 1, Preempted{1, Ballot{maxBallot + 1, 3}}}},
		"want a ballot of N2":           {{1, 2, 1, Prepare{Ballot{1, 3}, 1}}, {1, 2, 1, Accept{1, Ballot{1, 1}, NoopProposal}}},
		"want a ballot of N1":           {{1, 2, 1, Promise{BallotNum: Ballot{1, 2}}}, {1, 2, 1, Accepted{1, Ballot{1, 2}}}},
		"want a ballot of N4":           {{1, 2, 1, Preempted{1, Ballot{1, 4}}}},
		"want a state that can be":      {{1, 2, 1, Welcome{Slot: 1, State: State{Machine: "junk"}}}},
		"want sessions in ascending":    {{1, 2, 1, Welcome{Slot: 1, State: State{Sessions: Sessions{{ClientID: 2}, {ClientID: 1}}}}}},
		"want voters in ascending":      {{1, 2, 1, Welcome{Slot: 1, State: State{Voters: Voters{{1, 7}, {1, 8}}}}}},
		"want the id of a disk":         {{1, 2, 1, Join{}}},
		"want a proposal of a member":   {{1, 2, 1, Propose{1, Proposal{Caller: 4, Disk: 1}}}, {1, 2, 1, Decision{1, Proposal{ClientID: 1, Seq: 1}}}},
		"want a message between nodes":  {{1, 2, 1, Invoke{}}, {1, 1, 1, Adopted{}}, {1, 1, 1, Decided{1}}, {1, 1, 1, Invoked{}}, {1, 1, 1, Accepting{2}}, {1, 2, 1, nil}},
	} {
		for _, e := range refused {
			require.ErrorContains(t, n.Receive(e, &Out{}), want)
		}
	}
}

// TestTwoDecisionsPanic holds that a broken invariant ends the node, with both values.
func TestTwoDecisionsPanic(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	receive(t, n, 2, Decision{Slot: 1})
	require.PanicsWithValue(t, `paxos: broken invariant: N1: slot 1 decided noop and c1#1@N2 "x"`, func() {
		receive(t, n, 3, Decision{Slot: 1, Proposal: Proposal{Caller: 2, ClientID: 1, Seq: 1, Input: "x"}})
	})
}

// TestDeadAlarm holds that the alarm of a role that has stopped is no step.
func TestDeadAlarm(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	var out Out
	n.Invoke(1, 1, "add x 1", &out)
	require.Len(t, out.Alarms, 1)
	require.True(t, n.Fire(out.Alarms[0].Timer, &Out{}))
	n.Cancel(1, 1)
	require.False(t, n.Fire(out.Alarms[0].Timer, &Out{}))
}

// TestReset holds that an Out can be used again and does not keep what it had.
func TestReset(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	var out Out
	n.Invoke(1, 1, "add x 1", &out)
	require.Len(t, out.Messages, 1)
	out.Reset()
	require.Empty(t, out.Messages)
	require.Empty(t, out.Alarms)
	n.Invoke(1, 1, "add x 1", &out)
	require.Len(t, out.Messages, 1)
}

// TestWrappedRole holds that a test can put a role of its own in the place of one, which is how faults are planted
// at run time.
func TestWrappedRole(t *testing.T) {
	c := config(3)
	c.Roles = DefaultRoles()
	c.Roles.Acceptor = func(n *Node, d *Durable) Role { return deaf{NewAcceptor(n, d)} }
	n := voter(c, 1, Durable{})
	require.Empty(t, receive(t, n, 2, Prepare{Ballot{1, 2}, 1}).Messages)
	require.Len(t, n.Roles(), 3)
	c.Roles = Constructors{}
	require.Len(t, receive(t, voter(c, 1, Durable{}), 2, Prepare{Ballot{1, 2}, 1}).Messages, 1)
}

type deaf struct{ *Acceptor }

func (deaf) Deliver(*Out, Address, Message) {}
