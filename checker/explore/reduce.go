package explore

import (
	"slices"

	"multipaxos/impl/paxos"
)

// reduction is a partial-order reduction. A step is taken alone when it is independent of every other step that can
// come before it: it sends nothing, and at its node it commutes with every input. All that is left out are other
// orders of independent steps, and these pass through the same local states to the same end. An invariant of this
// package, once broken, stays broken, because messages, votes for a ballot and what was executed are never taken
// back within a life; so it is still broken at the end of an order that is explored.
//
// Taken alone is a Decision at a node that is neither a candidate nor a caller, in a model in which no node crashes,
// asks for what it missed, or writes checkpoints, and Replicas do not keep track of leaders. Then the node is never
// proposed to, so its Leader is idle, and its Replica alone handles Decision and nothing else. Accept and Prepare
// concern its Acceptor, which does not look at the Replica. Two Decisions for different slots commute: both are
// stored, and what is executed depends on what is stored alone.
//
// The tests compare verdicts with and without, on the protocol and on planted bugs.
type reduction struct {
	passive []paxos.Address
}

// newReduction returns the reduction of a model, or nil when it has none.
func newReduction(m Model) *reduction {
	for _, s := range m.Steps {
		if s != "ReceiveDecision" && s != "Invoke" && s != "FireScoutSendPrepare" && s != "FireCommanderSendAccept" {
			return nil
		}
	}
	if m.Follow || m.Heartbeats || m.History || !m.takes("ReceiveDecision") {
		return nil
	}
	r := &reduction{passive: passive(m)}
	if !slices.Contains(m.Callers, 1) && !slices.Contains(m.Candidates, 1) {
		r.passive = append(r.passive, 1)
	}
	return r
}

// safe says whether a step of node n may be taken alone.
func (r *reduction) safe(n int, t *transition) bool {
	return t.action == "ReceiveDecision" && t.sent == 0 && t.events == 0 && slices.Contains(r.passive, paxos.Address(n+1))
}
