package trace

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"multipaxos/impl/paxos"
)

// State is what the roles of a node know: their exported fields, but for the state machine. A role that the node
// does not play is nil. The zero State is that of a node that is down.
type State struct {
	Acceptor   *Acceptor
	Replica    *Replica
	Leader     *Leader
	Scout      *Scout
	Commanders paxos.Slots[Commander]
	Bootstrap  *Bootstrap
	Seed       *Seed
	Requesters []Requester // those that wait, by Request
}

// The states of the roles. The roles of the same names in package paxos say what the fields are.
type (
	Acceptor struct {
		BallotNum paxos.Ballot
		Accepted  paxos.Slots[paxos.Vote]
		First     paxos.Slot
	}
	Replica struct {
		Slot      paxos.Slot
		NextSlot  paxos.Slot
		Proposals paxos.Slots[paxos.Proposal]
		Decisions paxos.Slots[paxos.Proposal]
		First     paxos.Slot
		Sessions  paxos.Sessions
		Voters    paxos.Voters
		Leader    paxos.Address
	}
	Leader struct {
		BallotNum paxos.Ballot
		Active    bool
		Proposals paxos.Slots[paxos.Proposal]
	}
	Scout struct {
		BallotNum         paxos.Ballot
		Promised          paxos.Addresses
		AcceptedProposals paxos.Slots[paxos.Vote]
	}
	Commander struct {
		BallotNum paxos.Ballot
		Slot      paxos.Slot
		Proposal  paxos.Proposal
		Accepted  paxos.Addresses
	}
	Bootstrap struct {
		Peer      paxos.Address
		Decisions paxos.Slots[paxos.Proposal]
	}
	Seed struct {
		Disks paxos.Voters
	}
	// Request names the command that a Requester asks for.
	Request struct {
		Client paxos.ClientID `json:"client_id"`
		Seq    uint64         `json:"seq"`
	}
	// Requester asks for a command, with what it asks of the machine.
	Requester struct {
		Client paxos.ClientID `json:"client_id"`
		Seq    uint64         `json:"seq"`
		Input  string         `json:"input"`
	}
)

// Of returns the state of a node, good until the node's next step: it shares the tables of the node.
func Of(node *paxos.Node) State { return new(lens).view(node) }

// lens holds the state of a node that was viewed last, and whose alarms may go off since.
type lens struct {
	acceptor   Acceptor
	replica    Replica
	leader     Leader
	scout      Scout
	commanders paxos.Slots[Commander]
	bootstrap  Bootstrap
	seed       Seed
	requesters []Requester

	commanding, asking []owner // of Commanders and Requesters
}

// owner says what the role of a Commander or Requester is for. An alarm names the role alone, and when the step
// is recorded the role may have stopped.
type owner struct {
	role    paxos.RoleID
	slot    paxos.Slot
	request Request
}

// view returns the state of a node, good until the node's next step and the next view: it shares the tables of the
// node and the memory of the lens.
func (v *lens) view(n *paxos.Node) (s State) {
	if a := n.Acceptor; a != nil {
		v.acceptor = Acceptor{a.BallotNum, a.Accepted, a.First}
		s.Acceptor = &v.acceptor
	}
	if r := n.Replica; r != nil {
		v.replica = Replica{r.Slot, r.NextSlot, r.Proposals, r.Decisions, r.First, r.Sessions, r.Voters, r.Leader}
		s.Replica = &v.replica
	}
	v.commanding = v.commanding[:0]
	if l := n.Leader; l != nil {
		s.Leader, s.Scout, s.Commanders = v.viewLeader(l)
	}
	v.asking, v.requesters = v.asking[:0], v.requesters[:0]
	for _, role := range n.Roles() {
		v.viewOther(role, &s)
	}
	slices.SortFunc(v.requesters, func(a, b Requester) int { return a.Request().Compare(b.Request()) })
	s.Requesters = v.requesters
	return s
}

func (v *lens) viewLeader(l *paxos.Leader) (*Leader, *Scout, paxos.Slots[Commander]) {
	v.leader = Leader{l.BallotNum, l.Active, l.Proposals}
	if v.commanders.Len() > 0 {
		v.commanders.TrimBelow(math.MaxUint64) // empties it, and keeps its memory
	}
	for i := range l.Commanders.Len() {
		slot, at := l.Commanders.At(i)
		c := *at
		v.commanders.Put(slot, Commander{c.BallotNum, c.Slot, c.Proposal, c.Accepted})
		v.commanding = append(v.commanding, owner{role: c.ID(), slot: slot})
	}
	if l.Scout == nil {
		return &v.leader, nil, v.commanders
	}
	v.scout = Scout{l.Scout.BallotNum, l.Scout.Promised, l.Scout.AcceptedProposals}
	return &v.leader, &v.scout, v.commanders
}

// viewOther adds the roles that a Node has no field for.
func (v *lens) viewOther(role any, s *State) {
	switch r := role.(type) {
	case nil, *paxos.Acceptor, *paxos.Replica, *paxos.Leader, *paxos.Scout, *paxos.Commander:
	case *paxos.Requester:
		request := Request{r.ClientID, r.Seq}
		v.asking = append(v.asking, owner{role: r.ID(), request: request})
		v.requesters = append(v.requesters, Requester{r.ClientID, r.Seq, r.Input})
	case *paxos.Bootstrap:
		v.bootstrap = Bootstrap{r.Peer, r.Decisions}
		s.Bootstrap = &v.bootstrap
	case *paxos.Seed:
		v.seed = Seed{r.Disks}
		s.Seed = &v.seed
	default:
		v.viewOther(unwrap(role), s)
	}
}

