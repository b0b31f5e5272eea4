package sim

import "math/rand/v2"

// Chooser decides everything that is not determined: which fault, which delay, which operation. Choose returns
// a number in [0,n). Zero is always the mildest choice: no fault, the shortest delay, the first candidate.
//
// A seeded generator drives simulation, bytes drive a fuzzer, an odometer drives exhaustive search, and a
// recorded list drives replay. So the list of choices is the reproduction of a run.
type Chooser interface {
	Choose(n int) int
}

// Seeded returns a Chooser that draws uniformly from a generator with this seed.
func Seeded(seed uint64) Chooser { return &seeded{*rand.NewPCG(seed, 0x9e3779b97f4a7c15)} }

type seeded struct{ source rand.PCG }

func (s *seeded) Choose(n int) int {
	// Multiply-shift maps 32 random bits to [0,n). The bias is below n/2^32, and n is small.
	return int((s.source.Uint64() >> 32) * uint64(n) >> 32)
}

// Recorded is a Chooser that replays Choices and then chooses zero for ever.
type Recorded struct {
	Choices []int
	next    int
}

// Choose returns the next recorded choice, cut to the range asked for.
func (r *Recorded) Choose(n int) int {
	if r.next >= len(r.Choices) {
		return 0
	}
	c := r.Choices[r.next]
	r.next++
	return min(c, n-1)
}

// Recording is a Chooser that keeps what another one chose.
type Recording struct {
	Chooser Chooser
	Choices []int
}

// Choose asks the other Chooser and remembers the answer.
func (r *Recording) Choose(n int) int {
	c := r.Chooser.Choose(n)
	r.Choices = append(r.Choices, c)
	return c
}
