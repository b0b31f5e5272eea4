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

func encodeNumber(n int, b []byte) []byte { return number(b, n) }

func (c Ballot) encode(b []byte) []byte  { return number(number(b, c.N), c.Leader) }
func (c Command) encode(b []byte) []byte { return number(number(b, c.ClientID), c.Seq) }
func (p Proposal) encode(b []byte) []byte {
	b = number(number(number(number(b, p.Caller), p.ClientID), p.Seq), p.Disk)
	return append(number(b, len(p.Input)), p.Input...)
}
func (v Vote) encode(b []byte) []byte    { return v.Proposal.encode(v.BallotNum.encode(b)) }
func (s Session) encode(b []byte) []byte { return number(number(b, s.Seq), s.Slot) }
func (a Answer) encode(b []byte) []byte  { return number(number(number(b, a.ClientID), a.Seq), a.Slot) }

func (s MachineState) encode(b []byte) []byte {
	b = table(list(b, s.Machine, Command.encode), s.Sessions, Session.encode)
	return table(b, s.Voters, encodeNumber)
}

func (c Commander) encode(b []byte) []byte {
	return list(c.Proposal.encode(number(c.BallotNum.encode(b), c.Slot)), c.Accepted, encodeNumber)
}

func (s Scout) encode(b []byte) []byte {
	b = list(s.BallotNum.encode(boolean(b, s.Running)), s.Promised, encodeNumber)
	return table(b, s.AcceptedProposals, Vote.encode)
}

func (a Acceptor) encode(b []byte) []byte {
	return number(table(a.BallotNum.encode(boolean(b, a.Running)), a.Accepted, Vote.encode), a.First)
}

func (r Replica) encode(b []byte) []byte {
	b = number(number(number(boolean(b, r.Running), r.Slot), r.NextSlot), r.First)
	b = table(table(b, r.Proposals, Proposal.encode), r.Decisions, Proposal.encode)
	return number(number(r.MachineState.encode(b), r.Leader), r.Checkpoint)
}

func (l Leader) encode(b []byte) []byte {
	return table(boolean(l.BallotNum.encode(boolean(b, l.Running)), l.Active), l.Proposals, Proposal.encode)
}

func (s Bootstrap) encode(b []byte) []byte {
	return table(number(boolean(b, s.Running), s.Peer), s.Decisions, Proposal.encode)
}

func (s Seed) encode(b []byte) []byte { return table(boolean(b, s.Running), s.Disks, encodeNumber) }

func (d Disk) encode(b []byte) []byte {
	return d.State.encode(number(d.Scouted.encode(number(b, d.Disk)), d.Slot))
}

// encode appends the encoding of all but what the step at hand sends.
func (n *Node) encode(b []byte) []byte {
	b = n.Leader.encode(n.Replica.encode(n.Acceptor.encode(number(b, n.Self))))
	b = table(n.Scout.encode(b), n.Commanders, Commander.encode)
	b = list(b, n.Requester, Command.encode)
	return n.Disk.encode(n.Seed.encode(n.Bootstrap.encode(b)))
}

func (m *Message) encode(b []byte) []byte {
	b = number(number(number(number(append(b, byte(m.Type)), m.From), m.To), m.Slot), m.Disk)
	b = table(m.Proposal.encode(m.BallotNum.encode(b)), m.AcceptedProposals, Vote.encode)
	return table(m.State.encode(b), m.Decisions, Proposal.encode)
}
