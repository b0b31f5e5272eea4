package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"multipaxos/impl/paxos"
)

// protocol is a model of the roles of package paxos. Node n is the member with address n+1.
type protocol struct {
	model  Model
	config paxos.Config
	met    map[string]bool
	enc    encoder
}

// member is the local state of a node: the roles, what is on disk, and the alarms that the roles have set.
type member struct {
	node   *paxos.Node
	disk   paxos.Durable
	alarms map[paxos.Timer]bool
	key    string
}

// arm sets alarms, and forgets those of roles that have stopped.
func (l *member) arm(list []paxos.Alarm) {
	armed := map[paxos.Timer]bool{}
	for _, r := range l.node.Roles() {
		for t := range l.alarms {
			if t.Role == r.ID() {
				armed[t] = true
			}
		}
		for _, a := range list {
			if a.Timer.Role == r.ID() {
				armed[a.Timer] = true
			}
		}
	}
	l.alarms = armed
}

func (l *member) Key() string { return l.key }

// journal is the trivial state machine: it remembers what it executed, in order, and answers with all of it.
type journal struct{ text string }

func (j *journal) Apply(input string) string {
	j.text += input + " "
	return j.text
}
func (j *journal) Snapshot() string       { return j.text }
func (j *journal) Restore(s string) error { j.text = s; return nil }

func newProtocol(m Model, roles paxos.Constructors) *protocol {
	p := &protocol{model: m, met: map[string]bool{}}
	p.config = paxos.Config{ID: 1, Roles: roles, NewMachine: func() paxos.Machine { return &journal{} },
		CheckpointEvery: m.CheckpointEvery, Window: m.Window}
	for n := range m.Nodes {
		p.config.Members = append(p.config.Members, paxos.Address(n+1))
	}
	return p
}

func (p *protocol) Nodes() int { return p.model.Nodes }

// Start returns a node as it first starts: part of a cluster that was just founded, or outside of one.
func (p *protocol) Start(n int) Step {
	disk := paxos.Durable{Disk: paxos.DiskID(n + 1)}
	if !slices.Contains(p.model.Joining, paxos.Address(n+1)) {
		disk.Slot, disk.First = 1, 1
		for _, a := range p.config.Members {
			if !slices.Contains(p.model.Joining, a) {
				disk.State.Voters = append(disk.State.Voters, paxos.Voter{Address: a, Disk: paxos.DiskID(a)})
			}
		}
	}
	s := p.restart(n, disk)
	if n == 0 {
		s.Sent = append(s.Sent, p.proposed()...)
	}
	return s
}

// proposed returns what travels at the start, in the name of N1: every Propose for every proposed slot, or Decisions.
func (p *protocol) proposed() (list []Message) {
	for slot := paxos.Slot(1); p.model.Decided && slot <= p.model.MaxSlot; slot++ {
		for _, a := range p.config.Members {
			m := paxos.Decision{Slot: slot, Proposal: p.proposal(Command{1, uint64(slot)})}
			list = append(list, p.message(paxos.Envelope{From: 1, To: a, Message: m}))
		}
	}
	for _, slot := range p.model.Proposed {
		for _, c := range p.model.Commands {
			m := paxos.Propose{Slot: slot, Proposal: p.proposal(c)}
			for _, a := range p.model.Candidates {
				list = append(list, p.message(paxos.Envelope{From: 1, To: a, Message: m}))
			}
		}
	}
	return list
}

func (p *protocol) proposal(c Command) paxos.Proposal {
	return paxos.Proposal{Caller: 1, ClientID: c.Client, Seq: c.Seq, Input: c.String()}
}

// message wraps a message between members.
func (p *protocol) message(e paxos.Envelope) Message {
	p.enc.b = p.enc.b[:0]
	p.enc.message(e.Message)
	action := "Receive" + strings.TrimPrefix(fmt.Sprintf("%T", e.Message), "paxos.")
	return Message{From: int(e.From) - 1, To: int(e.To) - 1, Key: string(p.enc.b), Action: action, Body: e.Message}
}

// answer wraps what node n answers to a client.
func (p *protocol) answer(n int, a paxos.Answer) Message {
	key := fmt.Sprintf("c%d#%d %d %s", a.ClientID, a.Seq, a.Slot, a.Output)
	return Message{From: n, To: Client, Key: key, Action: "Answer", Body: a}
}

func (p *protocol) Receive(l Local, m *Message) (Step, bool) {
	if !p.model.takes(m.Action) {
		return Step{}, false
	}
	e := paxos.Envelope{Config: p.config.ID, From: paxos.Address(m.From + 1), To: paxos.Address(m.To + 1), Message: m.Body.(paxos.Message)}
	return p.step(l.(*member), func(after *member, out *paxos.Out) error { return after.node.Receive(e, out) }), true
}

