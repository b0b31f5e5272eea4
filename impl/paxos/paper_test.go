package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests of this file hold the code against the rules of Lamport, Paxos Made Simple (2001), one by one.

var (
	red  = Proposal{Caller: 2, ClientID: 1, Seq: 1, Input: "red"}
	blue = Proposal{Caller: 3, ClientID: 2, Seq: 1, Input: "blue"}
)

// sent returns the messages in out, without their way.
func sent(out *Out) (messages []Message) {
	for _, e := range out.Messages {
		messages = append(messages, e.Message)
	}
	return messages
}

// leading returns N1 of three as it leads at (1,N1), which N1 and N2 promised with the given votes of N2.
func leading(t *testing.T, propose Proposal, votes Slots[Vote]) (*Node, *Out) {
	n := voter(config(3), 1, Durable{})
	receive(t, n, 2, Propose{Slot: 1, Proposal: propose})
	receive(t, n, 1, Promise{BallotNum: Ballot{1, 1}})
	return n, receive(t, n, 2, Promise{BallotNum: Ballot{1, 1}, AcceptedProposals: votes})
}

// "A proposer selects a proposal number n and sends a prepare request with number n to a majority of acceptors."
// "Different proposers choose their numbers from disjoint sets of numbers, so two different proposers never issue a
// proposal with the same number. Each proposer remembers (in stable storage) the highest-numbered proposal it has
// tried to issue, and begins phase 1 with a higher proposal number than any it has already used." §2.2 1(a), §2.5.
func TestPaperPrepare(t *testing.T) {
	for _, self := range []Address{1, 2, 3} {
		n := voter(config(3), self, Durable{Scouted: Ballot{4, self}})
		out := receive(t, n, 3, Propose{Slot: 1, Proposal: red})
		prepare := Prepare{BallotNum: Ballot{5, self}, Slot: 1}
		require.Equal(t, []Write{Scouted{prepare.BallotNum}}, out.Writes)
		require.Equal(t, []Message{prepare, prepare, prepare}, sent(out))
	}
}

// "If an acceptor receives a prepare request with number n greater than that of any prepare request to which it has
// already responded, then it responds to the request with a promise not to accept any more proposals numbered less
// than n and with the highest-numbered proposal (if any) that it has accepted." §2.2 1(b).
func TestPaperPromise(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	receive(t, n, 2, Accept{Slot: 1, BallotNum: Ballot{1, 2}, Proposal: red})
	receive(t, n, 3, Accept{Slot: 1, BallotNum: Ballot{1, 3}, Proposal: blue})
	out := receive(t, n, 2, Prepare{BallotNum: Ballot{2, 2}, Slot: 1})
	var votes Slots[Vote]
	votes.Put(1, Vote{Ballot{1, 3}, blue})
	require.Equal(t, []Write{Promised{Ballot{2, 2}}}, out.Writes)
	require.Equal(t, []Message{Promise{Ballot{2, 2}, votes}}, sent(out))
	out = receive(t, n, 3, Prepare{BallotNum: Ballot{1, 3}, Slot: 1})
	require.Equal(t, []Message{Preempted{PreemptedBy: Ballot{2, 2}}}, sent(out), "a lower number")
}

// "If the proposer receives a response to its prepare requests (numbered n) from a majority of acceptors, then it
// sends an accept request to each of those acceptors for a proposal numbered n with a value v, where v is the value
// of the highest-numbered proposal among the responses, or is any value if the responses reported no proposals."
// §2.2 2(a).
func TestPaperAccept(t *testing.T) {
	for name, c := range map[string]struct {
		votes map[Address]Vote
		want  Proposal
	}{
		"none":               {nil, red},
		"one":                {map[Address]Vote{3: {Ballot{1, 2}, blue}}, blue},
		"the highest, first": {map[Address]Vote{2: {Ballot{2, 3}, blue}, 3: {Ballot{1, 3}, NoopProposal}}, blue},
		"the highest, last":  {map[Address]Vote{2: {Ballot{1, 3}, NoopProposal}, 3: {Ballot{2, 3}, blue}}, blue},
	} {
		t.Run(name, func(t *testing.T) {
			n := voter(config(3), 1, Durable{Scouted: Ballot{2, 1}})
			receive(t, n, 2, Propose{Slot: 1, Proposal: red})
			var out *Out
			for _, from := range []Address{2, 3} {
				var votes Slots[Vote]
				if v, ok := c.votes[from]; ok {
					votes.Put(1, v)
				}
				out = receive(t, n, from, Promise{BallotNum: Ballot{3, 1}, AcceptedProposals: votes})
				if from == 2 {
					require.Empty(t, out.Messages, "one is no majority")
				}
			}
			require.Contains(t, sent(out), Accept{Slot: 1, BallotNum: Ballot{3, 1}, Proposal: c.want})
		})
	}
}

