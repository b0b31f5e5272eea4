package replay

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
	"multipaxos/impl/paxos"
)

// world is a cluster of real nodes, with every message and answer that came of it. A step makes a new world; the one
// before it stays as it was, so that several steps can be tried from it.
type world struct {
	model   *Model
	config  *paxos.Config
	nodes   []*paxos.Node
	disks   []paxos.Durable
	alarms  []map[paxos.Timer]bool // that the node has set
	texts   []nodeTexts            // of the nodes
	msgs    []message              // by text
	answers []string               // ascending
	crashes uint64
}

// message is a message that was really sent, and the spec's value of it.
type message struct {
	text string
	paxos.Envelope
}

func (m message) kind() string { return strings.TrimPrefix(fmt.Sprintf("%T", m.Message), "paxos.") }

// newWorld starts the nodes of a model on formatted disks. sent are the messages that already travel; a Join of the first
// state must come from the code.
func newWorld(m *Model, sent []string) (*world, error) {
	w := &world{model: m, config: &paxos.Config{
		ID: 1, Members: addresses(m.Nodes), NewMachine: newMachine,
		CheckpointEvery: paxos.Slot(m.CheckpointEvery), Window: paxos.Slot(m.Window),
	}}
	for _, text := range sent {
		if strings.Contains(text, `type |-> "Join"`) {
			continue
		}
		e, err := m.envelope(text, w.config.ID)
		if err != nil {
			return nil, err
		}
		w.put(message{text, e})
	}
	for _, a := range w.config.Members {
		disk := paxos.Durable{Disk: paxos.DiskID(a)}
		if !m.joins(uint64(a)) {
			disk.Slot, disk.First, disk.State.Voters = 1, 1, m.voters()
		}
		w.nodes, w.disks = append(w.nodes, nil), append(w.disks, disk)
		w.alarms, w.texts = append(w.alarms, nil), append(w.texts, nodeTexts{})
		if err := w.start(len(w.nodes) - 1); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// joins says whether node a is not part of the cluster as it starts for the first time.
func (m *Model) joins(a uint64) bool {
	return m.Founder != 0 && m.Voters == nil || slices.Contains(m.Joining, a)
}

// envelope makes the messages that travel in the first state of some models.
func (m *Model) envelope(text string, id paxos.ConfigID) (paxos.Envelope, error) {
	v, err := tlc.ParseValue(text)
	if err != nil {
		return paxos.Envelope{}, err
	}
	c := fieldsOf(v)
	e := paxos.Envelope{Config: id, From: paxos.Address(c.number("from")), To: paxos.Address(c.number("to"))}
	slot := paxos.Slot(c.number("slot"))
	switch kind := c.get("type").Atom; kind {
	case `"Propose"`:
		e.Message = paxos.Propose{Slot: slot, Proposal: m.parseProposal(&c)}
	case `"Decision"`:
		e.Message = paxos.Decision{Slot: slot, Proposal: m.parseProposal(&c)}
	case `"Prepare"`:
		ballot := c.record("ballotNum")
		e.Message = paxos.Prepare{Slot: slot,
			BallotNum: paxos.Ballot{N: ballot.number("n"), Leader: paxos.Address(ballot.number("leader"))}}
	default:
		return e, fmt.Errorf("first state: want Propose, Prepare or Decision in msgs, found %s", text)
	}
	if c.wrong != "" || m.message(e).Canonical() != text {
		return e, fmt.Errorf("first state: want a message of the spec, found %s: %s", text, c.wrong)
	}
	return e, nil
}

func (m *Model) parseProposal(of *constants) paxos.Proposal {
	c := of.record("proposal")
	client, known := m.client(c.get("clientID").Atom)
	if !known {
		return paxos.NoopProposal // the caller compares the texts
	}
	seq := c.number("seq")
	return paxos.Proposal{Caller: paxos.Address(c.number("caller")), ClientID: client, Seq: seq, Input: inputOf(client, seq)}
}

// take does the step e. The error says why the code cannot do it; next is then as far as it came.
func (w *world) take(e Event) (next *world, err error) {
	if e.Action == lose {
		return w.without(e.Message)
	}
	next, err = w.try(e)
	next.keep(e)
	return next, err
}

// without is the world after the network lost a message for good.
func (w *world) without(text string) (*world, error) {
	next := *w
	at, ok := w.find(text)
	if !ok {
		return w, fmt.Errorf("nobody has sent %s", text)
	}
	next.msgs = slices.Delete(slices.Clone(w.msgs), at, at+1)
	return &next, nil
}

// try does a step of a node; messages that do not count any more stay.
func (w *world) try(e Event) (next *world, err error) {
	i := slices.Index(w.model.Nodes, e.Node)
	if i < 0 {
		return w, fmt.Errorf("no node N%d", e.Node)
	}
	next = w.copy(i)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the code panicked: %v", p)
		}
	}()
	switch e.Action {
	case wipeRestart:
		next.disks[i] = paxos.Durable{Disk: w.disks[i].Disk + paxos.DiskID(len(w.nodes))}
		fallthrough
	case crashRestart:
		next.crashes++
		return next, next.start(i)
	}
	return next, next.step(i, e)
}

