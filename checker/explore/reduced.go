package explore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// reducedMirror runs the role code on the very graph that TLC exhausts: where a model is Reduced, a message that can have no more
// effect is left out of the state, by the specification's own rule. What is left out at a node depends on other nodes, too, so a
// state is no longer one number per node, and the search is another than that of monotone.
//
// A state is one of the specification's, and beside it the local state of each node's code. The code takes each step, the
// rule of the specification says which messages are kept, and in each cell, a node with the messages for it, the steps must be
// those that the specification allows. The two start in the same state, so they have the same states and the same edges.
type reducedMirror struct {
	*memo
	protocol *protocol
	config   *model.Config
	graph    *model.Graph
	ids      map[string]uint32 // the code's messages, by what the specification has for them
	steps    map[cellOf][]codeStep

	known []map[uint32]*model.Node // what the local states of each node are to the specification
	pairs int                      // of a local state and a message

	visited map[string]bool // states and local states
	states  map[string]bool // of the specification
	classes map[string]bool // of these, with clients that are interchangeable
	edges   int64
	queue   []reachedState
}

// cellOf is the local state of a node's code, and the cell that it is to the specification.
type cellOf struct{ node, base, cell uint32 }

// codeStep is a step that the code takes, as both sides see it.
type codeStep struct {
	model.Step
	taken transition
}

// reachedState is a state with the local states, and how it was reached.
type reachedState struct {
	state, bases []uint32
	parent       int
	node         int
	by           *transition
	fresh        bool // no state before was the same to the specification
}

func newReducedMirror(p *protocol, c *model.Config) *reducedMirror {
	kept := *c
	kept.Invariants, kept.Properties = nil, nil
	kept.Next = slices.DeleteFunc(slices.Clone(c.Next), func(name string) bool { return c.MaxCrashes == 0 && model.Crashes(name) })
	r := &reducedMirror{memo: newMemo(struct{ Protocol }{p}), protocol: p, config: &kept, graph: model.NewGraph(&kept),
		ids: map[string]uint32{}, steps: map[cellOf][]codeStep{}, visited: map[string]bool{}, states: map[string]bool{},
		classes: map[string]bool{}}
	for range c.Nodes {
		r.known = append(r.known, map[uint32]*model.Node{})
	}
	return r
}

// explore visits every state, and says at which the two differ. depth is the states on the longest shortest path.
func (r *reducedMirror) explore(ctx context.Context, limit int) (depth int, complete bool, err error) {
	first, err := r.initial()
	if err != nil {
		return 0, false, fmt.Errorf("%w: after 0 steps: Init at N1: %w", ErrDiffers, err)
	}
	r.meet(first)
	for from := 0; from < len(r.queue); {
		depth++
		for to := len(r.queue); from < to; from++ {
			if ctx.Err() != nil || limit > 0 && len(r.states) > limit {
				return depth, false, ctx.Err()
			}
			if err := r.expand(from); err != nil {
				return depth, false, err
			}
		}
	}
	return depth, true, r.leftOut()
}

// initial compares the initial states.
func (r *reducedMirror) initial() (s reachedState, err error) {
	defer rescue(&err)
	s = reachedState{state: r.graph.Init(), parent: -1}
	var nodes []model.Node
	var sent []model.Message
	for n := range r.config.Nodes {
		t := r.start(n)
		if t.err != nil {
			return s, t.err
		}
		x, out, _ := r.shown(n, &t)
		nodes, sent = append(nodes, x), append(sent, out...)
		s.bases = append(s.bases, t.to)
	}
	code := model.State{}
	for n := range nodes {
		cell := &model.Cell{Node: &nodes[n]}
		for i := range sent {
			if sent[i].To == n+1 {
				cell.Inbox = append(cell.Inbox, &sent[i])
			}
		}
		code.Cells = append(code.Cells, cell)
	}
	if changes := r.config.Changes(r.graph.State(s.state), &code); len(changes) > 0 {
		err = fmt.Errorf("the initial states, from the specification's to the code's:\n%s", strings.Join(changes, "\n"))
	}
	return s, err
}

