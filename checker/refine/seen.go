package refine

import (
	"bytes"
	"fmt"
	"unsafe"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// seen is a table as it was when the code's was last found equal to the model's. Where the code's then still has the same
// bits, whoever may have written to it, and the model's too, they are still equal. So every entry is compared in every
// step, and nearly all of them at the speed of memory.
type seen[M, V any] struct {
	model model.Table[M] // nobody writes to it
	code  []entry[V]     // a copy. It keeps the strings alive, so that no other ever stands where one of them does
}

// same compares tables from slots to values.
func (k *seen[M, V]) same(m model.Table[M], s *paxos.Slots[V], equal func(*M, *V) bool) bool {
	code := entries(s)
	switch {
	case unchanged(k.model, m) && sameBits(k.code, code):
		return true
	case len(m) != len(code):
		return false
	}
	from := min(common(k.model, m), common(k.code, code))
	for i := from; i < len(m); i++ {
		if m[i].Slot != int(code[i].slot) || !equal(&m[i].Value, &code[i].value) {
			return false
		}
	}
	k.model, k.code = m, append(k.code[:from], code[from:]...)
	return true
}

// common is how many entries both tables begin with for which it is certain that they are the same.
func common[E any](a, b []E) int {
	n := min(len(a), len(b))
	if n == 0 || &a[0] == &b[0] || sameBits(a[:n], b[:n]) {
		return n
	}
	const some = 8
	at := 0
	for at+some <= n && sameBits(a[at:at+some], b[at:at+some]) {
		at += some
	}
	return at
}

// entry is an entry of a paxos.Slots, as it stands in memory.
type entry[V any] struct {
	slot  paxos.Slot
	value V
}

// entries is the memory of a table.
func entries[V any](s *paxos.Slots[V]) []entry[V] {
	n := s.Len()
	if n == 0 {
		return nil
	}
	_, first := s.At(0)
	slot, last := s.At(n - 1)
	list := unsafe.Slice((*entry[V])(unsafe.Add(unsafe.Pointer(first), -int(unsafe.Offsetof(entry[V]{}.value)))), n)
	if list[n-1].slot != slot || &list[n-1].value != last {
		panic(fmt.Sprintf("refine: the entries of %T do not stand one after the other, as %T", *s, list[0]))
	}
	return list
}

// sameBits says whether two lists are as long and have the same memory. Where they are kept alive, they are then equal.
func sameBits[E any](a, b []E) bool { return bytes.Equal(bits(a), bits(b)) }

// bits is the memory of a list, as bytes.
func bits[E any](list []E) []byte {
	var one E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list))*unsafe.Sizeof(one))
}

// untouched says that a step changed nothing in the model's node. The model never changes a table once it is made.
func untouched(before, after *model.Node) bool {
	return sameBits(unsafe.Slice(before, 1), unsafe.Slice(after, 1))
}
