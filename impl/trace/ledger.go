package trace

import (
	"fmt"
	"slices"
)

// Ledger follows the messages of a run: which were sent, and how many copies of each have no fate yet. For each
// message in flight it keeps an M. Ids rise, and most messages get their fate soon, so the ids of late come to stand
// in one slice, and a look-up takes constant time; the few that are older stand in a map.
type Ledger[M any] struct {
	last   uint64      // the highest id that was used
	recent []flight[M] // of the ids from last+1-len(recent) on
	old    map[uint64]flight[M]
}

// flight is a message and how many of its copies have no fate.
type flight[M any] struct {
	message M
	copies  int
}

// Last returns the highest id that was used.
func (l *Ledger[M]) Last() uint64 { return l.last }

// crowded is the length of recent at which it is tidied up.
const crowded = 1 << 10

// Send puts the message with the id in flight, or, if it never left, notes that its id was used.
func (l *Ledger[M]) Send(id uint64, m M, left bool) error {
	if id <= l.last {
		return fmt.Errorf("want a message id above %d, found %d", l.last, id)
	}
	if l.recent == nil {
		l.recent = make([]flight[M], 0, 128)
	}
	if id-l.last > crowded {
		l.retire(len(l.recent))
		l.last = id - 1
	}
	for ; l.last+1 < id; l.last++ {
		l.recent = append(l.recent, flight[M]{})
	}
	l.last = id
	copies := 0
	if left {
		copies = 1
	}
	l.recent = append(l.recent, flight[M]{m, copies})
	if len(l.recent) >= crowded {
		l.retire(len(l.recent) / 2)
	}
	return nil
}

// retire takes the first n out of recent. Those that are still in flight are old.
func (l *Ledger[M]) retire(n int) {
	first := l.last + 1 - uint64(len(l.recent))
	for i := range l.recent[:n] {
		if l.recent[i].copies > 0 {
			if l.old == nil {
				l.old = map[uint64]flight[M]{}
			}
			l.old[first+uint64(i)] = l.recent[i]
		}
	}
	l.recent = slices.Delete(l.recent, 0, n)
}

// Take gives one copy of a message its fate.
func (l *Ledger[M]) Take(id uint64) (m M, err error) { return l.change(id, -1) }

// Duplicate adds a copy.
func (l *Ledger[M]) Duplicate(id uint64) (m M, err error) { return l.change(id, 1) }

func (l *Ledger[M]) change(id uint64, by int) (m M, err error) {
	if first := l.last + 1 - uint64(len(l.recent)); id >= first && id <= l.last && l.recent[id-first].copies > 0 {
		f := &l.recent[id-first]
		m = f.message
		if f.copies += by; f.copies == 0 {
			*f = flight[M]{} // it keeps nothing alive
		}
		return m, nil
	}
	f, ok := l.old[id]
	if !ok {
		return m, l.missing(id)
	}
	if f.copies += by; f.copies == 0 {
		delete(l.old, id)
	} else {
		l.old[id] = f
	}
	return f.message, nil
}

func (l *Ledger[M]) missing(id uint64) error {
	if id == 0 || id > l.last {
		return fmt.Errorf("want a message that was sent, found id %d", id)
	}
	return fmt.Errorf("want a message in flight, found id %d: it never left, or each copy of it was delivered or lost", id)
}

// InFlight lists the messages that have no fate, ascending, once per copy.
func (l *Ledger[M]) InFlight() []uint64 {
	list := []uint64{}
	for id, f := range l.old {
		list = append(list, slices.Repeat([]uint64{id}, f.copies)...)
	}
	first := l.last + 1 - uint64(len(l.recent))
	for i, f := range l.recent {
		list = append(list, slices.Repeat([]uint64{first + uint64(i)}, f.copies)...)
	}
	slices.Sort(list)
	return list
}

// sendAll puts the first left of sent in flight, with what is kept of them. A crash lost the others: they have their ids
// and their fate.
func sendAll[M any](l *Ledger[M], sent []Message, left int, kept func(*Message) M) error {
	if left < 0 || left > len(sent) {
		return fmt.Errorf("want that 0 to %d of the messages sent left, found %d", len(sent), left)
	}
	for i := range sent {
		if err := l.Send(sent[i].ID, kept(&sent[i]), i < left); err != nil {
			return err
		}
	}
	return nil
}
