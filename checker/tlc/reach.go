package tlc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// UnreachedFile lists, beside models.json, the branches of the specification that no model takes. A line is the branch
// as [Reach] names it, " - ", and the reason; a line that begins with # is a comment. Those below a line "[full]" are taken
// by models of the tier Full, and by no quick one.
const UnreachedFile = "unreached.txt"

// reachModules are the modules whose branches count: the protocol and what a user wants. The others say what a model is.
var reachModules = []string{"MultiPaxos.tla", "Log.tla"}

// Reached is how many branches there are, and what is wrong with those that no model took.
type Reached struct {
	Branches, Listed int
	Models           []string       // that were run
	First            map[string]int // model → how many branches it was the first to take
	Failures         []string
	CPU              time.Duration
}

// Reach has the models of a tier run, without the flaws, until each branch of the specification was taken: an arm that is
// never evaluated might say anything, and no model would notice. dir is left alone: a copy of it runs, in which each arm
// tells once that it is evaluated. (TLC's own -coverage leaves out what it evaluates late, as the arguments of operators: of
// a Leader that is preempted it counts nothing.)
func Reach(ctx context.Context, dir, tier string, entries []Entry) (Reached, error) {
	listed, err := readUnreached(filepath.Join(dir, UnreachedFile))
	if err != nil {
		return Reached{}, err
	}
	if tier == Full {
		listed = slices.DeleteFunc(listed, func(u unreached) bool { return u.full })
	}
	copied, err := os.MkdirTemp("", "reach-")
	if err != nil {
		return Reached{}, err
	}
	defer func() { _ = os.RemoveAll(copied) }()
	r := reach{taken: map[string]string{}}
	if err := r.copy(dir, copied); err != nil {
		return Reached{}, err
	}
	found := Reached{Branches: len(r.names), Listed: len(listed)}
	// With a rule taken out, the specification gets to where the protocol cannot.
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Tier == Flaws })
	err = r.search(ctx, copied, entries, listed)
	found.CPU, found.Models, found.First, found.Failures = r.cpu, r.models, r.first(), r.failures(dir, listed)
	return found, err
}

// search runs the models of the copy until no branch is missing.
func (r *reach) search(ctx context.Context, copied string, entries []Entry, listed []unreached) error {
	running, enough := context.WithCancel(ctx)
	defer enough()
	endWhenAllIsTaken := func() {
		if !r.missing(listed) {
			enough()
		}
	}
	endWhenAllIsTaken() // another specification may have no branches
	err := sideBySide(running, usefulFirst(entries), runtime.NumCPU(), func(ctx context.Context, i int) error {
		return r.run(ctx, copied, entries[i], endWhenAllIsTaken)
	})
	if ctx.Err() == nil && running.Err() != nil {
		return nil
	}
	return err
}

// usefulFirst sorts the indices of the models: first come those that were the first to take a branch when the branches
// were last counted, and of these the smaller ones.
func usefulFirst(entries []Entry) []int {
	order := smallestFirst(entries)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(min(entries[b].Branches, 1), min(entries[a].Branches, 1))
	})
	return order
}

// reach is the search for branches.
type reach struct {
	names []string // of the branches; numbered from 1 in the copy

	mutex  sync.Mutex        // of what the runs find
	taken  map[string]string // branch → the first model that took it
	models []string          // that were run
	cpu    time.Duration
}

