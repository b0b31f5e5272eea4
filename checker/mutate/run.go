package mutate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
	"multipaxos/checker/usage"
)

// Options say what Run does.
type Options struct {
	Dir     string // holds models.json and the modules; empty: "spec"
	Tier    string // empty: tlc.Quick
	Mutants int
	Seed    uint64
}

const module = "MultiPaxos.tla"

// Outcome is what became of a mutant.
type Outcome struct {
	Mutant
	NoticedBy string        // a model and what it found; empty: nothing noticed it
	CPU       time.Duration // of TLC
}

// Run makes mutants, runs the models with each until one notices, and writes a table to w. It is Violation when one of
// them goes unnoticed: it is the same protocol, or a model is missing. An error comes with BadInput.
func Run(ctx context.Context, w io.Writer, o Options) (tlc.Outcome, error) {
	o.Dir, o.Tier = cmp.Or(o.Dir, "spec"), cmp.Or(o.Tier, tlc.Quick)
	entries, err := tlc.ReadModels(filepath.Join(o.Dir, tlc.ModelsFile))
	if err != nil {
		return tlc.BadInput, err
	}
	if entries, err = tlc.Select(entries, o.Tier, nil); err != nil {
		return tlc.BadInput, err
	}
	text, err := os.ReadFile(filepath.Join(o.Dir, module))
	if err != nil {
		return tlc.BadInput, err
	}
	all := All(string(text))
	_, _ = fmt.Fprintf(w, "%d single changes of %s; %d of them, seed %d, on the models of tier %s\n\n", len(all), module, o.Mutants,
		o.Seed, o.Tier)
	_, _ = fmt.Fprintf(w, "| # | line | operator | change | before | after | noticed by | CPU s |\n|--:|--:|---|---|---|---|---|--:|\n")
	t := tester{Options: o, entries: entries, text: string(text), sound: map[string]bool{}, hits: map[string]int{}}
	made, unnoticed, err := t.tryAll(ctx, w, shuffled(all, o.Seed))
	if err != nil {
		return tlc.BadInput, err
	}
	_, _ = fmt.Fprintf(w, "\n%d mutants, %d noticed, %d not\n", made, made-unnoticed, unnoticed)
	if unnoticed > 0 || made < o.Mutants {
		return tlc.Violation, nil
	}
	return tlc.OK, nil
}

// tester tries mutants.
type tester struct {
	Options
	entries []tlc.Entry
	text    string
	hits    map[string]int  // how many mutants a model has noticed
	sound   map[string]bool // models that notice nothing in the module as it is
}

// tryAll tries mutants in their order until there are enough, and writes a row for each. Those that SANY refuses do not
// count.
func (t *tester) tryAll(ctx context.Context, w io.Writer, mutants []Mutant) (made, unnoticed int, err error) {
	for _, m := range mutants {
		if made == t.Mutants {
			break
		}
		before := usage.ChildrenCPU()
		outcome, err := t.try(ctx, m)
		outcome.CPU = usage.ChildrenCPU() - before
		if errors.Is(err, errNoModule) {
			continue
		}
		if err != nil {
			return made, unnoticed, err
		}
		made++
		outcome.row(w, made, t.text)
		if outcome.NoticedBy == "" {
			unnoticed++
		}
	}
	return made, unnoticed, nil
}

