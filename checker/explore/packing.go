package explore

import "fmt"

// packing says where in a state's words its parts are. Each part is a number; none lies in two words.
type packing struct {
	width int // words
	parts []part
}

type part struct {
	word  int
	shift uint
	mask  uint64
}

// tooMany is the error of a part with more values than the packing has room for: it is tried again with more words.
type tooMany struct{ part int }

func (t tooMany) Error() string {
	return fmt.Sprintf("part %d of the state has too many values", t.part)
}

// pack makes room, in the lower 63 bits of each word, for n equal parts, and then for parts of the given bits, in width words.
func pack(width, n int, small ...uint) packing {
	for bits := uint(32); ; bits-- {
		if p, ok := tryPack(width, n, bits, small); ok {
			return p
		}
		if bits == 1 {
			panic(fmt.Sprintf("explore: %d words for %d parts", width, n))
		}
	}
}

func tryPack(width, n int, bits uint, small []uint) (packing, bool) {
	p := packing{width: width}
	sizes := make([]uint, n, n+len(small))
	for i := range sizes {
		sizes[i] = bits
	}
	used := make([]uint, width)
	for _, size := range append(sizes, small...) {
		word := 0
		for word < width && used[word]+size > 63 {
			word++
		}
		if word == width {
			return p, false
		}
		p.parts = append(p.parts, part{word, used[word], 1<<size - 1})
		used[word] += size
	}
	return p, true
}

// widthFor is the least number of words that leaves the equal parts at least bits each.
func widthFor(n int, bits uint, small ...uint) int {
	for width := 1; ; width++ {
		if _, ok := tryPack(width, n, bits, small); ok {
			return width
		}
	}
}

func (p part) get(s []uint64) uint32 { return uint32(s[p.word] >> p.shift & p.mask) }

func (p part) set(s []uint64, value uint32) {
	s[p.word] = s[p.word]&^(p.mask<<p.shift) | uint64(value)<<p.shift
}

// fits says whether the part can have the value.
func (p part) fits(value uint32) bool { return uint64(value) <= p.mask }
