package trace

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLedgerCounts compares the Ledger with a map that counts copies, on random lives of many messages: some stay in
// flight for long, some never leave, and some ids are skipped.
func TestLedgerCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var l Ledger[int]
	want := map[uint64]int{}
	last := uint64(0)
	olds, missing := 0, 0
	for i := range 60_000 {
		last += 1 + uint64(random.IntN(50)/49*random.IntN(3*crowded))
		left := random.IntN(20) > 0
		require.NoError(t, l.Send(last, int(last), left))
		require.ErrorContains(t, l.Send(last, 0, true), "want a message id above")
		if left {
			want[last] = 1
		}
		olds = max(olds, len(l.old))
		for range random.IntN(4) {
			id := last - min(last, uint64(random.ExpFloat64()*10))
			change, by := l.Take, -1
			if random.IntN(8) == 0 {
				change, by = l.Duplicate, 1
			}
			m, err := change(id)
			require.Equal(t, want[id] > 0, err == nil, "id %d", id)
			if err != nil {
				missing++
				continue
			}
			require.Equal(t, int(id), m)
			if want[id] += by; want[id] == 0 {
				delete(want, id)
			}
		}
		if i%5000 == 0 {
			var list []uint64
			for id, copies := range want {
				list = append(list, slices.Repeat([]uint64{id}, copies)...)
			}
			slices.Sort(list)
			require.Equal(t, list, l.InFlight())
		}
	}
	require.Positive(t, olds)
	require.Positive(t, missing)
	_, err := l.Take(last + 1)
	require.ErrorContains(t, err, "want a message that was sent")
	_, err = l.Take(0)
	require.ErrorContains(t, err, "want a message that was sent")
}
