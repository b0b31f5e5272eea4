package explore

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
)

// This file writes what the role code knows as values of the specification. Where the specification abstracts, the
// abstraction is checked, and an error says what the code has instead (see the head comment of MultiPaxos.tla).

func ballotOf(b paxos.Ballot) model.Ballot {
	return model.Ballot{N: int(b.N), Leader: model.Address(b.Leader)}
}

func setOf(a paxos.Addresses) (list []model.Address) {
	for _, address := range a.List() {
		list = append(list, model.Address(address))
	}
	return list
}

func tableOf[T, V any](t *paxos.Slots[T], value func(T) V) (list model.Table[V]) {
	for slot, v := range t.All() {
		list = append(list, model.Entry[V]{Slot: int(slot), Value: value(v)})
	}
	return list
}

// projection collects what the code has otherwise than the abstractions say.
type projection struct{ wrong error }

func (p *projection) want(ok bool, format string, args ...any) {
	if !ok && p.wrong == nil {
		p.wrong = fmt.Errorf("want what the specification abstracts, found "+format, args...)
	}
}

func (p *projection) proposal(q paxos.Proposal) model.Proposal {
	input := ""
	if q.ClientID != 0 {
		input = Command{q.ClientID, q.Seq}.String()
	}
	p.want(q.Input == input, "the input %q of %v", q.Input, q)
	return model.Proposal{Caller: model.Address(q.Caller), ClientID: int(q.ClientID), Seq: int(q.Seq), Disk: int(q.Disk)}
}

func (p *projection) vote(v paxos.Vote) model.Vote {
	return model.Vote{BallotNum: ballotOf(v.BallotNum), Proposal: p.proposal(v.Proposal)}
}

func (p *projection) commander(c *paxos.Commander) model.Commander {
	return model.Commander{BallotNum: ballotOf(c.BallotNum), Slot: int(c.Slot), Proposal: p.proposal(c.Proposal),
		Accepted: setOf(c.Accepted)}
}

// machine writes what a journal executed. The answer to a command is the journal up to it.
func (p *projection) machine(text string, sessions []paxos.Session) (s model.MachineState) {
	outputs := map[Command]string{}
	for _, word := range strings.Fields(text) {
		var c Command
		_, err := fmt.Sscanf(word, "c%d#%d", &c.Client, &c.Seq)
		p.want(err == nil, "%q in a machine", word)
		s.Machine = append(s.Machine, model.Command{ClientID: int(c.Client), Seq: int(c.Seq)})
		outputs[c] = text[:strings.Index(text, word)+len(word)+1]
	}
	for _, session := range sessions {
		p.want(session.Output == outputs[Command{session.ClientID, session.Seq}], "the output of %+v", session)
		s.Sessions = s.Sessions.Put(int(session.ClientID), model.Session{Seq: int(session.Seq), Slot: int(session.Slot)})
	}
	return s
}

func (p *projection) state(s paxos.State) model.MachineState {
	x := p.machine(s.Machine, s.Sessions)
	x.Voters = votersOf(s.Voters)
	return x
}

func votersOf(voters paxos.Voters) (list model.Table[int]) {
	for _, v := range voters {
		list = list.Put(int(v.Address), int(v.Disk))
	}
	return list
}

// node writes a member as a node of the specification.
func (p *projection) node(l *member, follow bool) model.Node {
	x := model.Node{Self: model.Address(l.node.Self)}
	x.Disk = model.Disk{Disk: int(l.disk.Disk), Scouted: ballotOf(l.disk.Scouted), Slot: int(l.disk.Slot), State: p.state(l.disk.State)}
	if l.node.Acceptor != nil {
		p.want(durableAgrees(l, nil) == nil, "%v", durableAgrees(l, nil))
	}
	for _, r := range l.node.Roles() {
		p.role(l, r, &x, follow)
	}
	slices.SortFunc(x.Requester, model.CompareCommands)
	return x
}

