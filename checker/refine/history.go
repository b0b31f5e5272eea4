package refine

import (
	"fmt"

	"multipaxos/checker/model"
)

// history is what the invariants must know of the past: what each slot decided and led to, which disks were admitted,
// and what the current ballots proposed.
type history struct {
	slots    []record // from slot 1
	top      int      // the lowest slot that nobody executed
	last     map[int]int
	admitted map[model.Address]int
	proposed map[model.Address]*ballot // by who leads
	outputs  []output                  // of this step
}

// record is what a slot decided, and what executing it led to.
type record struct {
	proposal model.Proposal
	decided  bool
	executed bool // it changed the machine
	output   string
}

// ballot is the ballot at which a node leads, and what was proposed in it.
type ballot struct {
	number model.Ballot
	slots  map[int]model.Proposal
}

func newHistory() history {
	return history{top: 1, last: map[int]int{}, admitted: map[model.Address]int{}, proposed: map[model.Address]*ballot{}}
}

// ahead is how far a slot may be above all that were decided. It bounds memory, whatever a trace says.
const ahead = 1 << 20

// at returns the record of a slot, or nil when there cannot be one.
func (h *history) at(slot int) *record {
	if slot < 1 || slot > len(h.slots)+ahead {
		return nil
	}
	for len(h.slots) < slot {
		h.slots = append(h.slots, record{})
	}
	return &h.slots[slot-1]
}

// decide notes that somebody says that slot decided p. fresh says that nobody did before.
func (h *history) decide(slot int, p model.Proposal) (fresh bool, failed *Verdict) {
	r := h.at(slot)
	switch {
	case r == nil:
		return false, fails("TypeOK", "slot", fmt.Sprintf("at most %d", len(h.slots)+ahead), slot)
	case (r.decided || slot < h.top) && r.proposal != p:
		return false, fails("Agreement", fmt.Sprintf("slot %d", slot), proposalOf(r.proposal), proposalOf(p))
	}
	fresh = !r.decided
	r.decided, r.proposal = true, p
	return fresh, nil
}

// execute notes that a Replica executed the decision p of a slot; changed says that it was a command that had not been
// executed before, and text what its output is.
func (h *history) execute(slot int, p model.Proposal, changed bool, text string) *Verdict {
	r := h.at(slot)
	switch {
	case r == nil || slot > h.top:
		return fails("ExecutedPrefixesAgree", fmt.Sprintf("slot %d", slot), fmt.Sprintf("slot %d first", h.top), proposalOf(p))
	case slot < h.top && (r.proposal != p || r.executed != changed || r.output != text):
		return fails("ExecutedPrefixesAgree", fmt.Sprintf("slot %d", slot),
			fmt.Sprintf("%v executed %t %q", proposalOf(r.proposal), r.executed, r.output),
			fmt.Sprintf("%v executed %t %q", proposalOf(p), changed, text))
	case slot < h.top:
		return nil
	}
	if !r.decided {
		r.proposal = p
	}
	h.top++
	r.executed, r.output = changed, text
	if !changed {
		return nil
	}
	if last := h.last[p.ClientID]; p.Seq <= last {
		return fails("ExactlyOnce", fmt.Sprintf("slot %d", slot), fmt.Sprintf("a command of the session above %d", last), proposalOf(p))
	}
	h.last[p.ClientID] = p.Seq
	return nil
}

// propose notes that the node which leads at b proposes p for a slot. Slots below forget are proposed no more.
func (h *history) propose(b model.Ballot, slot int, p model.Proposal, forget int) *Verdict {
	of := h.proposed[b.Leader]
	if of == nil || model.Less(of.number, b) {
		of = &ballot{number: b, slots: map[int]model.Proposal{}}
		h.proposed[b.Leader] = of
	}
	if of.number != b {
		return fails("BallotsNeverFall", fmt.Sprintf("slot %d", slot), ballotOf(of.number), ballotOf(b))
	}
	switch q, ok := of.slots[slot]; {
	case ok && q != p:
		return fails("OneValuePerBallot", fmt.Sprintf("ballot %v slot %d", ballotOf(b), slot), proposalOf(q), proposalOf(p))
	case ok:
		return nil
	}
	of.slots[slot] = p
	if len(of.slots) > 256 {
		for s := range of.slots {
			if s < forget {
				delete(of.slots, s)
			}
		}
	}
	return nil
}

// vote holds that what a node votes for is what was proposed in the ballot, as far as that is remembered.
func (h *history) vote(slot int, v model.Vote) *Verdict {
	of := h.proposed[v.BallotNum.Leader]
	if of == nil || of.number != v.BallotNum {
		return nil
	}
	if p, ok := of.slots[slot]; ok && p != v.Proposal {
		field := fmt.Sprintf("ballot %v slot %d", ballotOf(v.BallotNum), slot)
		return fails("OneValuePerBallot", field, proposalOf(p), proposalOf(v.Proposal))
	}
	return nil
}

// admit notes with which disks nodes vote.
func (h *history) admit(voters model.Table[int]) *Verdict {
	for _, e := range voters {
		if disk, ok := h.admitted[e.Slot]; ok && disk != e.Value {
			return fails("AdmittedOnce", fmt.Sprintf("voters[%v]", addressesOf([]int{e.Slot})), disk, e.Value)
		}
		h.admitted[e.Slot] = e.Value
	}
	return nil
}