// shown is what the specification has for the local state that a step leads to, and for what it sends.
func (r *reducedMirror) shown(n int, t *transition) (x model.Node, sent []model.Message, answers []model.Answer) {
	x = *r.node(n, t.to)
	p := newProjection()
	for _, id := range r.nodes[n].sent.members[t.sent] {
		m := &r.messages[id]
		if m.To == Client {
			answers = append(answers, p.answer(m.Body.(paxos.Answer)))
			continue
		}
		shown := p.message(m)
		sent = append(sent, shown)
		key := keyOf(&shown)
		if other, known := r.ids[key]; known && other != id {
			p.want(false, "%v, to the specification the same as %v", m.Body, r.messages[other].Body)
		}
		r.ids[key] = id
	}
	if p.wrong != nil {
		panic(abstraction{p.wrong})
	}
	return x, sent, answers
}

// node is what the specification has for a local state.
func (r *reducedMirror) node(n int, base uint32) *model.Node {
	x := r.known[n][base]
	if x == nil {
		p := newProjection()
		node := p.node(r.nodes[n].bases[base].local.(*member), r.config.Follow)
		if p.wrong != nil {
			panic(abstraction{p.wrong})
		}
		x = &node
		r.known[n][base] = x
	}
	return x
}

func keyOf(m *model.Message) string { return string(canonical(nil, reflect.ValueOf(*m))) }

// sentAs is the code's message for one of the specification. Those that the rule made, because the handlers do not read all of
// a message, were sent by nobody.
func (r *reducedMirror) sentAs(m *model.Message) uint32 {
	key := keyOf(m)
	id, known := r.ids[key]
	if !known {
		e := paxos.Envelope{From: paxos.Address(m.From), To: paxos.Address(m.To)}
		ballot, slot := paxos.Ballot{N: uint64(m.BallotNum.N), Leader: paxos.Address(m.BallotNum.Leader)}, paxos.Slot(m.Slot)
		switch m.Type {
		case model.Prepare:
			e.Message = paxos.Prepare{BallotNum: ballot, Slot: slot}
		case model.Preempted:
			e.Message = paxos.Preempted{Slot: slot, PreemptedBy: ballot}
		case model.Decision:
			e.Message = paxos.Decision{Slot: slot, Proposal: coded(m.Proposal)}
		default:
			panic(fmt.Sprintf("explore: want a message that the code sent, found %+v", *m))
		}
		id = r.message(r.protocol.message(e))
		r.ids[key] = id
	}
	return id
}

func coded(p model.Proposal) paxos.Proposal {
	q := paxos.Proposal{Caller: paxos.Address(p.Caller), ClientID: paxos.ClientID(p.ClientID), Seq: uint64(p.Seq), Disk: paxos.DiskID(p.Disk)}
	if q.ClientID != 0 {
		q.Input = Command{q.ClientID, q.Seq}.String()
	}
	return q
}

// expand takes each step of a state.
func (r *reducedMirror) expand(at int) error {
	from := r.queue[at]
	edges := map[string]bool{}
	for n := range r.config.Nodes {
		steps, err := r.stepsOf(cellOf{uint32(n), from.bases[n], from.state[n]})
		if err != nil {
			return r.differs(at, n, err)
		}
		for i := range steps {
			s := &steps[i]
			to, may := r.graph.After(from.state, n, s.Step)
			if !may {
				continue
			}
			edges[r.graph.Action(s.Step)+encoded(to)] = true
			bases := slices.Clone(from.bases)
			bases[n] = s.taken.to
			r.meet(reachedState{state: slices.Clone(to), bases: bases, parent: at, node: n, by: &s.taken})
		}
	}
	if from.fresh {
		r.edges += int64(len(edges))
	}
	return nil
}

// meet notes a state, if it is new.
func (r *reducedMirror) meet(s reachedState) {
	state := encoded(s.state)
	key := state + encoded(s.bases)
	if r.visited[key] {
		return
	}
	r.visited[key] = true
	if s.fresh = !r.states[state]; s.fresh {
		r.states[state] = true
		r.classes[encoded(r.graph.Canonical(s.state))] = true
	}
	r.queue = append(r.queue, s)
}

func encoded(numbers []uint32) string {
	var b []byte
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return string(b)
}

