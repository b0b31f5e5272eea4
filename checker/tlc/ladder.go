package tlc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"multipaxos/impl/trace"
)

// The columns of a ladder.
const (
	ladderWidth  = 110
	ladderGutter = 4 // for the number of the step
	ladderLane   = 6
)

// Ladder draws an error trace of MultiPaxos: a column for each node, an arrow for each message in the line of its
// delivery or loss, and below each step what it changed and sent. Nothing is repeated: a message that travels at the
// beginning, or was sent before, is only seen when it arrives. A trace of another specification, which has no acceptor
// and no msgs, is not ok.
//
// A variable step, as in Flaws.tla, says what each step was. Without it the node is found by what changed, and the
// message only when a single one can have been delivered.
func Ladder(r Result) (text string, ok bool) {
	var states []map[string]Value
	for _, s := range r.Trace {
		state := map[string]Value{}
		for _, v := range s.Vars {
			parsed, err := ParseValue(v.Value)
			if err != nil {
				return "", false
			}
			state[v.Name] = parsed
		}
		states = append(states, state)
	}
	if len(states) == 0 || len(states[0]["acceptor"].Items) == 0 || states[0]["msgs"].Kind != Set {
		return "", false
	}
	l := &rungs{nodes: len(states[0]["acceptor"].Items)}
	l.title()
	for i := 1; i < len(states); i++ {
		l.step(i, r.Trace[i].Action, states[i-1], states[i])
	}
	l.end(r)
	return l.String(), true
}

// rungs is a ladder as it is drawn.
type rungs struct {
	strings.Builder
	nodes int
}

// event is one step.
type event struct {
	action  string
	node    int // 0: no node took it
	message *Value
	lost    bool
}

func (l *rungs) title() {
	cells := l.blank(' ')
	for n := 1; n <= l.nodes; n++ {
		copy(cells[l.lane(n)-1:], []rune(fmt.Sprintf("N%d", n)))
	}
	l.line("", cells, "")
}

func (l *rungs) end(r Result) {
	switch {
	case r.Stutters:
		l.line("", l.blank('│'), "and then nothing ever happens")
	case r.BackTo > 0:
		l.line("", l.blank('│'), fmt.Sprintf("and back to step %d", r.BackTo-1))
	}
	if r.Property != "" {
		l.line("", l.blank(' '), "✗ "+r.Property)
	}
}

func (l *rungs) lane(n int) int { return (n-1)*ladderLane + ladderLane/2 }

func (l *rungs) blank(at rune) []rune {
	cells := []rune(strings.Repeat(" ", l.nodes*ladderLane))
	for n := 1; n <= l.nodes; n++ {
		cells[l.lane(n)] = at
	}
	return cells
}

// step draws what led from one state to the next.
func (l *rungs) step(number int, action string, old, now map[string]Value) {
	e := eventOf(action, old, now)
	cells := l.blank('│')
	if e.message != nil {
		l.arrow(cells, *e.message, e.lost)
	}
	if e.node > 0 {
		cells[l.lane(e.node)] = '●'
		if strings.HasSuffix(e.action, "Restart") {
			cells[l.lane(e.node)] = 'C'
		}
	}
	l.line(strconv.Itoa(number), cells, e.headline(old))
	details := trace.Wrap(nodeChanges(old, now), ladderWidth-ladderGutter-l.nodes*ladderLane-4)
	if !e.lost {
		details = append(details, gains(old["msgs"], now["msgs"])...)
	}
	for _, a := range missing(now["answers"], old["answers"]) {
		details = append(details, "answers "+command(a)+" slot="+a.at("slot").short())
	}
	for _, text := range details {
		l.line("", l.blank('│'), "  "+text)
	}
}

func (l *rungs) line(left string, cells []rune, text string) {
	row := fmt.Sprintf("%*s %s %s", ladderGutter-1, left, string(cells), text)
	l.WriteString(strings.TrimRight(row, " ") + "\n")
}

// arrow draws a message's way. Its head stands before the receiver's column.
func (l *rungs) arrow(cells []rune, m Value, lost bool) {
	from, to := l.lane(m.at("from").number()), l.lane(m.at("to").number())
	step, head := 1, '▶'
	if to < from {
		step, head = -1, '◀'
	}
	if lost {
		head = 'x'
	}
	for i := from; i != to; i += step {
		cells[i] = map[bool]rune{false: '─', true: '┼'}[cells[i] == '│']
	}
	if from != to {
		cells[from] = map[int]rune{1: '├', -1: '┤'}[step]
		cells[to-step] = head
	}
}

