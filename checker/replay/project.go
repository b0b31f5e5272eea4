package replay

import (
	"fmt"
	"strconv"
	"strings"

	"multipaxos/checker/tlc"
	"multipaxos/impl/paxos"
)

// This file writes what the code knows as values of the spec. A field that the spec does not have appears only when it
// is not what the list of Abstractions says: it then differs from every state of the spec.

func number[T ~uint8 | ~uint64](n T) tlc.Value {
	return tlc.Value{Atom: strconv.FormatUint(uint64(n), 10)}
}

func word(s string) tlc.Value { return tlc.Value{Atom: s} }

func quoted(s string) tlc.Value { return tlc.Value{Atom: strconv.Quote(s)} }

func truth(b bool) tlc.Value { return tlc.Value{Atom: strings.ToUpper(strconv.FormatBool(b))} }

// recordOf makes a record of names and values in turn.
func recordOf(namesAndValues ...any) tlc.Value {
	v := tlc.Value{Kind: tlc.Record}
	for i := 0; i < len(namesAndValues); i += 2 {
		v = with(v, namesAndValues[i].(string), namesAndValues[i+1].(tlc.Value))
	}
	return v
}

// with returns the record v with one more field.
func with(v tlc.Value, name string, value tlc.Value) tlc.Value {
	v.Keys = append(v.Keys, word(name))
	v.Items = append(v.Items, value)
	return v
}

func setOf(a paxos.Addresses) tlc.Value {
	v := tlc.Value{Kind: tlc.Set}
	for _, address := range a.List() {
		v.Items = append(v.Items, number(address))
	}
	return v
}

// tableOf makes a function from slots.
func tableOf[T any](table paxos.Slots[T], value func(T) tlc.Value) tlc.Value {
	v := tlc.Value{Kind: tlc.Function}
	for slot, entry := range table.All() {
		v.Keys = append(v.Keys, number(slot))
		v.Items = append(v.Items, value(entry))
	}
	return v
}

func ballotOf(b paxos.Ballot) tlc.Value {
	return recordOf("n", number(b.N), "leader", number(b.Leader))
}

// command names a command, as in requester and in a machine.
func (m *Model) command(client paxos.ClientID, seq uint64) tlc.Value {
	return recordOf("clientID", word(m.clientName(client)), "seq", number(seq))
}

func (m *Model) proposal(p paxos.Proposal) tlc.Value {
	v := with(with(m.command(p.ClientID, p.Seq), "caller", number(p.Caller)), "disk", number(p.Disk))
	input := ""
	if p.ClientID != 0 {
		input = inputOf(p.ClientID, p.Seq)
	}
	if p.Input != input {
		v = with(v, "input", quoted(p.Input))
	}
	return v
}

func (m *Model) vote(v paxos.Vote) tlc.Value {
	return recordOf("ballotNum", ballotOf(v.BallotNum), "proposal", m.proposal(v.Proposal))
}

func (m *Model) commander(c *paxos.Commander) tlc.Value {
	return recordOf("ballotNum", ballotOf(c.BallotNum), "slot", number(c.Slot), "proposal", m.proposal(c.Proposal),
		"accepted", setOf(c.Accepted))
}

// snapshot writes the state of a machine as the sequence of commands that it executed.
func (m *Model) snapshot(text string) tlc.Value {
	v := tlc.Value{Kind: tlc.Sequence}
	var restored machine
	_ = restored.Restore(text) // fails never
	for _, input := range restored.inputs {
		var client paxos.ClientID
		var seq uint64
		if _, err := fmt.Sscanf(input, "%d#%d", &client, &seq); err != nil || inputOf(client, seq) != input {
			v.Items = append(v.Items, quoted(input))
			continue
		}
		v.Items = append(v.Items, m.command(client, seq))
	}
	return v
}

// sessions makes a function from clients to sessions.
func (m *Model) sessions(list paxos.Sessions) tlc.Value {
	v := tlc.Value{Kind: tlc.Function}
	for _, s := range list {
		session := recordOf("seq", number(s.Seq), "slot", number(s.Slot))
		if s.Output != outputOf(inputOf(s.ClientID, s.Seq)) {
			session = with(session, "output", quoted(s.Output))
		}
		v.Keys = append(v.Keys, word(m.clientName(s.ClientID)))
		v.Items = append(v.Items, session)
	}
	return v
}

