package trace

import (
	"cmp"
	"slices"

	"multipaxos/impl/paxos"
)

// A line has of a node's state what is not as it was. A field that did not change is absent; a role that started has all
// of its fields. Of the functions below, writing, each finds out what to write; reading, each checks that this is what
// would have been written; and both make of the state that was the one that is. They share the tables that did not change
// with the states before. So one table may end where another, which came out of it, goes on in the same memory: nobody
// may change a state.

// state is what changed in a node's state. Nothing is there when nothing did.
func (c *codec) state(was, is *State) {
	start, there := c.begin("state", false)
	if !there {
		return
	}
	at, stopped := c.at, c.stopped(was, is)
	role(c, "acceptor", &was.Acceptor, is.Acceptor, (*codec).acceptor)
	role(c, "replica", &was.Replica, is.Replica, (*codec).replica)
	role(c, "leader", &was.Leader, is.Leader, (*codec).leader)
	role(c, "scout", &was.Scout, is.Scout, (*codec).scout)
	changeSlots(c, "commanders", false, &was.Commanders, is.Commanders, (*codec).commander)
	role(c, "bootstrap", &was.Bootstrap, is.Bootstrap, (*codec).bootstrap)
	role(c, "seed", &was.Seed, is.Seed, (*codec).seed)
	changeList(c, "requesters", false, &was.Requesters, is.Requesters, Requester.Request, Request.Compare,
		(*codec).requester, (*codec).request)
	for i, plays := range was.plays() {
		c.wantAt(at, !plays || !stopped[i], "no state of a role that stopped")
	}
	c.finish(start, false)
}

// roleNames are in the order of plays.
var roleNames = [...]string{"acceptor", "replica", "leader", "scout", "bootstrap", "seed"}

// plays says which of the roles a node plays.
func (s *State) plays() [len(roleNames)]bool {
	return [...]bool{s.Acceptor != nil, s.Replica != nil, s.Leader != nil, s.Scout != nil, s.Bootstrap != nil, s.Seed != nil}
}

func (s *State) stop(role string) {
	switch role {
	case "acceptor":
		s.Acceptor = nil
	case "replica":
		s.Replica = nil
	case "leader":
		s.Leader = nil
	case "scout":
		s.Scout = nil
	case "bootstrap":
		s.Bootstrap = nil
	case "seed":
		s.Seed = nil
	}
}

// stopped lists the roles that are not played any longer.
func (c *codec) stopped(was, is *State) (stopped [len(roleNames)]bool) {
	var list []string
	played, plays := was.plays(), is.plays()
	for i, role := range roleNames {
		if !c.reading && played[i] && !plays[i] {
			list = append(list, role)
		}
	}
	at, last := c.at, -1
	optionalList(c, "stopped", &list, (*codec).text)
	for _, role := range list {
		i := slices.Index(roleNames[:], role)
		if c.wantAt(at, i > last && played[i], "roles that were played, in order"); i > last {
			stopped[i], last = true, i
			was.stop(role)
		}
	}
	return stopped
}

// role is what changed in a role that is played.
func role[R any](c *codec, name string, was **R, is *R, fields func(c *codec, was, is *R, all bool)) {
	if is == nil {
		return
	}
	start, there := c.begin(name, false)
	if !there {
		return
	}
	before := *was
	if before == nil || c.reading {
		*was = new(R)
	}
	if before != nil {
		**was = *before
	}
	fields(c, *was, is, before == nil)
	c.finish(start, false)
}

func (c *codec) acceptor(was, is *Acceptor, all bool) {
	changed(c, "ballot_num", all, &was.BallotNum, &is.BallotNum, (*codec).ballot)
	changeSlots(c, "accepted", all, &was.Accepted, is.Accepted, (*codec).vote)
	changed(c, "first", all, &was.First, &is.First, integer)
}

func (c *codec) replica(was, is *Replica, all bool) {
	changed(c, "slot", all, &was.Slot, &is.Slot, integer)
	changed(c, "next_slot", all, &was.NextSlot, &is.NextSlot, integer)
	changeSlots(c, "proposals", all, &was.Proposals, is.Proposals, (*codec).proposal)
	c.decided = changeSlots(c, "decisions", all, &was.Decisions, is.Decisions, (*codec).proposal)
	changed(c, "first", all, &was.First, &is.First, integer)
	changeList(c, "sessions", all, &was.Sessions, is.Sessions, clientOf, cmp.Compare, (*codec).session, integer)
	changeList(c, "voters", all, &was.Voters, is.Voters, addressOf, cmp.Compare, (*codec).voter, (*codec).address)
	changed(c, "leader", all, &was.Leader, &is.Leader, (*codec).address)
}

