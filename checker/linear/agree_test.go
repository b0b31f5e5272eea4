package linear

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutation damages a copy of a history; it reports false when the history has nothing to damage.
type mutation struct {
	name  string
	apply func(random *rand.Rand, h *History) bool
}

var mutations = []mutation{
	{"none", func(*rand.Rand, *History) bool { return true }},
	{"other answer", func(random *rand.Rand, h *History) bool { // of another operation
		a, b := pick(random, h, Return), pick(random, h, Return)
		if a < 0 || h.Events[a].Output == h.Events[b].Output {
			return false
		}
		h.Events[a].Output = h.Events[b].Output
		return true
	}},
	{"wrong answer", func(random *rand.Rand, h *History) bool {
		i := pick(random, h, Return)
		if i < 0 {
			return false
		}
		h.Events[i].Output = []string{"ok 10", "ok 1", "ok 2", "ok 7 13", "refused self-transfer"}[random.IntN(5)]
		return true
	}},
	{"swapped slots", func(random *rand.Rand, h *History) bool {
		a, b := pick(random, h, Return), pick(random, h, Return)
		if a < 0 || a == b {
			return false
		}
		h.Events[a].Slot, h.Events[b].Slot = h.Events[b].Slot, h.Events[a].Slot
		return true
	}},
	{"other slot", func(random *rand.Rand, h *History) bool {
		i := pick(random, h, Return)
		if i < 0 {
			return false
		}
		h.Events[i].Slot += uint64(random.IntN(3)) + 1
		return true
	}},
	{"swapped decisions", func(random *rand.Rand, h *History) bool { // in the log and in the answers: another order
		a, b := pick(random, h, Decided), pick(random, h, Decided)
		if a < 0 || a == b {
			return false
		}
		x, y := h.Events[a].Slot, h.Events[b].Slot
		for i := range h.Events {
			if e := &h.Events[i]; e.Slot == x {
				e.Slot = y
			} else if e.Slot == y {
				e.Slot = x
			}
		}
		return true
	}},
	{"lost decision", func(random *rand.Rand, h *History) bool {
		return remove(random, h, Decided)
	}},
	{"lost log", func(_ *rand.Rand, h *History) bool {
		h.Events = slices.DeleteFunc(h.Events, func(e Event) bool { return e.Kind == Decided })
		return true
	}},
	{"lost answer", func(random *rand.Rand, h *History) bool {
		i := pick(random, h, Return)
		if i < 0 {
			return false
		}
		e := h.Events[i]
		h.Events[i] = Event{Kind: Abandon, Time: e.Time, Client: e.Client, Seq: e.Seq}
		return true
	}},
	{"second decision", func(random *rand.Rand, h *History) bool { // in the slot of another
		a, b := pick(random, h, Decided), pick(random, h, Decided)
		if a < 0 || h.Events[a].Client == h.Events[b].Client && h.Events[a].Seq == h.Events[b].Seq {
			return false
		}
		e := h.Events[b]
		e.Slot = h.Events[a].Slot
		h.Events = append(h.Events, e)
		return true
	}},
	{"altered decision", func(random *rand.Rand, h *History) bool {
		i := pick(random, h, Decided)
		if i < 0 || h.Events[i].Client == 0 {
			return false
		}
		h.Events[i].Input += "1"
		return true
	}},
	{"invented decision", func(random *rand.Rand, h *History) bool {
		i := pick(random, h, Decided)
		if i < 0 || h.Events[i].Client == 0 {
			return false
		}
		h.Events[i].Client += 100
		return true
	}},
	{"late call", func(random *rand.Rand, h *History) bool { // moved to just before its answer
		i := pick(random, h, Return)
		if i < 0 {
			return false
		}
		return move(h, h.callOf(i), i-1)
	}},
	{"early answer", func(random *rand.Rand, h *History) bool { // moved to just after its call
		i := pick(random, h, Return)
		if i < 0 {
			return false
		}
		return move(h, i, h.callOf(i)+1)
	}},
}

