package explore

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/checker/project"
	"multipaxos/impl/paxos"
)

// This file writes what the role code knows as values of the specification. Where the specification abstracts, the
// abstraction is checked, and an error says what the code has instead (see the head comment of MultiPaxos.tla).

// projection collects what the code has otherwise than the abstractions say.
type projection struct {
	project.Projection
	wrong error
}

func newProjection() *projection {
	p := &projection{}
	p.Projection = project.Projection{Proposal: p.proposal, State: p.state}
	return p
}

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
	x := project.Proposal(q)
	x.Input = ""
	return x
}

func (p *projection) commander(c *paxos.Commander) model.Commander {
	return model.Commander{BallotNum: project.Ballot(c.BallotNum), Slot: int(c.Slot), Proposal: p.proposal(c.Proposal),
		Accepted: project.Set(c.Accepted)}
}

// machine writes what a journal executed. The answer to a command is the journal up to it.
func (p *projection) machine(text string, sessions paxos.Sessions) (s model.MachineState) {
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
	}
	s.Sessions = project.Sessions(sessions)
	return s
}

func (p *projection) state(s paxos.State) model.MachineState {
	x := p.machine(s.Machine, s.Sessions)
	x.Voters = project.Voters(s.Voters)
	return x
}

// node writes a member as a node of the specification.
func (p *projection) node(l *member, follow bool) model.Node {
	x := model.Node{Self: model.Address(l.node.Self)}
	x.Disk = model.Disk{Disk: int(l.disk.Disk), Scouted: project.Ballot(l.disk.Scouted), Slot: int(l.disk.Slot), State: p.state(l.disk.State)}
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
		x.Acceptor = model.Acceptor{Running: true, BallotNum: project.Ballot(r.BallotNum), Accepted: project.Table(&r.Accepted, p.Vote), First: int(r.First)}
	case *paxos.Replica:
		x.Replica = p.replica(r, l.disk.Slot, follow)
	case *paxos.Leader:
		x.Leader = model.Leader{Running: true, BallotNum: project.Ballot(r.BallotNum), Active: r.Active, Proposals: project.Table(&r.Proposals, p.proposal)}
	case *paxos.Scout:
		p.want(r == l.node.Leader.Scout, "a Scout that was dismissed")
		x.Scout = model.Scout{Running: true, BallotNum: project.Ballot(r.BallotNum), Promised: project.Set(r.Promised),
			AcceptedProposals: project.Table(&r.AcceptedProposals, p.Vote)}
	case *paxos.Commander:
		current, _ := l.node.Leader.Commanders.Get(r.Slot)
		p.want(r == current, "a Commander that was dismissed")
		x.Commanders = x.Commanders.Put(int(r.Slot), p.commander(r))
	case *paxos.Requester:
		x.Requester = append(x.Requester, model.Command{ClientID: int(r.ClientID), Seq: int(r.Seq)})
		p.want(r.Input == Command{r.ClientID, r.Seq}.String(), "the input %q of a Requester", r.Input)
	case *paxos.Bootstrap:
		x.Bootstrap = model.Bootstrap{Running: true, Peer: model.Address(r.Peer), Decisions: project.Table(&r.Decisions, p.proposal)}
	case *paxos.Seed:
		x.Seed = model.Seed{Running: true, Disks: project.Voters(r.Disks)}
	}
}

func (p *projection) replica(r *paxos.Replica, checkpoint paxos.Slot, follow bool) model.Replica {
	x := model.Replica{Running: true, Slot: int(r.Slot), NextSlot: int(r.NextSlot), Proposals: project.Table(&r.Proposals, p.proposal),
		Decisions: project.Table(&r.Decisions, p.proposal), First: int(r.First), Leader: 1, Checkpoint: int(checkpoint)}
	x.MachineState = p.machine(r.Machine.Snapshot(), r.Sessions)
	x.Voters = project.Voters(r.Voters)
	if follow {
		x.Leader = model.Address(r.Leader)
	}
	return x
}

// message writes a message between members.
func (p *projection) message(m *Message) model.Message {
	x := model.Message{From: m.From + 1, To: m.To + 1}
	p.Message(&x, m.Body.(paxos.Message))
	return x
}

// answer writes an answer to a client.
func (p *projection) answer(a paxos.Answer) model.Answer {
	p.want(strings.HasSuffix(" "+a.Output, " "+Command{a.ClientID, a.Seq}.String()+" "), "the output %q of %+v", a.Output, a)
	return model.Answer{ClientID: int(a.ClientID), Seq: int(a.Seq), Slot: int(a.Slot)}
}