func (c *codec) leader(was, is *Leader, all bool) {
	changed(c, "ballot_num", all, &was.BallotNum, &is.BallotNum, (*codec).ballot)
	changed(c, "active", all, &was.Active, &is.Active, (*codec).boolean)
	changeSlots(c, "proposals", all, &was.Proposals, is.Proposals, (*codec).proposal)
}

func (c *codec) scout(was, is *Scout, all bool) {
	changed(c, "ballot_num", all, &was.BallotNum, &is.BallotNum, (*codec).ballot)
	changed(c, "promised", all, &was.Promised, &is.Promised, (*codec).addresses)
	changeSlots(c, "accepted_proposals", all, &was.AcceptedProposals, is.AcceptedProposals, (*codec).vote)
}

func (c *codec) bootstrap(was, is *Bootstrap, all bool) {
	changed(c, "peer", all, &was.Peer, &is.Peer, (*codec).address)
	changeSlots(c, "decisions", all, &was.Decisions, is.Decisions, (*codec).proposal)
}

func (c *codec) seed(was, is *Seed, all bool) {
	changeList(c, "disks", all, &was.Disks, is.Disks, addressOf, cmp.Compare, (*codec).voter, (*codec).address)
}

func (c *codec) commander(m *Commander) {
	c.open()
	c.ballotField("ballot_num", &m.BallotNum)
	number(c, "slot", &m.Slot)
	c.proposalField(&m.Proposal)
	c.key("accepted")
	c.addresses(&m.Accepted)
	c.close()
}

func (c *codec) requester(q *Requester) { c.command((*Command)(q)) }

// changed is a field that may have changed.
func changed[T comparable](c *codec, name string, all bool, was, is *T, code func(*codec, *T)) {
	if c.field(name, *was != *is, all) {
		at := c.at
		code(c, is)
		c.wantAt(at, all || *was != *is, "another value than before")
		*was = *is
	}
}

// changeSlots is a table by slot that may have changed: the ranges of slots that lost their values, both ends included,
// and the slots that got theirs, which it returns.
func changeSlots[T comparable](c *codec, name string, all bool, was *paxos.Slots[T], is paxos.Slots[T], value func(*codec, *T)) (put paxos.Slots[T]) {
	start, there := c.begin(name, all)
	if !there {
		return put
	}
	var drop [][2]paxos.Slot
	if !c.reading {
		drop, put = diffSlots(*was, is)
	}
	at := c.at
	optionalList(c, "drop", &drop, (*codec).span)
	if c.field("put", put.Len() > 0, false) {
		slots(c, &put, value)
		c.wantAt(at, put.Len() > 0, "a slot")
	}
	next, minimal := applySlots(*was, drop, put)
	c.wantAt(at, minimal, "only slots that lost or got a value, in as few ranges as can be")
	*was = next
	c.finish(start, all)
	return put
}

// span is a range of slots.
func (c *codec) span(ends *[2]paxos.Slot) {
	c.mark('[')
	integer(c, &ends[0])
	c.mark(',')
	integer(c, &ends[1])
	c.mark(']')
}

// diffSlots finds the changes with one look-up per entry: two tables of a node in successive states are nearly
// the same, and its look-ups take constant time.
func diffSlots[T comparable](was, is paxos.Slots[T]) (drop [][2]paxos.Slot, put paxos.Slots[T]) {
	kept := 0
	for slot, value := range is.All() {
		old, ok := was.Get(slot)
		if ok {
			kept++
		}
		if !ok || old != value {
			put.Put(slot, value)
		}
	}
	if kept < was.Len() {
		drop = dropped(was, is)
	}
	return drop, put
}

// dropped returns the ranges of was's slots that is does not have.
func dropped[T any](was, is paxos.Slots[T]) (ranges [][2]paxos.Slot) {
	open := false
	for slot := range was.All() {
		switch {
		case is.Has(slot):
			open = false
		case open:
			ranges[len(ranges)-1][1] = slot
		default:
			ranges, open = append(ranges, [2]paxos.Slot{slot, slot}), true
		}
	}
	return ranges
}

