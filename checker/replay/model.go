package replay

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"multipaxos/checker/tlc"
	"multipaxos/impl/paxos"
)

// Model is what the constants of a model say.
type Model struct {
	Nodes           []uint64 `json:"nodes"`
	Clients         []string `json:"clients"` // model values; the first is ClientID 1
	MaxSeq          uint64   `json:"max_seq"`
	Callers         []uint64 `json:"callers"`
	Candidates      []uint64 `json:"candidates"`
	Follow          bool     `json:"follow"`
	Heartbeats      bool     `json:"heartbeats"`
	CheckpointEvery uint64   `json:"checkpoint_every"`
	Window          uint64   `json:"window"`
	MaxCrashes      uint64   `json:"max_crashes"`
	MaxDisks        uint64   `json:"max_disks"`
	Founder         uint64   `json:"founder"` // or 0
	Reduced         bool     `json:"reduced"`
	Voters          []uint64 `json:"voters,omitempty"`  // of a cluster that nobody founds; none: all nodes
	Joining         []uint64 `json:"joining,omitempty"` // the nodes that are not welcomed yet to such a cluster

	// Of the models of Flaws.tla only.
	Up       []uint64 `json:"up,omitempty"`       // the nodes that take steps
	Steps    []string `json:"steps,omitempty"`    // types of messages that are delivered, and timers that fire
	Links    string   `json:"links,omitempty"`    // the operator that says who reaches whom
	Kept     string   `json:"kept,omitempty"`     // the operator that says which messages are kept
	Volatile bool     `json:"volatile,omitempty"` // the flaw is that the disk does not hold what the Acceptor holds
}

var (
	comment    = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*`)
	assignment = regexp.MustCompile(`(?m)^\s*(\w+)\s*=\s*(.*?)\s*$`)
	override   = regexp.MustCompile(`(?m)^\s*(\w+)\s*<-\s*(\w+)\s*$`)
)

// ReadModel reads the constants of a TLC configuration. Its errors name the file.
func ReadModel(path string) (Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Model{}, err
	}
	c := constants{values: map[string]tlc.Value{}, operators: map[string]string{}}
	cfg := comment.ReplaceAllString(string(text), " ")
	for _, match := range override.FindAllStringSubmatch(cfg, -1) {
		c.operators[match[1]] = match[2]
	}
	for _, match := range assignment.FindAllStringSubmatch(cfg, -1) {
		value, err := tlc.ParseValue(match[2])
		if err != nil {
			return Model{}, fmt.Errorf("%s: constant %s: %w", path, match[1], err)
		}
		c.values[match[1]] = value
	}
	m := Model{
		Nodes: c.numbers("Nodes"), Clients: c.members("Clients"), MaxSeq: c.number("MaxSeq"),
		Callers: c.numbers("Callers"), Candidates: c.numbers("Candidates"),
		Follow: c.truth("Follow"), Heartbeats: c.truth("Heartbeats"),
		CheckpointEvery: c.number("CheckpointEvery"), Window: c.number("Window"),
		MaxCrashes: c.number("MaxCrashes"), MaxDisks: c.number("MaxDisks"), Founder: c.number("Founder"), Reduced: c.truth("Reduced"),
	}
	if first, err := configured(cfg, "INIT"); err == nil && first == "AdmitInit" && len(m.Nodes) > 0 {
		last := len(m.Nodes) - 1
		m.Voters, m.Joining = m.Nodes[:last], m.Nodes[last:]
	}
	c.flaw(&m)
	if c.wrong != "" {
		return Model{}, fmt.Errorf("%s: %s", path, c.wrong)
	}
	return m, m.validate()
}

// flaw adds what the models of Flaws.tla say more, and the clients of messages that travel at the beginning.
func (c *constants) flaw(m *Model) {
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if c.values[name].Canonical() == name && name != "None" && !slices.Contains(m.Clients, name) {
			m.Clients = append(m.Clients, name)
		}
	}
	if _, ok := c.values["Steps"]; !ok {
		return
	}
	m.Up, m.Links, m.Kept = c.numbers("Up"), c.operators["Links"], c.operators["Kept"]
	m.Joining = c.numbers("Joining")
	m.Volatile = c.operators["CrashRestart"] != "" || c.operators["StartedNode"] != ""
	for _, name := range c.members("Steps") {
		m.Steps = append(m.Steps, strings.Trim(name, `"`))
	}
}

