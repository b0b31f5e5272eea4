package explore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// mirror is a system that compares itself with the specification: in each state that the role code reaches, the set of
// steps, each an action and the state after it, must be the specification's in the same state. The two start in the
// same state, so by induction they have the same states and the same labelled edges.
//
// A step of a node depends on the node and on the message that it takes, in the code as in the specification. So each
// step is carried out once by each side, and remembered. What a node can do with all messages of another is compared
// once, as sets of edges: a pair. An edge changes the node or what it has sent (its image), the answers, or the number
// of crashes, and nothing else. A state looks up its pairs.
type mirror struct {
	*monotone
	config   *model.Config
	nodes    numbered[model.Node]
	messages numbered[model.Message]
	answers  numbered[model.Answer]
	sent     *sets // of messages
	answered *sets // of answers
	places   []placement
	images   []map[uint64]uint32 // of each node, by node and set sent
	shown    [][]*image          // each node's extended states
	allows   map[specKey][]specStep
	pairs    map[pairKey]*compared
	seen     *table // states of the specification
	edges    int64  // from these
	counting sync.Mutex
}

// numbered gives numbers to values, equal ones the same.
type numbered[T any] struct {
	list []T
	ids  map[string]uint32
}

func (l *numbered[T]) id(value T) uint32 {
	if l.ids == nil {
		l.ids = map[string]uint32{}
	}
	key := string(canonical(nil, reflect.ValueOf(value)))
	id, ok := l.ids[key]
	if !ok {
		id = uint32(len(l.list))
		l.list = append(l.list, value)
		l.ids[key] = id
	}
	return id
}

// find returns the number of a value, if it has one.
func (l *numbered[T]) find(value T) (id uint32, ok bool) {
	id, ok = l.ids[string(canonical(nil, reflect.ValueOf(value)))]
	return id, ok
}

// canonical encodes a value of package model, whatever its type: equal values have equal encodings. An empty list is
// as good as none.
func canonical(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint8, reflect.Uint32:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.String:
		return append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...)
	case reflect.Slice, reflect.Array:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for i := range v.Len() {
			b = canonical(b, v.Index(i))
		}
		return b
	case reflect.Struct:
		for i := range v.NumField() {
			b = canonical(b, v.Field(i))
		}
		return b
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return canonical(append(b, 1), v.Elem())
	}
	panic(fmt.Sprintf("explore: want plain data of the specification, found %v", v.Type()))
}

// placement is what the specification calls a message: one between nodes, or an answer.
type placement struct {
	number uint32
	answer bool
}

// image is an extended state as the specification sees it.
type image struct {
	node    uint32
	sent    uint32 // messages
	number  uint32 // of both
	answers uint32 // given here
}

// specKey is a node, and the message that it takes, or none.
type specKey struct{ node, message uint32 }

// specStep is a step that the specification allows.
type specStep struct {
	action        int // in model.Actions
	node          uint32
	sent, answers uint32
}

type pairKey struct{ node, extended, sender, sent uint32 }

// compared is what a node can do with the messages of another, as both sides say.
type compared struct {
	edges []edge
	err   error
}

// edge is a step, and what it leads to.
type edge struct {
	action  int    // in model.Actions
	image   uint32 // of the node
	answers uint32 // that it gives
	node    uint32 // what it becomes, and
	sends   uint32 // what it sends, once more or for the first time
}

func newMirror(m *monotone, c *model.Config) *mirror {
	r := &mirror{monotone: m, config: whole(c), sent: newSets(), answered: newSets(), allows: map[specKey][]specStep{},
		pairs: map[pairKey]*compared{}, seen: newTable()}
	for range m.nodes {
		r.shown = append(r.shown, nil)
		r.images = append(r.images, map[uint64]uint32{})
	}
	return r
}

// abstraction is the panic of a state that the specification has no words for.
type abstraction struct{ err error }

