package trace

import (
	"cmp"
	"encoding/json"
	"slices"

	"multipaxos/impl/paxos"
)

// delta is the difference of two states, as it stands on disk. A field that did not change is absent. A role
// that started has all its fields.
type delta struct {
	Stopped    []string                       `json:"stopped,omitempty"` // roles that are not played any longer
	Acceptor   *acceptorDelta                 `json:"acceptor,omitempty"`
	Replica    *replicaDelta                  `json:"replica,omitempty"`
	Leader     *leaderDelta                   `json:"leader,omitempty"`
	Scout      *scoutDelta                    `json:"scout,omitempty"`
	Commanders *slotsDelta[commanderJSON]     `json:"commanders,omitempty"`
	Bootstrap  *bootstrapDelta                `json:"bootstrap,omitempty"`
	Seed       *seedDelta                     `json:"seed,omitempty"`
	Requesters *listDelta[Request, Requester] `json:"requesters,omitempty"`
}

type (
	acceptorDelta struct {
		BallotNum *paxos.Ballot           `json:"ballot_num,omitempty"`
		Accepted  *slotsDelta[paxos.Vote] `json:"accepted,omitempty"`
		First     *paxos.Slot             `json:"first,omitempty"`
	}
	replicaDelta struct {
		Slot      *paxos.Slot                               `json:"slot,omitempty"`
		NextSlot  *paxos.Slot                               `json:"next_slot,omitempty"`
		Proposals *slotsDelta[paxos.Proposal]               `json:"proposals,omitempty"`
		Decisions *slotsDelta[paxos.Proposal]               `json:"decisions,omitempty"`
		First     *paxos.Slot                               `json:"first,omitempty"`
		Sessions  *listDelta[paxos.ClientID, paxos.Session] `json:"sessions,omitempty"`
		Voters    *listDelta[paxos.Address, paxos.Voter]    `json:"voters,omitempty"`
		Leader    *paxos.Address                            `json:"leader,omitempty"`
	}
	leaderDelta struct {
		BallotNum *paxos.Ballot               `json:"ballot_num,omitempty"`
		Active    *bool                       `json:"active,omitempty"`
		Proposals *slotsDelta[paxos.Proposal] `json:"proposals,omitempty"`
	}
	scoutDelta struct {
		BallotNum         *paxos.Ballot           `json:"ballot_num,omitempty"`
		Promised          *addresses              `json:"promised,omitempty"`
		AcceptedProposals *slotsDelta[paxos.Vote] `json:"accepted_proposals,omitempty"`
	}
	bootstrapDelta struct {
		Peer      *paxos.Address              `json:"peer,omitempty"`
		Decisions *slotsDelta[paxos.Proposal] `json:"decisions,omitempty"`
	}
	seedDelta struct {
		Disks *listDelta[paxos.Address, paxos.Voter] `json:"disks,omitempty"`
	}
	commanderJSON struct {
		BallotNum paxos.Ballot   `json:"ballot_num"`
		Slot      paxos.Slot     `json:"slot"`
		Proposal  paxos.Proposal `json:"proposal"`
		Accepted  addresses      `json:"accepted"`
	}
)

// slotsDelta changes a table by slot: first the slots in the ranges of Drop, both ends included, lose their
// values, then those in Put get theirs.
type slotsDelta[T any] struct {
	Drop [][2]paxos.Slot `json:"drop,omitempty"`
	Put  paxos.Slots[T]  `json:"put,omitzero"`
}

// listDelta changes a list that is ordered by the keys of its entries: first the keys in Drop lose theirs, then those in
// Put come in.
type listDelta[K comparable, E any] struct {
	Drop []K `json:"drop,omitempty"`
	Put  []E `json:"put,omitempty"`
}

// addresses is a set, on disk an ascending list.
type addresses paxos.Addresses

func (s addresses) MarshalJSON() ([]byte, error) {
	list := paxos.Addresses(s).List()
	if list == nil {
		list = []paxos.Address{}
	}
	return json.Marshal(list)
}

func (s *addresses) UnmarshalJSON(data []byte) error {
	var list []paxos.Address
	err := json.Unmarshal(data, &list)
	*s = addresses(paxos.AddressesOf(list...))
	return err
}

func (d *delta) empty() bool { return d == nil }

