package model

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Config is a model: the constants of the specification and of MC.tla, and what a configuration file selects.
type Config struct {
	Nodes           []Address // ascending from 1
	Clients         []string  // ascending; client i is Clients[i-1]
	MaxSeq          int
	Commands        []Command
	Callers         []Address
	Candidates      []Address
	Follow          bool
	Heartbeats      bool
	CheckpointEvery int
	Window          int
	MaxCrashes      int
	MaxDisks        int     // of each node
	Founder         Address // or Nobody
	Reduced         bool
	Waits           bool // a client waits until its command was executed where it calls; in no file: for comparison with runs

	MaxSlot       int
	ProposedSlots []int
	MaxBallot     []int // of each node

	Start      string   // the name of the initial states
	Next       []string // the actions of which steps are taken
	Symmetry   bool     // clients are interchangeable
	IsBounded  bool     // steps out of bounds are not taken
	Invariants []string
	Properties []string // step invariants
}

// InputError is a configuration file or module that cannot be read.
type InputError struct {
	File string
	Line int // 0: no line
	Msg  string
}

func (e *InputError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// reader reads one configuration file.
type reader struct {
	file        string
	definitions map[string]string // of the modules: name to text
	seen        map[string]bool
	config      Config
}

const maxFile = 1 << 20

func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", &InputError{File: path, Msg: "no such file"}
	case info.Size() > maxFile:
		return "", &InputError{File: path, Msg: fmt.Sprintf("longer than %d bytes", maxFile)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &InputError{File: path, Msg: err.Error()}
	}
	return string(text), nil
}

// ReadConfig reads a TLC configuration file, and of the module beside it and MultiPaxos.tla the definitions that it
// names. What the model does not know is an *[InputError].
func ReadConfig(module, cfg string) (*Config, error) {
	r := reader{file: cfg, definitions: map[string]string{}, seen: map[string]bool{}}
	for _, path := range []string{filepath.Join(filepath.Dir(module), "MultiPaxos.tla"), module} {
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		readDefinitions(text, r.definitions)
	}
	text, err := readFile(cfg)
	if err != nil {
		return nil, err
	}
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, `\*`)
		if section, err = r.line(section, strings.TrimSpace(line)); err != nil {
			return nil, &InputError{File: cfg, Line: i + 1, Msg: err.Error()}
		}
	}
	if err := r.finish(); err != nil {
		return nil, &InputError{File: cfg, Msg: err.Error()}
	}
	return &r.config, nil
}

