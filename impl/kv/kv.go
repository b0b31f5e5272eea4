// Package kv is a second replicated state machine: a store of text values, small and easy to check by key.
//
// Operations and answers follow the conventions of package bank: single lines of printable ASCII, fields separated by
// single spaces; `ok …`, `refused <reason> …` when not allowed, `error <reason>` when malformed.
//
//	put <key> <value>       ok <value>
//	get <key>               ok <value>            refused unknown-key <key>
//	cas <key> <old> <new>   ok <new>              refused unknown-key <key>, refused mismatch <current value>
//	delete <key>            ok <deleted value>    refused unknown-key <key>
package kv

import (
	"fmt"
	"slices"
	"strings"
)

// The verbs of operations.
const (
	VerbPut    = "put"
	VerbGet    = "get"
	VerbCAS    = "cas"
	VerbDelete = "delete"
)

// Limits in bytes.
const (
	MaxKey       = 64
	MaxValue     = 256
	MaxOperation = 4 + MaxKey + 1 + MaxValue + 1 + MaxValue
)

// version is the second field of a snapshot; it changes when the format of snapshots does.
const version = "1"

// Store is the state. The zero Store is empty and ready to use. It is not safe for concurrent use.
type Store struct {
	entries []entry // sorted by key, keys unique: canonical, and copied by one allocation
}

type entry struct{ key, value string }

// New returns an empty store.
func New() *Store { return &Store{} }

// Apply executes one operation and returns its answer. It never panics.
func (s *Store) Apply(input string) (output string) {
	op, slug := parse(input)
	if slug != "" {
		return "error " + slug
	}
	i, known := s.find(op.Key)
	if op.Verb == VerbPut {
		s.put(i, known, op)
		return "ok " + op.Value
	}
	if !known {
		return "refused unknown-key " + op.Key
	}
	current := s.entries[i].value
	switch op.Verb {
	case VerbCAS:
		if current != op.Old {
			return "refused mismatch " + current
		}
		s.put(i, known, op)
		return "ok " + op.Value
	case VerbDelete:
		s.entries = slices.Delete(s.entries, i, i+1)
	}
	return "ok " + current
}

// put clones: an operation is part of a message, which must not stay alive for one value.
func (s *Store) put(i int, known bool, op Operation) {
	if !known {
		s.entries = slices.Insert(s.entries, i, entry{key: strings.Clone(op.Key)})
	}
	s.entries[i].value = strings.Clone(op.Value)
}

// Get returns the value of a key, and whether there is one.
func (s *Store) Get(key string) (value string, known bool) {
	i, known := s.find(key)
	if !known {
		return "", false
	}
	return s.entries[i].value, true
}

func (s *Store) find(key string) (index int, known bool) {
	low, high := 0, len(s.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if s.entries[middle].key < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(s.entries) && s.entries[low].key == key
}

// Snapshot returns the state as one line, `kv 1 <key>=<value> …`, in the order of the keys. Equal states have equal
// snapshots.
func (s *Store) Snapshot() string {
	text := []byte("kv " + version)
	for _, e := range s.entries {
		text = append(append(append(append(text, ' '), e.key...), '='), e.value...)
	}
	return string(text)
}

// Restore replaces the state by that of a snapshot. On an error the store is unchanged.
func (s *Store) Restore(snapshot string) error {
	var entries []entry
	fields := strings.Split(snapshot, " ")
	if len(fields) < 2 || fields[0] != "kv" || fields[1] != version {
		return fmt.Errorf("kv snapshot: want %q, found %.60q", "kv "+version+" …", snapshot)
	}
	for _, field := range fields[2:] {
		key, value, _ := strings.Cut(field, "=")
		if !validKey(key) || !validValue(value) {
			return fmt.Errorf("kv snapshot: want <key>=<value>, found %.60q", field)
		}
		if n := len(entries); n > 0 && entries[n-1].key >= key {
			return fmt.Errorf("kv snapshot: key %q after %q: want ascending keys", key, entries[n-1].key)
		}
		entries = append(entries, entry{strings.Clone(key), strings.Clone(value)})
	}
	s.entries = entries
	return nil
}

// Clone returns an independent copy.
func (s *Store) Clone() *Store { return &Store{slices.Clone(s.entries)} }

// Only returns a store that holds at most one key: the part of the state that operations on this key see.
func (s *Store) Only(key string) *Store {
	if i, known := s.find(key); known {
		return &Store{slices.Clone(s.entries[i : i+1])}
	}
	return &Store{}
}

// Equal reports whether both stores have the same snapshot.
func (s *Store) Equal(other *Store) bool { return slices.Equal(s.entries, other.entries) }

// Hash is equal for equal stores (FNV-1a).
func (s *Store) Hash() uint64 {
	h := uint64(14695981039346656037)
	for _, e := range s.entries {
		h = hash(hash(h, e.key)^'=', e.value)
	}
	return h
}

func hash(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}
