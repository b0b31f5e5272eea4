package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

const schemaFile = "../../docs/trace-format.md"

// schema writes tables of the types, each type after its first use.
type schema struct {
	out  strings.Builder
	todo []reflect.Type
	seen map[reflect.Type]bool
	left map[string]string // the notes that were not taken
}

// names of the types that stand in the tables. A type that is neither here nor a plain one has no place in a trace.
var names = map[reflect.Type]string{
	reflect.TypeFor[line]():              "Event",
	reflect.TypeFor[Header]():            "Header",
	reflect.TypeFor[messageJSON]():       "Message",
	reflect.TypeFor[sentJSON]():          "Sent",
	reflect.TypeFor[taggedJSON]():        "Write",
	reflect.TypeFor[timerJSON]():         "Timer",
	reflect.TypeFor[Command]():           "Command",
	reflect.TypeFor[Request]():           "Request",
	reflect.TypeFor[durableJSON]():       "Durable",
	reflect.TypeFor[answerJSON]():        "Answer",
	reflect.TypeFor[delta]():             "State",
	reflect.TypeFor[acceptorDelta]():     "Acceptor",
	reflect.TypeFor[replicaDelta]():      "Replica",
	reflect.TypeFor[leaderDelta]():       "Leader",
	reflect.TypeFor[scoutDelta]():        "Scout",
	reflect.TypeFor[bootstrapDelta]():    "Bootstrap",
	reflect.TypeFor[seedDelta]():         "Seed",
	reflect.TypeFor[commanderJSON]():     "Commander",
	reflect.TypeFor[Requester]():         "Requester",
	reflect.TypeFor[paxos.Ballot]():      "Ballot",
	reflect.TypeFor[paxos.Proposal]():    "Proposal",
	reflect.TypeFor[paxos.Vote]():        "Vote",
	reflect.TypeFor[paxos.State]():       "MachineState",
	reflect.TypeFor[paxos.Session]():     "Session",
	reflect.TypeFor[paxos.Voter]():       "Voter",
	reflect.TypeFor[paxos.Address]():     "address",
	reflect.TypeFor[addresses]():         "[address]",
	reflect.TypeFor[timerKind]():         "kind",
	reflect.TypeFor[json.RawMessage]():   "fields",
	reflect.TypeFor[map[string]string](): "{text: text}",
}

// notes say of a field what its name and type do not.
var notes = map[string]string{
	"Header.format":        "`" + Format + "`",
	"Header.version":       fmt.Sprint(Version),
	"Header.nodes":         "ascending",
	"Header.quorum":        "Acceptors in a majority",
	"Header.machine":       "the state machine's name",
	"Header.config":        "the id of the cluster's configuration",
	"Header.run":           "free: flags, faults",
	"Event.seq":            "from 1, without gaps: the event stands in line seq+1",
	"Event.time":           "virtual, in ns since the start of the run; never falls",
	"Event.node":           "where it happened",
	"Event.action":         "one of those below",
	"Event.id":             "the message of `Lose` and `Duplicate`",
	"Event.text":           "why (`Lose`), what the disk kept (`Crash`), which (`Fault`)",
	"Event.message":        "cause: it was delivered",
	"Event.timer":          "cause: it fired",
	"Event.command":        "cause: a client invoked or cancelled it",
	"Event.durable":        "cause: the node started from it",
	"Event.left":           "how many messages left, when not all did",
	"Event.answers":        "to clients",
	"Event.state":          "what changed",
	"Event.in_flight":      "at the `End`, always: ids, ascending, once per copy",
	"Message.config":       "when it is not the header's",
	"Message.fields":       "of the message's type, below",
	"Sent.id":              "of the message to the first of `to`; the others' follow without gaps",
	"Sent.to":              "one message to each",
	"Sent.config":          "when it is not the header's",
	"Sent.fields":          "of the message's type, below",
	"Write.fields":         "of the write's type, below",
	"Timer.role":           "tells the roles of one life of a node apart",
	"Timer.slot":           "when a Commander's",
	"Timer.request":        "when a Requester's",
	"State.stopped":        "roles that are not played any longer",
	"Durable.disk":         "drawn when the disk is formatted",
	"Ballot.leader":        "empty in the null ballot",
	"Proposal.caller":      "absent, as all others, in a no-op",
	"Proposal.disk":        "in the admission of a disk",
	"Session.slot":         "where the command was executed",
	"MachineState.machine": "a snapshot",
}

