package model

import (
	"cmp"
	"fmt"
	"slices"
)

// ParseState reads a state as TLC prints it, as strictly as it is written: every variable and field, and no others.
func (c *Config) ParseState(text string) (s State, err error) {
	variables, err := parseVariables(text)
	if err != nil {
		return State{}, err
	}
	defer catch(&err)
	names := []string{"acceptor", "replica", "leader", "scout", "commanders", "requester", "bootstrap", "seed", "disk", "msgs",
		"answers", "crashes"}
	for _, name := range names {
		if _, ok := variables[name]; !ok || len(variables) != len(names) {
			panic(syntaxError(fmt.Sprintf("expected the variables %v, found %d variables", names, len(variables))))
		}
	}
	for _, a := range c.Nodes {
		at := func(name string) value {
			if len(variables[name].of(tuple)) != len(c.Nodes) {
				panic(syntaxError("expected a value for each node in " + name))
			}
			return variables[name].items[a-1]
		}
		node := &Node{Self: a, Acceptor: c.acceptor(at("acceptor")), Replica: c.replica(at("replica")),
			Leader: c.leader(at("leader")), Scout: c.scout(at("scout")), Commanders: tableOf(at("commanders"), c.commander),
			Requester: setOf(at("requester"), c.command, CompareCommands),
			Bootstrap: c.bootstrap(at("bootstrap")), Seed: c.seed(at("seed")), Disk: c.disk(at("disk"))}
		s.Cells = append(s.Cells, &Cell{Node: node})
	}
	for _, v := range variables["msgs"].of(set) {
		m := c.message(v)
		s.Cells[m.To-1].Inbox = append(s.Cells[m.To-1].Inbox, &m)
	}
	s.Answers = setOf(variables["answers"], c.answer, compareAnswers)
	s.Crashes = variables["crashes"].number()
	return s, nil
}

func tableOf[V any](v value, read func(value) V) (t Table[V]) {
	for i, item := range v.items {
		slot := i + 1
		if v.kind == function {
			slot = v.names[i].number()
		} else {
			v.of(tuple)
		}
		t = append(t, Entry[V]{slot, read(item)})
	}
	slices.SortFunc(t, func(a, b Entry[V]) int { return a.Slot - b.Slot })
	return t
}

func setOf[V any](v value, read func(value) V, compare func(a, b V) int) (items []V) {
	for _, item := range v.of(set) {
		items = append(items, read(item))
	}
	slices.SortFunc(items, compare)
	return items
}

func addresses(v value) []Address { return setOf(v, value.number, cmp.Compare[int]) }

func ballotOf(v value) Ballot {
	f := v.fieldsOf("n", "leader")
	return Ballot{f[0].number(), f[1].number()}
}

func (c *Config) client(v value) int {
	if v.text == "0" {
		return 0 // the no-op's
	}
	at := slices.Index(c.Clients, v.text)
	if at < 0 {
		panic(syntaxError(fmt.Sprintf("expected a client, found %v", v)))
	}
	return at + 1
}

func (c *Config) command(v value) Command {
	f := v.fieldsOf("clientID", "seq")
	return Command{c.client(f[0]), f[1].number()}
}

func (c *Config) answer(v value) Answer {
	f := v.fieldsOf("clientID", "seq", "slot")
	return Answer{c.client(f[0]), f[1].number(), f[2].number()}
}

func (c *Config) proposal(v value) Proposal {
	f := v.fieldsOf("caller", "clientID", "seq", "disk")
	return Proposal{Caller: f[0].number(), ClientID: c.client(f[1]), Seq: f[2].number(), Disk: f[3].number()}
}

func (c *Config) vote(v value) Vote {
	f := v.fieldsOf("ballotNum", "proposal")
	return Vote{ballotOf(f[0]), c.proposal(f[1])}
}

// isNone says whether v is a role that a node does not play.
func isNone(v value) bool { return v.kind == atom && v.text == "None" }

func (c *Config) acceptor(v value) Acceptor {
	if isNone(v) {
		return Acceptor{}
	}
	f := v.fieldsOf("ballotNum", "accepted", "first")
	return Acceptor{true, ballotOf(f[0]), tableOf(f[1], c.vote), f[2].number()}
}

