package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

// This file prepares models for generating behaviours: temporary copies of the spec, without what checks it.

var (
	section    = regexp.MustCompile(`^\s*([A-Z_]+)\b`)
	definition = regexp.MustCompile(`^(\w+)(\([^)]*\))?\s*==`)
	identifier = regexp.MustCompile(`\w+`)
)

// checks are the sections of a configuration that the generated behaviours do not need: the model is checked
// elsewhere, and symmetry would have edges lead to another state's twin.
var checks = []string{"SYMMETRY", "INVARIANT", "INVARIANTS", "PROPERTY", "PROPERTIES"}

var sections = append([]string{"SPECIFICATION", "INIT", "NEXT", "CONSTANT", "CONSTANTS", "CONSTRAINT", "CONSTRAINTS",
	"ACTION_CONSTRAINT", "ACTION_CONSTRAINTS", "CHECK_DEADLOCK", "VIEW", "ALIAS"}, checks...)

// strip removes the given sections from the text of a configuration.
func strip(cfg string, remove []string) string {
	var kept []string
	inside := false
	for _, line := range strings.Split(comment.ReplaceAllString(cfg, " "), "\n") {
		if match := section.FindStringSubmatch(line); match != nil && slices.Contains(sections, match[1]) {
			inside = slices.Contains(remove, match[1])
		}
		if !inside {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// configured returns the operator that a configuration names: INIT or NEXT.
func configured(cfg, keyword string) (string, error) {
	match := regexp.MustCompile(`(?m)^\s*` + keyword + `\s+(\w+)\s*$`).FindStringSubmatch(comment.ReplaceAllString(cfg, " "))
	if match == nil {
		return "", fmt.Errorf("want a line %q with an operator", keyword)
	}
	return match[1], nil
}

// prepared is a temporary copy of a model.
type prepared struct {
	dir     string
	model   Model
	actions []string // that its Next has, in the spec's order
	run     tlc.Model
}

// prepare copies the modules of a model, and its configuration without the checks. With walk, a variable names the
// action of each step: TLC's files of random walks do not.
func prepare(specDir string, e tlc.Entry, walk bool) (*prepared, error) {
	cfgPath := filepath.Join(specDir, e.Cfg)
	model, err := ReadModel(cfgPath)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(cfgPath)
	if err != nil {
		return nil, err
	}
	p := &prepared{model: model}
	if p.dir, err = os.MkdirTemp("", "replay-"); err != nil {
		return nil, err
	}
	definitions, err := p.copyModules(specDir)
	if err == nil {
		err = p.configure(e, string(text), definitions, walk)
	}
	if err != nil {
		p.remove()
		return nil, fmt.Errorf("%s: %w", cfgPath, err)
	}
	return p, nil
}

func (p *prepared) remove() { _ = os.RemoveAll(p.dir) }

// copyModules returns the text of each definition, by name.
func (p *prepared) copyModules(specDir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(specDir, "*.tla"))
	if err != nil {
		return nil, err
	}
	definitions := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(p.dir, filepath.Base(file)), text, 0o600); err != nil {
			return nil, err
		}
		name := ""
		for line := range strings.Lines(comment.ReplaceAllString(string(text), " ")) {
			if match := definition.FindStringSubmatch(line); match != nil {
				name = match[1]
			}
			definitions[name] += line
		}
	}
	return definitions, nil
}

// configure writes the configuration, and with walk a module Walk around the model's own.
func (p *prepared) configure(e tlc.Entry, cfg string, definitions map[string]string, walk bool) error {
	first, err := configured(cfg, "INIT")
	if err != nil {
		return err
	}
	next, err := configured(cfg, "NEXT")
	if err != nil {
		return err
	}
	p.actions = actionsOf(next, definitions)
	p.run = tlc.Model{Module: filepath.Join(p.dir, e.Module), Config: filepath.Join(p.dir, "Replay.cfg"),
		Workers: 1, HeapMB: max(e.HeapMB, 1024)}
	cfg = strip(cfg, checks)
	if walk {
		cfg = strip(cfg, []string{"INIT", "NEXT"}) + "\nINIT WalkInit\nNEXT WalkNext\n"
		p.run.Module = filepath.Join(p.dir, "Walk.tla")
		extends := strings.TrimSuffix(e.Module, ".tla")
		if err := os.WriteFile(p.run.Module, []byte(walkModule(extends, first, p.actions)), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(p.run.Config, []byte(cfg), 0o600)
}

// walkModule is a module whose behaviours are those of Next, with the name of the action beside each state. Only every
// eighth step may leave the state as it is: most deliveries of old messages do, and a walk would not get far.
func walkModule(extends, first string, actions []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---- MODULE Walk ----\nEXTENDS %s\nVARIABLE action\n", extends)
	fmt.Fprintf(&b, "WalkInit == %s /\\ action = \"Init\"\nWalkStep ==\n  \\E n \\in Nodes :\n", first)
	for _, a := range actions {
		fmt.Fprintf(&b, "    \\/ %s(n) /\\ action' = %q\n", a, a)
	}
	return b.String() + "WalkNext == WalkStep /\\ (TLCGet(\"level\") % 8 = 0 \\/ vars' # vars)\n====\n"
}

// actionsOf lists the actions that an operator consists of, in the order of their first mention.
func actionsOf(operator string, definitions map[string]string) []string {
	var list []string
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] || definitions[name] == "" {
			return
		}
		seen[name] = true
		if _, ok := methods[name]; ok {
			list = append(list, name)
			return
		}
		for _, used := range identifier.FindAllString(definitions[name], -1) {
			visit(used)
		}
	}
	visit(operator)
	return list
}