// eventOf reads the variable step, or guesses.
func eventOf(action string, old, now map[string]Value) event {
	if s, ok := now["step"]; ok && s.Kind == Record {
		e := event{action: s.at("action").text(), node: s.at("node").number(), lost: s.at("action").text() == "Lose"}
		if m := s.at("message"); m.Kind == Record {
			e.message = &m
			if !e.lost {
				e.action += m.at("type").text()
			}
		}
		return e
	}
	e := event{action: action}
	for _, name := range nodeVariables {
		for i, v := range now[name].Items {
			if i < len(old[name].Items) && old[name].Items[i].String() != v.String() {
				e.node = i + 1
			}
		}
	}
	if e.node == 0 {
		if sent := missing(now["msgs"], old["msgs"]); len(sent) > 0 {
			e.node = sent[0].at("from").number()
		}
	}
	e.message = onlyMessage(strings.TrimPrefix(action, "Receive"), e.node, old["msgs"])
	return e
}

// onlyMessage is the message of a type to a node, when there is no other.
func onlyMessage(kind string, node int, msgs Value) *Value {
	var found *Value
	for i, m := range msgs.Items {
		if m.at("type").text() == kind && m.at("to").number() == node {
			if found != nil {
				return nil
			}
			found = &msgs.Items[i]
		}
	}
	return found
}

// receivers are the methods that handle a message, as VoterReceive has them: at a node that does not vote, only those of
// the Replica.
var receivers = map[string]string{
	"Propose":   "Replica.HandlePropose, Leader.HandlePropose",
	"Prepare":   "Acceptor.HandlePrepare, Replica.HandlePrepare",
	"Promise":   "Scout.HandlePromise",
	"Accept":    "Acceptor.HandleAccept, Replica.HandleAccept",
	"Accepted":  "Commander.HandleAccepted",
	"Preempted": "Leader.HandlePreempted",
	"Decision":  "Replica.HandleDecision, Leader.HandleDecision",
	"Active":    "Replica.HandleActive",
	"Join":      "Replica.HandleJoin",
	"Welcome":   "Replica.HandleWelcome, Leader.HandleWelcome",
}

// newcomers are those of nodes that are not part of the cluster yet.
var newcomers = map[string]map[string]string{
	"seed":      {"Join": "Seed.HandleJoin"},
	"bootstrap": {"Decision": "Bootstrap.HandleDecision", "Welcome": "Bootstrap.HandleWelcome"},
}

// receiver is the method, or methods, of a node that handle a message.
func receiver(kind string, node int, state map[string]Value) string {
	plays := func(role string) bool {
		items := state[role].Items
		return node >= 1 && node <= len(items) && items[node-1].Kind == Record
	}
	for _, role := range []string{"seed", "bootstrap"} {
		if plays(role) {
			return newcomers[role][kind]
		}
	}
	var list []string
	for _, method := range strings.Split(receivers[kind], ", ") {
		if strings.HasPrefix(method, "Replica.") || len(state["leader"].Items) == 0 || plays("leader") {
			list = append(list, method)
		}
	}
	return strings.Join(list, ", ")
}

// method is the Go method of an action at a node: of FireReplicaAskMissing it is Replica.AskMissing.
func method(action string, node int, state map[string]Value) string {
	if kind, ok := strings.CutPrefix(action, "Receive"); ok {
		return receiver(kind, node, state)
	}
	name, _ := strings.CutPrefix(action, "Fire")
	for _, role := range []string{"Requester", "Replica", "Scout", "Commander", "Leader", "Bootstrap"} {
		if rest, ok := strings.CutPrefix(name, role); ok && name != action {
			return role + "." + rest
		}
	}
	return map[string]string{"Invoke": "Node.Invoke"}[action]
}

func (e event) headline(old map[string]Value) string {
	text := e.action
	if e.message != nil && e.lost {
		text = "Lose " + messageText(*e.message)
	} else if e.message != nil {
		text = "Receive" + messageText(*e.message)
	}
	if m := method(e.action, e.node, old); m != "" {
		text += "   " + m
	}
	return text
}

// nodeVariables have a Value for each node.
var nodeVariables = []string{"acceptor", "replica", "leader", "scout", "commanders", "requester", "bootstrap", "seed",
	"disk"}

func nodeChanges(old, now map[string]Value) []string {
	var list []string
	for _, name := range nodeVariables {
		for i, v := range now[name].Items {
			if i < len(old[name].Items) {
				list = append(list, shortDiff(name, old[name].Items[i], v)...)
			}
		}
	}
	return list
}

// shortDiff lists what leads from a to b: a new value, or a - for what is gone.
func shortDiff(path string, a, b Value) []string {
	switch {
	case a.String() == b.String():
		return nil
	case a.Kind == Record && b.Kind == Record && b.name() == "":
		var list []string
		for _, key := range b.fields() {
			list = append(list, shortDiff(path+"."+key, a.at(key), b.at(key))...)
		}
		return list
	case a.isTable() && b.isTable() && !strings.HasSuffix(path, "machine"):
		return tableDiff(path, a.table(), b.table())
	case b.Kind == Atom && b.Atom == "None":
		return []string{"-" + path}
	default:
		return []string{path + "=" + b.short()}
	}
}

