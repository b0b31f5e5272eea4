package model

import "encoding/binary"

// The canonical encoding: two values are equal exactly when their encodings are. Numbers are varints, a table or a set
// is its length and then its entries in ascending order.

func number(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func boolean(b []byte, f bool) []byte {
	if f {
		return append(b, 1)
	}
	return append(b, 0)
}

func list[T any](b []byte, items []T, encode func(T, []byte) []byte) []byte {
	b = number(b, len(items))
	for _, item := range items {
		b = encode(item, b)
	}
	return b
}

func table[V any](b []byte, t Table[V], encode func(V, []byte) []byte) []byte {
	b = number(b, len(t))
	for _, e := range t {
		b = encode(e.Value, number(b, e.Slot))
	}
	return b
}

func encodeAddress(a Address, b []byte) []byte { return number(b, a) }

func (c Ballot) encode(b []byte) []byte  { return number(number(b, c.N), c.Leader) }
func (c Command) encode(b []byte) []byte { return number(number(b, c.ClientID), c.Seq) }
func (p Proposal) encode(b []byte) []byte {
	return number(number(number(b, p.Caller), p.ClientID), p.Seq)
}
func (v Vote) encode(b []byte) []byte    { return v.Proposal.encode(v.BallotNum.encode(b)) }
func (s Session) encode(b []byte) []byte { return number(number(b, s.Seq), s.Slot) }
func (a Answer) encode(b []byte) []byte  { return number(number(number(b, a.ClientID), a.Seq), a.Slot) }

func (s MachineState) encode(b []byte) []byte {
	return table(list(b, s.Machine, Command.encode), s.Sessions, Session.encode)
}

func (c Commander) encode(b []byte) []byte {
	return list(c.Proposal.encode(number(c.BallotNum.encode(b), c.Slot)), c.Accepted, encodeAddress)
}

func (s Scout) encode(b []byte) []byte {
	b = list(s.BallotNum.encode(boolean(b, s.Running)), s.Promised, encodeAddress)
	return table(b, s.AcceptedProposals, Vote.encode)
}

func (r Replica) encode(b []byte) []byte {
	b = number(number(number(b, r.Slot), r.NextSlot), r.First)
	b = table(table(b, r.Proposals, Proposal.encode), r.Decisions, Proposal.encode)
	return number(number(r.MachineState.encode(b), r.Leader), r.Checkpoint)
}

// encode appends the encoding of all but what the step at hand sends.
func (n *Node) encode(b []byte) []byte {
	b = number(b, n.Self)
	b = number(table(n.Acceptor.BallotNum.encode(b), n.Acceptor.Accepted, Vote.encode), n.Acceptor.First)
	b = n.Replica.encode(b)
	b = table(boolean(n.Leader.BallotNum.encode(b), n.Leader.Active), n.Leader.Proposals, Proposal.encode)
	b = table(n.Scout.encode(b), n.Commanders, Commander.encode)
	b = list(b, n.Requester, Command.encode)
	return n.Disk.State.encode(number(n.Disk.Scouted.encode(b), n.Disk.Slot))
}

func (m *Message) encode(b []byte) []byte {
	b = number(number(number(append(b, byte(m.Type)), m.From), m.To), m.Slot)
	b = table(m.Proposal.encode(m.BallotNum.encode(b)), m.AcceptedProposals, Vote.encode)
	return table(m.State.encode(b), m.Decisions, Proposal.encode)
}