// timer says whose alarm t is, as of the last view.
func (v *lens) timer(t paxos.Timer) Timer {
	for _, owners := range [][]owner{v.commanding, v.asking} {
		for _, o := range owners {
			if o.role == t.Role {
				return Timer{t, o.slot, o.request}
			}
		}
	}
	return Timer{Timer: t}
}

// unwrap returns the role of package paxos that r is, or that a test embedded in r, or nil.
func unwrap(r any) any {
	if known(r) {
		return r
	}
	return embedded(reflect.ValueOf(r))
}

func known(r any) bool {
	switch r.(type) {
	case *paxos.Acceptor, *paxos.Replica, *paxos.Leader, *paxos.Scout, *paxos.Commander, *paxos.Bootstrap, *paxos.Seed,
		*paxos.Requester:
		return true
	}
	return false
}

// embedded returns the first role that is embedded in v, at any depth.
func embedded(v reflect.Value) any {
	if v.IsValid() && v.CanInterface() && known(v.Interface()) {
		return v.Interface()
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			if role := embedded(v.Field(i)); role != nil {
				return role
			}
		}
	}
	return nil
}

// Equal says whether two states are the same.
func Equal(a, b State) bool { return len(Diff(a, b)) == 0 }

// Difference is a field, or an entry of a table, that is not the same in two states. An absent one is "none".
type Difference struct {
	Field       string // as in traces: "acceptor.accepted[3]"
	Want, Found string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: want %s, found %s", d.Field, d.Want, d.Found)
}

// Diff lists what differs between two states: first the fields of want, in order, then those only found has.
func Diff(want, found State) []Difference {
	var list []Difference
	wanted, others := want.fields(), found.fields()
	left := make(map[string]any, len(others))
	for _, f := range others {
		left[f.name] = f.value
	}
	for _, f := range wanted {
		value, ok := left[f.name]
		switch {
		case !ok:
			list = append(list, Difference{f.name, fmt.Sprint(f.value), "none"})
		case f.value != value:
			list = append(list, Difference{f.name, fmt.Sprint(f.value), fmt.Sprint(value)})
		}
		delete(left, f.name)
	}
	for _, f := range others {
		if value, ok := left[f.name]; ok {
			list = append(list, Difference{f.name, "none", fmt.Sprint(value)})
		}
	}
	return list
}

// field is one value of a State. Only those that differ become text: a long run has many, and few that do.
type field struct {
	name  string
	value any // compared with ==
}

type fields []field

func (l *fields) add(name string, value any) { *l = append(*l, field{name, value}) }

func addSlots[T comparable](l *fields, name string, table paxos.Slots[T]) {
	for slot, value := range table.All() {
		l.add(name+"["+strconv.FormatUint(uint64(slot), 10)+"]", value)
	}
}

func addVoters(l *fields, name string, voters paxos.Voters) {
	for _, v := range voters {
		l.add(fmt.Sprintf("%s[%v]", name, v.Address), strconv.FormatUint(uint64(v.Disk), 16))
	}
}

// fields lists all values of the state. Each value's text tells it from all others of its type.
func (s State) fields() (l fields) {
	if a := s.Acceptor; a != nil {
		l.add("acceptor.ballot_num", a.BallotNum)
		addSlots(&l, "acceptor.accepted", a.Accepted)
		l.add("acceptor.first", a.First)
	}
	if r := s.Replica; r != nil {
		r.addTo(&l)
	}
	if d := s.Leader; d != nil {
		l.add("leader.ballot_num", d.BallotNum)
		l.add("leader.active", d.Active)
		addSlots(&l, "leader.proposals", d.Proposals)
	}
	if c := s.Scout; c != nil {
		l.add("scout.ballot_num", c.BallotNum)
		l.add("scout.promised", c.Promised)
		addSlots(&l, "scout.accepted_proposals", c.AcceptedProposals)
	}
	addSlots(&l, "commanders", s.Commanders)
	if b := s.Bootstrap; b != nil {
		l.add("bootstrap.peer", b.Peer)
		addSlots(&l, "bootstrap.decisions", b.Decisions)
	}
	if d := s.Seed; d != nil {
		l.add("seed", "playing")
		addVoters(&l, "seed.disks", d.Disks)
	}
	for _, q := range s.Requesters {
		l.add(fmt.Sprintf("requesters[%v]", q.Request()), strconv.Quote(q.Input))
	}
	return l
}

func (r *Replica) addTo(l *fields) {
	l.add("replica.slot", r.Slot)
	l.add("replica.next_slot", r.NextSlot)
	addSlots(l, "replica.proposals", r.Proposals)
	addSlots(l, "replica.decisions", r.Decisions)
	l.add("replica.first", r.First)
	for _, s := range r.Sessions {
		l.add(fmt.Sprintf("replica.sessions[%v]", s.ClientID), fmt.Sprintf("%v slot=%d %q", Request{s.ClientID, s.Seq}, s.Slot, s.Output))
	}
	addVoters(l, "replica.voters", r.Voters)
	l.add("replica.leader", r.Leader)
}

func (c Commander) String() string {
	return fmt.Sprintf("slot=%d %v %v accepted=%v", c.Slot, c.BallotNum, c.Proposal, c.Accepted)
}

// Request names the command that q asks for.
func (q Requester) Request() Request { return Request{q.Client, q.Seq} }

func (q Request) String() string { return fmt.Sprintf("c%d#%d", q.Client, q.Seq) }

// equalSlots says whether two tables are the same.
func equalSlots[T comparable](a, b paxos.Slots[T]) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		slotA, valueA := a.At(i)
		slotB, valueB := b.At(i)
		if slotA != slotB || *valueA != *valueB {
			return false
		}
	}
	return true
}
