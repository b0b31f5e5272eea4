package refine

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// votes are two tables of votes that change as a run changes them: mostly at their end.
type votes struct {
	random *rand.Rand
	model  model.Table[model.Vote]
	code   paxos.Slots[paxos.Vote]
}

func (t *votes) step() {
	last := t.model.Last()
	slot := max(1, last+2-t.random.IntN(8)*t.random.IntN(2))
	switch kind := t.random.IntN(40); {
	case kind == 0:
		t.model = t.model.From(last - 20)
		t.code.TrimBelow(paxos.Slot(max(0, last-20)))
	case kind == 1:
		t.model = t.model.Take(slot)
		t.code.Take(paxos.Slot(slot))
	case kind < 20:
		v := paxos.Vote{BallotNum: paxos.Ballot{N: 1 + t.random.Uint64N(3), Leader: 1},
			Proposal: paxos.Proposal{Caller: 1, ClientID: 2, Seq: t.random.Uint64N(3), Input: strings.Repeat("x", t.random.IntN(3))}}
		t.model = t.model.Put(slot, projection.Vote(v))
		t.code.Put(paxos.Slot(slot), v)
	}
}

// lies are the ways in which an entry of the code's can be wrong.
var lies = []func(e *entry[paxos.Vote]){
	func(e *entry[paxos.Vote]) { e.slot += 100 },
	func(e *entry[paxos.Vote]) { e.value.BallotNum.N++ },
	func(e *entry[paxos.Vote]) { e.value.BallotNum.Leader++ },
	func(e *entry[paxos.Vote]) { e.value.Proposal.Caller++ },
	func(e *entry[paxos.Vote]) { e.value.Proposal.ClientID++ },
	func(e *entry[paxos.Vote]) { e.value.Proposal.Seq++ },
	func(e *entry[paxos.Vote]) { e.value.Proposal.Disk++ },
	func(e *entry[paxos.Vote]) { e.value.Proposal.Input += "y" },
	func(e *entry[paxos.Vote]) { e.value.Proposal.Input = "z" + e.value.Proposal.Input },
}

// TestSeenTables has tables change, and the code's lie now and then in any place of any entry, in its own memory. Always: a
// lie is seen at once, and nothing else is. Sometimes: most of a table is known, all of it, and nothing.
func TestSeenTables(t *testing.T) {
	tables := votes{random: rand.New(rand.NewPCG(1, 1))}
	var k seen[model.Vote, paxos.Vote]
	told, most, all, none := make([]int, len(lies)), 0, 0, 0
	for range 20_000 {
		tables.step()
		list := entries(&tables.code)
		if n := len(list); n > 0 && tables.random.IntN(4) == 0 {
			i, lie := tables.random.IntN(n), tables.random.IntN(len(lies))
			truth := list[i]
			lies[lie](&list[i])
			require.False(t, k.same(tables.model, &tables.code, sameVote), "entry %d of %d, lie %d", i, n, lie)
			list[i] = truth
			told[lie]++
		}
		switch known := min(common(k.model, tables.model), common(k.code, list)); {
		case len(list) > 8 && known == len(list):
			all++
		case len(list) > 8 && known > 0:
			most++
		case len(list) > 8:
			none++
		}
		require.True(t, k.same(tables.model, &tables.code, sameVote))
		require.True(t, sameVotes(tables.model, &tables.code))
	}
	for i, n := range told {
		assert.Positive(t, n, "lie %d", i)
	}
	assert.Positive(t, most)
	assert.Positive(t, all)
	assert.Positive(t, none)
	t.Logf("lies told %v; known: all %d, a part %d, nothing %d", told, all, most, none)
}

// TestEveryFieldOfAMessageIsCompared changes each field of each message, those of Promise and Welcome that are tables too.
func TestEveryFieldOfAMessageIsCompared(t *testing.T) {
	var votes paxos.Slots[paxos.Vote]
	votes.Put(1, paxos.Vote{})
	var decisions paxos.Slots[paxos.Proposal]
	decisions.Put(1, paxos.Proposal{})
	some := map[reflect.Type]any{}
	for _, value := range []any{paxos.Slot(7), paxos.Ballot{N: 7}, paxos.Proposal{Seq: 7}, paxos.DiskID(7), votes, decisions,
		paxos.State{Machine: "7"}} {
		some[reflect.TypeOf(value)] = value
	}
	for _, m := range []paxos.Message{paxos.Propose{}, paxos.Prepare{}, paxos.Promise{}, paxos.Accept{}, paxos.Accepted{},
		paxos.Preempted{}, paxos.Decision{}, paxos.Active{}, paxos.Join{}, paxos.Welcome{}} {
		require.True(t, sameEnvelope(paxos.Envelope{Message: m}, paxos.Envelope{Message: m}), "%T", m)
		for i := range reflect.TypeOf(m).NumField() {
			changed := reflect.New(reflect.TypeOf(m)).Elem()
			value, ok := some[changed.Field(i).Type()]
			require.True(t, ok, "%T: a field of type %v", m, changed.Field(i).Type())
			changed.Field(i).Set(reflect.ValueOf(value))
			other := paxos.Envelope{Message: changed.Interface().(paxos.Message)}
			assert.False(t, sameEnvelope(paxos.Envelope{Message: m}, other), "%T, field %d", m, i)
			assert.False(t, sameEnvelope(other, paxos.Envelope{Message: m}), "%T, field %d", m, i)
		}
		assert.False(t, sameEnvelope(paxos.Envelope{Message: m}, paxos.Envelope{}), "%T", m)
		assert.False(t, sameEnvelope(paxos.Envelope{}, paxos.Envelope{Message: m}), "%T", m)
	}
}