// rescue turns the panic of a state that the specification has no words for into an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		wrong, ok := p.(abstraction)
		if !ok {
			panic(p)
		}
		*err = wrong.err
	}
}

// codeStep returns a step of node n's role code as the specification sees it.
func (r *mirror) codeStep(n int, t *transition, action string) (s specStep, err error) {
	defer rescue(&err)
	s.action = slices.IndexFunc(model.Actions, func(a model.Action) bool { return a.Name == action })
	s.node = r.local(n, t.to)
	s.sent, s.answers = r.split(n, t.sent)
	return s, nil
}

// initial also compares the initial states.
func (r *mirror) initial() (s []uint64, err error) {
	if s, err = r.monotone.initial(); err != nil {
		return s, err
	}
	defer rescue(&err)
	var code, spec model.State
	for n, cell := range starts(r.config) {
		mine := &model.Cell{Node: &r.nodes.list[r.image(n, r.parts[n].get(s)).node]}
		for i := range r.monotone.nodes {
			for _, number := range r.sent.members[r.image(i, r.parts[i].get(s)).sent] {
				if m := &r.messages.list[number]; m.To == n+1 {
					mine.Inbox = append(mine.Inbox, m)
				}
			}
		}
		code.Cells, spec.Cells = append(code.Cells, mine), append(spec.Cells, cell)
	}
	if changes := r.config.Changes(&spec, &code); len(changes) > 0 {
		return s, fmt.Errorf("%w: Init at N1: the initial states, from the specification's to the code's:\n%s", ErrDiffers, strings.Join(changes, "\n"))
	}
	return s, nil
}

// local returns the number of a local state as the specification sees it.
func (r *mirror) local(n int, base uint32) uint32 {
	b := r.memo.nodes[n].bases[base]
	if b.mirrored == 0 {
		p := newProjection()
		x := p.node(b.local.(*member), r.config.Follow)
		if p.wrong != nil {
			panic(abstraction{p.wrong})
		}
		b.mirrored = r.nodes.id(x) + 1
	}
	return b.mirrored - 1
}

// place returns what the specification calls a message.
func (r *mirror) place(id uint32) placement {
	for len(r.places) <= int(id) {
		p := newProjection()
		m := &r.monotone.messages[len(r.places)]
		at := placement{answer: m.To == Client}
		if at.answer {
			at.number = r.answers.id(p.answer(m.Body.(paxos.Answer)))
		} else {
			at.number = r.messages.id(p.message(m))
		}
		if p.wrong != nil {
			panic(abstraction{p.wrong})
		}
		r.places = append(r.places, at)
	}
	return r.places[id]
}

// split returns a set of the memo's messages of node n as a set of the specification's, and a set of answers.
func (r *mirror) split(n int, set uint32) (messages, answers uint32) {
	var sent, answered []uint32
	for _, id := range r.memo.nodes[n].sent.members[set] {
		if at := r.place(id); at.answer {
			answered = append(answered, at.number)
		} else {
			sent = append(sent, at.number)
		}
	}
	return r.sent.id(ascending(sent)), r.answered.id(ascending(answered))
}

func ascending(list []uint32) []uint32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// image returns node n's extended state e as the specification sees it. The caller holds the lock.
func (r *mirror) image(n int, e uint32) *image {
	for len(r.shown[n]) <= int(e) {
		r.shown[n] = append(r.shown[n], nil)
	}
	if r.shown[n][e] == nil {
		x := r.extended[n].list[e]
		shown := &image{node: r.local(n, x.base)}
		shown.sent, shown.answers = r.split(n, x.sent)
		shown.number = r.number(n, shown.node, shown.sent)
		r.shown[n][e] = shown
	}
	return r.shown[n][e]
}

// number returns the number of a node that has sent a set of messages.
func (r *mirror) number(n int, node, sent uint32) uint32 {
	key := imageKey(node, sent)
	id, ok := r.images[n][key]
	if !ok {
		id = uint32(len(r.images[n]))
		r.images[n][key] = id
	}
	return id
}

