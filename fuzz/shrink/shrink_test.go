package shrink

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// smaller orders lists by length, then by sum.
func smaller(a, b []int) bool {
	sum := func(list []int) (total int) {
		for _, n := range list {
			total += n
		}
		return total
	}
	return len(a) < len(b) || len(a) == len(b) && sum(a) < sum(b)
}

// shrinkOf shrinks a list for as long as it fails, and counts the tries.
func shrinkOf(list []int, fails func([]int) bool) (result []int, tries int) {
	best := list
	result = List(list, Int, func(c []int) ([]int, bool) {
		tries++
		if !fails(c) || !smaller(c, best) {
			return nil, false
		}
		best = c
		return c, true
	}, func() bool { return true })
	return result, tries
}

// long is a list of 1,000 numbers in which 700 comes before 30 comes before 900.
func long() []int {
	list := make([]int, 1000)
	for i := range list {
		list[i] = i * 7919 % 1000
	}
	return list
}

// hasInOrder says whether the list has elements of at least these, in this order.
func hasInOrder(want ...int) func([]int) bool {
	return func(list []int) bool {
		next := 0
		for _, n := range list {
			if next < len(want) && n >= want[next] {
				next++
			}
		}
		return next == len(want)
	}
}

func TestListFindsTheMinimum(t *testing.T) {
	for name, c := range map[string]struct {
		fails func([]int) bool
		want  []int
	}{
		"whatever":       {func([]int) bool { return true }, []int{}},
		"one element":    {hasInOrder(1), []int{1}},
		"a high one":     {hasInOrder(999), []int{999}},
		"three in order": {hasInOrder(700, 30, 900), []int{700, 30, 900}},
		"a length":       {func(list []int) bool { return len(list) >= 17 }, make([]int, 17)},
		"a place":        {func(list []int) bool { return len(list) > 5 && list[5] > 3 }, []int{0, 0, 0, 0, 0, 4}},
	} {
		got, tries := shrinkOf(long(), c.fails)
		assert.Equal(t, c.want, got, name)
		assert.Less(t, tries, 6000, name)
	}
}

// Nothing is kept that does not fail, and a list that cannot shrink stays.
func TestListKeepsWhatCannotShrink(t *testing.T) {
	list := long()
	got, _ := shrinkOf(list, func(c []int) bool { return slices.Equal(c, list) })
	assert.Equal(t, long(), got)
	empty, tries := shrinkOf(nil, func([]int) bool { return true })
	assert.Empty(t, empty)
	assert.Zero(t, tries)
}

// The result is 1-minimal whatever fails: a checksum is as far from monotone as can be.
func TestListIsOneMinimal(t *testing.T) {
	fails := func(list []int) bool {
		sum := 1
		for _, n := range list {
			sum = (sum*31 + n) % 97
		}
		return sum%5 == 2
	}
	start := append(long(), 0)
	for !fails(start) {
		start[1000]++
	}
	got, _ := shrinkOf(start, fails)
	for i, n := range got {
		assert.False(t, fails(slices.Concat(got[:i], got[i+1:])), "without element %d", i)
		for _, lower := range Int(n) {
			candidate := slices.Clone(got)
			candidate[i] = lower
			assert.False(t, fails(candidate), "with %d for element %d", lower, i)
		}
	}
	assert.Less(t, len(got), 100)
}

// A list that a run makes longer is still kept, and the search ends all the same when there is no budget left.
func TestListEndsWithItsBudget(t *testing.T) {
	budget := 50
	got := List(long(), Int, func(c []int) ([]int, bool) {
		budget--
		return append(c, 1), true
	}, func() bool { return budget > 0 })
	assert.NotEmpty(t, got)
	assert.Zero(t, budget)
}