func (o Outcome) row(w io.Writer, number int, text string) {
	cell := func(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" }
	_, _ = fmt.Fprintf(w, "| %d | %d | %s | %s | %s | %s | %s | %.0f |\n", number, o.Line, o.Operator, o.Rule, cell(o.Before(text)),
		cell(o.After(text)), cmp.Or(o.NoticedBy, "**nothing**"), o.CPU.Seconds())
}

// errNoModule is a mutant that SANY does not take for a module.
var errNoModule = errors.New("not a module")

// try runs the models with a mutant. A model notices when it finds another result than is pinned, when TLC cannot
// evaluate what the mutant says, or when there are more states than there should be. After them come the model in Go,
// which compares each edge, and the branches that must be taken.
func (t *tester) try(ctx context.Context, m Mutant) (Outcome, error) {
	found := Outcome{Mutant: m}
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return found, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	dir = filepath.Join(dir, "spec") // os.CopyFS makes it
	if err := os.CopyFS(dir, os.DirFS(t.Dir)); err != nil {
		return found, err
	}
	if err := os.WriteFile(filepath.Join(dir, module), []byte(m.Apply(t.text)), 0o644); err != nil {
		return found, err
	}
	for _, e := range t.promisingFirst() {
		if found.NoticedBy, err = notices(ctx, dir, e); err != nil {
			return found, err
		}
		if found.NoticedBy != "" {
			t.hits[e.Name]++
			return found, t.isSound(ctx, e)
		}
	}
	return t.lastResort(ctx, dir, found)
}

// isSound is an error when a model notices something in the module as it is.
func (t *tester) isSound(ctx context.Context, e tlc.Entry) error {
	if t.sound[e.Name] {
		return nil
	}
	noticed, err := notices(ctx, t.Dir, e)
	if err == nil && noticed != "" {
		err = fmt.Errorf("%s without any change: %s", module, noticed)
	}
	t.sound[e.Name] = err == nil
	return err
}

// promisingFirst orders models by how likely they are to notice a mutant for the CPU time that they take: those that have
// noticed others come forward. A violation pins little, so few mutants change it.
func (t *tester) promisingFirst() []tlc.Entry {
	promise := func(e tlc.Entry) float64 {
		seconds, chance := 1.5+float64(e.Generated)/8000, 1.0
		switch {
		case e.Expect == tlc.ExpectViolates:
			chance = 0.3
		case !tlc.Distributable(t.Dir, e):
			seconds += 10 // liveness
		}
		return (chance + float64(t.hits[e.Name])) / seconds
	}
	sorted := slices.Clone(t.entries)
	slices.SortStableFunc(sorted, func(a, b tlc.Entry) int { return cmp.Compare(promise(b), promise(a)) })
	return sorted
}

// errTooMany ends a run that has more states than are pinned.
var errTooMany = errors.New("too many states")

// notices runs a model, and returns what it noticed.
func notices(ctx context.Context, dir string, e tlc.Entry) (string, error) {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	checks, err := tlc.CheckModels(limited, dir, []tlc.Entry{e}, runtime.NumCPU(), tlc.Reporter{Progress: func(_ tlc.Entry, p tlc.Progress) {
		if e.Expect == tlc.ExpectPass && p.Distinct > 2*e.Distinct+1000 {
			cancel(errTooMany)
		}
	}})
	var input *tlc.InputError
	var cut *tlc.CutOffError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil && len(checks[0].Failures) > 0:
		return e.Name + ": " + checks[0].Failures[0], nil
	case err == nil:
		return "", nil
	case context.Cause(limited) == errTooMany:
		return e.Name + ": more than twice the states", nil
	case errors.As(err, &input) && input.Parse:
		return "", errNoModule
	case errors.As(err, &input):
		return e.Name + ": TLC: " + firstWords(input.Msg), nil
	case errors.As(err, &cut) && !killed.MatchString(cut.Reason):
		return e.Name + ": TLC: " + firstWords(cut.Reason), nil
	default:
		return "", err
	}
}

// killed is how a run ends that somebody else ended.
var killed = regexp.MustCompile(`^(signal|exit status 1[34]\d)`)

// firstWords is enough of an error of TLC's to tell it from others.
func firstWords(s string) string {
	words := strings.Fields(s)
	if len(words) > 12 {
		words = append(words[:12:12], "…")
	}
	return strings.Join(words, " ")
}

// lastResort asks what else there is.
func (t *tester) lastResort(ctx context.Context, dir string, found Outcome) (Outcome, error) {
	var report strings.Builder
	for _, e := range t.entries {
		if !model.Modelled(e) {
			continue
		}
		report.Reset()
		if model.Equal(ctx, &report, model.Options{Dir: dir, Names: []string{e.Name}}) == tlc.Violation {
			found.NoticedBy = "`check model " + e.Name + "`: another edge"
			return found, nil
		}
	}
	reached, err := tlc.Reach(ctx, dir, t.Tier, t.entries)
	if err == nil && len(reached.Failures) > 0 {
		found.NoticedBy = "branches: " + reached.Failures[0]
	}
	return found, err
}