func tableDiff(path string, a, b Value) []string {
	var list []string
	for _, key := range b.fields() {
		if now := b.at(key); now.String() != a.at(key).String() {
			list = append(list, fmt.Sprintf("%s[%s]=%s", path, key, now.short()))
		}
	}
	for _, key := range a.fields() {
		if !slices.Contains(b.fields(), key) {
			list = append(list, fmt.Sprintf("-%s[%s]", path, key))
		}
	}
	return list
}

// gains says what was sent, one line for a message to several nodes.
func gains(old, now Value) []string {
	var texts []string
	to := map[string][]string{}
	for _, m := range missing(now, old) {
		text := messageText(m)
		if to[text] == nil {
			texts = append(texts, text)
		}
		to[text] = append(to[text], "N"+m.at("to").short())
	}
	for i, text := range texts {
		slices.Sort(to[text])
		texts[i] = fmt.Sprintf("sends %s to %s", text, strings.Join(to[text], " "))
	}
	slices.Sort(texts)
	return texts
}

// missing lists the members of a that b lacks.
func missing(a, b Value) []Value {
	var list []Value
	for _, item := range a.Items {
		if !slices.ContainsFunc(b.Items, func(v Value) bool { return v.String() == item.String() }) {
			list = append(list, item)
		}
	}
	return list
}

// messageText is the type of m and what it says.
func messageText(m Value) string {
	words := []string{m.at("type").text()}
	for _, key := range []string{"ballotNum", "slot", "proposal", "preemptedBy", "acceptedProposals", "disk", "state",
		"decisions"} {
		v, ok := m.find(key)
		switch {
		case !ok:
		case key == "ballotNum" || key == "proposal":
			words = append(words, v.short())
		case key == "slot" || key == "disk":
			words = append(words, key+"="+v.short())
		case key == "preemptedBy":
			words = append(words, "by "+v.short())
		case key == "acceptedProposals":
			words = append(words, "votes="+v.table().short())
		default:
			words = append(words, key+"="+v.short())
		}
	}
	return strings.Join(words, " ")
}

func command(v Value) string { return v.at("clientID").short() + "#" + v.at("seq").short() }

// name is what a record is in the protocol: a ballot, proposal, vote or command; empty when it is none of them.
func (v Value) name() string {
	keys := v.fields()
	slices.Sort(keys)
	return map[string]string{
		"leader n": "ballot", "caller clientID disk seq": "proposal", "ballotNum proposal": "vote", "clientID seq": "command",
	}[strings.Join(keys, " ")]
}

// short renders a Value as people write it: (1,N2) for a ballot, c1#1 for a command.
func (v Value) short() string {
	switch {
	case v.Kind == Atom:
		return v.text()
	case v.name() == "ballot":
		return fmt.Sprintf("(%s,N%s)", v.at("n").Atom, v.at("leader").Atom)
	case v.name() == "proposal" && v.at("caller").Atom == "0":
		return "no-op"
	case v.name() == "proposal" && v.at("disk").Atom != "0":
		return fmt.Sprintf("admit N%s on disk %s", v.at("caller").Atom, v.at("disk").Atom)
	case v.name() == "proposal" || v.name() == "command":
		return command(v)
	case v.name() == "vote":
		return v.at("proposal").short() + " in " + v.at("ballotNum").short()
	}
	var parts []string
	for _, key := range v.fields() {
		if item := v.at(key); item.Kind == Atom || len(item.Items) > 0 || v.Kind == Function { // else of no interest
			parts = append(parts, key+"="+item.short())
		}
	}
	if v.Kind == Set || v.Kind == Sequence {
		for _, item := range v.Items {
			parts = append(parts, item.short())
		}
	}
	if v.Kind == Set {
		slices.Sort(parts)
	}
	brackets := map[Kind]string{Set: "{}", Sequence: "<>", Record: "[]", Function: "[]"}[v.Kind]
	return brackets[:1] + strings.Join(parts, " ") + brackets[1:]
}

// fields are the keys of a record or function, sorted: TLC's order depends on which name it read first.
func (v Value) fields() []string {
	var names []string
	for _, k := range v.Keys {
		names = append(names, k.Atom)
	}
	slices.SortFunc(names, compareTexts)
	return names
}

// find returns the field of a record or the value of a function.
func (v Value) find(key string) (Value, bool) {
	for i, k := range v.Keys {
		if k.Atom == key {
			return v.Items[i], true
		}
	}
	return Value{}, false
}

func (v Value) at(key string) Value {
	found, _ := v.find(key)
	return found
}

func (v Value) isTable() bool { return v.Kind == Function || v.Kind == Sequence }

// table is a function with the same values: TLC prints one over 1..n as a sequence.
func (v Value) table() Value {
	if v.Kind != Sequence {
		return v
	}
	f := Value{Kind: Function, Items: v.Items}
	for i := range v.Items {
		f.Keys = append(f.Keys, Value{Atom: strconv.Itoa(i + 1)})
	}
	return f
}

// text is an atom without quotes.
func (v Value) text() string { return strings.Trim(v.Atom, `"`) }

// number is 0 for what is none.
func (v Value) number() int {
	n, _ := strconv.Atoi(v.Atom)
	return n
}