// state writes what executing a prefix of the log led to.
func (m *Model) state(s paxos.State) tlc.Value {
	return recordOf("machine", m.snapshot(s.Machine), "sessions", m.sessions(s.Sessions), "voters", votersOf(s.Voters))
}

// votersOf makes a function from nodes to disks.
func votersOf(voters paxos.Voters) tlc.Value {
	v := tlc.Value{Kind: tlc.Function}
	for _, voter := range voters {
		v.Keys = append(v.Keys, number(voter.Address))
		v.Items = append(v.Items, number(voter.Disk))
	}
	return v
}

// voters are those of a cluster that was not founded in the model: node n votes with disk n.
func (m *Model) voters() []paxos.Voter {
	voters := m.Voters
	if voters == nil {
		voters = m.Nodes
	}
	var list []paxos.Voter
	for _, a := range addresses(voters) {
		list = append(list, paxos.Voter{Address: a, Disk: paxos.DiskID(a)})
	}
	return list
}

// message writes a message.
func (m *Model) message(e paxos.Envelope) tlc.Value {
	name := strings.TrimPrefix(fmt.Sprintf("%T", e.Message), "paxos.")
	v := recordOf("type", quoted(name), "from", number(e.From), "to", number(e.To))
	fields := func(namesAndValues ...any) tlc.Value {
		more := recordOf(namesAndValues...)
		v.Keys, v.Items = append(v.Keys, more.Keys...), append(v.Items, more.Items...)
		return v
	}
	switch b := e.Message.(type) {
	case paxos.Propose:
		return fields("slot", number(b.Slot), "proposal", m.proposal(b.Proposal))
	case paxos.Prepare:
		return fields("ballotNum", ballotOf(b.BallotNum), "slot", number(b.Slot))
	case paxos.Promise:
		return fields("ballotNum", ballotOf(b.BallotNum), "acceptedProposals", tableOf(b.AcceptedProposals, m.vote))
	case paxos.Accept:
		return fields("slot", number(b.Slot), "ballotNum", ballotOf(b.BallotNum), "proposal", m.proposal(b.Proposal))
	case paxos.Accepted:
		return fields("slot", number(b.Slot), "ballotNum", ballotOf(b.BallotNum))
	case paxos.Preempted:
		return fields("slot", number(b.Slot), "preemptedBy", ballotOf(b.PreemptedBy))
	case paxos.Decision:
		return fields("slot", number(b.Slot), "proposal", m.proposal(b.Proposal))
	case paxos.Active:
		return fields("slot", number(b.Slot))
	case paxos.Join:
		return fields("disk", number(b.Disk))
	case paxos.Welcome:
		return fields("state", m.state(b.State), "slot", number(b.Slot), "decisions", tableOf(b.Decisions, m.proposal))
	}
	return v // of no type that the spec has
}

// answer writes an answer to a client.
func (m *Model) answer(a paxos.Answer) string {
	v := with(m.command(a.ClientID, a.Seq), "slot", number(a.Slot))
	if a.Output != outputOf(inputOf(a.ClientID, a.Seq)) {
		v = with(v, "output", quoted(a.Output))
	}
	return v.Canonical()
}

// nodeVars are the variables of the spec that are functions of a node.
var nodeVars = [...]string{"acceptor", "replica", "leader", "scout", "commanders", "requester", "bootstrap", "seed", "disk"}

// nodeTexts are their canonical texts at one node.
type nodeTexts [len(nodeVars)]string

// node writes the state of a node and of its disk.
func (m *Model) node(n *paxos.Node, d *paxos.Durable) nodeTexts {
	commanders, scout := tlc.Value{Kind: tlc.Function}, word("None")
	if n.Leader != nil {
		commanders, scout = tableOf(n.Leader.Commanders, m.commander), m.scout(n.Leader.Scout)
	}
	acceptor := m.acceptor(n.Acceptor)
	return nodeTexts{
		acceptor.Canonical(),
		m.replica(n.Replica).Canonical(),
		m.leader(n).Canonical(),
		scout.Canonical(),
		commanders.Canonical(),
		m.requests(n).Canonical(),
		m.bootstrap(n).Canonical(),
		m.seed(n).Canonical(),
		m.disk(n, d, acceptor).Canonical(),
	}
}