// "If an acceptor receives an accept request for a proposal numbered n, it accepts the proposal unless it has already
// responded to a prepare request having a number greater than n." §2.2 2(b).
func TestPaperAccepted(t *testing.T) {
	n := voter(config(3), 1, Durable{})
	receive(t, n, 2, Prepare{BallotNum: Ballot{2, 2}, Slot: 1})
	out := receive(t, n, 3, Accept{Slot: 1, BallotNum: Ballot{1, 3}, Proposal: blue})
	require.Equal(t, []Message{Preempted{1, Ballot{2, 2}}}, sent(out), "below the promise")
	require.Empty(t, out.Writes)
	for _, b := range []Ballot{{2, 2}, {4, 2}} {
		out = receive(t, n, 2, Accept{Slot: 1, BallotNum: b, Proposal: red})
		require.Equal(t, []Message{Accepted{1, b}}, sent(out), "at the promise, and above")
		require.Equal(t, []Write{Voted{1, Vote{b, red}}}, out.Writes)
	}
	out = receive(t, n, 3, Prepare{BallotNum: Ballot{3, 3}, Slot: 1})
	require.Equal(t, []Message{Preempted{PreemptedBy: Ballot{4, 2}}}, sent(out), "a vote is a promise")
}

// "To learn that a value has been chosen, a learner must find out that a proposal has been accepted by a majority of
// acceptors." §2.3. One acceptor counts once, and only in the ballot of the proposal.
func TestPaperChosen(t *testing.T) {
	n, _ := leading(t, red, Slots[Vote]{})
	require.Empty(t, receive(t, n, 2, Accepted{1, Ballot{1, 1}}).Messages)
	require.Empty(t, receive(t, n, 2, Accepted{1, Ballot{1, 1}}).Messages, "the same once more")
	require.Empty(t, receive(t, n, 3, Accepted{1, Ballot{2, 1}}).Messages, "another ballot")
	require.Empty(t, receive(t, n, 3, Accepted{2, Ballot{1, 1}}).Messages, "another slot")
	decision := Decision{1, red}
	require.Equal(t, []Message{decision, decision, decision}, sent(receive(t, n, 3, Accepted{1, Ballot{1, 1}})))
}

// "Stable storage, preserved during failures, is used to maintain the information that the acceptor must remember. An
// acceptor records its intended response in stable storage before actually sending the response." §2.5.
func TestPaperStableStorage(t *testing.T) {
	n, d := voter(config(3), 1, Durable{}), Durable{}
	for _, m := range []Message{Prepare{Ballot{2, 2}, 1}, Accept{1, Ballot{2, 2}, red}, Prepare{Ballot{3, 2}, 1}} {
		for _, w := range receive(t, n, 2, m).Writes {
			d.Apply(w)
		}
	}
	again := voter(config(3), 1, d)
	require.Equal(t, n.Acceptor.BallotNum, again.Acceptor.BallotNum)
	require.Equal(t, n.Acceptor.Accepted, again.Acceptor.Accepted)
}

// "Instead, we let it fill the gap immediately by proposing, as commands 136 and 137, a special "no-op" command that
// leaves the state unchanged." §3. Here, for slots 1 to 3 of which only 3 is known to have a vote.
func TestPaperGap(t *testing.T) {
	var votes Slots[Vote]
	votes.Put(3, Vote{Ballot{1, 1}, blue})
	_, out := leading(t, red, votes)
	messages := sent(out)
	require.Contains(t, messages, Accept{1, Ballot{1, 1}, red}, "the proposal that waits for the slot")
	require.Contains(t, messages, Accept{2, Ballot{1, 1}, NoopProposal})
	require.Contains(t, messages, Accept{3, Ballot{1, 1}, blue})
}
