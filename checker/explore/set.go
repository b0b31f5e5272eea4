package explore

import (
	"encoding/binary"
	"slices"
)

// sets gives numbers to sorted lists of message numbers, which stand for sets or multisets. 0 is the empty one.
type sets struct {
	members [][]uint32
	ids     map[string]uint32
	unions  map[uint64]uint32
	key     []byte
}

func newSets() *sets {
	s := &sets{ids: map[string]uint32{}, unions: map[uint64]uint32{}}
	s.id(nil)
	return s
}

// id returns the number of a sorted list, which it keeps.
func (s *sets) id(list []uint32) uint32 {
	if id, ok := s.find(list); ok {
		return id
	}
	id := uint32(len(s.members))
	s.members = append(s.members, slices.Clone(list))
	s.ids[string(s.key)] = id
	return id
}

// find returns the number of a sorted list, if it has one. It leaves its encoding in key.
func (s *sets) find(list []uint32) (id uint32, ok bool) {
	s.key = s.key[:0]
	for _, m := range list {
		s.key = binary.AppendUvarint(s.key, uint64(m))
	}
	id, ok = s.ids[string(s.key)]
	return id, ok
}

// union returns the set of what is in a or b.
func (s *sets) union(a, b uint32) uint32 {
	switch {
	case a == b || b == 0:
		return a
	case a == 0:
		return b
	}
	pair := uint64(a)<<32 | uint64(b)
	if u, ok := s.unions[pair]; ok {
		return u
	}
	u := s.id(slices.Compact(merge(s.members[a], s.members[b])))
	s.unions[pair] = u
	return u
}

// sum returns the multiset of what is in a and what is in b.
func (s *sets) sum(a, b uint32) uint32 {
	if b == 0 {
		return a
	}
	pair := uint64(a)<<32 | uint64(b)
	if u, ok := s.unions[pair]; ok {
		return u
	}
	u := s.id(merge(s.members[a], s.members[b]))
	s.unions[pair] = u
	return u
}

// without returns the multiset a with one m less.
func (s *sets) without(a, m uint32) uint32 {
	list := s.members[a]
	i, _ := slices.BinarySearch(list, m)
	return s.id(slices.Concat(list[:i], list[i+1:]))
}

func merge(a, b []uint32) []uint32 {
	list := slices.Concat(a, b)
	slices.Sort(list)
	return list
}