// copy copies the models of a directory, with each branch numbered.
func (r *reach) copy(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if slices.Contains(reachModules, name) {
			text = []byte(r.instrument(string(text)))
			defer func() { err = errors.Join(err, r.writeTeller(to)) }()
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
}

// instrument puts "IF NotTaken(17) THEN 0 ELSE" before each arm, on a line of its own: lists are aligned by columns.
func (r *reach) instrument(text string) string {
	var b strings.Builder
	at := 0
	if i := strings.Index(text, "\nEXTENDS "); i >= 0 {
		at = i + len("\nEXTENDS ")
		b.WriteString(text[:at] + "Taken, ")
	} else {
		at = strings.Index(text, "\n") + 1
		b.WriteString(text[:at] + "EXTENDS Taken\n")
	}
	for _, branch := range Branches(text) {
		r.names = append(r.names, branch.Name)
		indent := "\n" + strings.Repeat(" ", branch.Token.Column-1)
		fmt.Fprintf(&b, "%s%sIF NotTaken(%d) THEN 0 ELSE%s", text[at:branch.Token.Offset], indent, len(r.names), indent)
		at = branch.Token.Offset
	}
	return b.String() + text[at:]
}

const takenLine = `<<"taken", `

// writeTeller writes the module that the copies extend. Its registers are TLC's, one set a worker.
func (r *reach) writeTeller(dir string) error {
	text := fmt.Sprintf(`---- MODULE Taken ----
LOCAL INSTANCE TLC
LOCAL INSTANCE Integers
ASSUME \A i \in 1 .. %d : TLCSet(i, FALSE)
NotTaken(i) == IF TLCGet(i) THEN FALSE ELSE TLCSet(i, TRUE) /\ PrintT(<<"taken", i>>) /\ FALSE
====
`, len(r.names))
	return os.WriteFile(filepath.Join(dir, "Taken.tla"), []byte(text), 0o644)
}

// run runs a model of the copy, and says when it has taken a branch. Its verdict is of no interest here.
func (r *reach) run(ctx context.Context, dir string, e Entry, taken func()) error {
	m, err := e.model(dir, 1)
	if err != nil {
		return err
	}
	m.Coverage = false
	m.Output = func(line string) {
		var i int
		if _, err := fmt.Sscanf(line, takenLine+"%d>>", &i); err != nil || i < 1 || i > len(r.names) {
			return
		}
		if r.take(r.names[i-1], e.Name) {
			taken()
		}
	}
	result, err := Run(ctx, m)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.cpu += result.CPU
	r.models = append(r.models, e.Name)
	return err
}

// take notes that a model took a branch, and says whether it is the first that did.
func (r *reach) take(branch, model string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.taken[branch] != "" {
		return false
	}
	r.taken[branch] = model
	return true
}

// first counts the branches that each model was the first to take.
func (r *reach) first() map[string]int {
	counts := map[string]int{}
	for _, model := range r.taken {
		counts[model]++
	}
	return counts
}

// missing says whether a branch was not taken that is not listed.
func (r *reach) missing(listed []unreached) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.ContainsFunc(r.names, func(name string) bool { return r.taken[name] == "" && !contains(listed, name) })
}

func contains(listed []unreached, name string) bool {
	return slices.ContainsFunc(listed, func(u unreached) bool { return u.name == name })
}

func (r *reach) failures(dir string, listed []unreached) []string {
	var failures []string
	path := filepath.Join(dir, UnreachedFile)
	for _, name := range r.names {
		if r.taken[name] == "" && !contains(listed, name) {
			failures = append(failures, fmt.Sprintf("no model takes %s", name))
		}
	}
	if len(failures) > 0 {
		failures = append(failures, fmt.Sprintf("add a model that does, or list it in %s as \"BRANCH - reason\"", path))
	}
	for _, u := range listed {
		switch {
		case !slices.Contains(r.names, u.name):
			failures = append(failures, fmt.Sprintf("%s:%d: there is no branch %s", path, u.line, u.name))
		case r.taken[u.name] != "":
			failures = append(failures, fmt.Sprintf("%s:%d: %s takes %s: take it off the list", path, u.line, r.taken[u.name], u.name))
		}
	}
	return failures
}

// unreached is a line of the list.
type unreached struct {
	name, reason string
	line         int
	full         bool // the full tier takes it
}

// readUnreached reads the list. Without a file, each branch must be taken.
func readUnreached(path string) ([]unreached, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, &InputError{File: path, Msg: err.Error()}
	}
	var listed []unreached
	number, full := 0, false
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		name, reason, ok := strings.Cut(line, " - ")
		switch {
		case line == "" || line[0] == '#':
		case line == "[full]":
			full = true
		case !ok || reason == "":
			return nil, &InputError{File: path, Line: number, Msg: fmt.Sprintf("expected a branch, \" - \" and a reason, found %q", line)}
		case contains(listed, name):
			return nil, &InputError{File: path, Line: number, Msg: fmt.Sprintf("duplicate branch %q", name)}
		default:
			listed = append(listed, unreached{name, reason, number, full})
		}
	}
	return listed, nil
}