func (m Model) validate() error {
	for i, n := range m.Nodes {
		if n != uint64(i+1) || paxos.Address(n) > paxos.MaxAddress {
			return fmt.Errorf("model: want the nodes 1, 2, ... up to %d, found %v", paxos.MaxAddress, m.Nodes)
		}
	}
	for _, list := range [][]uint64{m.Callers, m.Candidates, m.Voters, m.Joining} {
		for _, n := range list {
			if !slices.Contains(m.Nodes, n) {
				return fmt.Errorf("model: want callers, candidates and who joins among the nodes %v, found %d", m.Nodes, n)
			}
		}
	}
	switch {
	case m.Kept != "" && m.Kept != "KeepUseful" && m.Kept != "KeepOnce" && m.Kept != "KeepDelivered":
		return fmt.Errorf("model: want Kept as in MultiPaxos, KeepUseful, KeepOnce or KeepDelivered, found %s", m.Kept)
	case m.Links != "" && m.Links != "Everybody" && m.Links != "ThroughN3":
		return fmt.Errorf("model: want Links to be Everybody or ThroughN3, found %s", m.Links)
	case m.Founder > uint64(len(m.Nodes)) || m.MaxDisks == 0:
		return fmt.Errorf("model: want a founder among the nodes, or 0, and at least a disk each, found %d and %d", m.Founder, m.MaxDisks)
	case len(m.Nodes) == 0:
		return fmt.Errorf("model: want at least one node, found none")
	case m.CheckpointEvery == 0 || m.Window == 0:
		return fmt.Errorf("model: want CheckpointEvery and Window above 0, found %d and %d", m.CheckpointEvery, m.Window)
	}
	return nil
}

// constants are the values that a configuration gives; wrong is the first thing found wrong with them.
type constants struct {
	values    map[string]tlc.Value
	operators map[string]string // in the place of others
	wrong     string
}

func (c *constants) get(name string) tlc.Value {
	v, ok := c.values[name]
	if !ok && c.wrong == "" {
		c.wrong = fmt.Sprintf("constant %s: want a value, found none", name)
	}
	return v
}

// fieldsOf returns the fields of a record.
func fieldsOf(v tlc.Value) constants {
	c := constants{values: map[string]tlc.Value{}}
	for i, key := range v.Keys {
		c.values[key.Atom] = v.Items[i]
	}
	return c
}

// record returns the fields of a field.
func (c *constants) record(name string) constants { return fieldsOf(c.get(name)) }

func (c *constants) number(name string) uint64 { return c.parse(name, c.get(name).Atom) }

func (c *constants) parse(name, text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil && c.wrong == "" {
		c.wrong = fmt.Sprintf("constant %s: want a number, found %q", name, text)
	}
	return n
}

func (c *constants) truth(name string) bool {
	text := c.get(name).Atom
	if text != "TRUE" && text != "FALSE" && c.wrong == "" {
		c.wrong = fmt.Sprintf("constant %s: want TRUE or FALSE, found %q", name, text)
	}
	return text == "TRUE"
}

// members lists a set of atoms, in order.
func (c *constants) members(name string) []string {
	text := c.get(name).Canonical() // writes an interval out
	if !strings.HasPrefix(text, "{") && c.wrong == "" {
		c.wrong = fmt.Sprintf("constant %s: want a set, found %s", name, text)
	}
	text = strings.Trim(text, "{}")
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ", ")
}

func (c *constants) numbers(name string) []uint64 {
	list := []uint64{}
	for _, text := range c.members(name) {
		list = append(list, c.parse(name, text))
	}
	return list
}

// client returns the number of a client's model value.
func (m *Model) client(name string) (paxos.ClientID, bool) {
	i := slices.Index(m.Clients, name)
	return paxos.ClientID(i + 1), i >= 0
}

// clientName is the model value that a number stands for.
func (m *Model) clientName(id paxos.ClientID) string {
	if id == 0 || int(id) > len(m.Clients) {
		return strconv.FormatUint(uint64(id), 10)
	}
	return m.Clients[id-1]
}

// addresses converts numbers that validate has checked.
func addresses(list []uint64) []paxos.Address {
	converted := make([]paxos.Address, len(list))
	for i, n := range list {
		converted[i] = paxos.Address(n)
	}
	return converted
}
