package model

import (
	"encoding/binary"
	"slices"
	"sync"
)

// An interner gives everything that a state is made of a number, equal things the same one. It is shared by the workers
// of a search, which ask it only about what they have not met themselves.
type interner struct {
	mu       sync.RWMutex
	nodes    map[string]uint32
	messages map[string]uint32
	cells    map[string]uint32
	bags     map[string]uint32 // sets of messages to one node
	answers  map[string]uint32 // sets of answers

	nodeAt    []*Node
	messageAt []*Message
	cellAt    []*Cell
	bagAt     [][]uint32
	answersAt [][]Answer
}

func newInterner() *interner {
	in := &interner{nodes: map[string]uint32{}, messages: map[string]uint32{}, cells: map[string]uint32{},
		bags: map[string]uint32{}, answers: map[string]uint32{}}
	in.answerSet(nil)
	return in
}

// give returns the number of key, a new one for a new key. The caller holds the lock.
func give[T any](numbers map[string]uint32, at *[]T, key []byte, made func(number uint32) T) uint32 {
	if n, ok := numbers[string(key)]; ok {
		return n
	}
	n := uint32(len(*at))
	numbers[string(key)] = n
	*at = append(*at, made(n))
	return n
}

func (in *interner) node(x *Node) uint32 {
	return give(in.nodes, &in.nodeAt, x.encode(nil), func(uint32) *Node {
		kept := *x
		kept.Out, kept.Answers = nil, nil
		return &kept
	})
}

func (in *interner) message(m *Message) uint32 {
	return give(in.messages, &in.messageAt, m.encode(nil), func(uint32) *Message {
		kept := *m
		return &kept
	})
}

// inbox is the numbers of messages as an ascending set.
func (in *interner) inbox(messages []Message) []uint32 {
	var numbers []uint32
	for i := range messages {
		numbers = append(numbers, in.message(&messages[i]))
	}
	return ascending(numbers)
}

func ascending(numbers []uint32) []uint32 {
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

func key(numbers []uint32) []byte {
	b := make([]byte, 0, 4*len(numbers)+4)
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// cell is the number of the cell with that node and inbox. The caller holds the lock, and leaves inbox alone from now on.
func (in *interner) cell(node uint32, inbox []uint32) uint32 {
	places := key(inbox)
	return give(in.cells, &in.cellAt, binary.LittleEndian.AppendUint32(places, node), func(id uint32) *Cell {
		at := &Cell{Node: in.nodeAt[node], id: id, node: node, inbox: inbox}
		for _, m := range inbox {
			at.Inbox = append(at.Inbox, in.messageAt[m])
		}
		at.fill()
		return at
	})
}

func (in *interner) bag(inbox []uint32) uint32 {
	return give(in.bags, &in.bagAt, key(inbox), func(uint32) []uint32 { return inbox })
}

func (in *interner) answerSet(set []Answer) uint32 {
	return give(in.answers, &in.answersAt, list(nil, set, Answer.encode), func(uint32) []Answer { return set })
}

// locked runs f with the lock held.
func locked[T any](in *interner, f func() T) T {
	in.mu.Lock()
	defer in.mu.Unlock()
	return f()
}

// lookCell and lookAnswers may be called without the lock.
func (in *interner) lookCell(id uint32) *Cell {
	in.mu.RLock()
	defer in.mu.RUnlock()
	return in.cellAt[id]
}

func (in *interner) lookAnswers(id uint32) []Answer {
	in.mu.RLock()
	defer in.mu.RUnlock()
	return in.answersAt[id]
}