func imageKey(node, sent uint32) uint64 { return uint64(node)<<32 | uint64(sent) }

// allowed returns the steps that the specification allows a node with a message, or without one.
func (r *mirror) allowed(node, message uint32) []specStep {
	key := specKey{node, message}
	steps, ok := r.allows[key]
	if ok {
		return steps
	}
	cell := &model.Cell{Node: &r.nodes.list[node]}
	if message != none {
		cell.Inbox = append(cell.Inbox, &r.messages.list[message])
	}
	for i, a := range model.Actions {
		receives := strings.HasPrefix(a.Name, "Receive")
		if receives != (message != none) || !slices.Contains(r.config.Next, a.Name) || a.Crash && r.config.MaxCrashes == 0 {
			continue
		}
		a.Moves(r.config, cell, func(m model.Move) {
			if r.config.Bounded(&m.After) {
				steps = append(steps, r.specStep(i, m))
			}
		})
	}
	r.allows[key] = steps
	return steps
}

func (r *mirror) specStep(action int, m model.Move) specStep {
	var sent, answers []uint32
	for _, message := range m.After.Out {
		sent = append(sent, r.messages.id(message))
	}
	for _, answer := range m.After.Answers {
		answers = append(answers, r.answers.id(answer))
	}
	m.After.Out, m.After.Answers = nil, nil
	return specStep{action, r.nodes.id(m.After), r.sent.id(ascending(sent)), r.answered.id(ascending(answers))}
}

// edge returns what a step of node n with image x leads to.
func (r *mirror) edge(n int, x *image, s specStep) edge {
	return edge{s.action, r.number(n, s.node, r.sent.union(x.sent, s.sent)), s.answers, s.node, s.sent}
}

func compareEdges(a, b edge) int {
	return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(a.image, b.image), cmp.Compare(a.answers, b.answers))
}

func sameEdge(a, b edge) bool { return compareEdges(a, b) == 0 }

func distinctEdges(list []edge) []edge {
	slices.SortFunc(list, compareEdges)
	return slices.CompactFunc(list, sameEdge)
}

// compare compares what node n in its state e can do with what node i in its state f sent.
func (r *mirror) compare(n int, e uint32, i int, f uint32) *compared {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := pairKey{uint32(n), e, uint32(i), r.extended[i].list[f].sent}
	c, ok := r.pairs[key]
	if !ok {
		c = r.comparePair(n, e, i, key.sent)
		r.pairs[key] = c
	}
	return c
}

func (r *mirror) comparePair(n int, e uint32, i int, sent uint32) (c *compared) {
	c = &compared{}
	defer rescue(&c.err)
	x := r.image(n, e)
	var taken []uint32 // messages, of the memo
	for _, id := range r.memo.nodes[i].sent.members[sent] {
		if r.monotone.messages[id].To == n {
			taken = append(taken, id)
		}
	}
	mine, err := r.ofCode(n, e, taken, i == n)
	if err != nil {
		return &compared{err: err}
	}
	var theirs []edge
	for _, id := range taken {
		for _, s := range r.allowed(x.node, r.place(id).number) {
			theirs = append(theirs, r.edge(n, x, s))
		}
	}
	if i == n {
		for _, s := range r.allowed(x.node, none) {
			theirs = append(theirs, r.edge(n, x, s))
		}
	}
	if theirs = distinctEdges(theirs); !slices.EqualFunc(mine, theirs, sameEdge) {
		return &compared{err: r.differ(x, taken, mine, theirs)}
	}
	c.edges = mine
	return c
}