func (c *Config) machineState(machine, sessions, voters value) (s MachineState) {
	s.Voters = tableOf(voters, value.number)
	for _, item := range machine.of(tuple) {
		s.Machine = append(s.Machine, c.command(item))
	}
	if len(sessions.items) == 0 {
		return s
	}
	for i, item := range sessions.of(function) {
		f := item.fieldsOf("seq", "slot")
		s.Sessions = s.Sessions.Put(c.client(sessions.names[i]), Session{f[0].number(), f[1].number()})
	}
	return s
}

func (c *Config) replica(v value) Replica {
	if isNone(v) {
		return Replica{}
	}
	f := v.fieldsOf("slot", "nextSlot", "proposals", "decisions", "first", "machine", "sessions", "voters", "leader", "checkpoint")
	return Replica{Running: true, Slot: f[0].number(), NextSlot: f[1].number(), Proposals: tableOf(f[2], c.proposal),
		Decisions: tableOf(f[3], c.proposal), First: f[4].number(), MachineState: c.machineState(f[5], f[6], f[7]),
		Leader: f[8].number(), Checkpoint: f[9].number()}
}

func (c *Config) bootstrap(v value) Bootstrap {
	if isNone(v) {
		return Bootstrap{}
	}
	f := v.fieldsOf("peer", "decisions")
	return Bootstrap{true, f[0].number(), tableOf(f[1], c.proposal)}
}

func (c *Config) seed(v value) Seed {
	if isNone(v) {
		return Seed{}
	}
	return Seed{true, tableOf(v.fieldsOf("disks")[0], value.number)}
}

func (c *Config) leader(v value) Leader {
	if isNone(v) {
		return Leader{}
	}
	f := v.fieldsOf("ballotNum", "active", "proposals")
	return Leader{true, ballotOf(f[0]), f[1].truth(), tableOf(f[2], c.proposal)}
}

func (c *Config) scout(v value) Scout {
	if isNone(v) {
		return None
	}
	f := v.fieldsOf("ballotNum", "promised", "acceptedProposals")
	return Scout{true, ballotOf(f[0]), addresses(f[1]), tableOf(f[2], c.vote)}
}

func (c *Config) commander(v value) Commander {
	f := v.fieldsOf("ballotNum", "slot", "proposal", "accepted")
	return Commander{ballotOf(f[0]), f[1].number(), c.proposal(f[2]), addresses(f[3])}
}

func (c *Config) disk(v value) Disk {
	f := v.fieldsOf("disk", "scouted", "slot", "state")
	return Disk{f[0].number(), ballotOf(f[1]), f[2].number(), c.checkpointed(f[3])}
}

func (c *Config) checkpointed(v value) MachineState {
	f := v.fieldsOf("machine", "sessions", "voters")
	return c.machineState(f[0], f[1], f[2])
}

// message reads a message. Its type says which fields it has besides type, from and to.
func (c *Config) message(v value) Message {
	name := v.field("type")
	t := MessageType(max(0, slices.Index(typeNames, name.text)))
	fields := map[MessageType][]string{Propose: {"slot", "proposal"}, Prepare: {"slot", "ballotNum"},
		Promise: {"ballotNum", "acceptedProposals"}, Accept: {"slot", "ballotNum", "proposal"},
		Accepted: {"slot", "ballotNum"}, Preempted: {"slot", "preemptedBy"}, Decision: {"slot", "proposal"},
		Active: {"slot"}, Join: {"disk"}, Welcome: {"slot", "state", "decisions"}}[t]
	if fields == nil || name.kind != stringAtom {
		panic(syntaxError(fmt.Sprintf("expected the type of a message, found %v", name)))
	}
	f := v.fieldsOf(append([]string{"type", "from", "to"}, fields...)...)
	m := Message{Type: t, From: f[1].number(), To: f[2].number()}
	for i, name := range fields {
		switch part := f[3+i]; name {
		case "slot":
			m.Slot = part.number()
		case "ballotNum", "preemptedBy":
			m.BallotNum = ballotOf(part)
		case "proposal":
			m.Proposal = c.proposal(part)
		case "acceptedProposals":
			m.AcceptedProposals = tableOf(part, c.vote)
		case "state":
			m.State = c.checkpointed(part)
		case "disk":
			m.Disk = part.number()
		case "decisions":
			m.Decisions = tableOf(part, c.proposal)
		}
	}
	if !c.isNode(m.To) {
		panic(syntaxError(fmt.Sprintf("expected a node, found %d", m.To)))
	}
	return m
}
