package trace

import (
	"fmt"
	"maps"
	"slices"

	"multipaxos/impl/paxos"
)

// ledger follows the messages: which were sent, and how many copies of each have no fate yet.
type ledger struct {
	last   uint64 // the highest id that was used
	copies map[uint64]*flight
}

type flight struct {
	message paxos.Envelope
	copies  int
}

func newLedger() ledger { return ledger{copies: map[uint64]*flight{}} }

// send puts the first left of sent in flight. A crash lost the others: they have their ids and their fate.
func (l *ledger) send(sent []Message, left int) error {
	if left < 0 || left > len(sent) {
		return fmt.Errorf("want that 0 to %d of the messages sent left, found %d", len(sent), left)
	}
	for i, m := range sent {
		if m.ID <= l.last {
			return fmt.Errorf("want a message id above %d, found %d", l.last, m.ID)
		}
		l.last = m.ID
		if i < left {
			l.copies[m.ID] = &flight{m.Envelope, 1}
		}
	}
	return nil
}

// take gives one copy of a message its fate.
func (l *ledger) take(id uint64) (paxos.Envelope, error) {
	f, err := l.find(id)
	if err != nil {
		return paxos.Envelope{}, err
	}
	f.copies--
	if f.copies == 0 {
		delete(l.copies, id)
	}
	return f.message, nil
}

// duplicate adds a copy.
func (l *ledger) duplicate(id uint64) (paxos.Envelope, error) {
	f, err := l.find(id)
	if err != nil {
		return paxos.Envelope{}, err
	}
	f.copies++
	return f.message, nil
}

func (l *ledger) find(id uint64) (*flight, error) {
	if f, ok := l.copies[id]; ok {
		return f, nil
	}
	if id == 0 || id > l.last {
		return nil, fmt.Errorf("want a message that was sent, found id %d", id)
	}
	return nil, fmt.Errorf("want a message in flight, found id %d: it never left, or each copy of it was delivered or lost", id)
}

// inFlight lists the messages that have no fate, once per copy.
func (l *ledger) inFlight() []uint64 {
	list := []uint64{}
	for _, id := range slices.Sorted(maps.Keys(l.copies)) {
		for range l.copies[id].copies {
			list = append(list, id)
		}
	}
	return list
}
