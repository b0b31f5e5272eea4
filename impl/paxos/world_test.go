package paxos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// world is what a scenario script plays in: nodes, their disks, their alarms and the messages in flight.
type world struct {
	config  Config
	members []*member  // by address, from N1 on
	flight  []Envelope // in the order in which they were sent
	chosen  Slots[Proposal]
	answers []string         // "c1#1 slot=2 "x=1""
	printed *strings.Builder // by the commands of this block; nil between blocks
	quiet   bool
	steps   int
}

// member is a place for a node: its disk, and the node's incarnation while it is up.
type member struct {
	address Address
	disk    Durable
	lives   int // how often the disk was formatted
	node    *Node
	alarms  []Timer
}

// maxSteps ends a script whose messages never settle.
const maxSteps = 5000

func (w *world) print(format string, args ...any) {
	if !w.quiet {
		fmt.Fprintf(w.printed, format+"\n", args...)
	}
}

// output ends a block: it returns what its commands printed.
func (w *world) output() string {
	defer func() { w.printed = nil }()
	if w.printed == nil || w.printed.Len() == 0 {
		return "ok\n"
	}
	return w.printed.String()
}

// cluster sets up n members with formatted disks.
func (w *world) cluster(n int, checkpoint, window Slot) error {
	if w.members != nil {
		return fmt.Errorf("there is a cluster already")
	}
	w.config = Config{ID: 1, NewMachine: newRegisters, CheckpointEvery: checkpoint, Window: window}
	for a := Address(1); a <= Address(n); a++ {
		w.config.Members = append(w.config.Members, a)
		m := &member{address: a}
		m.format()
		w.members = append(w.members, m)
	}
	return w.config.Validate()
}

// format gives m an empty disk. Its ID shows the address and the life: 21 is the first of N2.
func (m *member) format() {
	m.lives++
	m.disk = Durable{Disk: DiskID(16*int(m.address) + m.lives)}
}

func (w *world) member(name string) (*member, error) {
	var a Address
	if err := a.UnmarshalText([]byte(name)); err != nil {
		return nil, err
	}
	if int(a) > len(w.members) || a == 0 {
		return nil, fmt.Errorf("want a member, found %q", name)
	}
	return w.members[a-1], nil
}

// up returns a member that runs.
func (w *world) up(name string) (*member, error) {
	m, err := w.member(name)
	if err == nil && m.node == nil {
		err = fmt.Errorf("%v is down", m.address)
	}
	return m, err
}

// step runs one step of m and carries out its effects: writes, then messages, alarms and answers.
func (w *world) step(m *member, run func(out *Out)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			m.node, m.alarms = nil, nil
			err = fmt.Errorf("%v panicked: %v", m.address, p)
		}
	}()
	if w.steps++; w.steps > maxSteps {
		return fmt.Errorf("no end after %d steps", maxSteps)
	}
	var out Out
	run(&out)
	for _, write := range out.Writes {
		m.disk.Apply(write)
		w.print("  write %v", write)
	}
	for _, a := range out.Alarms {
		m.alarms = append(m.alarms, a.Timer)
	}
	for _, a := range out.Answers {
		answer := fmt.Sprintf("c%d#%d slot=%d %q", a.ClientID, a.Seq, a.Slot, a.Output)
		w.print("  answer %s", answer)
		w.answers = append(w.answers, answer)
	}
	return w.send(out.Messages)
}

// send puts messages in flight. No two Decisions for a slot may differ.
func (w *world) send(messages []Envelope) error {
	for _, e := range messages {
		w.print("  %v", e)
		w.flight = append(w.flight, e)
	}
	for _, e := range messages {
		d, ok := e.Message.(Decision)
		if !ok {
			continue
		}
		if chosen, ok := w.chosen.Get(d.Slot); ok && chosen != d.Proposal {
			return fmt.Errorf("slot %d is decided twice: %v, then %v", d.Slot, chosen, d.Proposal)
		}
		w.chosen.Put(d.Slot, d.Proposal)
	}
	return nil
}

func (w *world) start(m *member, seed bool) error {
	if m.node != nil {
		return fmt.Errorf("%v is up already", m.address)
	}
	w.print("%v starts", m.address)
	return w.step(m, func(out *Out) { m.node = NewNode(&w.config, m.address, m.disk, seed, out) })
}

// found brings a cluster up without a fault, with N1 as its seed, until all members vote, and ends with a
// checkpoint of each that has one due.
func (w *world) found() error {
	for _, m := range w.members {
		if err := w.start(m, m.address == 1); err != nil {
			return err
		}
	}
	for {
		if err := w.settle(w.config.Members); err != nil {
			return err
		}
		joining := slices.IndexFunc(w.members, func(m *member) bool { return m.address != 1 && m.node.Replica == nil })
		if joining < 0 {
			break
		}
		if err := w.fire(w.members[joining], []string{"Bootstrap"}); err != nil {
			return err
		}
	}
	for _, m := range w.members {
		if err := w.fire(m, []string{"CheckpointTimeout"}); err != nil {
			return err
		}
	}
	return nil
}