// applySlots returns the table that drop and put make of was, and whether they are what diffSlots finds. A table that
// only grows at its end does so in place: was ends before.
func applySlots[T comparable](was paxos.Slots[T], drop [][2]paxos.Slot, put paxos.Slots[T]) (is paxos.Slots[T], minimal bool) {
	shared := len(drop) == 0
	is, minimal = was, true
	if !shared {
		is = without(was, drop)
	}
	for i := range put.Len() {
		slot, value := put.At(i)
		if old, had := was.Get(slot); had && old == *value {
			minimal = false
		}
		if shared && slot <= is.Last() {
			is, shared = is.Clone(), false
		}
		is.Put(slot, *value)
	}
	return is, minimal && (len(drop) == 0 || slices.Equal(drop, dropped(was, is)))
}

// without returns the table without the slots in the ranges, which ascend.
func without[T any](table paxos.Slots[T], ranges [][2]paxos.Slot) (kept paxos.Slots[T]) {
	for i := range table.Len() {
		slot, value := table.At(i)
		for len(ranges) > 0 && ranges[0][1] < slot {
			ranges = ranges[1:]
		}
		if len(ranges) == 0 || slot < ranges[0][0] {
			kept.Put(slot, *value)
		}
	}
	return kept
}

// changeList is a list, in the order of its entries' keys, that may have changed: the keys of those that are gone, and
// the entries that are new or not as before.
func changeList[K, E comparable, L ~[]E](c *codec, name string, all bool, was *L, is L, key func(E) K, compare func(a, b K) int,
	entry func(*codec, *E), keyOf func(*codec, *K)) {
	start, there := c.begin(name, all)
	if !there {
		return
	}
	var drop []K
	var put []E
	if !c.reading {
		drop, put = diffList(*was, is, key, compare)
	}
	at := c.at
	optionalList(c, "drop", &drop, keyOf)
	optionalList(c, "put", &put, entry)
	if len(drop)+len(put) > 0 {
		next, minimal := applyList(*was, drop, put, key, compare)
		c.wantAt(at, minimal, "only entries that are gone, new or not as before, in order")
		*was = next
	}
	c.finish(start, all)
}

// diffList walks through both lists at once.
func diffList[K, E comparable, L ~[]E](was, is L, key func(E) K, compare func(a, b K) int) (drop []K, put []E) {
	for _, e := range is {
		for len(was) > 0 && compare(key(was[0]), key(e)) < 0 {
			drop, was = append(drop, key(was[0])), was[1:]
		}
		old := len(was) > 0 && key(was[0]) == key(e)
		if !old || was[0] != e {
			put = append(put, e)
		}
		if old {
			was = was[1:]
		}
	}
	for _, e := range was {
		drop = append(drop, key(e))
	}
	return drop, put
}

// applyList returns the list that drop and put make of was, and whether they are what diffList finds.
func applyList[K, E comparable, L ~[]E](was L, drop []K, put []E, key func(E) K, compare func(a, b K) int) (is L, minimal bool) {
	is = make(L, 0, len(was)+len(put))
	minimal = slices.IsSortedFunc(put, func(a, b E) int { return cmp.Or(compare(key(a), key(b)), -1) })
	for _, e := range was {
		k := key(e)
		for len(put) > 0 && compare(key(put[0]), k) < 0 {
			is, put = append(is, put[0]), put[1:]
		}
		replaced, gone := len(put) > 0 && key(put[0]) == k, len(drop) > 0 && drop[0] == k
		switch {
		case replaced:
			minimal = minimal && put[0] != e
			is, put = append(is, put[0]), put[1:]
		case gone:
			drop = drop[1:]
		default:
			is = append(is, e)
		}
	}
	return append(is, put...), minimal && len(drop) == 0
}

// Compare orders requests by client, and those of a client by seq.
func (q Request) Compare(o Request) int {
	return cmp.Or(cmp.Compare(q.Client, o.Client), cmp.Compare(q.Seq, o.Seq))
}

func clientOf(s paxos.Session) paxos.ClientID { return s.ClientID }
func addressOf(v paxos.Voter) paxos.Address   { return v.Address }
