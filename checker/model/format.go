package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// printer renders values with the names of a Config's clients: ballots as (n,leader), proposals as client.seq@caller.
type printer struct{ c *Config }

func (p printer) client(id int) string {
	if id < 1 || id > len(p.c.Clients) {
		return fmt.Sprintf("client%d", id)
	}
	return p.c.Clients[id-1]
}

func (p printer) ballot(b Ballot) string   { return fmt.Sprintf("(%d,%d)", b.N, b.Leader) }
func (p printer) command(k Command) string { return fmt.Sprintf("%s.%d", p.client(k.ClientID), k.Seq) }
func (p printer) vote(v Vote) string       { return p.ballot(v.BallotNum) + " " + p.proposal(v.Proposal) }
func (p printer) session(s Session) string { return fmt.Sprintf("seq %d slot %d", s.Seq, s.Slot) }

func (p printer) answer(a Answer) string {
	return fmt.Sprintf("%s in slot %d", p.command(Command{a.ClientID, a.Seq}), a.Slot)
}

func (p printer) proposal(v Proposal) string {
	switch {
	case v == NoopProposal:
		return "noop"
	case v.Disk != 0:
		return fmt.Sprintf("admit %d disk %d", v.Caller, v.Disk)
	}
	return fmt.Sprintf("%s@%d", p.command(v.command()), v.Caller)
}

func (p printer) commander(c Commander) string {
	return fmt.Sprintf("%s %s accepted %v", p.ballot(c.BallotNum), p.proposal(c.Proposal), c.Accepted)
}

