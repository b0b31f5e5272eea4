package explore

import (
	"fmt"
	"slices"
)

// useSymmetry makes the search take states that renamings make equal for one.
func (m *monotone) useSymmetry(s Symmetric) {
	m.symmetry, m.renamings = s, s.Renamings()
}

// renameExtended returns the number of node n's extended state e under renaming r, at the node of the new name.
func (m *monotone) renameExtended(r, n int, e uint32) uint32 {
	x := &m.extended[n].list[e]
	if x.renamed == nil {
		x.renamed = make([]uint32, m.renamings)
	}
	if x.renamed[r] == 0 {
		base, sent := x.base, x.sent
		to := m.symmetry.RenameNode(r, n)
		id := m.extend(to, m.renameBase(r, n, base), m.renameSet(r, n, to, sent))
		m.extended[n].list[e].renamed[r] = id + 1 // extend may have moved the list
	}
	return m.extended[n].list[e].renamed[r] - 1
}

// renameBase follows the step that first led to the base b under the new names.
func (m *monotone) renameBase(r, n int, b uint32) uint32 {
	from := m.memo.nodes[n].bases[b]
	if from.renamed == nil {
		from.renamed = make([]uint32, m.renamings)
	}
	if from.renamed[r] == 0 {
		from.renamed[r] = m.renameStep(r, n, from.origin) + 1
	}
	return from.renamed[r] - 1
}

func (m *monotone) renameStep(r, n int, from origin) uint32 {
	s := m.symmetry
	to := s.RenameNode(r, n)
	if from.base == none {
		return 0 // where the node starts
	}
	before := m.renameBase(r, n, from.base)
	if from.message != none {
		t := m.receive(to, before, m.renameMessage(r, from.message))
		if !t.taken {
			panic(fmt.Sprintf("explore: not a symmetry: %s is taken, and is not under other names", from.action))
		}
		return t.to
	}
	action := s.RenameChoice(r, from.action)
	for _, step := range m.choices(to, before) {
		if t := m.memo.nodes[to].steps[step]; t.action == action {
			return t.to
		}
	}
	panic(fmt.Sprintf("explore: not a symmetry: there is no choice %s", action))
}

func (m *monotone) renameMessage(r int, id uint32) uint32 {
	return m.message(m.symmetry.RenameMessage(r, &m.messages[id]))
}

// renameSet returns the set of node to's messages that a set of node n's is under other names.
func (m *monotone) renameSet(r, n, to int, sent uint32) uint32 {
	var list []uint32
	for _, id := range m.memo.nodes[n].sent.members[sent] {
		list = append(list, m.renameMessage(r, id))
	}
	slices.Sort(list)
	return m.memo.nodes[to].sent.id(list)
}
