package paxos

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSlotsAgreeWithMap plays random operations on a Slots and on its naive twin, a map. Slots are drawn from a
// small range, so that tables are dense and sparse, hit and missed.
func TestSlotsAgreeWithMap(t *testing.T) {
	trimmed, holes := 0, 0
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var slots Slots[int]
		twin := map[Slot]int{}
		for i := range 60 {
			slot := Slot(1 + rng.IntN(20))
			switch rng.IntN(6) {
			case 0, 1, 2:
				slots.Put(slot, i)
				twin[slot] = i
			case 3:
				value, ok := slots.Take(slot)
				want, wantOK := twin[slot]
				require.Equal(t, want, value)
				require.Equal(t, wantOK, ok)
				delete(twin, slot)
			case 4:
				before := slots.Clone()
				slots.Put(slot, i)
				slots = before // what was put after the Clone must not show
			case 5:
				if rng.IntN(5) == 0 {
					slots.TrimBelow(slot)
					maps.DeleteFunc(twin, func(s Slot, _ int) bool { return s < slot })
					trimmed++
				}
			}
			requireTwins(t, twin, &slots)
			holes += int(slots.Last()) - slots.Len()
		}
	}
	require.Positive(t, trimmed, "nothing was trimmed")
	require.Positive(t, holes, "no table had a hole")
}

// requireTwins compares every way to read the table.
func requireTwins(t *testing.T, twin map[Slot]int, slots *Slots[int]) {
	keys := slices.Sorted(maps.Keys(twin))
	require.Equal(t, len(keys), slots.Len())
	require.Equal(t, append([]Slot{0}, keys...)[len(keys)], slots.Last())
	var read []Slot
	for slot, value := range slots.All() {
		require.Equal(t, twin[slot], value)
		read = append(read, slot)
	}
	require.Equal(t, keys, read)
	for slot := range Slot(23) {
		value, ok := slots.Get(slot)
		want, wantOK := twin[slot]
		require.Equal(t, want, value)
		require.Equal(t, wantOK, ok)
		require.Equal(t, wantOK, slots.Has(slot))
		from, below := slots.From(slot), slots.Below(slot)
		require.Equal(t, len(keys), from.Len()+below.Len())
		require.Less(t, below.Last(), max(slot, 1))
		for s := range from.All() {
			require.GreaterOrEqual(t, s, slot)
		}
	}
}

func TestSlotsJSON(t *testing.T) {
	var empty, slots, back Slots[Vote]
	slots.Put(7, Vote{Ballot{2, 1}, NoopProposal})
	slots.Put(3, Vote{Ballot{1, 2}, Proposal{Caller: 2, ClientID: 4, Seq: 1, Input: "x"}})
	text, err := json.Marshal(slots)
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"slot": 3, "value": {"ballot_num": {"n": 1, "leader": "N2"}, "proposal": {"caller": "N2", "client_id": 4, "seq": 1, "input": "x"}}},
		{"slot": 7, "value": {"ballot_num": {"n": 2, "leader": "N1"}, "proposal": {}}}]`, string(text))
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, slots, back)
	text, err = json.Marshal(empty)
	require.NoError(t, err)
	require.Equal(t, "[]", string(text))
	require.ErrorContains(t, json.Unmarshal([]byte(`[{"slot": 2}, {"slot": 2}]`), &back), "want ascending slots, found 2 after 2")
	require.ErrorContains(t, json.Unmarshal([]byte(`[{"slot": 2, "vote": 1}]`), &back), `unknown field "vote"`)
}

// TestSlotsFarApart looks for slots that are more than an int apart: slots come in messages and files.
func TestSlotsFarApart(t *testing.T) {
	var slots Slots[int]
	last := ^Slot(0)
	slots.Put(5, 1)
	slots.Put(last, 2)
	slots.Put(last-1, 3)
	for slot, want := range map[Slot]bool{5: true, 6: false, 1 << 63: false, last - 2: false, last - 1: true, last: true} {
		require.Equal(t, want, slots.Has(slot), "slot %d", slot)
	}
}
