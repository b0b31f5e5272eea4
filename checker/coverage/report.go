package coverage

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
	"multipaxos/checker/whole"
)

// files are the files of impl/paxos whose branches count. The others hold values: messages, tables, copies.
var files = []string{"acceptor.go", "replica.go", "leader.go", "scout.go", "commander.go", "bootstrap.go", "seed.go",
	"requester.go", "node.go"}

// Branch is a basic block of the role code, and how often each source reached it.
type Branch struct {
	Block
	Function string
	Code     string // its first line
	Counts   []int64
	Why      string // no source can reach it; empty: one must
}

// Reached says whether a source other than the tests reached the branch.
func (b *Branch) Reached() bool {
	return slices.ContainsFunc(b.Counts[:len(b.Counts)-1], func(n int64) bool { return n > 0 })
}

// Action is a step of the specification, and how often each source took it: as often as its most frequent handler ran.
type Action struct {
	Name   string
	Counts []int64
	Models []string // in which TLC takes it
}

// Report is the table.
type Report struct {
	Actions  []Action
	Branches []Branch
	Failures []string // what is wrong, a line each
}

//go:embed unreachable.txt
var unreachableText string

// unreachable reads the list of branches that no source can reach: function, code, why.
func unreachable(text string) (map[[2]string]string, error) {
	list := map[[2]string]string{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " | ")
		if len(fields) != 3 || list[[2]string{fields[0], fields[1]}] != "" || fields[2] == "" {
			return nil, fmt.Errorf("coverage: unreachable.txt:%d: want a new function | code | reason, found %q", i+1, line)
		}
		list[[2]string{fields[0], fields[1]}] = fields[2]
	}
	return list, nil
}

// NewReport makes the table of what the sources counted. root is the directory of go.mod.
func NewReport(root string, counted map[string]Profile) (*Report, error) {
	functions, err := Functions(filepath.Join(root, "impl/paxos"))
	if err != nil {
		return nil, err
	}
	listed, err := unreachable(unreachableText)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	for i := range functions {
		if slices.Contains(files, functions[i].File) {
			if err := r.add(root, &functions[i], counted, listed); err != nil {
				return nil, err
			}
		}
	}
	for key := range listed {
		if !slices.ContainsFunc(r.Branches, func(b Branch) bool { return b.Function == key[0] && b.Code == key[1] }) {
			r.fail("unreachable.txt: %s | %s: want a branch of the code, found none", key[0], key[1])
		}
	}
	if err := r.actions(root, functions, counted); err != nil {
		return nil, err
	}
	slices.Sort(r.Failures)
	return r, nil
}

func (r *Report) fail(format string, args ...any) {
	r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
}

// add adds the branches of a function.
func (r *Report) add(root string, f *Function, counted map[string]Profile, listed map[[2]string]string) error {
	lines, err := readLines(filepath.Join(root, "impl/paxos", f.File))
	if err != nil {
		return err
	}
	for _, b := range blocksOf(f, counted) {
		branch := Branch{Block: b, Function: f.Name, Code: firstLine(lines, b)}
		for _, source := range Sources {
			branch.Counts = append(branch.Counts, counted[source][b])
		}
		branch.Why = listed[[2]string{branch.Function, branch.Code}]
		switch place := fmt.Sprintf("%s:%d %s", b.File, b.Line, branch.Function); {
		case branch.Reached() && branch.Why != "":
			r.fail("%s: %s: listed as unreachable, and reached", place, branch.Code)
		case !branch.Reached() && branch.Why == "":
			r.fail("%s: %s: nothing reaches this branch", place, branch.Code)
		}
		r.Branches = append(r.Branches, branch)
	}
	return nil
}

// blocksOf lists the blocks of a function, in order.
func blocksOf(f *Function, counted map[string]Profile) (list []Block) {
	for b := range counted[Sources[0]] {
		if b.File == f.File && f.Line <= b.Line && b.EndLine <= f.End && b.Statements > 0 {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b Block) int { return 1000*(a.Line-b.Line) + a.Column - b.Column })
	return list
}

func readLines(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	return strings.Split(string(text), "\n"), nil
}

// firstLine is the first line of code in a block.
func firstLine(lines []string, b Block) string {
	text := lines[b.Line-1][b.Column-1:]
	if b.EndLine == b.Line {
		text = lines[b.Line-1][b.Column-1 : b.EndColumn-1]
	}
	for next := b.Line; strings.Trim(text, "{} \t") == "" && next < b.EndLine; next++ {
		text = lines[next]
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "{"))
}

// actions adds the steps of the specification.
func (r *Report) actions(root string, functions []Function, counted map[string]Profile) error {
	taken := map[string][]string{}
	for _, dir := range modelDirs {
		if err := modelsOf(filepath.Join(root, dir), taken); err != nil {
			return err
		}
	}
	for _, a := range model.Actions {
		action := Action{Name: a.Name, Counts: make([]int64, len(Sources)), Models: taken[a.Name]}
		for i := range functions {
			if f := &functions[i]; isEntry(a.Name, f) {
				for k, source := range Sources {
					action.Counts[k] = max(action.Counts[k], entered(f, counted[source]))
				}
			}
		}
		if slices.Max(action.Counts[:len(Sources)-1]) == 0 {
			r.fail("%s: nothing takes this action", a.Name)
		}
		if len(action.Models) == 0 {
			r.fail("%s: want a model in which TLC takes this action, found none", a.Name)
		}
		r.Actions = append(r.Actions, action)
	}
	return nil
}