// diff returns what changes from into to, or nil.
func diff(from, to State) *delta {
	d := delta{
		Acceptor:   diffAcceptor(from.Acceptor, to.Acceptor),
		Replica:    diffReplica(from.Replica, to.Replica),
		Leader:     diffLeader(from.Leader, to.Leader),
		Scout:      diffScout(from.Scout, to.Scout),
		Commanders: diffCommanders(from.Commanders, to.Commanders),
		Bootstrap:  diffBootstrap(from.Bootstrap, to.Bootstrap),
		Seed:       diffSeed(from.Seed, to.Seed),
		Requesters: diffList(false, from.Requesters, to.Requesters, Requester.Request, Request.Compare),
	}
	stopped := func(role string, was, is bool) {
		if was && !is {
			d.Stopped = append(d.Stopped, role)
		}
	}
	stopped("acceptor", from.Acceptor != nil, to.Acceptor != nil)
	stopped("replica", from.Replica != nil, to.Replica != nil)
	stopped("leader", from.Leader != nil, to.Leader != nil)
	stopped("scout", from.Scout != nil, to.Scout != nil)
	stopped("bootstrap", from.Bootstrap != nil, to.Bootstrap != nil)
	stopped("seed", from.Seed != nil, to.Seed != nil)
	if d.Stopped == nil && d.Acceptor == nil && d.Replica == nil && d.Leader == nil && d.Scout == nil &&
		d.Commanders == nil && d.Bootstrap == nil && d.Seed == nil && d.Requesters == nil {
		return nil
	}
	return &d
}

// apply returns the state that d makes of s. It shares with s the tables that did not change. Those that did are
// copies, or, when the caller owns s and will not use it any longer, the same ones changed.
func (s State) apply(d *delta, own bool) State {
	if d == nil {
		return s
	}
	s.stop(d.Stopped)
	s.Acceptor = applyRole(s.Acceptor, d.Acceptor, own)
	s.Replica = applyRole(s.Replica, d.Replica, own)
	s.Leader = applyRole(s.Leader, d.Leader, own)
	s.Scout = applyRole(s.Scout, d.Scout, own)
	s.Commanders = applyCommanders(s.Commanders, d.Commanders, own)
	s.Bootstrap = applyRole(s.Bootstrap, d.Bootstrap, own)
	s.Seed = applyRole(s.Seed, d.Seed, own)
	s.Requesters = applyList(s.Requesters, d.Requesters, own, Requester.Request, Request.Compare)
	return s
}