// name returns how a type stands in a table, and notes that it needs one of its own.
func (s *schema) name(t reflect.Type) string {
	if name, ok := names[t]; ok {
		if t.Kind() == reflect.Struct && !s.seen[t] {
			s.seen[t] = true
			s.todo = append(s.todo, t)
		}
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.name(t.Elem())
	case reflect.Slice:
		return "[" + s.name(t.Elem()) + "]"
	case reflect.Uint64, reflect.Uint32, reflect.Int, reflect.Int64:
		return "integer"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true, false"
	case reflect.Struct:
		return s.table(t)
	}
	panic(fmt.Sprintf("schema: want a type with a name, found %v", t))
}

// table returns how a table, or its change, stands in a table.
func (s *schema) table(t reflect.Type) string {
	value := func(slots reflect.Type) string {
		return "[{slot: integer, value: " + s.name(slots.Field(0).Type.Elem().Field(1).Type) + "}]"
	}
	switch name := t.Name(); {
	case strings.HasPrefix(name, "Slots["):
		return value(t)
	case strings.HasPrefix(name, "slotsDelta["):
		return "{drop: [[integer, integer]], put: " + value(t.Field(1).Type) + "}"
	case strings.HasPrefix(name, "listDelta["):
		return "{drop: [" + s.name(t.Field(0).Type.Elem()) + "], put: [" + s.name(t.Field(1).Type.Elem()) + "]}"
	}
	panic(fmt.Sprintf("schema: want a table, found %v", t))
}

// fields writes a table of a struct's fields, and of all types that it uses.
func (s *schema) fields(title string, t reflect.Type) {
	fmt.Fprintf(&s.out, "\n### %s\n\n| field | type | optional | |\n|---|---|---|---|\n", title)
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		optional := ""
		if options != "" {
			optional = "yes"
		}
		fmt.Fprintf(&s.out, "| %s | %s | %s | %s |\n", name, s.name(t.Field(i).Type), optional, s.note(title, name))
	}
	for len(s.todo) > 0 {
		next := s.todo[0]
		s.todo = s.todo[1:]
		s.fields(names[next], next)
	}
}

// note takes a note: one that is left over names a field that does not exist.
func (s *schema) note(title, field string) string {
	delete(s.left, title+"."+field)
	return notes[title+"."+field]
}

// types writes a table for each type of a map of readers.
func types[I any](s *schema, title string, readers map[string]func([]byte) (I, error)) {
	fmt.Fprintf(&s.out, "\n### Types of %s\n\n| type | fields |\n|---|---|\n", title)
	for _, name := range slices.Sorted(maps.Keys(readers)) {
		value, err := readers[name]([]byte("{}"))
		if err != nil {
			panic(err)
		}
		t := reflect.TypeOf(value)
		var list []string
		for i := range t.NumField() {
			field, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if options != "" {
				field += " (optional)"
			}
			list = append(list, field+": "+s.name(t.Field(i).Type))
		}
		fmt.Fprintf(&s.out, "| %s | %s |\n", name, strings.Join(list, "; "))
	}
}

func generateSchema(t *testing.T) string {
	s := &schema{seen: map[reflect.Type]bool{}, left: maps.Clone(notes)}
	s.fields("Header", reflect.TypeFor[Header]())
	s.fields("Event", reflect.TypeFor[line]())
	types(s, "messages", twinMessages)
	types(s, "writes", twinWrites)
	fmt.Fprintf(&s.out, "\n### Kinds of timers\n\n%s\n", strings.Trim(fmt.Sprint(timerKinds), "[]"))
	s.out.WriteString("\n### Actions\n\n| action | cause |\n|---|---|\n")
	for _, action := range slices.Sorted(maps.Keys(causes)) {
		fmt.Fprintf(&s.out, "| %s | %s |\n", action, strings.Trim(strings.TrimPrefix(causes[action].String(), "cause "), "[]"))
	}
	require.Empty(t, s.left, "notes on fields that do not exist")
	return s.out.String() + "\n"
}

// TestSchema fails when the document does not describe the types.
func TestSchema(t *testing.T) {
	const begin, end = "<!-- generated -->\n", "<!-- end -->"
	data, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(data), begin)
	require.True(t, ok)
	_, tail, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := head + begin + generateSchema(t) + end + tail
	if *update {
		require.NoError(t, os.WriteFile(schemaFile, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "docs/trace-format.md is stale: run go test ./impl/trace -run TestSchema -update")
}
