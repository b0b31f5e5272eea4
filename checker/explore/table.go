package explore

import (
	"math/bits"
	"sync"
)

// table is the set of visited states: of each its key, and the key of the state from which it was first reached.
// That is 16 bytes, in tables between half and four fifths full. Shards grow on their own.
type table struct{ shards [shards]shard }

const (
	shardBits = 7
	shards    = 1 << shardBits
)

type shard struct {
	mu    sync.Mutex
	slots []slot
	used  int
	_     [64]byte // shards of different workers lie in different cache lines
}

// slot is one visited state. Its key is never 0.
type slot struct{ key, parent uint64 }

func newTable() *table {
	t := &table{}
	for i := range t.shards {
		t.shards[i].slots = make([]slot, 64)
	}
	return t
}

// shardOf returns the shard of a key: its highest bits. Within the shard the next ones say where it is, so that a
// shard is nearly sorted, and growing it is one pass over both.
func shardOf(key uint64) int { return int(key >> (64 - shardBits)) }

func home(key uint64, n int) int {
	high, _ := bits.Mul64(key<<shardBits, uint64(n))
	return int(high)
}

// insert adds the keys that are new with their parents, and returns the indices of those in fresh.
func (s *shard) insert(keys, parents []uint64, fresh []int32) []int32 {
	for 5*(s.used+len(keys)) > 4*len(s.slots) {
		s.grow()
	}
	const batch = 16
	var at [batch]int
	for start := 0; start < len(keys); start += batch {
		n := min(batch, len(keys)-start)
		var touched uint64
		for i := range n { // these loads do not wait for each other
			at[i] = home(keys[start+i], len(s.slots))
			touched |= s.slots[at[i]].key
		}
		if touched == 1 {
			continue // never: no key is 1, but the loads must not be optimised away
		}
		for i := range n {
			if s.put(at[i], keys[start+i], parents[start+i]) {
				fresh = append(fresh, int32(start+i))
			}
		}
	}
	return fresh
}

// put adds a key, and says whether it is new.
func (s *shard) put(at int, key, parent uint64) bool {
	for {
		switch s.slots[at].key {
		case key:
			return false
		case 0:
			s.slots[at] = slot{key, parent}
			s.used++
			return true
		}
		if at++; at == len(s.slots) {
			at = 0
		}
	}
}

// grow makes room for half as many again and more.
func (s *shard) grow() {
	old := s.slots
	s.slots, s.used = make([]slot, len(old)*8/5), 0
	for _, o := range old {
		if o.key != 0 {
			s.put(home(o.key, len(s.slots)), o.key, o.parent)
		}
	}
}

// parent returns the key of the state from which that of the key was first reached.
func (t *table) parent(key uint64) uint64 {
	s := &t.shards[shardOf(key)]
	for at := home(key, len(s.slots)); ; at = (at + 1) % len(s.slots) {
		if s.slots[at].key == key {
			return s.slots[at].parent
		}
	}
}

// size returns the number of states, and the bytes that they take.
func (t *table) size() (states, bytes int) {
	for i := range t.shards {
		states += t.shards[i].used
		bytes += 16 * len(t.shards[i].slots)
	}
	return states, bytes
}