// receive delivers e, which is no longer in flight.
func (w *world) receive(e Envelope) error {
	m, err := w.up(e.To.String())
	if err != nil {
		return err
	}
	w.print("%v", e)
	return w.step(m, func(out *Out) {
		if err := m.node.Receive(e, out); err != nil {
			w.print("  refused: %v", err)
		}
	})
}

// settle delivers among the given nodes until nothing is in flight between any two of them that are up.
func (w *world) settle(among []Address) error {
	for {
		i := slices.IndexFunc(w.flight, func(e Envelope) bool {
			return slices.Contains(among, e.From) && slices.Contains(among, e.To) && w.members[e.To-1].node != nil
		})
		if i < 0 {
			return nil
		}
		e := w.flight[i]
		w.flight = slices.Delete(w.flight, i, i+1)
		if err := w.receive(e); err != nil {
			return err
		}
	}
}

// take removes from flight, and returns, the messages that have all words; it is an error if there is none.
func (w *world) take(words []string) (taken []Envelope, err error) {
	w.flight = slices.DeleteFunc(w.flight, func(e Envelope) bool {
		if !matches(e, words) {
			return false
		}
		taken = append(taken, e)
		return true
	})
	if len(taken) == 0 {
		return nil, fmt.Errorf("want such a message, found in flight:\n%s", w.inFlight())
	}
	return taken, nil
}

// matches says whether each word is a field of e. In a way such as *->N3, a star stands for any node.
func matches(e Envelope, words []string) bool {
	fields := append(strings.Fields(e.String()), "all", fmt.Sprintf("*->%v", e.To), fmt.Sprintf("%v->*", e.From))
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(fields, word) })
}

func (w *world) inFlight() string {
	var b strings.Builder
	for _, e := range w.flight {
		fmt.Fprintf(&b, "  %v\n", e)
	}
	return b.String()
}

// fire fires the pending alarms of m of which each word is a field of the role's description or the kind.
func (w *world) fire(m *member, words []string) error {
	due := slices.Clone(m.alarms)
	fired := false
	for _, timer := range due {
		role, ok := m.role(timer.Role)
		if !ok || !hasAll(role+" "+timer.Kind.String(), words) {
			continue
		}
		fired = true
		i := slices.Index(m.alarms, timer)
		m.alarms = slices.Delete(m.alarms, i, i+1)
		w.print("%v %s %v", m.address, role, timer.Kind)
		if err := w.step(m, func(out *Out) { m.node.Fire(timer, out) }); err != nil {
			return err
		}
	}
	if !fired {
		return fmt.Errorf("want such an alarm, found none")
	}
	return nil
}

func hasAll(text string, words []string) bool {
	fields := strings.Fields(text)
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(fields, word) })
}

// role names a role that m plays: its type, and what it is about.
func (m *member) role(id RoleID) (string, bool) {
	for _, r := range m.node.roles {
		if r.ID() == id {
			return roleName(r), true
		}
	}
	return "", false
}

func roleName(r Role) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", r), "*paxos.")
	switch r := r.(type) {
	case *Commander:
		return name + " slot=" + strconv.FormatUint(uint64(r.Slot), 10)
	case *Requester:
		return fmt.Sprintf("%s c%d#%d", name, r.ClientID, r.Seq)
	}
	return name
}

// describe shows a role's state in one line.
func describe(r Role) string {
	name := roleName(r)
	switch r := r.(type) {
	case *Acceptor:
		return fmt.Sprintf("%s promised=%v first=%d accepted=%v", name, r.BallotNum, r.First, r.Accepted)
	case *Replica:
		return fmt.Sprintf("%s slot=%d next=%d first=%d leader=%v machine=%q voters=%v proposals=%v decisions=%v",
			name, r.Slot, r.NextSlot, r.First, r.Leader, r.Machine.Snapshot(), r.state().voters().List(), r.Proposals, r.Decisions)
	case *Leader:
		var commanded []Slot
		for slot := range r.Commanders.All() {
			commanded = append(commanded, slot)
		}
		return fmt.Sprintf("%s active=%t bal=%v scouts=%t commanded=%v proposals=%v",
			name, r.Active, r.BallotNum, r.Scout != nil, commanded, r.Proposals)
	case *Scout:
		return fmt.Sprintf("%s bal=%v promised=%v accepted=%v", name, r.BallotNum, r.Promised, r.AcceptedProposals)
	case *Commander:
		return fmt.Sprintf("%s bal=%v accepted=%v %v", name, r.BallotNum, r.Accepted, r.Proposal)
	case *Seed:
		return fmt.Sprintf("%s disks=%d", name, len(r.Disks))
	case *Bootstrap:
		return fmt.Sprintf("%s peer=%v decisions=%v", name, r.Peer, r.Decisions)
	}
	return name
}
