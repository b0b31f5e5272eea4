package explore

import (
	"bufio"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A checkpoint is a file from which a search goes on: the visited states, the frontier, and how the numbers that states
// are made of came about. Local states are not written: the look-ups that led to new numbers are made again, in their
// order, by the same code, and a digest says whether they led to the same.

// lookedUp is a look-up that led to new numbers.
type lookedUp struct {
	Kind       uint8
	A, B, C, D uint32
}

const (
	lookedUpPair uint8 = iota
	lookedUpName
)

// size grows with every new number.
func (m *monotone) size() (n int) {
	n = len(m.messages)
	for i, node := range m.memo.nodes {
		n += len(node.bases) + len(node.sent.members) + len(m.extended[i].list)
	}
	return n
}

// note keeps a look-up that led to new numbers.
func (m *monotone) note(before int, l lookedUp) {
	if m.size() > before {
		m.journal = append(m.journal, l)
	}
}

// repeat makes the look-ups again.
func (m *monotone) repeat(journal []lookedUp) error {
	for _, l := range journal {
		counts := len(m.memo.nodes)
		if int(l.A) >= max(counts, m.renamings) || l.Kind > lookedUpName {
			return fmt.Errorf("want a look-up of this model, found %+v", l)
		}
		if l.Kind == lookedUpName {
			m.renameLocked(int(l.A), int(l.B), l.C)
		} else {
			m.entry(pairID(int(l.A), l.B, int(l.C), l.D), int(l.A), l.B, int(l.C), l.D)
		}
	}
	return nil
}

// digest is a hash of all numbers and what they stand for.
func (m *monotone) digest() uint64 {
	var e encoder
	h := fnv.New64a()
	flush := func() {
		h.Write(e.b)
		e.b = e.b[:0]
	}
	for i, node := range m.memo.nodes {
		for _, b := range node.bases {
			e.text(b.local.Key())
			flush()
		}
		for _, set := range node.sent.members {
			e.num(uint64(len(set)))
			for _, id := range set {
				e.num(uint64(id))
			}
			flush()
		}
		for _, x := range m.extended[i].list {
			e.num(uint64(x.base))
			e.num(uint64(x.sent))
			flush()
		}
	}
	for _, msg := range m.messages {
		e.num(uint64(msg.From))
		e.num(uint64(msg.To + 1))
		e.text(msg.Key)
		flush()
	}
	return h.Sum64()
}

// progressed is the head of a checkpoint. The visited states follow it, then both frontiers, then a sum of all.
type progressed struct {
	Version, Width                       int
	Identity                             string
	Digest                               uint64
	Journal                              []lookedUp
	Depth, Widest, Executed              int
	Steps, Stutters, Terminals, Expanded int64
	Met                                  map[string]bool
	Actions                              map[string]int
	Room                                 []int // of each part of the table
	States, Now, Next, NowStates         int   // visited; words of the frontiers; states of the depth at hand
}

const checkpointVersion = 1

// savable says whether a checkpoint can be written, if one is asked for: better at once than after an hour. One that is there,
// perhaps of an hour's work, is overwritten only by a search that goes on from it.
func (s *search) savable(resume bool) error {
	if s.checkpoint == "" {
		return nil
	}
	if m, ok := s.system.(*monotone); !ok || m.past != nil {
		return errors.New("explore: a checkpoint: want messages that may be delivered any number of times, and no history")
	}
	switch info, err := os.Stat(s.checkpoint); {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("explore: a checkpoint: %s: want a file, found %v", s.checkpoint, info.Mode())
	case err == nil && !resume && info.Size() > 0:
		return fmt.Errorf("explore: a checkpoint: %s: want a new file, or to resume from it, found %d bytes", s.checkpoint, info.Size())
	}
	file, err := os.CreateTemp(filepath.Dir(s.checkpoint), ".explore-*")
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		return fmt.Errorf("explore: a checkpoint: %w", err)
	}
	return nil
}

// save writes a checkpoint, if one is asked for. The one before it stays until it is complete.
func (s *search) save() error {
	if s.checkpoint == "" {
		return nil
	}
	m := s.system.(*monotone) // savable says so
	file, err := os.CreateTemp(filepath.Dir(s.checkpoint), ".explore-*")
	if err != nil {
		return fmt.Errorf("explore: a checkpoint: %w", err)
	}
	if err = s.write(file, m); err == nil {
		err = file.Sync() // before it takes the place of the one before
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), s.checkpoint)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("explore: a checkpoint: %w", err)
	}
	s.saved = time.Now()
	return nil
}

func (s *search) write(file io.Writer, m *monotone) error {
	buffered := bufio.NewWriterSize(file, 1<<20)
	sum := fnv.New64a()
	w := io.MultiWriter(buffered, sum)
	states, _ := s.table.size()
	p := progressed{Version: checkpointVersion, Width: s.width, Identity: s.identity, Digest: m.digest(), Journal: m.journal, Depth: s.depth,
		Widest: s.widest, Executed: m.executed, Steps: s.steps.Load(), Stutters: s.stutters.Load(), Terminals: s.terminals.Load(),
		Expanded: s.expanded.Load(), Met: maps.Clone(s.met), Actions: m.actions, States: states, Now: s.now.left(),
		Next: s.next.left(), NowStates: s.now.states}
	for i := range s.table.shards {
		p.Room = append(p.Room, len(s.table.shards[i].slots))
	}
	if err := gob.NewEncoder(w).Encode(&p); err != nil {
		return err
	}
	put := func(words []uint64) error {
		_, err := w.Write(encodeWords(words))
		return err
	}
	for i := range s.table.shards {
		if err := put(s.table.shards[i].words()); err != nil {
			return err
		}
	}
	if err := errors.Join(s.now.each(put), s.next.each(put)); err != nil {
		return err
	}
	if _, err := buffered.Write(binary.LittleEndian.AppendUint64(nil, sum.Sum64())); err != nil {
		return err
	}
	return buffered.Flush()
}

