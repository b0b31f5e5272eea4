package explore

import "sync"

// histories gives numbers to what clients may have seen. 0 is nothing.
type histories struct {
	mu       sync.Mutex
	recorder Recorder
	list     []string
	ids      map[string]uint32
	next     map[uint64]past
}

// past is a history, or what is wrong with it.
type past struct {
	id  uint32
	err error
}

func newHistories(r Recorder) *histories {
	return &histories{recorder: r, list: []string{""}, ids: map[string]uint32{"": 0}, next: map[uint64]past{}}
}

// after returns the history that the events make of another.
func (h *histories) after(id, events uint32, m *memo) (uint32, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := uint64(id)<<32 | uint64(events)
	if p, ok := h.next[key]; ok {
		return p.id, p.err
	}
	m.mu.Lock()
	list := m.events[events]
	m.mu.Unlock()
	text, err := h.recorder.Record(h.list[id], list)
	next, ok := h.ids[text]
	if !ok {
		next = uint32(len(h.list))
		h.list = append(h.list, text)
		h.ids[text] = next
	}
	h.next[key] = past{next, err}
	return next, err
}
