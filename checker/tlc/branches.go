package tlc

// Branch is an arm of an IF or CASE, or what a step makes of its node.
type Branch struct {
	Name  string // "ReplicaExecute: CASE p = NoopProposal", "Kept: IF Reduced", "Kept: IF Reduced ELSE", "Invoke: Step"
	Token Token  // with which it begins
}

// Branches lists the branches of a module, in its order.
func Branches(text string) []Branch {
	f := branchFinder{text: text, tokens: Tokens(text)}
	for i := range f.tokens {
		f.token(i)
	}
	return f.found
}

// branchFinder keeps the brackets, IFs and CASEs that are open.
type branchFinder struct {
	text     string
	tokens   []Token
	operator string
	open     []opened
	found    []Branch
}

type opened struct {
	token     string
	condition int // the token at which the condition begins, of an IF or CASE
	guard     string
}

func (f *branchFinder) top() *opened {
	if len(f.open) == 0 {
		return &opened{}
	}
	return &f.open[len(f.open)-1]
}

func (f *branchFinder) token(i int) {
	if Defines(f.tokens[i:]) {
		f.operator, f.open = f.tokens[i].Text, nil
	}
	switch t := f.tokens[i]; t.Text {
	case "(", "[", "{", "<<", "IF", "CASE":
		f.open = append(f.open, opened{token: t.Text, condition: i + 1})
	case ")", "]", "}", ">>":
		f.pop("(", "[", "{", "<<")
	case "THEN":
		f.top().guard = f.between(i)
		f.add(f.operator+": IF "+f.top().guard, i+1)
	case "ELSE":
		f.popTo("IF")
		f.add(f.operator+": IF "+f.top().guard+" ELSE", i+1)
		f.open = f.open[:max(0, len(f.open)-1)]
	case "[]":
		if f.top().token == "CASE" {
			f.top().condition = i + 1
		}
	case ",":
		f.step(i)
	case "->":
		if f.top().token == "CASE" {
			f.add(f.operator+": CASE "+f.between(i), i+1)
		}
	}
}

// step finds the second argument of Step and Restart, which is evaluated when the guards of an action let it through.
func (f *branchFinder) step(i int) {
	if i < 3 || f.tokens[i-2].Text != "(" || f.tokens[i-3].Column == 1 {
		return
	}
	if name := f.tokens[i-3].Text; name == "Step" || name == "Restart" {
		f.add(f.operator+": "+name, i+1)
	}
}

// pop closes the innermost of the given, and what is open in it.
func (f *branchFinder) pop(tokens ...string) {
	f.popTo(tokens...)
	f.open = f.open[:max(0, len(f.open)-1)]
}

func (f *branchFinder) popTo(tokens ...string) {
	for len(f.open) > 0 {
		for _, t := range tokens {
			if f.top().token == t {
				return
			}
		}
		f.open = f.open[:len(f.open)-1]
	}
}

// between is the condition of what is open, which ends before token i, on one line.
func (f *branchFinder) between(i int) string {
	from := f.top().condition
	if from >= i {
		return ""
	}
	return oneLine(f.text[f.tokens[from].Offset:f.tokens[i-1].End()])
}

func (f *branchFinder) add(name string, i int) {
	if i < len(f.tokens) {
		f.found = append(f.found, Branch{Name: name, Token: f.tokens[i]})
	}
}
