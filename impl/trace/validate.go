package trace

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"multipaxos/impl/paxos"
)

// Summary counts what a valid trace holds.
type Summary struct {
	Events     int
	Time       time.Duration // virtual, of the End
	Actions    map[string]int
	Sent       int // messages that left their node
	Unsent     int // messages that a crash kept from leaving
	Delivered  int // copies
	Lost       int // copies
	Duplicated int // copies that the network added
	InFlight   int // copies
	Decided    int // slots
	Answered   int // commands
}

// Violation is an error of Validate that is not the file's but the run's: the trace is well formed, and tells of
// something that must not happen.
type Violation struct{ Err error }

func (v *Violation) Error() string { return v.Err.Error() }

// Unwrap returns what is violated.
func (v *Violation) Unwrap() error { return v.Err }

// String has a line per action, in alphabetical order, after a line of totals.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d events in %v: %d messages left, %d did not; %d copies added; %d delivered, %d lost, %d in flight; "+
		"%d slots decided, %d commands answered\n", s.Events, s.Time, s.Sent, s.Unsent, s.Duplicated, s.Delivered, s.Lost,
		s.InFlight, s.Decided, s.Answered)
	for _, action := range slices.Sorted(maps.Keys(s.Actions)) {
		fmt.Fprintf(&b, "%8d %s\n", s.Actions[action], action)
	}
	return b.String()
}

// Validate reads a trace to its end and checks, beyond what the Reader does, what holds in each step whatever the
// model says:
//
//   - the promise and the executed slot on a disk never fall, and a node's executed slot does not either;
//   - an Acceptor's state is what its disk holds, and what it promises or says it accepted is on its disk;
//   - a Scout's ballot is on disk before its Prepare leaves;
//   - a node starts on exactly the disk that its writes made; no two disks share an id;
//   - a slot is decided once, and a command is answered once: alike wherever and whenever.
//
// Its memory grows with the number of slots decided and of commands answered.
func Validate(r *Reader) (Summary, error) { return ValidateEach(r, func(*Event) {}) }

// ValidateEach is Validate, and hands each event that was read to see before it is checked. The event is good until
// see returns.
func ValidateEach(r *Reader, see func(*Event)) (Summary, error) {
	v := validator{
		disks:     map[paxos.Address]*paxos.Durable{},
		formatted: map[paxos.DiskID]paxos.Address{},
		decided:   map[paxos.Slot]decision{},
		answers:   map[Request]paxos.Answer{},
		executed:  map[paxos.Address]paxos.Slot{},
	}
	v.summary.Actions = map[string]int{}
	var e Event
	for {
		var err error
		e, err = r.Next()
		if err == io.EOF {
			v.summary.Decided, v.summary.Answered = len(v.decided), len(v.answers)
			return v.summary, nil
		}
		if err == nil {
			see(&e)
			err = v.check(&e)
			if err != nil {
				err = &Violation{r.Errorf("%s of %v: %w", e.Action, e.Node, err)}
			}
		}
		if err != nil {
			return v.summary, err
		}
		v.summary.add(&e)
	}
}

func (s *Summary) add(e *Event) {
	s.Events++
	s.Time = e.Time
	s.Actions[e.Action]++
	s.Sent += e.Left
	s.Unsent += len(e.Sent) - e.Left
	s.InFlight += len(e.InFlight)
	switch {
	case e.Message != nil:
		s.Delivered++
	case e.Action == Lose:
		s.Lost++
	case e.Action == Duplicate:
		s.Duplicated++
	}
}

// validator follows the disks and what was decided.
type validator struct {
	summary   Summary
	disks     map[paxos.Address]*paxos.Durable
	formatted map[paxos.DiskID]paxos.Address
	decided   map[paxos.Slot]decision
	answers   map[Request]paxos.Answer
	executed  map[paxos.Address]paxos.Slot    // by the node's present life
	matched   [paxos.MaxAddress + 1]*Acceptor // the state that was compared last
}

// decision is what a slot decided, and who was the first to know.
type decision struct {
	proposal paxos.Proposal
	by       paxos.Address
	seq      uint64
}

func (v *validator) check(e *Event) error {
	switch {
	case e.Action == Wipe:
		delete(v.disks, e.Node)
	case e.Action == Crash:
		delete(v.executed, e.Node)
	case e.Action == Start:
		if err := v.start(e); err != nil {
			return err
		}
	}
	if !e.IsStep() {
		return nil
	}
	disk := v.disks[e.Node]
	for _, w := range e.Writes {
		if err := write(disk, w); err != nil {
			return err
		}
	}
	return first(
		func() error { return v.match(disk, e) },
		func() error { return backed(disk, e) },
		func() error { return v.execute(e) },
		func() error { return v.decide(e) },
		func() error { return v.answer(e) },
	)
}