// ofCode returns the steps that the role code takes with messages, and without when it chooses.
func (r *mirror) ofCode(n int, e uint32, messages []uint32, chooses bool) (list []edge, err error) {
	base := r.extended[n].list[e].base
	x := r.image(n, e)
	add := func(t *transition) {
		action, _, _ := strings.Cut(t.action, " ")
		if t.err != nil && err == nil {
			err = fmt.Errorf("%s at N%d: the code: %w", action, n+1, t.err)
		}
		if t.taken && t.err == nil {
			s, wrong := r.codeStep(n, t, action)
			if wrong != nil && err == nil {
				err = fmt.Errorf("%s at N%d: after it, %w", action, n+1, wrong)
			}
			list = append(list, r.edge(n, x, s))
		}
	}
	for _, id := range messages {
		add(r.receive(n, base, id))
	}
	if chooses {
		for _, step := range r.choices(n, base) {
			add(&r.memo.nodes[n].steps[step])
		}
	}
	return distinctEdges(list), err
}

// differ writes the first difference: the state, the action, and what each side says.
func (r *mirror) differ(x *image, taken []uint32, mine, theirs []edge) error {
	cell := &model.Cell{Node: &r.nodes.list[x.node]}
	for _, id := range taken {
		cell.Inbox = append(cell.Inbox, &r.messages.list[r.place(id).number])
	}
	onlyMine, onlyTheirs := without(mine, theirs), without(theirs, mine)
	action := slices.MinFunc(slices.Concat(onlyMine, onlyTheirs), compareEdges).action
	var b strings.Builder
	fmt.Fprintf(&b, "%s at N%d: code and specification differ\n", model.Actions[action].Name, cell.Node.Self)
	fmt.Fprintf(&b, "in the state, with the messages of one node,\n")
	for _, line := range r.config.Show(&model.State{Cells: []*model.Cell{cell}}) {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	r.side(&b, "the specification", action, cell, onlyTheirs)
	r.side(&b, "the code", action, cell, onlyMine)
	return errors.New(strings.TrimSuffix(b.String(), "\n"))
}

// side writes what only one side does.
func (r *mirror) side(b *strings.Builder, name string, action int, cell *model.Cell, edges []edge) {
	steps := 0
	for _, e := range edges {
		if e.action != action {
			continue
		}
		steps++
		fmt.Fprintf(b, "only %s says:\n", name)
		after := &model.Cell{Node: &r.nodes.list[e.node], Inbox: slices.Clone(cell.Inbox)}
		for _, number := range r.sent.members[e.sends] {
			after.Inbox = append(after.Inbox, &r.messages.list[number])
		}
		changes := r.config.Changes(&model.State{Cells: []*model.Cell{cell}}, &model.State{Cells: []*model.Cell{after}})
		for _, a := range r.answered.members[e.answers] {
			changes = append(changes, fmt.Sprintf("+ answer %+v", r.answers.list[a]))
		}
		if len(changes) == 0 {
			changes = []string{"nothing changes"}
		}
		fmt.Fprintf(b, "    %s\n", strings.Join(changes, "\n    "))
	}
	if steps == 0 {
		fmt.Fprintf(b, "%s has no such step\n", name)
	}
}

func without(edges, others []edge) []edge {
	return slices.DeleteFunc(slices.Clone(edges), func(e edge) bool {
		return slices.ContainsFunc(others, func(o edge) bool { return sameEdge(e, o) })
	})
}

// mirrorWorker also compares each state that it expands.
type mirrorWorker struct {
	*monotoneWorker
	mirror *mirror
	known  *cache // pairs
	pairs  []*compared
	shown  [][]*image
	unions *cache // of sets of answers
	edges  []edge
	still  map[int]bool
}

func (r *mirror) worker() worker {
	return &mirrorWorker{monotoneWorker: r.monotone.worker().(*monotoneWorker), mirror: r, known: newCache(),
		shown: make([][]*image, r.monotone.nodes), unions: newCache(), still: map[int]bool{}}
}

func (w *mirrorWorker) expand(s []uint64, out *successors) {
	w.monotoneWorker.expand(s, out)
	mayCrash := w.crashes != nil && w.crashes.get(s) < w.maxCrashes
	edges := 0
	clear(w.still)
	for n := range w.nodes {
		e := w.packing.parts[n].get(s)
		w.edges = w.edges[:0]
		for i := range w.nodes {
			c := w.compare(n, e, i, w.packing.parts[i].get(s))
			if c.err != nil {
				out.fail(c.err)
			}
			w.edges = append(w.edges, c.edges...)
		}
		edges += w.distinct(n, e, mayCrash)
	}
	w.count(s, edges+len(w.still))
}

// distinct counts the edges of node n that nobody else has. Steps that change no node are the same edge whoever takes them.
func (w *mirrorWorker) distinct(n int, e uint32, mayCrash bool) (count int) {
	now := w.image(n, e).number
	slices.SortFunc(w.edges, compareEdges)
	for k, edge := range w.edges {
		switch {
		case k > 0 && sameEdge(edge, w.edges[k-1]):
		case model.Actions[edge.action].Crash && !mayCrash:
		case edge.image == now && edge.answers == 0:
			w.still[edge.action] = true
		default:
			count++
		}
	}
	return count
}

// specState is the key of a state of the specification: the numbers of its nodes' images, of the answers, and of the crashes.
func specState(images []uint32, answers, crashes uint32) uint64 {
	key := mix(1)
	for _, number := range images {
		key = mix(key^uint64(number)) + 1
	}
	return max(1, mix(mix(key^uint64(answers))^uint64(crashes)))
}

// specKey is the key of a state as the specification sees it.
func (w *mirrorWorker) specKey(s []uint64) uint64 {
	var numbers [maxNodes]uint32
	answers, crashes := uint32(0), uint32(0)
	for n := range w.nodes {
		x := w.image(n, w.packing.parts[n].get(s))
		numbers[n] = x.number
		answers = w.union(answers, x.answers)
	}
	if w.crashes != nil {
		crashes = w.crashes.get(s)
	}
	return specState(numbers[:w.nodes], answers, crashes)
}

// count counts a state of the specification, and its edges, when it is met for the first time.
func (w *mirrorWorker) count(s []uint64, edges int) {
	key, r := w.specKey(s), w.mirror
	shard := &r.seen.shards[shardOf(key)]
	shard.mu.Lock()
	isNew := len(shard.insert([]uint64{key}, []uint64{0}, nil)) > 0
	shard.mu.Unlock()
	if isNew {
		r.counting.Lock()
		r.edges += int64(edges)
		r.counting.Unlock()
	}
}

// image returns an image, from memory if it is there.
func (w *mirrorWorker) image(n int, e uint32) *image {
	for len(w.shown[n]) <= int(e) {
		w.shown[n] = append(w.shown[n], make([]*image, len(w.shown[n])+1024)...)
	}
	if w.shown[n][e] == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.shown[n][e] = w.mirror.image(n, e)
	}
	return w.shown[n][e]
}

// union returns the union of two sets of answers, from memory if it is there.
func (w *mirrorWorker) union(a, b uint32) uint32 {
	if a == b || b == 0 {
		return a
	}
	key := uint64(a+1)<<32 | uint64(b)
	u, ok := w.unions.get(key)
	if !ok {
		w.mu.Lock()
		u = w.mirror.answered.union(a, b)
		w.mu.Unlock()
		w.unions.put(key, u)
	}
	return u
}

// compare returns the result for a pair, from memory if it is there.
func (w *mirrorWorker) compare(n int, e uint32, i int, f uint32) *compared {
	key := pairID(n, e, i, f)
	at, ok := w.known.get(key)
	if !ok {
		at = uint32(len(w.pairs))
		w.pairs = append(w.pairs, w.mirror.compare(n, e, i, f))
		w.known.put(key, at)
	}
	return w.pairs[at]
}