// leftOut compares what the rule may have left out: what each node, in each of its local states, does with each message that was
// ever sent to it. A Decision that contradicts what the node knows is none that it can get: that is Agreement, which TLC holds.
func (r *reducedMirror) leftOut() error {
	messages := len(r.messages)
	for n := range r.nodes {
		for base := range len(r.nodes[n].bases) {
			for id := range messages {
				if r.messages[id].To != n {
					continue
				}
				if err := r.meets(n, uint32(base), uint32(id)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// meets compares what node n does with a message in a local state.
func (r *reducedMirror) meets(n int, base, id uint32) error {
	x, p := r.node(n, base), newProjection()
	m := p.message(&r.messages[id])
	if contradicts(x, &m) {
		return nil
	}
	r.pairs++
	cell := r.graph.CellOf(x, &m)
	if _, err := r.stepsOf(cellOf{uint32(n), base, cell}); err != nil {
		lines := r.config.Show(&model.State{Cells: []*model.Cell{r.graph.Cell(cell)}})
		return fmt.Errorf("%w: with a message that is left out: %w\nin the state, with that message,\n%s", ErrDiffers, err, strings.Join(lines, "\n"))
	}
	return nil
}

// contradicts says whether m decides a slot otherwise than node x knows.
func contradicts(x *model.Node, m *model.Message) bool {
	if m.Type != model.Decision {
		return false
	}
	p, decided := x.Replica.Decisions.Get(m.Slot)
	return decided && p != m.Proposal
}

// stepsOf returns the steps of a cell that the code takes, and compares them with those that the specification allows.
func (r *reducedMirror) stepsOf(at cellOf) (steps []codeStep, err error) {
	if steps, known := r.steps[at]; known {
		return steps, nil
	}
	n := int(at.node)
	var transitions []transition
	for _, m := range r.graph.Cell(at.cell).Inbox {
		transitions = append(transitions, *r.receive(n, at.base, r.sentAs(m)))
	}
	for _, step := range r.choices(n, at.base) {
		transitions = append(transitions, r.nodes[n].steps[step])
	}
	for _, t := range transitions {
		if t.err == nil && !t.taken {
			continue
		}
		step, err := r.stepOf(at, &t)
		if err != nil {
			action, _, _ := strings.Cut(t.action, " ")
			return nil, fmt.Errorf("%s at N%d: %w", action, n+1, err)
		}
		steps = append(steps, codeStep{step, t})
	}
	r.steps[at] = steps
	return steps, r.compare(at, steps)
}

// stepOf is a step of the code as one of the specification.
func (r *reducedMirror) stepOf(at cellOf, t *transition) (step model.Step, err error) {
	defer rescue(&err)
	action, _, _ := strings.Cut(t.action, " ")
	switch {
	case t.err != nil:
		return step, fmt.Errorf("the code: %w", t.err)
	case !slices.Contains(r.config.Next, action):
		return step, fmt.Errorf("the code takes it, and the model has no such step")
	}
	x, sent, answers := r.shown(int(at.node), t)
	x.Out, x.Answers = sent, answers
	return r.graph.Step(at.cell, model.Move{Action: action, After: x}), nil
}

// compare holds the steps of the code against those of the specification.
func (r *reducedMirror) compare(at cellOf, steps []codeStep) error {
	var mine []model.Step
	for _, s := range steps {
		mine = append(mine, s.Step)
	}
	mine = model.Distinct(mine)
	theirs := r.graph.Steps(at.cell)
	same := func(a, b model.Step) bool { return model.CompareSteps(a, b) == 0 }
	if slices.EqualFunc(mine, theirs, same) {
		return nil
	}
	var b strings.Builder
	for _, side := range []struct {
		name       string
		has, lacks []model.Step
	}{{"the specification", theirs, mine}, {"the code", mine, theirs}} {
		for _, s := range side.has {
			if !slices.ContainsFunc(side.lacks, func(o model.Step) bool { return same(s, o) }) {
				fmt.Fprintf(&b, "%s at N%d: only %s says:\n", r.graph.Action(s), at.node+1, side.name)
				for _, line := range r.graph.Changes(at.cell, s) {
					fmt.Fprintf(&b, "    %s\n", line)
				}
			}
		}
	}
	return errors.New(strings.TrimSuffix(b.String(), "\n"))
}

// differs says in which state of node n the two differ, and how it was reached.
func (r *reducedMirror) differs(at, n int, err error) error {
	var path []string
	for s := r.queue[at]; s.parent >= 0; s = r.queue[s.parent] {
		path = append(path, r.describe(labelled{s.node, *s.by, nil}))
	}
	slices.Reverse(path)
	for i, step := range path {
		path[i] = fmt.Sprintf("%3d. %s", i+1, step)
	}
	cell := r.graph.Cell(r.queue[at].state[n])
	lines := slices.Concat(path, []string{"in the state, with the messages for the node,"}, r.config.Show(&model.State{Cells: []*model.Cell{cell}}))
	return fmt.Errorf("%w: after %d steps: %w\n%s", ErrDiffers, len(path), err, strings.Join(lines, "\n"))
}