// disk writes a disk. What it holds of the Acceptor is what the Acceptor holds: nothing, when the node does not vote.
func (m *Model) disk(n *paxos.Node, d *paxos.Durable, acceptor tlc.Value) tlc.Value {
	v := recordOf("disk", number(d.Disk), "scouted", ballotOf(d.Scouted), "slot", number(d.Slot), "state", m.state(d.State))
	durable := m.acceptor(&paxos.Acceptor{BallotNum: d.BallotNum, Accepted: d.Accepted, First: d.First})
	if n.Acceptor == nil {
		acceptor = m.acceptor(&paxos.Acceptor{First: d.First})
	}
	if !m.Volatile && durable.Canonical() != acceptor.Canonical() {
		v = with(v, "acceptor", durable)
	}
	if n.Disk != d.Disk {
		v = with(v, "node", number(n.Disk))
	}
	return v
}

func (m *Model) acceptor(a *paxos.Acceptor) tlc.Value {
	if a == nil {
		return word("None")
	}
	return recordOf("ballotNum", ballotOf(a.BallotNum), "accepted", tableOf(a.Accepted, m.vote), "first", number(a.First))
}

func (m *Model) bootstrap(n *paxos.Node) tlc.Value {
	for _, r := range n.Roles() {
		if b, ok := r.(*paxos.Bootstrap); ok {
			return recordOf("peer", number(b.Peer), "decisions", tableOf(b.Decisions, m.proposal))
		}
	}
	return word("None")
}

func (m *Model) seed(n *paxos.Node) tlc.Value {
	for _, r := range n.Roles() {
		if s, ok := r.(*paxos.Seed); ok {
			return recordOf("disks", votersOf(s.Disks))
		}
	}
	return word("None")
}

func (m *Model) replica(r *paxos.Replica) tlc.Value {
	if r == nil {
		return word("None")
	}
	leader := r.Leader
	if !m.Follow {
		leader = addresses(m.Nodes)[0]
	}
	return recordOf("slot", number(r.Slot), "nextSlot", number(r.NextSlot),
		"proposals", tableOf(r.Proposals, m.proposal), "decisions", tableOf(r.Decisions, m.proposal),
		"first", number(r.First), "sessions", m.sessions(r.Sessions), "machine", m.snapshot(r.Machine.Snapshot()),
		"voters", votersOf(r.Voters), "leader", number(leader), "checkpoint", number(lastCheckpoint(r)))
}

func (m *Model) leader(n *paxos.Node) tlc.Value {
	l := n.Leader
	if l == nil {
		return word("None")
	}
	v := recordOf("ballotNum", ballotOf(l.BallotNum), "active", truth(l.Active),
		"proposals", tableOf(l.Proposals, m.proposal))
	for _, r := range n.Roles() {
		if m.stray(l, r) {
			v = with(v, "stray", quoted(fmt.Sprintf("%T", r)))
		}
	}
	return v
}

// stray says whether r is a Scout or a Commander that plays though its Leader has dismissed it.
func (m *Model) stray(l *paxos.Leader, r paxos.Role) bool {
	switch r := r.(type) {
	case *paxos.Scout:
		return r != l.Scout
	case *paxos.Commander:
		current, _ := l.Commanders.Get(r.Slot)
		return r != current
	}
	return false
}

func (m *Model) scout(s *paxos.Scout) tlc.Value {
	if s == nil {
		return word("None")
	}
	return recordOf("ballotNum", ballotOf(s.BallotNum), "promised", setOf(s.Promised),
		"acceptedProposals", tableOf(s.AcceptedProposals, m.vote))
}

// requests writes the commands that Requesters of the node wait for.
func (m *Model) requests(n *paxos.Node) tlc.Value {
	v := tlc.Value{Kind: tlc.Set}
	for _, r := range n.Roles() {
		if q, ok := r.(*paxos.Requester); ok {
			request := m.command(q.ClientID, q.Seq)
			if q.Input != inputOf(q.ClientID, q.Seq) {
				request = with(request, "input", quoted(q.Input))
			}
			v.Items = append(v.Items, request)
		}
	}
	return v
}