// step carries out a step on a copy of the member.
func (p *protocol) step(l *member, run func(after *member, out *paxos.Out) error) Step {
	var out paxos.Out
	after := &member{node: l.node.Clone(), disk: l.disk, alarms: maps.Clone(l.alarms)}
	after.disk.Accepted = l.disk.Accepted.Clone()
	if err := run(after, &out); err != nil {
		return Step{Err: err}
	}
	return p.finish(after, &out)
}

// finish makes a Step of what a member did.
func (p *protocol) finish(after *member, out *paxos.Out) Step {
	for _, w := range out.Writes {
		after.disk.Apply(w)
	}
	after.arm(out.Alarms)
	p.enc.b = p.enc.b[:0]
	p.enc.durable(&after.disk)
	p.enc.node(after.node, p.model.Follow)
	for _, r := range inOrder(after.node.Roles()) {
		for _, a := range p.names(after, r) {
			p.enc.flag(after.alarms[paxos.Timer{Role: r.ID(), Kind: a.kind}])
		}
	}
	after.key = string(p.enc.b)
	s := Step{Local: after, Blocked: !p.bounded(after)}
	for _, e := range p.rewrite(out.Messages) {
		s.Sent = append(s.Sent, p.message(e))
	}
	p.saw(ClientAnswered, len(out.Answers) > 0 && !s.Blocked)
	for _, a := range out.Answers {
		s.Sent = append(s.Sent, p.answer(int(after.node.Self)-1, a))
		s.Events = append(s.Events, Event{Client: int(a.ClientID), Name: Command{a.ClientID, a.Seq}.String(), Answer: a.Output})
	}
	return s
}

// rewrite returns what the model makes of the messages that a member sends.
func (p *protocol) rewrite(sent []paxos.Envelope) []paxos.Envelope {
	list := make([]paxos.Envelope, 0, len(sent))
	for _, e := range sent {
		switch e.Message.(type) {
		case paxos.Active:
			if p.model.Heartbeats {
				list = append(list, e)
			}
		case paxos.Propose:
			list = append(list, p.proposes(e)...)
		default:
			list = append(list, e)
		}
	}
	return list
}

// proposes returns a Propose as it is, or, unless the model knows whom a Replica follows, one to each candidate.
func (p *protocol) proposes(e paxos.Envelope) (list []paxos.Envelope) {
	if p.model.Follow {
		return []paxos.Envelope{e}
	}
	for _, a := range p.model.Candidates {
		e.To = a
		list = append(list, e)
	}
	return list
}

// bounded says whether a member is within the model's bounds.
func (p *protocol) bounded(l *member) bool {
	return l.disk.Scouted.N <= p.model.MaxBallot[l.node.Self-1] &&
		(l.node.Replica == nil || l.node.Replica.NextSlot <= p.model.MaxSlot+1)
}

// restart starts a member on its disk. The founder founds a cluster only on its first disk.
func (p *protocol) restart(n int, disk paxos.Durable) Step {
	var out paxos.Out
	disk.Accepted = disk.Accepted.Clone()
	after := &member{disk: disk}
	after.node = paxos.NewNode(&p.config, paxos.Address(n+1), disk, p.founds(n, &disk), &out)
	after.disk.Accepted = disk.Accepted.Clone()
	return p.finish(after, &out)
}

// founds says whether node n may found a cluster when it starts.
func (p *protocol) founds(n int, disk *paxos.Durable) bool {
	return paxos.Address(n+1) == p.model.Founder && disk.Disk == paxos.DiskID(n+1)
}

// wiped returns the disk on which a node starts when it has lost this one, if there is another.
func (p *protocol) wiped(disk *paxos.Durable) (fresh paxos.Durable, ok bool) {
	fresh.Disk = disk.Disk + paxos.DiskID(p.model.Nodes)
	return fresh, int(fresh.Disk) <= p.model.MaxDisks*p.model.Nodes
}

func (p *protocol) Choices(n int, local Local) (list []Choice) {
	l := local.(*member)
	if p.model.takes("CrashRestart") {
		list = append(list, Choice{Action: "CrashRestart", Crash: true, Step: p.restart(n, l.disk)})
	}
	if fresh, ok := p.wiped(&l.disk); ok && p.model.takes("WipeRestart") {
		list = append(list, Choice{Action: "WipeRestart", Crash: true, Step: p.restart(n, fresh)})
	}
	if p.model.takes("Invoke") && slices.Contains(p.model.Callers, l.node.Self) {
		for _, c := range p.model.Commands {
			if (!p.model.InFlight || !called(l, c)) && (!p.model.Waits || mayCall(l, c)) {
				list = append(list, Choice{Action: "Invoke " + c.String(), Step: p.invoke(l, c)})
			}
		}
	}
	for _, r := range l.node.Roles() {
		list = append(list, p.alarms(l, r)...)
	}
	return list
}