func (s *State) stop(roles []string) {
	for _, role := range roles {
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
}

// roleDelta is the pointer to a delta D of a role's state R.
type roleDelta[R, D any] interface {
	*D
	apply(r *R, own bool)
}

// applyRole returns what d makes of the role.
func applyRole[R, D any, P roleDelta[R, D]](role *R, d P, own bool) *R {
	if d == nil {
		return role
	}
	var changed R
	if role != nil {
		changed = *role
	}
	d.apply(&changed, own)
	return &changed
}

func (d *acceptorDelta) apply(a *Acceptor, own bool) {
	set(&a.BallotNum, d.BallotNum)
	a.Accepted = applySlots(a.Accepted, d.Accepted, own)
	set(&a.First, d.First)
}

func (d *replicaDelta) apply(r *Replica, own bool) {
	set(&r.Slot, d.Slot)
	set(&r.NextSlot, d.NextSlot)
	r.Proposals = applySlots(r.Proposals, d.Proposals, own)
	r.Decisions = applySlots(r.Decisions, d.Decisions, own)
	set(&r.First, d.First)
	r.Sessions = applyList(r.Sessions, d.Sessions, own, clientOf, compareOrdered)
	r.Voters = applyList(r.Voters, d.Voters, own, addressOf, compareOrdered)
	set(&r.Leader, d.Leader)
}

func (d *leaderDelta) apply(l *Leader, own bool) {
	set(&l.BallotNum, d.BallotNum)
	set(&l.Active, d.Active)
	l.Proposals = applySlots(l.Proposals, d.Proposals, own)
}

func (d *scoutDelta) apply(s *Scout, own bool) {
	set(&s.BallotNum, d.BallotNum)
	set(&s.Promised, (*paxos.Addresses)(d.Promised))
	s.AcceptedProposals = applySlots(s.AcceptedProposals, d.AcceptedProposals, own)
}

func (d *bootstrapDelta) apply(b *Bootstrap, own bool) {
	set(&b.Peer, d.Peer)
	b.Decisions = applySlots(b.Decisions, d.Decisions, own)
}

func (d *seedDelta) apply(s *Seed, own bool) {
	s.Disks = applyList(s.Disks, d.Disks, own, addressOf, compareOrdered)
}

// begin returns what to compare the role to with, and whether the role just started, so that it is written whole.
func begin[R any](from *R) (R, bool) {
	if from == nil {
		var zero R
		return zero, true
	}
	return *from, false
}

// unlessEmpty returns d, or nil when it changes nothing.
func unlessEmpty[D comparable](d D) *D {
	var empty D
	if d == empty {
		return nil
	}
	return &d
}

func diffAcceptor(from, to *Acceptor) *acceptorDelta {
	if to == nil {
		return nil
	}
	a, all := begin(from)
	return unlessEmpty(acceptorDelta{
		BallotNum: changed(all, a.BallotNum, to.BallotNum),
		Accepted:  diffSlots(all, a.Accepted, to.Accepted),
		First:     changed(all, a.First, to.First),
	})
}

func diffReplica(from, to *Replica) *replicaDelta {
	if to == nil {
		return nil
	}
	r, all := begin(from)
	return unlessEmpty(replicaDelta{
		Slot:      changed(all, r.Slot, to.Slot),
		NextSlot:  changed(all, r.NextSlot, to.NextSlot),
		Proposals: diffSlots(all, r.Proposals, to.Proposals),
		Decisions: diffSlots(all, r.Decisions, to.Decisions),
		First:     changed(all, r.First, to.First),
		Sessions:  diffList(all, r.Sessions, to.Sessions, clientOf, compareOrdered),
		Voters:    diffList(all, r.Voters, to.Voters, addressOf, compareOrdered),
		Leader:    changed(all, r.Leader, to.Leader),
	})
}

func diffLeader(from, to *Leader) *leaderDelta {
	if to == nil {
		return nil
	}
	l, all := begin(from)
	return unlessEmpty(leaderDelta{
		BallotNum: changed(all, l.BallotNum, to.BallotNum),
		Active:    changed(all, l.Active, to.Active),
		Proposals: diffSlots(all, l.Proposals, to.Proposals),
	})
}

func diffScout(from, to *Scout) *scoutDelta {
	if to == nil {
		return nil
	}
	s, all := begin(from)
	return unlessEmpty(scoutDelta{
		BallotNum:         changed(all, s.BallotNum, to.BallotNum),
		Promised:          (*addresses)(changed(all, s.Promised, to.Promised)),
		AcceptedProposals: diffSlots(all, s.AcceptedProposals, to.AcceptedProposals),
	})
}

func diffBootstrap(from, to *Bootstrap) *bootstrapDelta {
	if to == nil {
		return nil
	}
	b, all := begin(from)
	return unlessEmpty(bootstrapDelta{
		Peer:      changed(all, b.Peer, to.Peer),
		Decisions: diffSlots(all, b.Decisions, to.Decisions),
	})
}

func diffSeed(from, to *Seed) *seedDelta {
	if to == nil {
		return nil
	}
	s, all := begin(from)
	return unlessEmpty(seedDelta{Disks: diffList(all, s.Disks, to.Disks, addressOf, compareOrdered)})
}

func diffCommanders(from, to paxos.Slots[Commander]) *slotsDelta[commanderJSON] {
	d := diffSlots(false, from, to)
	if d == nil {
		return nil
	}
	on := &slotsDelta[commanderJSON]{Drop: d.Drop}
	for slot, c := range d.Put.All() {
		on.Put.Put(slot, commanderJSON{c.BallotNum, c.Slot, c.Proposal, addresses(c.Accepted)})
	}
	return on
}

func applyCommanders(table paxos.Slots[Commander], d *slotsDelta[commanderJSON], own bool) paxos.Slots[Commander] {
	if d == nil {
		return table
	}
	in := &slotsDelta[Commander]{Drop: d.Drop}
	for slot, c := range d.Put.All() {
		in.Put.Put(slot, Commander{c.BallotNum, c.Slot, c.Proposal, paxos.Addresses(c.Accepted)})
	}
	return applySlots(table, in, own)
}

// changed returns to, or nil when it need not be written.
func changed[T comparable](all bool, from, to T) *T {
	if !all && from == to {
		return nil
	}
	return &to
}

// set changes field, unless it did not change.
func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// diffSlots finds the changes with one look-up per entry: two tables of a node in successive states are nearly
// the same, and its look-ups take constant time.
func diffSlots[T comparable](all bool, from, to paxos.Slots[T]) *slotsDelta[T] {
	var d slotsDelta[T]
	kept := 0
	for slot, value := range to.All() {
		old, ok := from.Get(slot)
		if ok {
			kept++
		}
		if !ok || old != value {
			d.Put.Put(slot, value)
		}
	}
	if kept < from.Len() {
		d.Drop = dropped(from, to)
	}
	if !all && d.Drop == nil && d.Put.Len() == 0 {
		return nil
	}
	return &d
}

// dropped returns the ranges of from's slots that to does not have.
func dropped[T any](from, to paxos.Slots[T]) (ranges [][2]paxos.Slot) {
	open := false
	for slot := range from.All() {
		switch {
		case to.Has(slot):
			open = false
		case open:
			ranges[len(ranges)-1][1] = slot
		default:
			ranges, open = append(ranges, [2]paxos.Slot{slot, slot}), true
		}
	}
	return ranges
}

func applySlots[T any](table paxos.Slots[T], d *slotsDelta[T], own bool) paxos.Slots[T] {
	if d == nil {
		return table
	}
	if !own {
		table = table.Clone()
	}
	for _, slot := range within(table, d.Drop) {
		table.Take(slot)
	}
	for slot, value := range d.Put.All() {
		table.Put(slot, value)
	}
	return table
}

// within returns the slots of the table that are in the ranges, the highest first: so taking them out is cheap
// whichever end they are at.
func within[T any](table paxos.Slots[T], ranges [][2]paxos.Slot) (slots []paxos.Slot) {
	if len(ranges) == 0 {
		return nil
	}
	for slot := range table.All() {
		for len(ranges) > 0 && ranges[0][1] < slot {
			ranges = ranges[1:]
		}
		if len(ranges) > 0 && ranges[0][0] <= slot {
			slots = append(slots, slot)
		}
	}
	slices.Reverse(slots)
	return slots
}

// diffList walks through both lists at once.
func diffList[K, E comparable, L ~[]E](all bool, from, to L, key func(E) K, compare func(a, b K) int) *listDelta[K, E] {
	var d listDelta[K, E]
	for _, e := range to {
		for len(from) > 0 && compare(key(from[0]), key(e)) < 0 {
			d.Drop, from = append(d.Drop, key(from[0])), from[1:]
		}
		old := len(from) > 0 && key(from[0]) == key(e)
		if !old || from[0] != e {
			d.Put = append(d.Put, e)
		}
		if old {
			from = from[1:]
		}
	}
	for _, e := range from {
		d.Drop = append(d.Drop, key(e))
	}
	if !all && d.Put == nil && d.Drop == nil {
		return nil
	}
	return &d
}

func applyList[K, E comparable, L ~[]E](list L, d *listDelta[K, E], own bool, key func(E) K, compare func(a, b K) int) L {
	if d == nil {
		return list
	}
	if !own {
		list = slices.Clone(list)
	}
	search := func(k K) (int, bool) {
		return slices.BinarySearchFunc(list, k, func(e E, k K) int { return compare(key(e), k) })
	}
	for _, k := range d.Drop {
		if i, ok := search(k); ok {
			list = slices.Delete(list, i, i+1)
		}
	}
	for _, e := range d.Put {
		i, ok := search(key(e))
		if !ok {
			list = slices.Insert(list, i, e)
		}
		list[i] = e
	}
	return list
}

func compareOrdered[K cmp.Ordered](a, b K) int { return cmp.Compare(a, b) }

// Compare orders requests by client, and those of a client by seq.
func (q Request) Compare(o Request) int {
	return cmp.Or(cmp.Compare(q.Client, o.Client), cmp.Compare(q.Seq, o.Seq))
}

func clientOf(s paxos.Session) paxos.ClientID { return s.ClientID }
func addressOf(v paxos.Voter) paxos.Address   { return v.Address }