// copy returns a world whose node i may be changed.
func (w *world) copy(i int) *world {
	c := *w
	c.nodes, c.disks, c.alarms = slices.Clone(w.nodes), slices.Clone(w.disks), slices.Clone(w.alarms)
	c.texts, c.msgs, c.answers = slices.Clone(w.texts), slices.Clone(w.msgs), slices.Clone(w.answers)
	c.nodes[i], c.alarms[i] = w.nodes[i].Clone(), maps.Clone(w.alarms[i])
	c.disks[i].Accepted = w.disks[i].Accepted.Clone()
	return &c
}

// start starts node i from its disk. The founder founds a cluster only on its first disk.
func (w *world) start(i int) error {
	var out paxos.Out
	disk := w.disks[i]
	disk.Accepted = disk.Accepted.Clone()
	founds := w.model.Nodes[i] == w.model.Founder && uint64(disk.Disk) == w.model.Founder
	w.nodes[i] = paxos.NewNode(w.config, w.config.Members[i], disk, founds, &out)
	w.alarms[i] = map[paxos.Timer]bool{}
	return w.finish(i, &out)
}

// step does one step of node i.
func (w *world) step(i int, e Event) error {
	var out paxos.Out
	n := w.nodes[i]
	switch {
	case strings.HasPrefix(e.Action, receive):
		at, ok := w.find(e.Message)
		if !ok {
			return fmt.Errorf("nobody has sent %s", e.Message)
		}
		if err := n.Receive(w.msgs[at].Envelope, &out); err != nil {
			return fmt.Errorf("the code refuses the message: %w", err)
		}
	case e.Action == invoke:
		client := paxos.ClientID(e.Client)
		n.Invoke(client, e.Seq, inputOf(client, e.Seq), &out)
	default:
		return w.fire(i, e)
	}
	return w.finish(i, &out)
}

var errNoRole = errors.New("no role plays whose timer this is")

// fire lets an alarm go off that the code has set.
func (w *world) fire(i int, e Event) error {
	n := w.nodes[i]
	leader := believed(n)
	for range 2 {
		timer, ok := alarm(e, n)
		if !ok {
			return errNoRole
		}
		if !w.alarms[i][timer] {
			return fmt.Errorf("the code has set no alarm %v", timer.Kind)
		}
		delete(w.alarms[i], timer)
		var out paxos.Out
		n.Fire(timer, &out)
		if err := w.finish(i, &out); err != nil {
			return err
		}
		if e.Action != fireReplicaFollowNext || believed(n) != leader {
			break
		}
	}
	return nil
}

// believed is the leader that n believes in, if any.
func believed(n *paxos.Node) paxos.Address {
	if n.Replica == nil {
		return 0
	}
	return n.Replica.Leader
}

// finish takes over the effects of a step of node i, as the Abstractions say.
func (w *world) finish(i int, out *paxos.Out) error {
	n := w.nodes[i]
	for _, write := range out.Writes {
		w.disks[i].Apply(write)
	}
	for _, a := range out.Alarms {
		w.alarms[i][a.Timer] = true
	}
	for _, a := range out.Answers {
		w.answer(w.model.answer(a))
	}
	w.texts[i] = w.model.node(n, &w.disks[i])
	for _, e := range out.Messages {
		if err := w.send(n, e); err != nil {
			return err
		}
	}
	return nil
}

// send adds a message to those that were ever sent.
func (w *world) send(n *paxos.Node, e paxos.Envelope) error {
	switch e.Message.(type) {
	case paxos.Active:
		if !w.model.Heartbeats {
			return nil
		}
	case paxos.Propose:
		if e.To != believed(n) {
			return fmt.Errorf("want a Propose to the believed leader %v, found %v", believed(n), e)
		}
		if !w.model.Follow {
			for _, a := range addresses(w.model.Candidates) {
				e.To = a
				w.put(message{w.model.message(e).Canonical(), e})
			}
			return nil
		}
	}
	w.put(message{w.model.message(e).Canonical(), e})
	return nil
}

// find returns where a message is in msgs, or where it would be.
func (w *world) find(text string) (int, bool) {
	return slices.BinarySearchFunc(w.msgs, text, func(m message, text string) int { return strings.Compare(m.text, text) })
}

func (w *world) put(m message) {
	if at, ok := w.find(m.text); !ok {
		w.msgs = slices.Insert(w.msgs, at, m)
	}
}

func (w *world) answer(text string) {
	if at, ok := slices.BinarySearch(w.answers, text); !ok {
		w.answers = slices.Insert(w.answers, at, text)
	}
}