func join[T any](items []T, show func(T) string) string {
	var parts []string
	for _, item := range items {
		parts = append(parts, show(item))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func slots[V any](t Table[V], show func(V) string) string {
	return join(t, func(e Entry[V]) string { return fmt.Sprintf("%d: %s", e.Slot, show(e.Value)) })
}

func (p printer) sessions(t Table[Session]) string {
	return join(t, func(e Entry[Session]) string { return p.client(e.Slot) + ": " + p.session(e.Value) })
}

func disks(t Table[int]) string { return slots(t, strconv.Itoa) }

func (p printer) bootstrap(b Bootstrap) string {
	if !b.Running {
		return "None"
	}
	return fmt.Sprintf("peer %d decisions %s", b.Peer, slots(b.Decisions, p.proposal))
}

func (p printer) seed(s Seed) string {
	if !s.Running {
		return "None"
	}
	return "disks " + disks(s.Disks)
}

func (p printer) scout(s Scout) string {
	if !s.Running {
		return "None"
	}
	return fmt.Sprintf("%s promised %v votes %s", p.ballot(s.BallotNum), s.Promised, slots(s.AcceptedProposals, p.vote))
}

func (p printer) message(m *Message) string {
	text := fmt.Sprintf("%s %d→%d", m.Type, m.From, m.To)
	if m.Slot != 0 {
		text += fmt.Sprintf(" slot %d", m.Slot)
	}
	if m.BallotNum != NullBallot {
		text += " ballot " + p.ballot(m.BallotNum)
	}
	switch m.Type {
	case Propose, Accept, Decision:
		text += " " + p.proposal(m.Proposal)
	case Promise:
		text += " votes " + slots(m.AcceptedProposals, p.vote)
	case Join:
		text += fmt.Sprintf(" disk %d", m.Disk)
	case Welcome:
		text += fmt.Sprintf(" machine %s sessions %s voters %s decisions %s", join(m.State.Machine, p.command),
			p.sessions(m.State.Sessions), disks(m.State.Voters), slots(m.Decisions, p.proposal))
	}
	return text
}

type field struct{ name, value string }

// fields are the variables of a node by the names of the specification. A role that it does not play has none.
func (p printer) fields(x *Node) []field {
	all := slices.Concat(p.acceptorFields(x.Acceptor), p.replicaFields(x.Replica), p.leaderFields(x.Leader), []field{
		{"scout", p.scout(x.Scout)},
		{"commanders", slots(x.Commanders, p.commander)},
		{"requester", join(x.Requester, p.command)},
		{"bootstrap", p.bootstrap(x.Bootstrap)},
		{"seed", p.seed(x.Seed)},
		{"disk.disk", fmt.Sprint(x.Disk.Disk)},
		{"disk.scouted", p.ballot(x.Disk.Scouted)},
		{"disk.slot", fmt.Sprint(x.Disk.Slot)},
		{"disk.machine", join(x.Disk.State.Machine, p.command)},
		{"disk.sessions", p.sessions(x.Disk.State.Sessions)},
		{"disk.voters", disks(x.Disk.State.Voters)},
	})
	for i := range all {
		role, rest, _ := strings.Cut(all[i].name, ".")
		all[i].name = strings.TrimSuffix(fmt.Sprintf("%s[%d].%s", role, x.Self, rest), ".")
	}
	return all
}

func (p printer) acceptorFields(a Acceptor) []field {
	return played(a.Running, []field{
		{"acceptor.ballotNum", p.ballot(a.BallotNum)},
		{"acceptor.accepted", slots(a.Accepted, p.vote)},
		{"acceptor.first", fmt.Sprint(a.First)},
	})
}

func (p printer) replicaFields(r Replica) []field {
	return played(r.Running, []field{
		{"replica.slot", fmt.Sprint(r.Slot)},
		{"replica.nextSlot", fmt.Sprint(r.NextSlot)},
		{"replica.proposals", slots(r.Proposals, p.proposal)},
		{"replica.decisions", slots(r.Decisions, p.proposal)},
		{"replica.first", fmt.Sprint(r.First)},
		{"replica.sessions", p.sessions(r.Sessions)},
		{"replica.voters", disks(r.Voters)},
		{"replica.machine", join(r.Machine, p.command)},
		{"replica.leader", fmt.Sprint(r.Leader)},
		{"replica.checkpoint", fmt.Sprint(r.Checkpoint)},
	})
}

func (p printer) leaderFields(l Leader) []field {
	return played(l.Running, []field{
		{"leader.ballotNum", p.ballot(l.BallotNum)},
		{"leader.active", fmt.Sprint(l.Active)},
		{"leader.proposals", slots(l.Proposals, p.proposal)},
	})
}

// played is the fields of a role, each None when the node does not play it.
func played(running bool, all []field) []field {
	for i := range all {
		if !running {
			all[i].value = "None"
		}
	}
	return all
}

// Show is everything in s, a line a variable.
func (c *Config) Show(s *State) []string {
	p := printer{c}
	var lines []string
	for _, cell := range s.Cells {
		for _, f := range p.fields(cell.Node) {
			lines = append(lines, f.name+" = "+f.value)
		}
	}
	return append(lines, c.Changes(&State{}, s)...)
}

// Changes lists what differs between two states.
func (c *Config) Changes(before, after *State) []string {
	p := printer{c}
	var lines []string
	was := map[string]bool{}
	for i, cell := range before.Cells {
		old, now := p.fields(cell.Node), p.fields(after.Cells[i].Node)
		for k := range old {
			if old[k] != now[k] {
				lines = append(lines, fmt.Sprintf("%s: %s → %s", old[k].name, old[k].value, now[k].value))
			}
		}
		for _, m := range cell.Inbox {
			was[p.message(m)] = true
		}
	}
	for _, cell := range after.Cells {
		for _, m := range cell.Inbox {
			if text := p.message(m); !was[text] {
				lines = append(lines, "+ "+text)
			} else {
				delete(was, text)
			}
		}
	}
	var gone []string
	for text := range was {
		gone = append(gone, "- "+text)
	}
	slices.Sort(gone)
	lines = append(lines, gone...)
	for _, a := range after.Answers {
		if !slices.Contains(before.Answers, a) {
			lines = append(lines, "+ answer "+p.answer(a))
		}
	}
	if before.Crashes != after.Crashes {
		lines = append(lines, fmt.Sprintf("crashes: %d → %d", before.Crashes, after.Crashes))
	}
	return lines
}

// FormatTrace renders a path: the actions, and what each changed.
func (c *Config) FormatTrace(steps []TraceStep) string {
	var b strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&b, "%3d %s\n", i+1, s.Action)
		before := &State{}
		if i > 0 {
			before = &steps[i-1].State
		}
		for _, line := range c.Changes(before, &s.State) {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	return b.String()
}
