package explore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// ErrUnreached says that a run did what nothing does that was explored.
var ErrUnreached = errors.New("explore: a run met what the search missed")

// Reachable is every state of a model: those of the role code, which were found equal to those of the specification.
type Reachable struct {
	Model  Model
	States int // of the specification
	mirror *mirror
}

// Reach visits every state of a model, and compares it with the specification. The error says where they differ.
func Reach(ctx context.Context, name string, c *model.Config, workers int) (*Reachable, error) {
	m, err := FromSpec(name, c)
	if err != nil {
		return nil, err
	}
	if err := m.lacks(); err != nil {
		return nil, err
	}
	var report strings.Builder
	out, err := Run(ctx, &report, Options{Model: m, Workers: workers, Equal: c})
	if err != nil {
		return nil, err
	}
	if !out.Complete {
		return nil, fmt.Errorf("%w: model %s:\n%s", ErrDiffers, name, report.String())
	}
	return &Reachable{m, int(out.Mirrored), out.mirror}, nil
}

// lacks says what every run has and the model has not. A bound may be narrow, but within it all must be there.
func (m *Model) lacks() error {
	if !m.Follow || !m.Heartbeats || m.Founder == 0 {
		return fmt.Errorf("explore: model %s: want Follow, Heartbeats and a Founder, as runs have them, found %t, %t and %v", m.Name, m.Follow, m.Heartbeats, m.Founder)
	}
	for _, a := range model.Actions {
		if !a.Crash && !m.takes(a.Name) {
			return fmt.Errorf("explore: model %s: want all kinds of steps, as runs take them, found none of %s", m.Name, a.Name)
		}
	}
	return nil
}

// NewJournal returns the state machine of all models. A run has the states of a model only on it, and where the inputs
// of commands are their names.
func NewJournal() paxos.Machine { return &journal{} }

// Walk takes at most so many steps at random in the explorer's own world, all that change something with the same
// probability, and hands the key of each state after one to see.
func (r *Reachable) Walk(steps int, random *rand.Rand, see func(state uint64)) error {
	w := r.mirror.worker().(*mirrorWorker)
	state, err := r.mirror.monotone.initial()
	if err != nil {
		return err
	}
	var out successors
	for range steps {
		out.words = out.words[:0]
		w.monotoneWorker.expand(state, &out)
		count := len(out.words) / len(state)
		if count == 0 {
			break
		}
		at := len(state) * random.IntN(count)
		copy(state, out.words[at:at+len(state)])
		see(w.specKey(state))
	}
	return nil
}

// Visit follows a run through the states of a model.
type Visit struct {
	reachable *Reachable
	protocol  *protocol
	nodes     []visitor
	answers   []uint32 // ascending
	crashes   int
	left      bool // the bounds of the model, for ever
}

// visitor is a node of the run, as of its last step that left a trace. A crash and the start after it are one step.
type visitor struct {
	started bool // ever
	disk    paxos.Durable
	node    uint32   // as the specification sees it
	sent    []uint32 // messages, ascending
}

// Follow begins at the start of a run.
func (r *Reachable) Follow() *Visit {
	return &Visit{reachable: r, protocol: newProtocol(r.Model, paxos.Constructors{}), nodes: make([]visitor, r.Model.Nodes)}
}

// Step takes the run's next event, and the event's node as it is after that. It returns the key of the state in which the
// run is then. There is none, 0, where the event is no step, before all nodes have started, and once the run has left the
// bounds of the model. The error is a state within the bounds that cannot be reached.
func (v *Visit) Step(e *trace.Event, n *paxos.Node) (state uint64, err error) {
	v.left = v.left || v.leaves(e)
	if v.left || !e.IsStep() {
		return 0, nil
	}
	err = v.take(e, n)
	if err == nil && !v.left && !slices.ContainsFunc(v.nodes, func(x visitor) bool { return !x.started }) {
		state, err = v.state()
	}
	if err != nil {
		err = fmt.Errorf("%w: model %s, event %d, %s at %v: %w", ErrUnreached, v.reachable.Model.Name, e.Seq, e.Action, e.Node, err)
	}
	return state, err
}

// leaves says whether the event is beyond the model's bounds, whatever it leads to.
func (v *Visit) leaves(e *trace.Event) bool {
	m := &v.reachable.Model
	switch {
	case e.Action == trace.Cancel || e.Action == trace.Wipe:
		return true
	case e.Durable != nil && v.nodes[e.Node-1].started:
		v.crashes++
		return v.crashes > m.MaxCrashes
	case e.Command != nil:
		return !slices.Contains(m.Commands, Command{e.Command.Client, e.Command.Seq}) || !slices.Contains(m.Callers, e.Node)
	}
	return false
}

// take has the event's node be what it is after the event.
func (v *Visit) take(e *trace.Event, n *paxos.Node) error {
	x, p := &v.nodes[e.Node-1], newProjection()
	if e.Durable != nil {
		x.started, x.disk = true, *e.Durable
		x.disk.Accepted = e.Durable.Accepted.Clone()
	}
	for _, w := range e.Writes {
		x.disk.Apply(w)
	}
	l := &member{node: n, disk: x.disk}
	if v.left = !v.protocol.bounded(l); v.left {
		return nil
	}
	if err := v.shown(x, p.node(l, v.reachable.Model.Follow)); err != nil {
		return err
	}
	for _, sent := range e.Sent {
		m := v.protocol.message(sent.Envelope)
		id, ok := v.reachable.mirror.messages.find(p.message(&m))
		if !ok {
			return fmt.Errorf("nobody ever sends %v", sent)
		}
		x.sent = insert(x.sent, id)
	}
	for _, a := range e.Answers {
		id, ok := v.reachable.mirror.answers.find(p.answer(a))
		if !ok {
			return fmt.Errorf("nobody is ever answered %+v", a)
		}
		v.answers = insert(v.answers, id)
	}
	return p.wrong
}

// shown finds the node among those of the specification.
func (v *Visit) shown(x *visitor, node model.Node) (err error) {
	r, ok := v.reachable.mirror, false
	if x.node, ok = r.nodes.find(node); !ok {
		lines := r.config.Show(&model.State{Cells: []*model.Cell{{Node: &node}}})
		return fmt.Errorf("no node is ever so:\n    %s", strings.Join(lines, "\n    "))
	}
	return nil
}

// state finds the state of all nodes among those that were visited.
func (v *Visit) state() (uint64, error) {
	r := v.reachable.mirror
	var numbers []uint32
	for n, x := range v.nodes {
		sent, known := r.sent.find(x.sent)
		number, met := r.images[n][imageKey(x.node, sent)]
		if !known || !met {
			return 0, fmt.Errorf("no N%d is ever so with what it has sent", n+1)
		}
		numbers = append(numbers, number)
	}
	answers, known := r.answered.find(v.answers)
	key := specState(numbers, answers, uint32(v.crashes))
	if !known || !r.seen.has(key) {
		return 0, fmt.Errorf("the nodes never are so at the same time, after %d crashes and %d answers", v.crashes, len(v.answers))
	}
	return key, nil
}

// insert adds a number to an ascending list.
func insert(list []uint32, id uint32) []uint32 {
	at, found := slices.BinarySearch(list, id)
	if found {
		return list
	}
	return slices.Insert(list, at, id)
}
