package paxos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
)

// Slots is a table from slots to values, in slot order. The zero value is an empty table. A lookup takes
// constant time where the slots are contiguous, as they are but for the last few.
type Slots[T any] struct {
	entries []slotEntry[T]
}

type slotEntry[T any] struct {
	Slot  Slot `json:"slot"`
	Value T    `json:"value"`
}

// search returns the index of slot, or where it would be inserted.
func (s *Slots[T]) search(slot Slot) (int, bool) {
	n := len(s.entries)
	if n == 0 || slot > s.entries[n-1].Slot {
		return n, false
	}
	if slot < s.entries[0].Slot {
		return 0, false
	}
	if i := slot - s.entries[0].Slot; i < Slot(n) && s.entries[i].Slot == slot {
		return int(i), true
	}
	i := sort.Search(n, func(i int) bool { return s.entries[i].Slot >= slot })
	return i, s.entries[i].Slot == slot
}

// Get returns the value at slot.
func (s *Slots[T]) Get(slot Slot) (value T, ok bool) {
	if i, ok := s.search(slot); ok {
		return s.entries[i].Value, true
	}
	return value, false
}

// Has says whether slot has a value.
func (s *Slots[T]) Has(slot Slot) bool {
	_, ok := s.search(slot)
	return ok
}

// Put sets the value at slot.
func (s *Slots[T]) Put(slot Slot, value T) {
	i, ok := s.search(slot)
	if ok {
		s.entries[i].Value = value
		return
	}
	s.entries = slices.Insert(s.entries, i, slotEntry[T]{slot, value})
}

// Take removes and returns the value at slot.
func (s *Slots[T]) Take(slot Slot) (value T, ok bool) {
	i, ok := s.search(slot)
	if !ok {
		return value, false
	}
	value = s.entries[i].Value
	s.entries = slices.Delete(s.entries, i, i+1)
	return value, true
}

// Len counts the slots that have a value.
func (s *Slots[T]) Len() int { return len(s.entries) }

// Last returns the highest slot that has a value, or 0.
func (s *Slots[T]) Last() Slot {
	if len(s.entries) == 0 {
		return 0
	}
	return s.entries[len(s.entries)-1].Slot
}

// At returns the slot that is the i-th from 0 to have a value, and the value itself, which must not be changed.
func (s *Slots[T]) At(i int) (Slot, *T) { return s.entries[i].Slot, &s.entries[i].Value }

// All yields the slots that have a value, in ascending order. The table must not change meanwhile.
func (s *Slots[T]) All() iter.Seq2[Slot, T] {
	return func(yield func(Slot, T) bool) {
		for _, e := range s.entries {
			if !yield(e.Slot, e.Value) {
				return
			}
		}
	}
}

// From returns a copy of the table from slot on. The copy shares nothing with s.
func (s *Slots[T]) From(slot Slot) Slots[T] {
	i, _ := s.search(slot)
	if i == len(s.entries) {
		return Slots[T]{}
	}
	return Slots[T]{slices.Clone(s.entries[i:])}
}

// Below returns a copy of the table below slot. The copy shares nothing with s.
func (s *Slots[T]) Below(slot Slot) Slots[T] {
	i, _ := s.search(slot)
	return Slots[T]{slices.Clone(s.entries[:i])}
}

// Clone returns a copy that shares nothing with s.
func (s *Slots[T]) Clone() Slots[T] { return s.From(0) }

// TrimBelow forgets the slots below slot.
func (s *Slots[T]) TrimBelow(slot Slot) {
	if i, _ := s.search(slot); i > 0 {
		s.entries = slices.Delete(s.entries, 0, i)
	}
}

// MarshalJSON writes [{"slot":1,"value":…},…] in ascending order.
func (s Slots[T]) MarshalJSON() ([]byte, error) {
	if len(s.entries) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal(s.entries)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Slots[T]) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var entries []slotEntry[T]
	if err := decoder.Decode(&entries); err != nil {
		return err
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].Slot <= entries[i-1].Slot {
			return fmt.Errorf("slots: want ascending slots, found %d after %d", entries[i].Slot, entries[i-1].Slot)
		}
	}
	s.entries = entries
	return nil
}

func (s Slots[T]) String() string {
	parts := make([]string, 0, len(s.entries))
	for _, e := range s.entries {
		parts = append(parts, fmt.Sprintf("%d:%v", e.Slot, e.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