func pick(random *rand.Rand, h *History, kind Kind) int {
	var all []int
	for i := range h.Events {
		if h.Events[i].Kind == kind {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		return -1
	}
	return all[random.IntN(len(all))]
}

func remove(random *rand.Rand, h *History, kind Kind) bool {
	i := pick(random, h, kind)
	if i >= 0 {
		h.Events = slices.Delete(h.Events, i, i+1)
	}
	return i >= 0
}

func (h *History) callOf(answer int) int {
	for i := answer; ; i-- {
		if e := h.Events[i]; e.Kind == Call && e.Client == h.Events[answer].Client {
			return i
		}
	}
}

func move(h *History, from, to int) bool {
	e := h.Events[from]
	h.Events = slices.Insert(slices.Delete(h.Events, from, from+1), to, e)
	return from != to
}

// tally counts what the judges said, so that a test in which nothing happens fails.
type tally map[string]int

func (c tally) judge(t *testing.T, h *History, kind string) {
	options := Options{Verifier: verifier}
	certificate, bad := Certificate(h, options)
	for _, options.KeepPending = range []bool{true, false} {
		search, brute := Porcupine(h, options), BruteForce(h, options)
		require.Equal(t, brute, search, "%s, keep pending %v: %s", kind, options.KeepPending, dump(h))
		if certificate == Linearizable {
			require.Equal(t, Linearizable, search, "%s, keep pending %v: %s", kind, options.KeepPending, dump(h))
		}
		if kind == "none" {
			require.Equal(t, Linearizable, search, dump(h))
		}
		c[fmt.Sprintf("certificate %v, search %v", certificate, search)]++
		c[fmt.Sprintf("%s: search %v", kind, search)]++
	}
	c[fmt.Sprintf("%s: certificate %v", kind, certificate)]++
	if bad != nil {
		c["rule "+string(bad.Rule)]++
		require.NotEmpty(t, bad.String())
	}
	if kind == "none" {
		require.Equal(t, Linearizable, certificate, "%v\n%s", bad, dump(h))
	}
}

func dump(h *History) string {
	text := "\n" + h.Initial
	for i := range h.Events {
		line, _ := appendEvent(nil, &h.Events[i])
		text += "\n" + string(line)
	}
	return text
}

func TestJudgesAgree(t *testing.T) {
	histories := 25_000
	if testing.Short() {
		histories = 5_000
	}
	for _, machine := range []string{"bank", "kv"} {
		t.Run(machine, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(5, uint64(len(machine))))
			count := tally{}
			for i := range histories {
				h := generate(random, machine, 2+random.IntN(6), 1+random.IntN(4), 1+random.IntN(3), true)
				m := mutations[i%len(mutations)]
				if !m.apply(random, h) || Validate(h) != nil {
					count[m.name+": not applicable"]++
					continue
				}
				count.judge(t, h, m.name)
			}
			count.check(t)
		})
	}
}

// check requires each mutation, each rule and both verdicts of each judge to have occurred.
func (c tally) check(t *testing.T) {
	for _, m := range mutations {
		require.Positive(t, c[m.name+": certificate linearizable"]+c[m.name+": certificate violation"], m.name)
	}
	for _, key := range []string{
		"certificate linearizable, search linearizable", "certificate violation, search violation",
		"certificate violation, search linearizable", "certificate unknown, search linearizable",
		"other answer: search violation", "wrong answer: search violation", "late call: search violation",
		"other answer: search linearizable", "swapped slots: search linearizable", "swapped slots: certificate violation",
		"swapped decisions: certificate violation", "swapped decisions: certificate linearizable",
		"early answer: certificate violation", "lost answer: certificate linearizable", "lost log: certificate linearizable",
	} {
		require.Positive(t, c[key], "%s never happened: %v", key, c)
	}
	for _, rule := range []Rule{RuleAgreement, RuleUniqueSlot, RuleNoHole, RuleInLog, RuleInvoked, RuleExecuteOnce, RuleOutput, RuleRealTime} {
		require.Positive(t, c["rule "+string(rule)], rule)
	}
	for _, m := range []string{"altered decision", "invented decision", "second decision", "other slot"} {
		require.Zero(t, c[m+": certificate linearizable"], m)
	}
	require.Zero(t, c["certificate linearizable, search violation"])
	t.Logf("%v", c)
}
