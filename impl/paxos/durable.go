package paxos

import "fmt"

// Session is what a Replica remembers of a client: the last command it executed and its answer, so that the
// command is executed once and answered as often as it is asked.
type Session struct {
	ClientID ClientID `json:"client_id"`
	Seq      uint64   `json:"seq"`
	Slot     Slot     `json:"slot"` // where it was executed
	Output   string   `json:"output"`
}

// Voter is a member and the one disk with which it votes, for ever.
type Voter struct {
	Address Address `json:"address"`
	Disk    DiskID  `json:"disk"`
}

// State is all that executing a prefix of the log leads to. It is a value: its slices are never changed.
type State struct {
	Machine  string    `json:"machine"`  // the state machine's snapshot
	Sessions []Session `json:"sessions"` // by ClientID
	Voters   []Voter   `json:"voters"`   // by Address
}

// diskOf returns the disk with which a votes, or 0.
func (s State) diskOf(a Address) DiskID {
	for _, v := range s.Voters {
		if v.Address == a {
			return v.Disk
		}
	}
	return 0
}

func (s State) voters() (set Addresses) {
	for _, v := range s.Voters {
		set = set.With(v.Address)
	}
	return set
}

// Durable is what a node's disk holds. A disk is formatted, with a fresh Disk, before the node's first start;
// a node whose disk is lost starts with a newly formatted one.
type Durable struct {
	Disk      DiskID      // never 0
	BallotNum Ballot      // the Acceptor's promise
	Accepted  Slots[Vote] // the Acceptor's votes, from First on
	Scouted   Ballot      // the highest ballot of this node that a Prepare was sent for
	Slot      Slot        // everything below is executed in State; 0 before the first Welcome
	First     Slot        // everything below is forgotten by the Acceptor
	State     State
}

// Write is one change of a Durable. The writes of one step reach the disk together or not at all, and before
// any message of the step leaves.
type Write interface {
	apply(d *Durable)
	fmt.Stringer
}

type (
	// Promised stores the Acceptor's promise.
	Promised struct {
		BallotNum Ballot `json:"ballot_num"`
	}
	// Voted stores the Acceptor's vote, which is also a promise.
	Voted struct {
		Slot Slot `json:"slot"`
		Vote Vote `json:"vote"`
	}
	// Scouted stores a ballot that the Leader is about to use, so that no later life uses it again.
	Scouted struct {
		BallotNum Ballot `json:"ballot_num"`
	}
	// Checkpointed stores the Replica's state and lets the Acceptor forget the slots below First. A node's
	// first Checkpointed is also what makes it part of the cluster.
	Checkpointed struct {
		Slot  Slot  `json:"slot"`
		First Slot  `json:"first"`
		State State `json:"state"`
	}
)

func (w Promised) apply(d *Durable) { d.BallotNum = w.BallotNum }
func (w Voted) apply(d *Durable) {
	d.BallotNum = w.Vote.BallotNum
	d.Accepted.Put(w.Slot, w.Vote)
}
func (w Scouted) apply(d *Durable) { d.Scouted = w.BallotNum }
func (w Checkpointed) apply(d *Durable) {
	d.Slot, d.First, d.State = w.Slot, w.First, w.State
	d.Accepted.TrimBelow(w.First)
}

// Apply makes the change w.
func (d *Durable) Apply(w Write) { w.apply(d) }

func (w Promised) String() string { return fmt.Sprintf("Promised %v", w.BallotNum) }
func (w Voted) String() string    { return fmt.Sprintf("Voted slot=%d %v", w.Slot, w.Vote) }
func (w Scouted) String() string  { return fmt.Sprintf("Scouted %v", w.BallotNum) }
func (w Checkpointed) String() string {
	return fmt.Sprintf("Checkpointed slot=%d first=%d", w.Slot, w.First)
}
