package paxos

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBallotOrder holds that ballots are totally ordered, by number first, and that NullBallot is below all.
func TestBallotOrder(t *testing.T) {
	ascending := []Ballot{NullBallot, {1, 1}, {1, 2}, {1, 63}, {2, 1}, {2, 2}, {1 << 60, 1}}
	for i, a := range ascending {
		for j, b := range ascending {
			require.Equal(t, i < j, a.Less(b), "%v < %v", a, b)
		}
	}
}

// TestAddressesAgreeWithList plays random insertions on a set and on its naive twin, a list.
func TestAddressesAgreeWithList(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var set Addresses
		var twin []Address
		for range rng.IntN(80) {
			a := Address(1 + rng.IntN(int(MaxAddress)))
			set = set.With(a)
			if !slices.Contains(twin, a) {
				twin = append(twin, a)
			}
		}
		slices.Sort(twin)
		require.Equal(t, twin, set.List())
		require.Equal(t, len(twin), set.Len())
		require.Equal(t, set, AddressesOf(twin...))
		for a := Address(1); a <= MaxAddress; a++ {
			require.Equal(t, slices.Contains(twin, a), set.Has(a))
		}
	}
}

func TestAddressText(t *testing.T) {
	for a := Address(0); a <= MaxAddress; a++ {
		text, err := a.MarshalText()
		require.NoError(t, err)
		var back Address
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, a, back)
	}
	for _, text := range []string{"N", "N0", "N64", "N01", "N+1", "n1", "1", "N1 ", "N256", "nobody"} {
		var a Address
		require.ErrorContains(t, a.UnmarshalText([]byte(text)), "want N1 to N63", text)
	}
}

// TestStrings holds the one-line forms that scripts and ladders do not show.
func TestStrings(t *testing.T) {
	require.Equal(t, "nobody", Address(0).String())
	require.Equal(t, "(-)", NullBallot.String())
	require.Equal(t, `Invoked c1#2 slot=3 "x"`, Invoked{ClientID: 1, Seq: 2, Slot: 3, Output: "x"}.String())
	require.Equal(t, "Decided slot=3", Decided{Slot: 3}.String())
	require.Equal(t, "Accepting leader=N2", Accepting{Leader: 2}.String())
	require.Equal(t, "Started", Started.String())
	require.Equal(t, "Heartbeat", Heartbeat.String())
}
