// Package mutate changes one operator of MultiPaxos.tla at a time and has the models notice: a specification whose
// changes go unseen is not checked.
//
// [All] lists the changes that the rules of rules.go can make of the protocol, not of the invariants that judge it.
// [Run] takes some of them at random and runs the models of a tier with each, the most promising first, until one finds
// another result than its pinned one. docs/mutants.md has the outcome.
package mutate

import (
	"math/rand/v2"
	"regexp"
	"strings"

	"multipaxos/checker/tlc"
)

// Mutant is one change of a module.
type Mutant struct {
	Operator string // that is changed
	Rule     string // of rules.go
	Line     int    // of the change, from 1

	from, to int // what is replaced, in bytes
	by       string
}

// Apply returns the changed module.
func (m Mutant) Apply(text string) string { return text[:m.from] + m.by + text[m.to:] }

// Before is the line that is changed, around the change, or what is replaced when that is longer than a line.
func (m Mutant) Before(text string) string { return m.show(text, text[m.from:m.to]) }

// After is the same, changed.
func (m Mutant) After(text string) string { return m.show(text, m.by) }

// What fits into a table, in runes: of a line, and of it before the change.
const (
	shown       = 90
	shownBefore = 40
)

func (m Mutant) show(text, changed string) string {
	left, right := "", ""
	if !strings.Contains(text[m.from:m.to], "\n") {
		left = strings.TrimLeft(text[strings.LastIndexByte(text[:m.from], '\n')+1:m.from], " ")
		right, _, _ = strings.Cut(text[m.to:], "\n")
	}
	if runes := []rune(left); len(runes) > shownBefore {
		left = "…" + string(runes[len(runes)-shownBefore+1:])
	}
	runes := []rune(strings.Join(strings.Fields(left+changed+right), " "))
	switch {
	case len(runes) == 0:
		return "(nothing)"
	case len(runes) > shown:
		return string(runes[:shown-1]) + "…"
	}
	return string(runes)
}

// invariants is the heading of the part that says what holds: it is not changed.
const invariants = "(* What holds in every state"

// plain are the operators that are left alone: what is declared, which steps there are and what there is at first. There
// any change is noticed at once.
var plain = regexp.MustCompile(`^(vars|Init\w*|Next|Spec|Receive\w+|First\w+)$`)

// All lists every change that the rules can make, in the order of the module.
func All(text string) []Mutant {
	end := len(text)
	if i := strings.Index(text, invariants); i >= 0 {
		end = i
	}
	f := finder{text: text, tokens: tlc.Tokens(text[:end])}
	for i, t := range f.tokens {
		if tlc.Defines(f.tokens[i:]) {
			f.operator = t.Text
		}
		if f.operator == "" || plain.MatchString(f.operator) {
			continue
		}
		for _, rule := range rules {
			rule(&f, i)
		}
	}
	return f.found
}

// shuffled puts them in an order that depends on the seed alone.
func shuffled(all []Mutant, seed uint64) []Mutant {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(all))
	list := make([]Mutant, len(all))
	for i, j := range order {
		list[i] = all[j]
	}
	return list
}
