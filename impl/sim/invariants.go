package sim

import "multipaxos/impl/paxos"

// The invariants of the specification that can be held, at little cost, against every write and every election.
// Agreement is held in observe.

// ballotSlot is where at most one proposal may be voted for.
type ballotSlot struct {
	ballot paxos.Ballot
	slot   paxos.Slot
}

// remembered is how many slots behind the highest executed one votes are remembered.
const remembered = 1024

// holdWrite checks a write before it changes the disk.
func (w *world) holdWrite(n *node, write paxos.Write) {
	switch write := write.(type) {
	case paxos.Promised:
		w.holdPromise(n, write.BallotNum)
	case paxos.Voted:
		w.holdPromise(n, write.Vote.BallotNum)
		w.holdVote(n, write)
	case paxos.Scouted:
		if !n.disk.Scouted.Less(write.BallotNum) {
			w.violate("BallotsNeverFall", "%v scouts at %v after %v", n.address, write.BallotNum, n.disk.Scouted)
		}
	}
}

func (w *world) holdPromise(n *node, b paxos.Ballot) {
	if b.Less(n.disk.BallotNum) {
		w.violate("PromisesNeverFall", "%v promises %v after %v", n.address, b, n.disk.BallotNum)
	}
}

func (w *world) holdVote(n *node, v paxos.Voted) {
	at := ballotSlot{v.Vote.BallotNum, v.Slot}
	p, ok := w.votes[at]
	if ok && p != v.Vote.Proposal {
		w.violate("OneValuePerBallot", "in slot %d and ballot %v, %v votes for %v, and another for %v",
			v.Slot, v.Vote.BallotNum, n.address, v.Vote.Proposal, p)
	}
	if !ok {
		w.votes[at] = v.Vote.Proposal
		w.forgetVotes()
	}
}

// forgetVotes drops old votes, whenever there are twice as many as are worth remembering.
func (w *world) forgetVotes() {
	if len(w.votes) < w.votesLimit {
		return
	}
	for at := range w.votes {
		if int(at.slot)+remembered < len(w.log) {
			delete(w.votes, at)
		}
	}
	w.votesLimit = 2*len(w.votes) + remembered
}

// holdElection checks a node that begins to lead. A ballot is led at once, in one life of one node.
func (w *world) holdElection(n *node) {
	b := n.paxos.Leader.BallotNum
	if led, ok := w.led[b]; ok {
		w.violate("OneLeaderPerBallot", "%v leads at %v, and %v did before", n.address, b, led)
	}
	w.led[b] = n.address
}
