package model

import "slices"

// Table maps slots (or clients, for sessions, or nodes, for voters) to values. Its entries are in ascending order and never change once made:
// a copy of a Node shares them.
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
	_, ok := t.Get(slot)
	return ok
}

// Put is t with slot set to value.
func (t Table[V]) Put(slot int, value V) Table[V] {
	at := t.lower(slot)
	after := at
	if at < len(t) && t[at].Slot == slot {
		after++
	}
	next := make(Table[V], 0, len(t)+1)
	next = append(append(next, t[:at]...), Entry[V]{slot, value})
	return append(next, t[after:]...)
}

// Take is t without slot.
func (t Table[V]) Take(slot int) Table[V] {
	if !t.Has(slot) {
		return t
	}
	at := t.lower(slot)
	return append(slices.Clone(t[:at]), t[at+1:]...)
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