// isEntry says whether a function is where an action enters the role code.
func isEntry(action string, f *Function) bool {
	kind, receives := strings.CutPrefix(action, "Receive")
	switch {
	case receives:
		return f.Action && strings.HasSuffix(f.Name, ".Handle"+kind)
	case strings.HasPrefix(action, "Fire"):
		return f.Operator() == strings.TrimPrefix(action, "Fire")
	case action == "Invoke":
		return f.Name == "Node.Invoke"
	}
	return f.Name == "NewNode" // CrashRestart, WipeRestart
}

// entered is how often a function was called.
func entered(f *Function, p Profile) int64 {
	blocks := blocksOf(f, map[string]Profile{Sources[0]: p})
	if len(blocks) == 0 {
		return 0
	}
	return p[blocks[0]]
}

// modelDirs are where models.json of TLC's models is: check spec has TLC take the actions of the first, and a test of
// package model those of the second.
var modelDirs = []string{"spec", "checker/model/testdata"}

// modelsOf adds, for each action, the models that pass in which TLC must take it.
func modelsOf(dir string, taken map[string][]string) error {
	entries, err := tlc.ReadModels(filepath.Join(dir, tlc.ModelsFile))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !model.Modelled(e) || e.Expect != tlc.ExpectPass {
			continue
		}
		actions := e.Cover
		if len(actions) == 0 {
			config, err := model.ReadConfig(filepath.Join(dir, e.Module), filepath.Join(dir, e.Cfg))
			if err != nil {
				return err
			}
			actions = config.Next
		}
		for _, a := range actions {
			if !slices.Contains(taken[a], e.Name) {
				taken[a] = append(taken[a], e.Name)
			}
		}
	}
	return nil
}

// brief writes a count in few characters.
func brief(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 10_000:
		return fmt.Sprintf("%dk", n/1000)
	case n == 0:
		return "·"
	}
	return fmt.Sprint(n)
}

// Print writes the table as Markdown.
func (r *Report) Print(w io.Writer) {
	columns := strings.Join(Sources, " | ")
	line := strings.Repeat("---:|", len(Sources))
	fmt.Fprintf(w, "## Actions\n\n| action | %s | models in which TLC takes it |\n|---|%s---|\n", columns, line)
	for _, a := range r.Actions {
		fmt.Fprintf(w, "| %s |%s %s |\n", a.Name, cells(a.Counts), strings.Join(a.Models, " "))
	}
	fmt.Fprintf(w, "\n## Branches\n")
	function := ""
	for _, b := range r.Branches {
		if b.Function != function {
			function = b.Function
			fmt.Fprintf(w, "\n| %s | %s |\n|---|%s\n", function, columns, line)
		}
		why := ""
		if b.Why != "" {
			why = " — " + b.Why
		}
		code := strings.ReplaceAll(b.Code, "|", "\\|")
		fmt.Fprintf(w, "| [%d](../impl/paxos/%s#L%d) `%s`%s |%s\n", b.Line, b.File, b.Line, code, why, cells(b.Counts))
	}
	fmt.Fprintln(w)
	r.PrintVerdict(w)
}

// PrintVerdict writes the summary, and a line for each thing that is wrong.
func (r *Report) PrintVerdict(w io.Writer) {
	fmt.Fprintln(w, r.Summary())
	for _, f := range r.Failures {
		fmt.Fprintf(w, "FAILED: %s\n", f)
	}
}

func cells(counts []int64) string {
	var b strings.Builder
	for _, n := range counts {
		fmt.Fprintf(&b, " %s |", brief(n))
	}
	return b.String()
}

// Summary says how many branches each source reached.
func (r *Report) Summary() string {
	listed := 0
	reached := make([]int, len(Sources))
	for _, b := range r.Branches {
		if b.Why != "" {
			listed++
		}
		for k, n := range b.Counts {
			if n > 0 {
				reached[k]++
			}
		}
	}
	var parts []string
	for k, source := range Sources {
		parts = append(parts, fmt.Sprintf("%s %d", source, reached[k]))
	}
	return fmt.Sprintf("Of %d branches, %d that no run can reach: %s.", len(r.Branches), listed, strings.Join(parts, ", "))
}

const reportHead = `# What reaches the branches of the role code

Generated by ` + "`%s`" + `. *Soak* is simulated runs with faults, *fuzz* the fuzz targets on their corpus, *explorer* the
exhaustive exploration of small models and the comparison with the specification, *replay* random walks of TLC that the
role code takes step by step. *Tests* are those of impl/paxos itself: they are shown, and count for nothing. A dot is
never. A branch is a basic block as the Go compiler counts it; it is named by its line and the code that it begins with.

The command fails when soak, fuzz, explorer and replay together never reach a branch that
[unreachable.txt](../checker/coverage/unreachable.txt) does not list, when one that it lists was reached, and when none of
them takes an action of the specification or TLC takes it in no model.

`

// WriteFile writes the table with its explanation.
func (r *Report) WriteFile(path string, short bool) error {
	command := "check coverage --out docs/coverage.md"
	if short {
		command = "check coverage --short --out docs/coverage.md"
	}
	var b strings.Builder
	fmt.Fprintf(&b, reportHead, command)
	r.Print(&b)
	if err := whole.WriteText(path, b.String()); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	return nil
}