// role writes a role that plays.
func (p *projection) role(l *member, r paxos.Role, x *model.Node, follow bool) {
	switch r := r.(type) {
	case *paxos.Acceptor:
		x.Acceptor = model.Acceptor{Running: true, BallotNum: ballotOf(r.BallotNum), Accepted: tableOf(&r.Accepted, p.vote), First: int(r.First)}
	case *paxos.Replica:
		x.Replica = p.replica(r, l.disk.Slot, follow)
	case *paxos.Leader:
		x.Leader = model.Leader{Running: true, BallotNum: ballotOf(r.BallotNum), Active: r.Active, Proposals: tableOf(&r.Proposals, p.proposal)}
	case *paxos.Scout:
		p.want(r == l.node.Leader.Scout, "a Scout that was dismissed")
		x.Scout = model.Scout{Running: true, BallotNum: ballotOf(r.BallotNum), Promised: setOf(r.Promised),
			AcceptedProposals: tableOf(&r.AcceptedProposals, p.vote)}
	case *paxos.Commander:
		current, _ := l.node.Leader.Commanders.Get(r.Slot)
		p.want(r == current, "a Commander that was dismissed")
		x.Commanders = x.Commanders.Put(int(r.Slot), p.commander(r))
	case *paxos.Requester:
		x.Requester = append(x.Requester, model.Command{ClientID: int(r.ClientID), Seq: int(r.Seq)})
		p.want(r.Input == Command{r.ClientID, r.Seq}.String(), "the input %q of a Requester", r.Input)
	case *paxos.Bootstrap:
		x.Bootstrap = model.Bootstrap{Running: true, Peer: model.Address(r.Peer), Decisions: tableOf(&r.Decisions, p.proposal)}
	case *paxos.Seed:
		x.Seed = model.Seed{Running: true, Disks: votersOf(r.Disks)}
	}
}

func (p *projection) replica(r *paxos.Replica, checkpoint paxos.Slot, follow bool) model.Replica {
	x := model.Replica{Running: true, Slot: int(r.Slot), NextSlot: int(r.NextSlot), Proposals: tableOf(&r.Proposals, p.proposal),
		Decisions: tableOf(&r.Decisions, p.proposal), First: int(r.First), Leader: 1, Checkpoint: int(checkpoint)}
	x.MachineState = p.machine(r.Machine.Snapshot(), r.Sessions)
	x.Voters = votersOf(r.Voters)
	if follow {
		x.Leader = model.Address(r.Leader)
	}
	return x
}

// message writes a message between members.
func (p *projection) message(m *Message) model.Message {
	x := model.Message{From: m.From + 1, To: m.To + 1}
	switch b := m.Body.(type) {
	case paxos.Propose:
		x.Type, x.Slot, x.Proposal = model.Propose, int(b.Slot), p.proposal(b.Proposal)
	case paxos.Prepare:
		x.Type, x.Slot, x.BallotNum = model.Prepare, int(b.Slot), ballotOf(b.BallotNum)
	case paxos.Promise:
		x.Type, x.BallotNum, x.AcceptedProposals = model.Promise, ballotOf(b.BallotNum), tableOf(&b.AcceptedProposals, p.vote)
	case paxos.Accept:
		x.Type, x.Slot, x.BallotNum, x.Proposal = model.Accept, int(b.Slot), ballotOf(b.BallotNum), p.proposal(b.Proposal)
	case paxos.Accepted:
		x.Type, x.Slot, x.BallotNum = model.Accepted, int(b.Slot), ballotOf(b.BallotNum)
	case paxos.Preempted:
		x.Type, x.Slot, x.BallotNum = model.Preempted, int(b.Slot), ballotOf(b.PreemptedBy)
	case paxos.Decision:
		x.Type, x.Slot, x.Proposal = model.Decision, int(b.Slot), p.proposal(b.Proposal)
	case paxos.Active:
		x.Type, x.Slot = model.Active, int(b.Slot)
	case paxos.Join:
		x.Type, x.Disk = model.Join, int(b.Disk)
	case paxos.Welcome:
		x.Type, x.Slot, x.State, x.Decisions = model.Welcome, int(b.Slot), p.state(b.State), tableOf(&b.Decisions, p.proposal)
	default:
		panic(fmt.Sprintf("explore: want a message of the specification, found %v", m.Body))
	}
	return x
}

// answer writes an answer to a client.
func (p *projection) answer(a paxos.Answer) model.Answer {
	p.want(strings.HasSuffix(" "+a.Output, " "+Command{a.ClientID, a.Seq}.String()+" "), "the output %q of %+v", a.Output, a)
	return model.Answer{ClientID: int(a.ClientID), Seq: int(a.Seq), Slot: int(a.Slot)}
}
