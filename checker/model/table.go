package model

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// Table maps slots (or clients, for sessions, or nodes, for voters) to values. Its entries are in ascending order and
// never change once made: a copy of a Node shares them.
type Table[V any] []Entry[V]

// Entry is a slot and its value.
type Entry[V any] struct {
	Slot  int
	Value V
}

// Get returns the value of slot and whether there is one.
func (t Table[V]) Get(slot int) (V, bool) {
	if at := t.lower(slot); at < len(t) && t[at].Slot == slot {
		return t[at].Value, true
	}
	var none V
	return none, false
}

// Has says whether slot is in the domain of t.
func (t Table[V]) Has(slot int) bool {
	at := t.lower(slot)
	return at < len(t) && t[at].Slot == slot
}

// Put is t with slot set to value.
func (t Table[V]) Put(slot int, value V) Table[V] {
	at := t.lower(slot)
	if at == len(t) && at >= long {
		return t.push(slot, value)
	}
	after := at
	if at < len(t) && t[at].Slot == slot {
		after++
	}
	next := make(Table[V], at+1, room(len(t)+1))
	copy(next, t[:at])
	next[at] = Entry[V]{slot, value}
	return append(next, t[after:]...)
}

// long tables have room for more entries, so that a run of many slots does not copy one for each. No model of TLC's has
// them.
const long = 16

// room is for how many entries a new table of n has room.
func room(n int) int {
	if n < long {
		return n
	}
	return n + n/8 + long
}

// push is t with one more entry at its end. Tables may share memory, and then one of them alone gets the room behind
// their last entry: the first to write its slot there, where 0 was. So no entry of any table ever changes.
func (t Table[V]) push(slot int, value V) Table[V] {
	n := len(t)
	if cap(t) > n {
		next := t[:n+1]
		if atomic.CompareAndSwapUintptr((*uintptr)(unsafe.Pointer(&next[n].Slot)), 0, uintptr(slot)) {
			next[n].Value = value
			return next
		}
	}
	next := make(Table[V], n+1, room(n+1))
	copy(next, t)
	next[n] = Entry[V]{slot, value}
	return next
}

// Take is t without slot.
func (t Table[V]) Take(slot int) Table[V] {
	at := t.lower(slot)
	switch {
	case at == len(t) || t[at].Slot != slot:
		return t
	case len(t) == 1:
		return nil
	}
	next := make(Table[V], at, len(t)-1)
	copy(next, t[:at])
	return append(next, t[at+1:]...)
}

// From is t from slot on.
func (t Table[V]) From(slot int) Table[V] { return t[t.lower(slot):] }

// Below is t below slot.
func (t Table[V]) Below(slot int) Table[V] { return t[:t.lower(slot):t.lower(slot)] }

// Last is the highest slot in t, 0 when t is empty.
func (t Table[V]) Last() int {
	if len(t) == 0 {
		return 0
	}
	return t[len(t)-1].Slot
}

// lower is the number of entries below slot.
func (t Table[V]) lower(slot int) int {
	low, high := 0, len(t)
	switch {
	case high == 0 || t[high-1].Slot < slot:
		return high
	case slot <= t[0].Slot:
		return 0
	}
	if at := uint(slot - t[0].Slot); at < uint(high) && t[at].Slot == slot {
		return int(at) // the slots up to it are contiguous, as they most often are
	}
	for low < high {
		if middle := (low + high) / 2; t[middle].Slot < slot {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// with is the sorted set with the item added.
func with[T any](set []T, item T, compare func(a, b T) int) []T {
	at, found := slices.BinarySearchFunc(set, item, compare)
	if found {
		return set
	}
	next := make([]T, 0, len(set)+1)
	return append(append(append(next, set[:at]...), item), set[at:]...)
}
