package paxos

import (
	"cmp"
	"fmt"
	"slices"
)

// Session is what a Replica remembers of a client: the last command it executed and its answer, so that the
// command is executed once and answered as often as it is asked.
type Session struct {
	ClientID ClientID `json:"client_id"`
	Seq      uint64   `json:"seq"`
	Slot     Slot     `json:"slot"` // where it was executed
	Output   string   `json:"output"`
}

// Sessions are those of all clients, by ClientID. Each has one.
type Sessions []Session

// Of returns the session of a client, or one that executed nothing.
func (s Sessions) Of(client ClientID) Session {
	if i, ok := s.search(client); ok {
		return s[i]
	}
	return Session{}
}

// Put replaces the session of a client.
func (s *Sessions) Put(session Session) {
	i, ok := s.search(session.ClientID)
	if !ok {
		*s = slices.Insert(*s, i, Session{})
	}
	(*s)[i] = session
}

func (s Sessions) search(client ClientID) (int, bool) {
	return slices.BinarySearchFunc(s, client, func(e Session, c ClientID) int { return cmp.Compare(e.ClientID, c) })
}

// Voter is a member and the one disk with which it votes, for ever.
type Voter struct {
	Address Address `json:"address"`
	Disk    DiskID  `json:"disk"`
}

// Voters are members and their disks, by Address. Each has one.
type Voters []Voter

// DiskOf returns the disk with which a member votes, or 0.
func (v Voters) DiskOf(a Address) DiskID {
	if i, ok := v.search(a); ok {
		return v[i].Disk
	}
	return 0
}

// Put replaces the disk of a member.
func (v *Voters) Put(a Address, disk DiskID) {
	i, ok := v.search(a)
	if !ok {
		*v = slices.Insert(*v, i, Voter{})
	}
	(*v)[i] = Voter{a, disk}
}

func (v Voters) search(a Address) (int, bool) {
	return slices.BinarySearchFunc(v, a, func(e Voter, a Address) int { return cmp.Compare(e.Address, a) })
}

// State is all that executing a prefix of the log leads to. It is a value: its slices are never changed.
type State struct {
	Machine  string   `json:"machine"` // the state machine's snapshot
	Sessions Sessions `json:"sessions"`
	Voters   Voters   `json:"voters"`
}

// validate says whether the slices are in order, and each client and each member is there once.
func (s State) validate() error {
	for i, e := range s.Sessions {
		if i > 0 && e.ClientID <= s.Sessions[i-1].ClientID {
			return fmt.Errorf("want sessions in ascending order, found %v", s.Sessions)
		}
	}
	for i, e := range s.Voters {
		if i > 0 && e.Address <= s.Voters[i-1].Address {
			return fmt.Errorf("want voters in ascending order, found %v", s.Voters)
		}
	}
	return nil
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