var (
	comment    = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*|====+`)
	definition = regexp.MustCompile(`(?m)^(\w+)(?:\([^)]*\))?[ \t]*==`)
	word       = regexp.MustCompile(`\w+`)
	keyword    = regexp.MustCompile(`^(INIT|NEXT|CONSTANTS|SYMMETRY|ACTION_CONSTRAINT|INVARIANTS|PROPERTIES)\b`)
)

// readDefinitions collects the text of every definition of a module.
func readDefinitions(text string, into map[string]string) {
	text = comment.ReplaceAllString(text, "")
	starts := definition.FindAllStringSubmatchIndex(text, -1)
	for i, s := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		into[text[s[2]:s[3]]] = strings.TrimSpace(text[s[1]:end])
	}
}

// line reads a line in a section and returns the section that it leaves open.
func (r *reader) line(section, line string) (string, error) {
	if key := keyword.FindString(line); key != "" {
		if r.seen[key] {
			return "", fmt.Errorf("%s twice", key)
		}
		r.seen[key] = true
		section, line = key, strings.TrimSpace(line[len(key):])
	}
	if line == "" {
		return section, nil
	}
	c := &r.config
	switch section {
	case "CONSTANTS":
		return section, r.constant(line)
	case "INIT":
		c.Start = line
		return "", check(inits[line] != nil, "initial states", line)
	case "NEXT":
		c.Next = r.actions(line)
		return "", check(len(c.Next) > 0, "steps", line)
	case "SYMMETRY":
		c.Symmetry = true
		return "", check(line == "Symmetry", "symmetry", line)
	case "ACTION_CONSTRAINT":
		c.IsBounded = true
		return "", check(line == "Bounded", "constraint", line)
	case "INVARIANTS", "PROPERTIES":
		return section, r.properties(section, strings.Fields(line))
	}
	return "", fmt.Errorf("expected a keyword that the model knows, found %q", line)
}

func check(known bool, what, name string) error {
	if known {
		return nil
	}
	return fmt.Errorf("the model knows no %s %q", what, name)
}

func (r *reader) properties(section string, names []string) error {
	for _, name := range names {
		known := slices.ContainsFunc(invariants, func(i invariant) bool { return i.name == name })
		into := &r.config.Invariants
		if section == "PROPERTIES" {
			known = slices.ContainsFunc(stepInvariants, func(i stepInvariant) bool { return i.name == name })
			into = &r.config.Properties
		}
		if err := check(known, "property", name); err != nil {
			return err
		}
		*into = append(*into, name)
	}
	return nil
}

// actions finds the actions that a definition names, itself or through definitions that it names.
func (r *reader) actions(name string) []string {
	var found []string
	asked := map[string]bool{}
	var look func(name string)
	look = func(name string) {
		if asked[name] {
			return
		}
		asked[name] = true
		if slices.ContainsFunc(Actions, func(a Action) bool { return a.Name == name }) {
			found = append(found, name)
			return
		}
		for _, part := range word.FindAllString(r.definitions[name], -1) {
			look(part)
		}
	}
	look(name)
	return found
}

// constant reads an assignment: "Name = value" or "Name <- definition".
func (r *reader) constant(line string) error {
	name, value, ok := strings.Cut(line, "=")
	if before, after, is := strings.Cut(line, "<-"); is {
		name, value, ok = before, after, true
		if strings.TrimSpace(name) != "Commands" {
			value = r.definitions[strings.TrimSpace(value)]
		}
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("expected \"name = value\" or \"name <- definition\", found %q", line)
	}
	if r.seen[name] {
		return fmt.Errorf("constant %s twice", name)
	}
	r.seen[name] = true
	if err := r.assign(name, value); err != nil {
		return fmt.Errorf("constant %s: %w", name, err)
	}
	return nil
}

var constantNames = []string{"Nodes", "Commands", "Clients", "MaxSeq", "Callers", "Candidates", "Follow", "Heartbeats",
	"CheckpointEvery", "Window", "MaxCrashes", "MaxDisks", "Founder", "MaxSlot", "ProposedSlots", "MaxBallot", "Reduced", "None"}

func (r *reader) assign(name, value string) (err error) {
	c := &r.config
	switch name {
	case "Commands":
		return check(value == "MCCommands", "commands", value)
	case "None":
		return check(value == "None", "value", value)
	case "Clients":
		c.Clients = word.FindAllString(value, -1)
		slices.Sort(c.Clients)
	case "Nodes":
		c.Nodes, err = parseNumbers(value, "{", "}")
	case "Callers":
		c.Callers, err = parseNumbers(value, "{", "}")
	case "Candidates":
		c.Candidates, err = parseNumbers(value, "{", "}")
	case "ProposedSlots":
		c.ProposedSlots, err = parseNumbers(value, "{", "}")
	case "MaxBallot":
		c.MaxBallot, err = parseNumbers(value, "<<", ">>")
	case "Follow", "Heartbeats", "Reduced":
		flags := map[string]*bool{"Follow": &c.Follow, "Heartbeats": &c.Heartbeats, "Reduced": &c.Reduced}
		*flags[name] = value == "TRUE"
		return check(value == "TRUE" || value == "FALSE", "truth value", value)
	case "MaxSeq", "CheckpointEvery", "Window", "MaxCrashes", "MaxDisks", "Founder", "MaxSlot":
		numbers := map[string]*int{"MaxSeq": &c.MaxSeq, "CheckpointEvery": &c.CheckpointEvery, "Window": &c.Window,
			"MaxCrashes": &c.MaxCrashes, "MaxDisks": &c.MaxDisks, "Founder": &c.Founder, "MaxSlot": &c.MaxSlot}
		*numbers[name], err = strconv.Atoi(value)
	default:
		return fmt.Errorf("the model knows no such constant")
	}
	return err
}

func parseNumbers(text, open, end string) ([]int, error) {
	inner, opened := strings.CutPrefix(text, open)
	inner, closed := strings.CutSuffix(inner, end)
	if !opened || !closed {
		return nil, fmt.Errorf("expected %s...%s, found %q", open, end, text)
	}
	var numbers []int
	for _, field := range strings.Split(inner, ",") {
		if strings.TrimSpace(inner) == "" {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return nil, fmt.Errorf("expected a number, found %q", field)
		}
		numbers = append(numbers, n)
	}
	if open == "{" {
		slices.Sort(numbers)
	}
	return numbers, nil
}

// finish checks that nothing is missing and derives the commands.
func (r *reader) finish() error {
	for _, name := range append([]string{"INIT", "NEXT"}, constantNames...) {
		if !r.seen[name] {
			return fmt.Errorf("%s is missing", name)
		}
	}
	c := &r.config
	for i, n := range c.Nodes {
		if n != i+1 {
			return fmt.Errorf("nodes: expected 1, 2, ..., found %v", c.Nodes)
		}
	}
	if len(c.Nodes) == 0 || c.IsBounded && len(c.MaxBallot) < len(c.Nodes) {
		return fmt.Errorf("%d nodes, MaxBallot for %d", len(c.Nodes), len(c.MaxBallot))
	}
	if c.MaxDisks < 1 || c.Founder != Nobody && !c.isNode(c.Founder) {
		return fmt.Errorf("expected a disk for each node and a Founder among them, found %d and %d", c.MaxDisks, c.Founder)
	}
	for client := range c.Clients {
		for seq := 1; seq <= c.MaxSeq; seq++ {
			c.Commands = append(c.Commands, Command{client + 1, seq})
		}
	}
	return nil
}