func encodeWords(words []uint64) []byte {
	data := make([]byte, 0, 8*len(words))
	for _, word := range words {
		data = binary.LittleEndian.AppendUint64(data, word)
	}
	return data
}

// words lists the visited states of a shard: of each its key and its parent's.
func (s *shard) words() []uint64 {
	list := make([]uint64, 0, 2*s.used)
	for _, slot := range s.slots {
		if slot.key != 0 {
			list = append(list, slot.key, slot.parent)
		}
	}
	return list
}

// resume continues the search of a checkpoint, whose initial state is known.
func (s *search) resume() error {
	file, err := os.Open(s.checkpoint)
	if err != nil {
		return fmt.Errorf("explore: a checkpoint: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := s.read(file); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("want a whole checkpoint, found an end")
		}
		return fmt.Errorf("%s: %w", s.checkpoint, err)
	}
	return nil
}

func (s *search) read(file *os.File) error {
	var p progressed
	r := bufio.NewReaderSize(file, 1<<20)
	if err := gob.NewDecoder(r).Decode(&p); err != nil {
		return fmt.Errorf("want a checkpoint of an exploration: %w", err)
	}
	m, ok := s.system.(*monotone)
	switch {
	case p.Version != checkpointVersion:
		return fmt.Errorf("want version %d, found %d", checkpointVersion, p.Version)
	case !ok || p.Identity != s.identity:
		return fmt.Errorf("want the checkpoint of\n%s\nfound that of\n%s", s.identity, p.Identity)
	}
	if p.Width > s.width {
		return tooMany{}
	}
	if err := p.intact(file, r); err != nil {
		return err
	}
	if err := m.repeat(p.Journal); err != nil {
		return err
	}
	if found := m.digest(); found != p.Digest {
		return fmt.Errorf("want the code that wrote it, with the digest %x, found %x", p.Digest, found)
	}
	s.depth, s.widest, m.executed, m.actions = p.Depth, p.Widest, p.Executed, p.Actions
	s.steps.Store(p.Steps)
	s.stutters.Store(p.Stutters)
	s.terminals.Store(p.Terminals)
	s.expanded.Store(p.Expanded)
	maps.Copy(s.met, p.Met)
	return s.readStates(r, &p)
}

// intact says whether the file is as it was written: look-ups of other numbers would lead anywhere. r, which has read the
// head, stays where it is.
func (p *progressed) intact(file *os.File, r *bufio.Reader) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	end := at - int64(r.Buffered()) + 8*int64(2*p.States+p.Now+p.Next)
	switch found := info.Size() - 8; {
	case found < end:
		return io.ErrUnexpectedEOF
	case found > end:
		return fmt.Errorf("want an end after %d bytes, found more: %d", end+8, found+8)
	}
	sum := fnv.New64a()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, end)); err != nil {
		return err
	}
	var written [8]byte
	if _, err := file.ReadAt(written[:], end); err != nil {
		return err
	}
	if want, found := binary.LittleEndian.Uint64(written[:]), sum.Sum64(); want != found {
		return fmt.Errorf("want the sum %x, which is written at the end, found %x", want, found)
	}
	return nil
}

func (s *search) readStates(r io.Reader, p *progressed) error {
	if len(p.Room) != shards {
		return fmt.Errorf("want %d parts of the table, found %d", shards, len(p.Room))
	}
	if most := slices.Max(p.Room); p.States < 0 || most > 64+8*p.States {
		return fmt.Errorf("want room for %d states, found %d in one part", p.States, most)
	}
	for i, room := range p.Room { // at once: to grow it as nearly sorted keys come takes for ever
		s.table.shards[i].slots, s.table.shards[i].used = make([]slot, max(64, room)), 0
	}
	err := readWords(r, 2, 2*p.States, func(words []uint64) error {
		for at := 0; at < len(words); at += 2 {
			shard := &s.table.shards[shardOf(words[at])]
			shard.insert(words[at:at+1], words[at+1:at+2], nil)
		}
		return nil
	})
	s.now, s.next = newFrontier(s.width, s.limit*s.width), newFrontier(s.width, s.limit*s.width)
	if err == nil {
		err = readWords(r, s.width, p.Now, s.now.add)
	}
	if err == nil {
		err = readWords(r, s.width, p.Next, s.next.add)
	}
	s.now.states = p.NowStates
	return err
}

// readWords reads so many words, in chunks of whole units.
func readWords(r io.Reader, unit, count int, take func(words []uint64) error) error {
	for count > 0 {
		words := make([]uint64, min(count, unit*4096))
		data := make([]byte, 8*len(words))
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		for i := range words {
			words[i] = binary.LittleEndian.Uint64(data[8*i:])
		}
		if err := take(words); err != nil {
			return err
		}
		count -= len(words)
	}
	return nil
}
