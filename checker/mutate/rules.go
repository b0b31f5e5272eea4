package mutate

import (
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

// rules are the ways to change a module at a token.
var rules = []func(f *finder, i int){
	swapSymbol, swapEquality, swapMembership, dropUnion, addOne, negateIf, dropUpdate, dropConjunct, dropEffect, dropSend,
	swapArguments,
}

// finder looks for changes in the tokens of a module.
type finder struct {
	text     string
	tokens   []tlc.Token
	operator string
	found    []Mutant
}

// is says whether token i is one of texts.
func (f *finder) is(i int, texts ...string) bool {
	return i >= 0 && i < len(f.tokens) && slices.Contains(texts, f.tokens[i].Text)
}

var closers = map[string]string{"(": ")", "[": "]", "{": "}", "<<": ">>"}

// closing is the token that closes the bracket i, the number of tokens when there is none.
func (f *finder) closing(i int) int {
	depth := 0
	for ; i < len(f.tokens); i++ {
		if closers[f.tokens[i].Text] != "" {
			depth++
		} else if f.is(i, ")", "]", "}", ">>") {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// replace adds the mutant in which the tokens from to to, both included, are replaced.
func (f *finder) replace(rule string, from, to int, by string) {
	if to >= len(f.tokens) {
		return
	}
	first := f.tokens[from]
	f.found = append(f.found, Mutant{Operator: f.operator, Rule: rule, Line: first.Line, from: first.Offset,
		to: f.tokens[to].End(), by: by})
}

// source is the text of tokens from to to, both included.
func (f *finder) source(from, to int) string { return f.text[f.tokens[from].Offset:f.tokens[to].End()] }

// swaps are the symbols and names that are exchanged one for one.
var swaps = map[string]string{
	">=": ">", ">": ">=", "<=": "<", "<": "<=", `\cup`: `\cap`, `\A`: `\E`, `\E`: `\A`, "TRUE": "FALSE", "FALSE": "TRUE",
	"Max": "Min", "Min": "Max", "Lowest": "Highest", "Highest": "Lowest",
}

func swapSymbol(f *finder, i int) {
	if by := swaps[f.tokens[i].Text]; by != "" && !f.is(i+1, "==") && f.tokens[i].Column > 1 {
		f.replace("swap", i, i, by)
	}
	if f.is(i, `/\`) && !f.isBullet(i) {
		f.replace("swap", i, i, `\/`)
	}
	if f.is(i, `\/`) && !f.isBullet(i) {
		f.replace("swap", i, i, `/\`)
	}
}

// isBullet says whether a token is the first of its line.
func (f *finder) isBullet(i int) bool {
	return i == 0 || f.tokens[i-1].Line != f.tokens[i].Line || f.is(i-1, `/\`, `\/`, "==", "IN")
}

// swapEquality leaves alone the = of an update and of a next value.
func swapEquality(f *finder, i int) {
	switch {
	case f.is(i, "#"):
		f.replace("swap", i, i, "=")
	case f.is(i, "=") && !f.is(i-1, "'") && !f.isUpdate(i):
		f.replace("swap", i, i, "#")
	}
}

// isUpdate says whether = follows a path that begins with !.
func (f *finder) isUpdate(i int) bool {
	depth := 0
	for i--; i > 0; i-- {
		switch {
		case f.is(i, "]"):
			depth++
		case f.is(i, "["):
			depth--
		case f.is(i, "!"):
			return true
		}
		if depth < 0 || depth == 0 && f.is(i, ",", "EXCEPT", `/\`, `\/`, "THEN", "==", "IF", "(", ":") {
			return false
		}
	}
	return false
}

// swapMembership leaves alone the \in of a binder.
func swapMembership(f *finder, i int) {
	switch {
	case f.is(i, `\notin`):
		f.replace("swap", i, i, `\in`)
	case f.is(i, `\in`) && !f.is(i-2, `\A`, `\E`, "CHOOSE", "{", "[", ","):
		f.replace("swap", i, i, `\notin`)
	}
}

// primary is the last token of the operand that begins at i: a name with fields and arguments, or what is in brackets.
func (f *finder) primary(i int) int {
	for f.is(i, "DOMAIN", "UNION", "SUBSET") {
		i++
	}
	if i < len(f.tokens) && closers[f.tokens[i].Text] != "" {
		return f.closing(i)
	}
	for {
		switch {
		case f.is(i+1, "."):
			i += 2
		case f.is(i+1, "(", "["):
			i = f.closing(i + 1)
		default:
			return i
		}
	}
}

func dropUnion(f *finder, i int) {
	if f.is(i, `\cup`, `\`) && i+1 < len(f.tokens) {
		f.replace("drop operand", i, f.primary(i+1), "")
	}
}

func addOne(f *finder, i int) {
	if f.is(i, "1") && f.is(i-1, "+", "-") {
		f.replace("number", i, i, "0")
	}
}

// negateIf exchanges the arms of an IF.
func negateIf(f *finder, i int) {
	if !f.is(i, "IF") {
		return
	}
	depth := 0
	for j := i; j < len(f.tokens); j++ {
		if f.is(j, "IF") {
			depth++
		} else if f.is(j, "THEN") {
			if depth--; depth == 0 {
				f.replace("swap arms", i+1, j-1, "~("+f.source(i+1, j-1)+")")
				return
			}
		}
	}
}

// dropUpdate drops an update of an EXCEPT, all of it when there is no other.
func dropUpdate(f *finder, i int) {
	if !f.is(i, "[") {
		return
	}
	end := f.closing(i)
	if end >= len(f.tokens) {
		return
	}
	except, starts := f.updates(i, end)
	switch {
	case len(starts) == 1:
		f.replace("drop update", i, end, f.source(i+1, except-1))
	case len(starts) > 1:
		for k, start := range starts {
			if k+1 < len(starts) {
				f.replace("drop update", start, starts[k+1]-1, "")
			} else {
				f.replace("drop update", start-1, end-1, "") // with the comma before it
			}
		}
	}
}

// updates finds the EXCEPT of a bracket and where its updates start.
func (f *finder) updates(open, end int) (except int, starts []int) {
	depth := 0
	for j := open + 1; j < end; j++ {
		switch {
		case closers[f.tokens[j].Text] != "":
			depth++
		case f.is(j, ")", "]", "}", ">>"):
			depth--
		case depth == 0 && f.is(j, "EXCEPT"):
			except = j
		}
		if except > 0 && depth == 0 && f.is(j, "!") {
			starts = append(starts, j)
		}
	}
	return except, starts
}

// item is the last token of the list item whose bullet is token i: up to what stands no further right on a later line,
// or to the bracket that closes around it.
func (f *finder) item(i int) int {
	depth := 0
	for j := i + 1; j < len(f.tokens); j++ {
		t := f.tokens[j]
		if closers[t.Text] != "" {
			depth++
		} else if f.is(j, ")", "]", "}", ">>") {
			depth--
		}
		first := t.Line != f.tokens[j-1].Line
		if depth < 0 || first && t.Column <= f.tokens[i].Column || f.is(j, "IN") && depth == 0 {
			return j - 1
		}
	}
	return len(f.tokens) - 1
}

// dropConjunct drops a condition of a list.
func dropConjunct(f *finder, i int) {
	neutral := map[string]string{`/\`: "TRUE", `\/`: "FALSE"}[f.tokens[i].Text]
	if neutral == "" || !f.isBullet(i) || f.isEffect(i+1) {
		return
	}
	f.replace("drop condition", i+1, f.item(i), neutral)
}

func (f *finder) isEffect(i int) bool {
	return f.is(i, "UNCHANGED", "Step", "Restart") || f.is(i+1, "'") && f.is(i+2, "=")
}

// dropEffect leaves a variable as it is.
func dropEffect(f *finder, i int) {
	if f.is(i, `/\`) && f.isBullet(i) && f.is(i+2, "'") && f.isEffect(i+1) {
		f.replace("drop effect", i+1, f.item(i), "UNCHANGED "+f.tokens[i+1].Text)
	}
}

// dropSend takes the first argument for the whole: the node without what it sends.
func dropSend(f *finder, i int) {
	if !f.is(i, "Send", "SendAll") || !f.is(i+1, "(") || f.tokens[i].Column == 1 {
		return
	}
	if comma := f.comma(i + 1); comma > 0 {
		f.replace("drop message", i, f.closing(i+1), f.source(i+2, comma-1))
	}
}

// comma is the first comma of a bracket that is in no other.
func (f *finder) comma(open int) int {
	depth := 0
	for j := open; j < len(f.tokens); j++ {
		switch {
		case closers[f.tokens[j].Text] != "":
			depth++
		case f.is(j, ")", "]", "}", ">>"):
			depth--
		case depth == 1 && f.is(j, ","):
			return j
		}
		if depth == 0 {
			break
		}
	}
	return 0
}

// swapArguments exchanges the ballots that are compared.
func swapArguments(f *finder, i int) {
	if !f.is(i, "Less") || !f.is(i+1, "(") || f.tokens[i].Column == 1 {
		return
	}
	comma, end := f.comma(i+1), f.closing(i+1)
	if comma > 0 && end < len(f.tokens) {
		first, second := f.source(i+2, comma-1), f.source(comma+1, end-1)
		f.replace("swap arguments", i+2, end-1, strings.Join([]string{second, first}, ", "))
	}
}
