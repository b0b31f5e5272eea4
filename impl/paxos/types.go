package paxos

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Address names a member of the cluster: 1 is N1. The zero Address names nobody.
type Address uint8

// MaxAddress is the highest address: a set of addresses is one 64-bit word.
const MaxAddress Address = 63

func (a Address) String() string {
	if a == 0 {
		return "nobody"
	}
	return "N" + strconv.Itoa(int(a))
}

// MarshalText writes the address as in traces, "N1"; nobody is empty.
func (a Address) MarshalText() ([]byte, error) {
	if a == 0 {
		return nil, nil
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = 0
		return nil
	}
	n, err := strconv.ParseUint(string(text[1:]), 10, 8)
	if text[0] != 'N' || err != nil || n == 0 || Address(n) > MaxAddress || strconv.FormatUint(n, 10) != string(text[1:]) {
		return fmt.Errorf("address: want N1 to N%d, found %q", MaxAddress, text)
	}
	*a = Address(n)
	return nil
}

// Addresses is a set of addresses.
type Addresses uint64

// AddressesOf returns the set of the given addresses.
func AddressesOf(list ...Address) (s Addresses) {
	for _, a := range list {
		s = s.With(a)
	}
	return s
}

// Has says whether a is in the set.
func (s Addresses) Has(a Address) bool { return s>>a&1 == 1 }

// With returns the set with a in it.
func (s Addresses) With(a Address) Addresses { return s | 1<<a }

// Len counts the set's members.
func (s Addresses) Len() int { return bits.OnesCount64(uint64(s)) }

// List returns the set's members in ascending order.
func (s Addresses) List() []Address {
	var list []Address
	for ; s != 0; s &= s - 1 {
		list = append(list, Address(bits.TrailingZeros64(uint64(s))))
	}
	return list
}

func (s Addresses) String() string { return fmt.Sprint(s.List()) }

// Slot numbers the instances of Paxos, from 1. The zero Slot is none, so slot "0" cannot be mistaken for one.
type Slot uint64

// Ballot numbers the attempts to lead. Ballots are ordered by N, then by Leader; a ballot belongs to its Leader.
type Ballot struct {
	N      uint64  `json:"n"`
	Leader Address `json:"leader"`
}

// NullBallot sorts before every ballot.
var NullBallot = Ballot{}

// Less says whether b sorts before c.
func (b Ballot) Less(c Ballot) bool {
	return b.N < c.N || b.N == c.N && b.Leader < c.Leader
}

func (b Ballot) String() string {
	if b == NullBallot {
		return "(-)"
	}
	return "(" + strconv.FormatUint(b.N, 10) + "," + b.Leader.String() + ")"
}

// ClientID names a client's session. No two sessions that ever existed share one, across restarts and nodes.
type ClientID uint64

// DiskID names a disk. It is drawn when the disk is formatted, so a node that lost its disk has another.
type DiskID uint64

// Proposal is what a slot decides: a client's command, the admission of a disk as a voter, or nothing (a no-op).
//
// A command is known by its session and sequence number: Seq rises by at least one from each command of a
// session to the next, so that a late or repeated command can be told from a new one (Ongaro, Consensus:
// Bridging Theory and Practice, §6.3).
type Proposal struct {
	Caller   Address  `json:"caller,omitzero"`    // the node that is to answer; of an admission, the node that joins
	ClientID ClientID `json:"client_id,omitzero"` // 0 in a no-op and in an admission
	Seq      uint64   `json:"seq,omitzero"`
	Input    string   `json:"input,omitzero"`
	Disk     DiskID   `json:"disk,omitzero"` // the disk that an admission makes a voter
}

// NoopProposal decides a slot without any effect.
var NoopProposal = Proposal{}

func (p Proposal) String() string {
	switch {
	case p == NoopProposal:
		return "noop"
	case p.Disk != 0:
		return fmt.Sprintf("admit %v disk %x", p.Caller, uint64(p.Disk))
	}
	return fmt.Sprintf("c%d#%d@%v %q", p.ClientID, p.Seq, p.Caller, p.Input)
}

// Vote is a proposal and the ballot in which an Acceptor accepted it.
type Vote struct {
	BallotNum Ballot   `json:"ballot_num"`
	Proposal  Proposal `json:"proposal"`
}

func (v Vote) String() string { return v.BallotNum.String() + " " + v.Proposal.String() }
