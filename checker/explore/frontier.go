package explore

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
)

// frontier is the states of one depth, in chunks. Those beyond the limit are kept in a file.
type frontier struct {
	mu     sync.Mutex
	chunks [][]uint64
	words  int // in memory
	limit  int // of words in memory
	spill  *spill
	states int
	width  int
}

// spill is a file of chunks.
type spill struct {
	file    *os.File
	lengths []int // of each chunk, in words
	offsets []int64
	end     int64
}

// chunkStates is the number of states that a worker takes at a time, if tests do not ask for fewer.
const chunkStates = 1 << 15

func newFrontier(width, limit int) *frontier { return &frontier{width: width, limit: limit} }

// add adds a chunk, which it keeps.
func (f *frontier) add(chunk []uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states += len(chunk) / f.width
	if f.limit > 0 && f.words+len(chunk) > f.limit {
		return f.write(chunk)
	}
	f.words += len(chunk)
	f.chunks = append(f.chunks, chunk)
	return nil
}

// take removes and returns a chunk, or nil when there is none left. dir says where the file is.
func (f *frontier) take() ([]uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.chunks); n > 0 {
		chunk := f.chunks[n-1]
		f.chunks[n-1] = nil
		f.chunks = f.chunks[:n-1]
		f.words -= len(chunk)
		return chunk, nil
	}
	if f.spill != nil && len(f.spill.lengths) > 0 {
		return f.read()
	}
	return nil, nil
}

// left returns the number of words that are not taken.
func (f *frontier) left() (words int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	words = f.words
	if f.spill != nil {
		for _, n := range f.spill.lengths {
			words += n
		}
	}
	return words
}

// each calls do with every chunk that is not taken.
func (f *frontier) each(do func(chunk []uint64) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, chunk := range f.chunks {
		if err := do(chunk); err != nil {
			return err
		}
	}
	for i := 0; f.spill != nil && i < len(f.spill.lengths); i++ {
		chunk, err := f.spill.at(i)
		if err == nil {
			err = do(chunk)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write appends a chunk to the file. The file has no name, so it is gone with the process.
func (f *frontier) write(chunk []uint64) error {
	if f.spill == nil {
		file, err := os.CreateTemp("", "explore-frontier-*")
		if err != nil {
			return fmt.Errorf("explore: the frontier on disk: %w", err)
		}
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("explore: the frontier on disk: %w", err)
		}
		f.spill = &spill{file: file}
	}
	data := make([]byte, 0, 8*len(chunk))
	for _, w := range chunk {
		data = binary.LittleEndian.AppendUint64(data, w)
	}
	if _, err := f.spill.file.WriteAt(data, f.spill.end); err != nil {
		return fmt.Errorf("explore: the frontier on disk: %w", err)
	}
	f.spill.lengths = append(f.spill.lengths, len(chunk))
	f.spill.offsets = append(f.spill.offsets, f.spill.end)
	f.spill.end += int64(len(data))
	return nil
}

// read takes the last chunk of the file.
func (f *frontier) read() ([]uint64, error) {
	last := len(f.spill.lengths) - 1
	chunk, err := f.spill.at(last)
	f.spill.end = f.spill.offsets[last]
	f.spill.lengths, f.spill.offsets = f.spill.lengths[:last], f.spill.offsets[:last]
	return chunk, err
}

// at reads a chunk.
func (s *spill) at(i int) ([]uint64, error) {
	data := make([]byte, 8*s.lengths[i])
	if _, err := s.file.ReadAt(data, s.offsets[i]); err != nil {
		return nil, fmt.Errorf("explore: the frontier on disk: %w", err)
	}
	chunk := make([]uint64, len(data)/8)
	for i := range chunk {
		chunk[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return chunk, nil
}

func (f *frontier) close() {
	if f.spill != nil {
		f.spill.file.Close()
	}
}
