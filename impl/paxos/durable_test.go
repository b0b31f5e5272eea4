package paxos

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSessionsAndVotersAreMapsInOrder has both do what a map does, and stay in order.
func TestSessionsAndVotersAreMapsInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	var s State
	sessions, voters := map[ClientID]Session{}, map[Address]DiskID{}
	for range 500 {
		e := Session{ClientID: ClientID(random.Uint64N(40)), Seq: random.Uint64N(9)}
		s.Sessions.Put(e)
		sessions[e.ClientID] = e
		v := Voter{Address(1 + random.Uint64N(20)), DiskID(1 + random.Uint64N(9))}
		s.Voters.Put(v.Address, v.Disk)
		voters[v.Address] = v.Disk

		require.NoError(t, s.validate())
		require.Equal(t, slices.Sorted(maps.Keys(voters)), s.voters().List())
		require.Len(t, s.Sessions, len(sessions))
		client, address := ClientID(random.Uint64N(40)), Address(1+random.Uint64N(20))
		require.Equal(t, sessions[client], s.Sessions.Of(client))
		require.Equal(t, voters[address], s.Voters.DiskOf(address))
	}
	require.True(t, slices.IsSortedFunc(s.Sessions, func(a, b Session) int { return cmp.Compare(a.ClientID, b.ClientID) }))
	require.Greater(t, len(sessions), 30)
	require.Len(t, voters, 20)
}
