package fuzz

import (
	"slices"

	"multipaxos/fuzz/shrink"
	"multipaxos/impl/sim"
)

// choice is an answer of a sim.Chooser, and the range that was asked for.
type choice struct{ of, value int }

// lookAhead is how many choices an aligned chooser passes over to find one of the range that it is asked for.
const lookAhead = 8

// aligned is a sim.Chooser that replays the choices of one run in another that differs a little: it passes over those
// that this run does not ask for. Where it finds none it chooses zero, the mildest. It keeps what it chose.
type aligned struct {
	list []choice
	next int
	used []choice
}

func (a *aligned) Choose(n int) int {
	ahead := a.list[min(a.next, len(a.list)):min(a.next+lookAhead, len(a.list))]
	c := choice{of: n}
	if i := slices.IndexFunc(ahead, func(c choice) bool { return c.of == n }); i >= 0 {
		c = ahead[i]
		a.next += i + 1
	}
	a.used = append(a.used, c)
	return c.value
}

// recording is a sim.Recording that also keeps the ranges.
type recording struct {
	chooser sim.Chooser
	used    []choice
}

func (r *recording) Choose(n int) int {
	c := choice{n, r.chooser.Choose(n)}
	r.used = append(r.used, c)
	return c.value
}

// trimmed is the list without the zeros at its end, which need not be recorded.
func trimmed(list []choice) []choice {
	end := len(list)
	for end > 0 && list[end-1].value == 0 {
		end--
	}
	return slices.Clone(list[:end])
}

func valuesOf(list []choice) (values []int) {
	for _, c := range list {
		values = append(values, c.value)
	}
	return values
}

// certain is the range of the choices that decide whether something rare happens: only their highest values matter.
const certain = 10000

// simpler returns the milder choices in place of c.
func (c choice) simpler() (list []choice) {
	values := shrink.Int(c.value)
	if c.of == certain && len(values) > 1 {
		values = values[:1]
	}
	for _, v := range values {
		list = append(list, choice{c.of, v})
	}
	return list
}
