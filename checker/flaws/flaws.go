// Package flaws writes docs/flaws.md: for each rule of the protocol that a model of spec/Flaws.tla takes out, what
// breaks without it, and the shortest counterexample.
//
// Everything but the sentences in [how] is read: the models and their pinned results from models.json, the operators
// that a flaw replaces from its cfg, the rules from the comments of Flaws.tla, the ladders from testdata, where the
// test writes them with -update.
package flaws

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

// Prefix begins the name of each model of Flaws.tla, ControlPrefix that of a control, and AlonePrefix that of a model
// with half a flaw, which breaks nothing.
const (
	Prefix        = "flaw-"
	ControlPrefix = "flaw-control-"
	AlonePrefix   = "flaw-alone-"
)

// Flaw is a model with a rule taken out.
type Flaw struct {
	ID        string // as in docs/protocol.md, or a word
	Entry     tlc.Entry
	Control   string     // name of the model that is the same but for the flaw
	Overrides []Override // what takes the place of what
	Rules     []string   // what the overrides take out
	Plant     string     // the same flaw in the Go code, a path from the root; empty: not planted
	Ladder    string     // the shortest counterexample
}

// Override is an operator of MultiPaxos.tla and the one of Flaws.tla in its place.
type Override struct{ Operator, By string }

// Method is the Go method that the operator stands for; empty when it is none.
func (o Override) Method() string {
	for _, role := range []string{"Acceptor", "Replica", "Leader", "Scout", "Commander", "Requester", "Bootstrap"} {
		if rest, ok := strings.CutPrefix(o.Operator, role); ok {
			return role + "." + rest
		}
	}
	return map[string]string{"StartedLeader": "NewLeader", "IsQuorum": "Config.Quorum", "CrashRestart": "NewNode", "StartedNode": "NewNode", "NodeInvoke": "Node.Invoke"}[o.Operator]
}

// Read reads the flaws in the order of models.json, below the root of the repository.
func Read(root string) ([]Flaw, error) {
	spec := filepath.Join(root, "spec")
	entries, err := tlc.ReadModels(filepath.Join(spec, tlc.ModelsFile))
	if err != nil {
		return nil, err
	}
	module, err := os.ReadFile(filepath.Join(spec, "Flaws.tla"))
	if err != nil {
		return nil, err
	}
	var list []Flaw
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, Prefix) || e.Expect != tlc.ExpectViolates {
			continue
		}
		f := Flaw{ID: strings.TrimSuffix(strings.TrimPrefix(e.Cfg, "Flaw"), ".cfg"), Entry: e}
		if err := f.read(root, entries, string(module)); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

func (f *Flaw) read(root string, entries []tlc.Entry, module string) error {
	cfg, err := os.ReadFile(filepath.Join(root, "spec", f.Entry.Cfg))
	if err != nil {
		return err
	}
	model, overrides := split(string(cfg))
	f.Overrides = overrides
	for _, o := range overrides {
		rule := ruleOf(module, o.By)
		if rule == "" {
			return fmt.Errorf("spec/Flaws.tla: %s: expected a comment with the rule that it takes out, above it", o.By)
		}
		if !slices.Contains(f.Rules, rule) {
			f.Rules = append(f.Rules, rule)
		}
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(root, "spec", e.Cfg))
		if err != nil {
			return err
		}
		if other, _ := split(string(text)); strings.HasPrefix(e.Name, ControlPrefix) && other == model {
			f.Control = e.Name
		}
	}
	if f.Control == "" {
		return fmt.Errorf("spec/%s: no %s* is the same model without the flaw", f.Entry.Cfg, ControlPrefix)
	}
	plant := "fuzz/zoo/bugs/" + f.ID + ".diff"
	if _, err := os.Stat(filepath.Join(root, plant)); err == nil {
		f.Plant = plant
	}
	ladder, err := os.ReadFile(filepath.Join(root, "checker/flaws", f.Golden()))
	f.Ladder = string(ladder)
	return err
}

// Golden is the file of the counterexample.
func (f *Flaw) Golden() string { return "testdata/" + f.Entry.Name + ".ladder" }

var override = regexp.MustCompile(`(?m)^    (\w+) <- (\w+)\n`)

// split separates a cfg into the model, without the property, and the flaw.
func split(cfg string) (model string, overrides []Override) {
	before, rest, found := strings.Cut(cfg, "    \\* the flaw\n")
	if found {
		flaw, after, _ := strings.Cut(rest, "    \\* the model\n")
		for _, m := range override.FindAllStringSubmatch(flaw, -1) {
			overrides = append(overrides, Override{Operator: m[1], By: m[2]})
		}
		before += after
	}
	model, _, _ = strings.Cut(before, "\nINVARIANT")
	return model, overrides
}

// ruleOf returns the rule in the comment above an operator of Flaws.tla. Operators without one share that above.
func ruleOf(module, operator string) string {
	at := regexp.MustCompile(`(?m)^` + operator + `(\(.*\))? ==`).FindStringIndex(module)
	if at == nil {
		return ""
	}
	comments := regexp.MustCompile(`(?m)^\\\* [\w]+: (.*)$`).FindAllStringSubmatch(module[:at[0]], -1)
	if len(comments) == 0 {
		return ""
	}
	return comments[len(comments)-1][1]
}

// Document is docs/flaws.md. alone are the models with half a flaw.
func Document(list []Flaw, alone []tlc.Entry) string {
	var b strings.Builder
	b.WriteString(head)
	b.WriteString("| flaw | what it does | violates | steps |\n|---|---|---|---|\n")
	for _, f := range list {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %d |\n", f.ID, strings.ToLower(f.ID), f.Entry.Purpose, f.Entry.Property, f.Entry.Trace-1)
	}
	b.WriteString(halves)
	for _, e := range alone {
		fmt.Fprintf(&b, "- `%s`: %s\n", e.Name, strings.TrimPrefix(e.Purpose, "half a flaw, which breaks nothing: "))
	}
	b.WriteString(absent)
	for _, f := range list {
		f.section(&b)
	}
	return b.String()
}

func (f *Flaw) section(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n", f.ID, upper(f.Entry.Purpose))
	fmt.Fprintf(b, "\n%s\n", how[f.ID])
	for _, rule := range f.Rules {
		fmt.Fprintf(b, "\n> %s\n", rule)
	}
	b.WriteString("\n| spec | in its place | Go |\n|---|---|---|\n")
	for _, o := range f.Overrides {
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", o.Operator, o.By, code(o.Method()))
	}
	fmt.Fprintf(b, "\nModel `%s`, control `%s`", f.Entry.Name, f.Control)
	if f.Plant != "" {
		fmt.Fprintf(b, ", in the Go code `%s`", f.Plant)
	}
	fmt.Fprintf(b, ". `%s` is violated in %d steps:\n\n```\n%s```\n", f.Entry.Property, f.Entry.Trace-1, f.Ladder)
}

func code(name string) string {
	if name == "" {
		return ""
	}
	return "`" + name + "`"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
