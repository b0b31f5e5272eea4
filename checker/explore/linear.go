package explore

import (
	"fmt"
	"slices"
	"strings"
)

// call is an operation in a history of what clients saw: which operations were complete when it was first called, and
// its answer, if there is one.
type call struct {
	name   string
	before []string
	answer string
}

// Record adds what clients see to a history, and says when it is not linearizable any more: when no order of the
// calls, in which none comes before one that was complete when it was called, explains the answers.
func (p *protocol) Record(history string, events []Event) (string, error) {
	calls := parseCalls(history)
	for _, e := range events {
		at := slices.IndexFunc(calls, func(c call) bool { return c.name == e.Name })
		switch {
		case e.Answer == "" && at < 0:
			calls = append(calls, call{name: e.Name, before: complete(calls)})
		case e.Answer != "" && calls[at].answer == "":
			calls[at].answer = e.Answer
		case e.Answer != "" && calls[at].answer != e.Answer:
			return history, fmt.Errorf("linearizability: %s was answered %q, then %q", e.Name, calls[at].answer, e.Answer)
		}
	}
	slices.SortFunc(calls, func(a, b call) int { return strings.Compare(a.name, b.name) })
	text := formatCalls(calls)
	if !linearizable(calls, nil, "") {
		return text, fmt.Errorf("linearizability: no order explains the history\n%s", text)
	}
	return text, nil
}

func complete(calls []call) (names []string) {
	for _, c := range calls {
		if c.answer != "" {
			names = append(names, c.name)
		}
	}
	return names
}

// linearizable says whether the calls that are not in order yet can follow it. executed is the journal so far.
func linearizable(calls []call, order []string, executed string) bool {
	done := true
	for _, c := range calls {
		done = done && (c.answer == "" || slices.Contains(order, c.name))
	}
	if done {
		return true
	}
	for _, c := range calls {
		next := executed + c.name + " "
		late := slices.ContainsFunc(c.before, func(b string) bool { return !slices.Contains(order, b) })
		if slices.Contains(order, c.name) || late || c.answer != "" && c.answer != next {
			continue
		}
		if linearizable(calls, append(slices.Clone(order), c.name), next) {
			return true
		}
	}
	return false
}

func formatCalls(calls []call) string {
	var lines []string
	for _, c := range calls {
		lines = append(lines, c.name+"|"+strings.Join(c.before, ",")+"|"+c.answer)
	}
	return strings.Join(lines, "\n")
}

// parseCalls reads what formatCalls wrote.
func parseCalls(history string) (calls []call) {
	if history == "" {
		return nil
	}
	for _, line := range strings.Split(history, "\n") {
		part := strings.SplitN(line, "|", 3)
		c := call{name: part[0], answer: part[2]}
		if part[1] != "" {
			c.before = strings.Split(part[1], ",")
		}
		calls = append(calls, c)
	}
	return calls
}
