package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidateRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, message string }{
		{"no call", "noop 1", "history:2: empty history"},
		{"return without call", "return 1 1 1 ok", "history:2: return of client 1 seq 1, which has no call before it"},
		{"return before call", "return 1 1 1 ok\ncall 1 1 get a", "history:2: return of client 1 seq 1, which has no call"},
		{"return of another seq", "call 1 1 get a\nreturn 1 2 1 ok", "history:3: return of client 1 seq 2, which has no call"},
		{"two returns", "call 1 1 get a\nreturn 1 1 1 ok\nreturn 1 1 1 ok", "history:4: return of client 1 seq 1, which was answered at history:3"},
		{"return after abandon", "call 1 1 get a\nabandon 1 1\nreturn 1 1 1 ok", "history:4: return of client 1 seq 1, which was abandoned at history:3"},
		{"retry after return", "call 1 1 get a\nreturn 1 1 1 ok\nretry 1 1", "history:4: retry of client 1 seq 1, which was answered"},
		{"abandon without call", "abandon 1 1", "history:2: abandon of client 1 seq 1, which has no call"},
		{"overlap", "call 1 1 get a\ncall 1 2 get a", "history:3: call of client 1 seq 2 overlaps its seq 1, open since history:2"},
		{"seq falls", "call 1 2 get a\nabandon 1 2\ncall 1 1 get a", "history:4: call of client 1 seq 1 after its seq 2"},
		{"seq repeats", "call 1 2 get a\nabandon 1 2\ncall 1 2 get a", "history:4: call of client 1 seq 2 after its seq 2"},
		{"client 0", "call 0 1 get a", "history:2: call of client 0 seq 1: want both at least 1"},
		{"seq 0", "call 1 0 get a", "history:2: call of client 1 seq 0"},
		{"answer of slot 0", "call 1 1 get a\nreturn 1 1 0 ok", "history:3: return of client 1 seq 1 names slot 0"},
		{"decision of slot 0", "noop 0", "history:2: slot 0 decided"},
		{"no-op with input", "decided 1 0 0 get a", `history:2: slot 1 decided as client 0 seq 0 "get a"`},
		{"decision without seq", "decided 1 1 0 get a", "history:2: slot 1 decided as client 1 seq 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := script(t, "kv 1", test.text)
			require.ErrorContains(t, Validate(h), test.message)
			_, err := Check(h, Options{})
			require.ErrorContains(t, err, test.message)
		})
	}
}

func TestValidateRefusesHeaders(t *testing.T) {
	good := script(t, "kv 1", "call 1 1 get a")
	require.NoError(t, Validate(good))
	for _, test := range []struct {
		change  func(h *History)
		message string
	}{
		{func(h *History) { h.Machine = "queue" }, `history:1: unknown machine "queue"`},
		{func(h *History) { h.Machine = "bank" }, "history:1: bank snapshot"},
		{func(h *History) { h.Initial = "" }, "history:1: kv snapshot"},
		{func(h *History) { h.Events = nil }, "history:1: empty history"},
		{func(h *History) { h.Nodes = []string{"N7"} }, `history:2: call at unknown node "N1"`},
		{func(h *History) { h.Events = []Event{{Kind: Note}} }, "history:2: note without a kind"},
		{func(h *History) { h.Events = []Event{{}} }, "history:2: unknown kind of event: Kind(0)"},
	} {
		h := *good
		test.change(&h)
		require.ErrorContains(t, Validate(&h), test.message)
	}
}

func TestOperations(t *testing.T) {
	h := script(t, "kv 1", `
call 1 1 put a 1
noop 1
call 2 1 get a
return 1 1 2 ok 1
call 1 2 get a
abandon 2 1
call 2 2 get b`)
	require.NoError(t, Validate(h))
	operations := h.Operations()
	require.Equal(t, []Operation{
		{Client: 1, Seq: 1, Node: "N1", Input: "put a 1", Call: 0, Output: "ok 1", Slot: 2, Return: 3},
		{Client: 2, Seq: 1, Node: "N1", Input: "get a", Call: 2, Return: Infinity},
		{Client: 1, Seq: 2, Node: "N1", Input: "get a", Call: 4, Return: Infinity},
		{Client: 2, Seq: 2, Node: "N1", Input: "get b", Call: 6, Return: Infinity},
	}, operations)
	require.Equal(t, 3, Width(operations))
	require.Equal(t, 1, Width(operations[:1]))
}

func TestResolveKeepsWhatWasExecuted(t *testing.T) {
	h := script(t, "kv 1", `
call 1 1 put a 1
call 2 1 put a 2
call 3 1 put a 3
decided 1 1 1 put a 1
abandon 3 1
call 3 2 put a 4
decided 2 3 2 put a 4
decided 3 3 1 put a 3
return 3 2 2 ok 4`)
	require.NoError(t, Validate(h))
	var inputs []string
	for _, o := range Resolve(h, h.Operations()) {
		inputs = append(inputs, o.Input)
	}
	require.Equal(t, []string{"put a 1", "put a 4"}, inputs, "put a 2 was not decided; put a 3 came after a later call of its session")
	h.Events = h.Events[:3]
	require.Len(t, Resolve(h, h.Operations()), 3, "without a log nothing is settled")
}

func TestRecorderKeepsOneDecisionAndItsContradictions(t *testing.T) {
	r := NewRecorder(Header{Machine: "kv", Initial: "kv 1"})
	r.Decided(1, 1, 1, 1, "get a")
	r.Decided(2, 1, 1, 1, "get a")
	r.Decided(3, 2, 0, 0, "")
	r.Decided(4, 2, 0, 0, "")
	r.Decided(5, 1, 2, 1, "get b")
	require.Len(t, r.History().Events, 3)
}

func TestRecorderKeepsOrderAcrossChunks(t *testing.T) {
	r := NewRecorder(Header{Machine: "kv", Initial: "kv 1"})
	for i := range uint64(3*chunkLength + 5) {
		require.Equal(t, int(i), r.Len())
		r.Decided(0, i+1, 1, i+1, "get a")
		r.Decided(0, i/2+1, 1, i/2+1, "get a")
	}
	for i, e := range r.History().Events {
		require.Equal(t, uint64(i+1), e.Slot)
	}
	require.Len(t, r.History().Events, 3*chunkLength+5)
	r.Decided(0, 1, 1, 1, "get b")
	require.Equal(t, 3*chunkLength+6, r.Len())
}

// Width agrees with counting at each event.
func TestWidthAgreesWithItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		operations := generate(random, "kv", 20, 1+random.IntN(6), 2, true).Operations()
		most := 0
		for _, a := range operations {
			open := 0
			for _, b := range operations {
				if b.Call <= a.Call && a.Call < b.Return {
					open++
				}
			}
			most = max(most, open)
		}
		require.Equal(t, most, Width(operations))
	}
	require.Equal(t, int64(math.MaxInt64), int64(Infinity))
}

func BenchmarkRecorder(b *testing.B) {
	b.ReportAllocs()
	r := NewRecorder(Header{})
	for i := range uint64(b.N) {
		r.Call(0, 1, i, "N1", "get a")
		r.Decided(0, i, 1, i, "get a")
		r.Return(0, 1, i, "N1", "ok 1", i)
	}
}
