package paxos

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// fields are the key=value words of a script line.
type fields map[string]string

// parseFields separates key=value words, of the given keys, from the others.
func parseFields(words []string, keys ...string) (f fields, rest []string, err error) {
	f = fields{}
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		switch {
		case !ok || strings.HasPrefix(word, `"`):
			rest = append(rest, word)
		case !slices.Contains(keys, key):
			return nil, nil, fmt.Errorf("want one of %v, found %q", keys, word)
		default:
			f[key] = value
		}
	}
	return f, rest, nil
}

// number is 0 where the key is missing.
func (f fields) number(key string) (uint64, error) {
	if f[key] == "" {
		return 0, nil
	}
	base := 10
	if key == "disk" {
		base = 16
	}
	return strconv.ParseUint(f[key], base, 64)
}

// ballot reads "(2,N1)".
func (f fields) ballot(key string) (b Ballot, err error) {
	n, leader, ok := strings.Cut(strings.Trim(f[key], "()"), ",")
	if !ok {
		return b, nil
	}
	if b.N, err = strconv.ParseUint(n, 10, 64); err != nil {
		return b, err
	}
	return b, b.Leader.UnmarshalText([]byte(leader))
}

// parseEnvelope reads what Envelope.String writes, as far as scripts need it, and config=2.
func parseEnvelope(words []string) (e Envelope, err error) {
	from, to, ok := strings.Cut(words[0], "->")
	if !ok || len(words) < 2 {
		return e, fmt.Errorf("want N1->N2 and a message, found %q", words)
	}
	f, rest, err := parseFields(words[2:], "bal", "slot", "by", "disk", "config", "machine")
	if err != nil {
		return e, err
	}
	config, err := f.number("config")
	e.Config = ConfigID(config)
	if f["config"] == "" {
		e.Config = 1
	}
	err = errors.Join(err, e.From.UnmarshalText([]byte(from)), e.To.UnmarshalText([]byte(to)))
	if err != nil {
		return e, err
	}
	e.Message, err = parseMessage(words[1], f, rest)
	return e, err
}

func parseMessage(name string, f fields, rest []string) (Message, error) {
	slotNumber, err1 := f.number("slot")
	slot := Slot(slotNumber)
	bal, err2 := f.ballot("bal")
	by, err3 := f.ballot("by")
	disk, err4 := f.number("disk")
	p, err5 := parseProposal(rest)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	messages := map[string]Message{
		"Propose":   Propose{Slot: slot, Proposal: p},
		"Prepare":   Prepare{BallotNum: bal, Slot: slot},
		"Promise":   Promise{BallotNum: bal},
		"Accept":    Accept{Slot: slot, BallotNum: bal, Proposal: p},
		"Accepted":  Accepted{Slot: slot, BallotNum: bal},
		"Preempted": Preempted{Slot: slot, PreemptedBy: by},
		"Decision":  Decision{Slot: slot, Proposal: p},
		"Active":    Active{Slot: slot},
		"Join":      Join{Disk: DiskID(disk)},
		"Welcome":   Welcome{Slot: slot, State: State{Machine: f["machine"]}},
		"Invoke":    Invoke{Caller: p.Caller, ClientID: p.ClientID, Seq: p.Seq, InputValue: p.Input},
		"Adopted":   Adopted{BallotNum: bal},
		"Decided":   Decided{Slot: slot},
	}
	if m, ok := messages[name]; ok {
		return m, nil
	}
	return nil, fmt.Errorf("want a message, found %q", name)
}

// parseProposal reads what Proposal.String writes; nothing is a no-op.
func parseProposal(words []string) (p Proposal, err error) {
	if len(words) == 0 || words[0] == "noop" {
		return p, nil
	}
	text := strings.Join(words, " ")
	var n int
	if words[0] == "admit" {
		_, err = fmt.Sscanf(text, "admit N%d disk %x", &n, &p.Disk)
	} else {
		_, err = fmt.Sscanf(text, "c%d#%d@N%d %q", &p.ClientID, &p.Seq, &n, &p.Input)
	}
	p.Caller = Address(n)
	return p, err
}

// registers is a trivial state machine: "add x 2" adds to a register and answers its value, "get x" only
// answers, "boom" panics.
type registers map[string]int

func newRegisters() Machine { return registers{} }

func (r registers) Apply(input string) string {
	words := strings.Fields(input)
	switch {
	case input == "boom":
		panic("boom")
	case len(words) == 3 && words[0] == "add":
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return "error want a number"
		}
		r[words[1]] += n
	case len(words) != 2 || words[0] != "get":
		return "error want add, get or boom"
	}
	return fmt.Sprintf("%s=%d", words[1], r[words[1]])
}

func (r registers) Snapshot() string {
	var parts []string
	for name, n := range r {
		parts = append(parts, fmt.Sprintf("%s=%d", name, n))
	}
	sort.Strings(parts)
	return strings.Join(parts, ",")
}

func (r registers) Restore(snapshot string) error {
	clear(r)
	if snapshot == "" {
		return nil
	}
	for _, part := range strings.Split(snapshot, ",") {
		name, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("want name=number, found %q", part)
		}
		r[name] = n
	}
	return nil
}
