// Package shrink makes a list that fails small: the choices or the records of a schedule, or anything else that comes in
// lists. It knows nothing of what fails; a function tells it.
//
// It is delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002) with the passes
// of property testing's shrinkers (MacIver and Donaldson, Test-Case Reduction via Test-Case Generation, 2020): cut the
// tail, remove chunks, replace chunks by their simplest form, lower values; from large chunks to single elements, until
// nothing helps. So the result is 1-minimal: without any one of its elements, or with any one in a simpler form that
// [List] was told of, it is no longer kept.
package shrink

import "slices"

// Try runs a candidate. It says whether to keep it: it fails in the way that is to be shown, and it is smaller than all
// that were kept before, in an order of the caller's in which nothing can become smaller for ever. It returns the list
// to go on with: the candidate, or what a run made of it.
type Try[T any] func(candidate []T) (kept []T, ok bool)

// List returns the last list that try kept, or list. simpler returns the simpler forms of an element, the simplest
// first; none where there is none. The search ends early when more says that there is no budget left.
func List[T any](list []T, simpler func(T) []T, try Try[T], more func() bool) []T {
	s := &search[T]{list: list, simpler: simpler, try: try, more: more}
	for s.changed = true; s.changed; {
		s.changed = false
		s.cut()
		s.chunks(func(from, to int) []T { return slices.Concat(s.list[:from], s.list[to:]) })
		s.chunks(s.simplest)
		s.lower()
	}
	return s.list
}

type search[T any] struct {
	list    []T
	simpler func(T) []T
	try     Try[T]
	more    func() bool
	changed bool // by a pass of this round
}

// keep tries a candidate and goes on with it if it is kept.
func (s *search[T]) keep(candidate []T) bool {
	if candidate == nil {
		return false
	}
	kept, ok := s.try(candidate)
	if ok {
		s.list, s.changed = kept, true
	}
	return ok
}

// cut shortens the list from its end, by halves and then by less.
func (s *search[T]) cut() {
	for size := len(s.list); size > 0; size /= 2 {
		for len(s.list) >= size && s.more() && s.keep(slices.Clone(s.list[:len(s.list)-size])) {
		}
	}
}

// chunks has each part of the list changed, from the end to the beginning, by halves and then by less. Where that helped
// it tries larger parts again: in a long list they are cheaper by far.
func (s *search[T]) chunks(change func(from, to int) []T) {
	for size := (len(s.list) + 1) / 2; size > 0; {
		helped := false
		for to := len(s.list); to > 0 && s.more(); to = min(to-size, len(s.list)) {
			helped = s.keep(change(max(0, to-size), to)) || helped
		}
		if helped && size < len(s.list)/4 {
			size *= 2
		} else {
			size /= 2
		}
	}
}

// simplest puts the simplest form of each element into a part, or returns nil where all have it.
func (s *search[T]) simplest(from, to int) []T {
	var candidate []T
	for i, element := range s.list[from:to] {
		if forms := s.simpler(element); len(forms) > 0 {
			if candidate == nil {
				candidate = slices.Clone(s.list)
			}
			candidate[from+i] = forms[0]
		}
	}
	return candidate
}

// lower has each element take simpler forms as long as one is kept.
func (s *search[T]) lower() {
	for i := len(s.list) - 1; i >= 0; i-- {
		for i < len(s.list) && s.more() && s.lowerOne(i) {
		}
	}
}

func (s *search[T]) lowerOne(i int) bool {
	for _, form := range s.simpler(s.list[i]) {
		candidate := slices.Clone(s.list)
		candidate[i] = form
		if s.keep(candidate) {
			return true
		}
	}
	return false
}

// Int returns the lower values of a number of at least 0: by halves, and so by a binary search where List lowers it.
func Int(n int) (lower []int) {
	for step := n; step > 0; step /= 2 {
		lower = append(lower, n-step)
	}
	return lower
}
