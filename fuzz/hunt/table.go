package hunt

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Table is a kill table: what each checker needed for each bug.
type Table map[string]map[string]string // cells by bug and column

// columns are the cells of a row, after the bug.
func columns() []string {
	list := []string{Tests}
	for _, h := range Hunts {
		list = append(list, h.Checkers...)
	}
	return list
}

// Tests is the column of the tests of impl/paxos, scenarios among them.
const Tests = "tests"

// Nothing is the cell of a checker that found nothing within its limit.
const Nothing = "–"

// ReadTable reads the table that Markdown writes. Columns that are not known any more are dropped.
func ReadTable(text string) Table {
	t := Table{}
	var header []string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == "bug":
			header = cells
		case len(cells) == len(header) && !strings.HasPrefix(cells[0], "---"):
			t[cells[0]] = map[string]string{}
			for i, cell := range cells[1:] {
				t[cells[0]][header[i+1]] = cell
			}
		}
	}
	return t
}

// Enter notes what was found by all the checkers of the given hunts.
func (t Table) Enter(bug string, hunts []string, found []Finding) {
	if t[bug] == nil {
		t[bug] = map[string]string{}
	}
	for _, name := range hunts {
		for _, c := range checkersOf(name) {
			t[bug][c] = Nothing
		}
	}
	for _, f := range found {
		property, _, _ := strings.Cut(f.Found, ":")
		t[bug][f.Checker] = fmt.Sprintf("%.2f %s", f.Seconds, property)
		if f.Acts > 0 {
			t[bug][f.Checker] += fmt.Sprintf(" (%d)", f.Acts)
		}
	}
}

func checkersOf(name string) []string {
	if h, err := Find(name); err == nil {
		return h.Checkers
	}
	return []string{name}
}

// Measured says whether the table has a cell of each checker of the hunt.
func (t Table) Measured(bug, hunt string) bool {
	return !slices.ContainsFunc(checkersOf(hunt), func(c string) bool { return t[bug][c] == "" })
}

// Markdown writes the rows of the given bugs.
func (t Table) Markdown(bugs []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| bug | %s |\n|---|%s\n", strings.Join(columns(), " | "), strings.Repeat("---|", len(columns())))
	for _, bug := range bugs {
		b.WriteString("| " + bug)
		for _, c := range columns() {
			b.WriteString(" | " + t[bug][c])
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// Summary says in a line how many of the bugs a checker found, in what time, and which took longest.
func (t Table) Summary(bugs []string) string {
	found, slowest, longest := 0, "", 0.0
	for _, bug := range bugs {
		soonest := math.Inf(1)
		for _, c := range t.Killed(bug) {
			seconds, _, _ := strings.Cut(t[bug][c], " ")
			if s, err := strconv.ParseFloat(seconds, 64); err == nil {
				soonest = min(soonest, s)
			}
		}
		if math.IsInf(soonest, 1) {
			continue
		}
		if found++; slowest == "" || soonest > longest {
			slowest, longest = bug, soonest
		}
	}
	return fmt.Sprintf("Found by a checker, the tests not counted: %d of %d bugs; the last, %s, after %.2f s of CPU.\n", found, len(bugs), slowest, longest)
}

// Killed says which checkers found the bug, but for the tests, which were written by hand.
func (t Table) Killed(bug string) (by []string) {
	for _, c := range columns()[1:] {
		if cell := t[bug][c]; cell != "" && cell != Nothing {
			by = append(by, c)
		}
	}
	return by
}

// The generated parts of docs/zoo.md.
const (
	BugsPart  = "bugs: check zoo --write docs/zoo.md"
	KillsPart = "kills: check zoo --write docs/zoo.md"
)

// Section returns what stands between the two comments that name a generated part of a document.
func Section(document, name string) (string, error) {
	_, rest, ok := strings.Cut(document, "<!-- "+name+" -->\n")
	text, _, closed := strings.Cut(rest, "<!-- end of "+name+" -->\n")
	if !ok || !closed {
		return "", fmt.Errorf("want a part between <!-- %s --> and <!-- end of %s -->, found none", name, name)
	}
	return text, nil
}

// Replace returns the document with another text in the part.
func Replace(document, name, text string) (string, error) {
	old, err := Section(document, name)
	if err != nil {
		return "", err
	}
	begin := "<!-- " + name + " -->\n"
	return strings.Replace(document, begin+old, begin+text, 1), nil
}