// called says whether a call would only send once more what was sent: where messages are counted, a model without
// a bound on them has no end.
func called(l *member, c Command) bool {
	for _, r := range l.node.Roles() {
		if q, ok := r.(*paxos.Requester); ok && q.Requests(c.Client, c.Seq) {
			return true
		}
	}
	return l.node.Replica != nil && c.Seq <= l.node.Replica.Sessions.Of(c.Client).Seq
}

// mayCall is that of package model, for a model in which clients wait.
func mayCall(l *member, c Command) bool {
	waits := slices.ContainsFunc(l.node.Roles(), func(r paxos.Role) bool {
		q, ok := r.(*paxos.Requester)
		return ok && q.ClientID == c.Client
	})
	last := uint64(0)
	if l.node.Replica != nil {
		last = l.node.Replica.Sessions.Of(c.Client).Seq
	}
	return !waits && (c.Seq == last || c.Seq == last+1)
}

func (p *protocol) invoke(l *member, c Command) Step {
	s := p.step(l, func(after *member, out *paxos.Out) error {
		after.node.Invoke(c.Client, c.Seq, c.String(), out)
		return nil
	})
	call := Event{Client: int(c.Client), Name: c.String()}
	s.Events = append([]Event{call}, s.Events...)
	return s
}

// alarm is what may go off at a role.
type alarm struct {
	action string
	kind   paxos.TimerKind
	times  int
	idle   bool // the specification has no such step, so nothing may come of it
}

// names returns the alarms of a role, under the names of their actions.
func (p *protocol) names(l *member, r paxos.Role) []alarm {
	switch r := r.(type) {
	case *paxos.Requester:
		return []alarm{{"FireRequesterSendInvoke " + Command{r.ClientID, r.Seq}.String(), paxos.Retransmit, 1, false}}
	case *paxos.Scout:
		return []alarm{{"FireScoutSendPrepare", paxos.Retransmit, 1, false}}
	case *paxos.Commander:
		return []alarm{{fmt.Sprintf("FireCommanderSendAccept slot %d", r.Slot), paxos.Retransmit, 1, false}}
	case *paxos.Leader:
		return []alarm{{"FireLeaderSendActive", paxos.Heartbeat, 1, !r.Active}}
	case *paxos.Bootstrap:
		return []alarm{{"FireBootstrapSendJoin", paxos.Retransmit, 1, false}}
	case *paxos.Replica:
		// The first FollowTimeout may only find that the leader was heard of, which is not modelled.
		early := r.Slot < l.disk.Slot+max(1, p.model.CheckpointEvery)
		return []alarm{{"FireReplicaFollowNext", paxos.FollowTimeout, 2, false}, {"FireReplicaAskMissing", paxos.CatchupTimeout, 1, false},
			{"FireReplicaWriteCheckpoint", paxos.CheckpointTimeout, 1, early}}
	}
	return nil
}

// alarms returns the steps that the alarms that a role has set may cause, but for those that the model leaves out.
func (p *protocol) alarms(l *member, r paxos.Role) (list []Choice) {
	for _, a := range p.names(l, r) {
		kind, _, _ := strings.Cut(a.action, " ")
		if !p.model.takes(kind) || !l.alarms[paxos.Timer{Role: r.ID(), Kind: a.kind}] {
			continue
		}
		s := p.fire(l, r, a.kind, a.times)
		if nothing := s.Err == nil && s.Local.Key() == l.key && len(s.Sent) == 0; !a.idle || !nothing {
			list = append(list, Choice{Action: a.action, Step: s})
		}
	}
	return list
}

// fire lets an alarm go off, and once more up to the given times while it is set and the Replica follows the same node.
func (p *protocol) fire(l *member, r paxos.Role, kind paxos.TimerKind, times int) Step {
	timer := paxos.Timer{Role: r.ID(), Kind: kind}
	return p.step(l, func(after *member, out *paxos.Out) error {
		leader := after.follows()
		for i := 0; i < times && after.alarms[timer] && after.follows() == leader; i++ {
			delete(after.alarms, timer)
			if !after.node.Fire(timer, out) {
				return fmt.Errorf("want role %d to be there for its alarm, found none", r.ID())
			}
			after.arm(out.Alarms)
			out.Alarms = nil
		}
		return nil
	})
}

// follows returns the node that the Replica follows, if there is one.
func (l *member) follows() (leader paxos.Address) {
	if l.node.Replica != nil {
		leader = l.node.Replica.Leader
	}
	return leader
}

// Sometimes says what happened of what must happen.
func (p *protocol) Sometimes() map[string]bool {
	list := map[string]bool{}
	for _, s := range p.model.Sometimes {
		list[s] = p.met[s]
	}
	return list
}