// first returns the first error of the checks.
func first(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// start checks that the node starts on the disk that its writes made, or on a newly formatted one.
func (v *validator) start(e *Event) error {
	found := *e.Durable
	if found.Disk == 0 {
		return errors.New("want a disk with an id, found 0")
	}
	disk, ok := v.disks[e.Node]
	if !ok {
		if owner, ok := v.formatted[found.Disk]; ok {
			return fmt.Errorf("want a newly formatted disk, found disk %x, which %v had", uint64(found.Disk), owner)
		}
		v.formatted[found.Disk] = e.Node
		disk = &paxos.Durable{Disk: found.Disk}
		v.disks[e.Node] = disk
	}
	if list := diffDurable(*disk, found); len(list) > 0 {
		return fmt.Errorf("want the disk that its writes made, found %v", list)
	}
	return nil
}

// diffDurable lists what differs between two disks.
func diffDurable(want, found paxos.Durable) (list []Difference) {
	acceptor := func(d paxos.Durable) State {
		return State{Acceptor: &Acceptor{d.BallotNum, d.Accepted, d.First}}
	}
	list = Diff(acceptor(want), acceptor(found))
	compare := func(field string, same bool, want, found any) {
		if !same {
			list = append(list, Difference{field, fmt.Sprint(want), fmt.Sprint(found)})
		}
	}
	w, f := want.State, found.State
	compare("disk", want.Disk == found.Disk, want.Disk, found.Disk)
	compare("scouted", want.Scouted == found.Scouted, want.Scouted, found.Scouted)
	compare("slot", want.Slot == found.Slot, want.Slot, found.Slot)
	compare("state.machine", w.Machine == f.Machine, w.Machine, f.Machine)
	compare("state.sessions", slices.Equal(w.Sessions, f.Sessions), w.Sessions, f.Sessions)
	compare("state.voters", slices.Equal(w.Voters, f.Voters), w.Voters, f.Voters)
	return list
}

// write applies w to the disk, and checks that nothing durable goes back.
func write(disk *paxos.Durable, w paxos.Write) error {
	before := *disk
	disk.Apply(w)
	switch {
	case disk.BallotNum.Less(before.BallotNum):
		return fmt.Errorf("want a promise of at least %v on disk, found %v", before.BallotNum, w)
	case disk.Scouted.Less(before.Scouted):
		return fmt.Errorf("want a ballot of at least %v on disk, found %v", before.Scouted, w)
	case disk.Slot < before.Slot || disk.First < before.First:
		return fmt.Errorf("want a checkpoint of at least slot=%d first=%d on disk, found %v", before.Slot, before.First, w)
	}
	return nil
}

// match checks that all that the Acceptor knows is on disk. Nobody changes a state: one that was compared is, while nothing
// is written, as the disk still.
func (v *validator) match(disk *paxos.Durable, e *Event) error {
	a := e.State.Acceptor
	if a == nil || a == v.matched[e.Node] && len(e.Writes) == 0 {
		return nil
	}
	v.matched[e.Node] = a
	if a.BallotNum == disk.BallotNum && a.First == disk.First && equalSlots(a.Accepted, disk.Accepted) {
		return nil
	}
	want, found := State{Acceptor: &Acceptor{disk.BallotNum, disk.Accepted, disk.First}}, State{Acceptor: a}
	if list := Diff(want, found); len(list) > 0 {
		return fmt.Errorf("want the acceptor as its disk, found %v", list)
	}
	return nil
}

// backed checks that what the step's messages promise is on disk.
func backed(disk *paxos.Durable, e *Event) error {
	for _, sent := range e.Sent {
		switch m := sent.Message.(type) {
		case paxos.Promise:
			if disk.BallotNum != m.BallotNum {
				return fmt.Errorf("want %v promised on disk before %v is sent, found %v", m.BallotNum, m, disk.BallotNum)
			}
			for slot, vote := range m.AcceptedProposals.All() {
				if found, _ := disk.Accepted.Get(slot); found != vote {
					return fmt.Errorf("want slot %d: %v on disk before %v is sent, found %v", slot, vote, m, found)
				}
			}
		case paxos.Accepted:
			if found, _ := disk.Accepted.Get(m.Slot); found.BallotNum != m.BallotNum {
				return fmt.Errorf("want a vote in %v for slot %d on disk before %v is sent, found %v", m.BallotNum, m.Slot, m, found)
			}
		case paxos.Prepare:
			if disk.Scouted.Less(m.BallotNum) {
				return fmt.Errorf("want %v scouted on disk before %v is sent, found %v", m.BallotNum, m, disk.Scouted)
			}
		}
	}
	return nil
}

// execute checks that a node's executed slots only grow.
func (v *validator) execute(e *Event) error {
	if e.State.Replica == nil {
		return nil
	}
	slot := e.State.Replica.Slot
	if slot < v.executed[e.Node] {
		return fmt.Errorf("want slots executed up to %d, found %d", v.executed[e.Node], slot)
	}
	v.executed[e.Node] = slot
	return nil
}

// decide checks that a slot is decided once.
func (v *validator) decide(e *Event) error {
	for _, sent := range e.Sent {
		if m, ok := sent.Message.(paxos.Decision); ok {
			if err := v.decideSlot(e, m.Slot, m.Proposal); err != nil {
				return err
			}
		}
	}
	for slot, p := range e.decided.All() {
		if err := v.decideSlot(e, slot, p); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) decideSlot(e *Event, slot paxos.Slot, p paxos.Proposal) error {
	d, ok := v.decided[slot]
	if !ok {
		v.decided[slot] = decision{p, e.Node, e.Seq}
		return nil
	}
	if d.proposal != p {
		return fmt.Errorf("want slot %d: %v, as %v decided in event %d, found %v", slot, d.proposal, d.by, d.seq, p)
	}
	return nil
}

// answer checks that a command has one answer.
func (v *validator) answer(e *Event) error {
	for _, a := range e.Answers {
		command := Request{a.ClientID, a.Seq}
		if want, ok := v.answers[command]; ok && want != a {
			return fmt.Errorf("want the answer to %v to be slot=%d %q again, found slot=%d %q",
				command, want.Slot, want.Output, a.Slot, a.Output)
		}
		v.answers[command] = a
	}
	return nil
}
