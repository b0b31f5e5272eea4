package corrupt

import (
	"fmt"
	"slices"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

func (t *Trace) dropWrite() *Case {
	i := t.pick(func(i int) bool { return len(t.Events[i].Writes) > 0 })
	if i < 0 {
		return nil
	}
	e := &t.Events[i]
	j := t.Random.IntN(len(e.Writes))
	what := fmt.Sprintf("%v not written", e.Writes[j])
	e.Writes = slices.Delete(slices.Clone(e.Writes), j, j+1)
	return t.at(i, what)
}

func (t *Trace) changeWrite() *Case {
	i := t.pick(func(i int) bool { return len(t.Events[i].Writes) > 0 })
	if i < 0 {
		return nil
	}
	e := &t.Events[i]
	e.Writes = slices.Clone(e.Writes)
	j := t.Random.IntN(len(e.Writes))
	before := e.Writes[j]
	switch w := before.(type) {
	case paxos.Promised:
		w.BallotNum = higher(w.BallotNum)
		e.Writes[j] = w
	case paxos.Voted:
		w.Vote.Proposal = another(w.Vote.Proposal)
		e.Writes[j] = w
	case paxos.Scouted:
		w.BallotNum = higher(w.BallotNum)
		e.Writes[j] = w
	case paxos.Checkpointed:
		w.Slot++
		e.Writes[j] = w
	}
	return t.at(i, fmt.Sprintf("%v written as %v", before, e.Writes[j]))
}

func (t *Trace) pickAnswer() (i, j int) {
	i = t.pick(func(i int) bool { return len(t.Events[i].Answers) > 0 })
	if i < 0 {
		return -1, -1
	}
	t.Events[i].Answers = slices.Clone(t.Events[i].Answers)
	return i, t.Random.IntN(len(t.Events[i].Answers))
}

func (t *Trace) changeAnswer() *Case {
	i, j := t.pickAnswer()
	if i < 0 {
		return nil
	}
	t.Events[i].Answers[j].Slot++
	return t.at(i, fmt.Sprintf("answer %+v", t.Events[i].Answers[j]))
}

func (t *Trace) dropAnswer() *Case {
	i, j := t.pickAnswer()
	if i < 0 {
		return nil
	}
	e := &t.Events[i]
	what := fmt.Sprintf("no answer %+v", e.Answers[j])
	e.Answers = slices.Delete(e.Answers, j, j+1)
	return t.at(i, what)
}

// restart has a node start on a disk that lost something. With it, or without it, its Acceptor knows what was lost.
func restart(forget func(d *paxos.Durable) bool) func(*Trace) *Case {
	return func(t *Trace) *Case {
		i := t.pick(func(i int) bool {
			if t.Events[i].Durable == nil {
				return false
			}
			d := *t.Events[i].Durable
			d.Accepted = d.Accepted.Clone()
			return forget(&d)
		})
		if i < 0 {
			return nil
		}
		e := &t.Events[i]
		d := *e.Durable
		d.Accepted = d.Accepted.Clone()
		forget(&d)
		e.Durable = &d
		if a := e.State.Acceptor; a != nil && t.Random.IntN(2) == 0 {
			e.State.Acceptor = &trace.Acceptor{BallotNum: d.BallotNum, Accepted: d.Accepted.Clone(), First: d.First}
		}
		return t.at(i, fmt.Sprintf("%v starts on a disk with promise %v, %d votes, ballot %v, checkpoint %d", e.Node,
			d.BallotNum, d.Accepted.Len(), d.Scouted, d.Slot))
	}
}

func forgetPromise(d *paxos.Durable) bool {
	had := d.BallotNum != paxos.NullBallot
	d.BallotNum = paxos.NullBallot
	return had
}

func forgetVote(d *paxos.Durable) bool {
	_, had := d.Accepted.Take(d.Accepted.Last())
	return had
}

func forgetBallot(d *paxos.Durable) bool {
	had := d.Scouted != paxos.NullBallot
	d.Scouted = paxos.NullBallot
	return had
}

func forgetCheckpoint(d *paxos.Durable) bool {
	had := d.Slot > 1
	d.Slot = min(d.Slot, 1)
	return had
}

// A role picks its state out of that of its node.
type role[R any] func(s *trace.State) **R

var (
	acceptor  = role[trace.Acceptor](func(s *trace.State) **trace.Acceptor { return &s.Acceptor })
	replica   = role[trace.Replica](func(s *trace.State) **trace.Replica { return &s.Replica })
	leader    = role[trace.Leader](func(s *trace.State) **trace.Leader { return &s.Leader })
	scout     = role[trace.Scout](func(s *trace.State) **trace.Scout { return &s.Scout })
	bootstrap = role[trace.Bootstrap](func(s *trace.State) **trace.Bootstrap { return &s.Bootstrap })
	seed      = role[trace.Seed](func(s *trace.State) **trace.Seed { return &s.Seed })
)

// fields change one field of a state, each of a role that is there; they return false when it is not.
var fields = []struct {
	name   string
	change func(s *trace.State) bool
}{
	{"acceptor.ballot_num", acceptor.with(func(a *trace.Acceptor) { a.BallotNum = higher(a.BallotNum) })},
	{"acceptor.first", acceptor.with(func(a *trace.Acceptor) { a.First++ })},
	{"replica.slot", replica.with(func(r *trace.Replica) { r.Slot++ })},
	{"replica.next_slot", replica.with(func(r *trace.Replica) { r.NextSlot++ })},
	{"replica.first", replica.with(func(r *trace.Replica) { r.First++ })},
	{"replica.leader", replica.with(func(r *trace.Replica) { r.Leader = r.Leader%3 + 1 })},
	{"leader.ballot_num", leader.with(func(l *trace.Leader) { l.BallotNum = higher(l.BallotNum) })},
	{"leader.active", leader.with(func(l *trace.Leader) { l.Active = !l.Active })},
	{"scout.ballot_num", scout.with(func(c *trace.Scout) { c.BallotNum = higher(c.BallotNum) })},
	{"scout.promised", scout.with(func(c *trace.Scout) { c.Promised ^= 2 })},
	{"bootstrap.peer", bootstrap.with(func(b *trace.Bootstrap) { b.Peer = b.Peer%3 + 1 })},
	{"seed.disks", seed.with(func(d *trace.Seed) {
		d.Disks = d.Disks[1:]
	})},
}

// with changes a copy of the role's state.
func (role role[R]) with(change func(*R)) func(*trace.State) bool {
	return func(s *trace.State) bool {
		at := role(s)
		if *at == nil {
			return false
		}
		changed := **at
		change(&changed)
		*at = &changed
		return true
	}
}

func (t *Trace) changeState() *Case {
	for range 100 {
		f := fields[t.Random.IntN(len(fields))]
		i := t.pick(func(i int) bool { s := t.Events[i].State; return t.Events[i].IsStep() && f.change(&s) })
		if i >= 0 {
			f.change(&t.Events[i].State)
			return t.at(i, f.name)
		}
	}
	return nil
}

// tables change one entry of a table.
var tables = []struct {
	name   string
	change func(s *trace.State) bool
}{
	{"acceptor.accepted", func(s *trace.State) bool {
		if s.Acceptor == nil || s.Acceptor.Accepted.Len() == 0 {
			return false
		}
		a := *s.Acceptor
		a.Accepted = a.Accepted.Clone()
		a.Accepted.Take(a.Accepted.Last())
		s.Acceptor = &a
		return true
	}},
	{"replica.decisions", func(s *trace.State) bool {
		if s.Replica == nil || s.Replica.Decisions.Len() == 0 {
			return false
		}
		r := *s.Replica
		r.Decisions = r.Decisions.Clone()
		slot := r.Decisions.Last()
		p, _ := r.Decisions.Get(slot)
		r.Decisions.Put(slot, another(p))
		s.Replica = &r
		return true
	}},
	{"replica.proposals", func(s *trace.State) bool {
		if s.Replica == nil || s.Replica.Proposals.Len() == 0 {
			return false
		}
		r := *s.Replica
		r.Proposals = r.Proposals.Clone()
		p, _ := r.Proposals.Take(r.Proposals.Last())
		r.Proposals.Put(s.Replica.Proposals.Last()+1, p)
		s.Replica = &r
		return true
	}},
	{"leader.proposals", func(s *trace.State) bool {
		if s.Leader == nil || s.Leader.Proposals.Len() == 0 {
			return false
		}
		l := *s.Leader
		l.Proposals = l.Proposals.Clone()
		l.Proposals.Take(l.Proposals.Last())
		s.Leader = &l
		return true
	}},
	{"commanders", func(s *trace.State) bool {
		if s.Commanders.Len() == 0 {
			return false
		}
		slot := s.Commanders.Last()
		c, _ := s.Commanders.Get(slot)
		c.Accepted ^= 2
		s.Commanders = s.Commanders.Clone()
		s.Commanders.Put(slot, c)
		return true
	}},
	{"requesters", func(s *trace.State) bool {
		if len(s.Requesters) == 0 {
			return false
		}
		s.Requesters = nil
		return true
	}},
	{"replica.sessions", func(s *trace.State) bool {
		if s.Replica == nil || len(s.Replica.Sessions) == 0 {
			return false
		}
		r := *s.Replica
		r.Sessions = slices.Clone(r.Sessions)
		r.Sessions[0].Slot++
		s.Replica = &r
		return true
	}},
}

func (t *Trace) changeTable() *Case {
	for range 100 {
		f := tables[t.Random.IntN(len(tables))]
		i := t.pick(func(i int) bool { s := t.Events[i].State; return t.Events[i].IsStep() && f.change(&s) })
		if i >= 0 {
			f.change(&t.Events[i].State)
			return t.at(i, f.name)
		}
	}
	return nil
}

// stopRole has a role vanish in a step.
func (t *Trace) stopRole() *Case {
	stops := []func(s *trace.State) bool{
		func(s *trace.State) bool { had := s.Acceptor != nil; s.Acceptor = nil; return had },
		func(s *trace.State) bool { had := s.Replica != nil; s.Replica = nil; return had },
		func(s *trace.State) bool { had := s.Leader != nil; s.Leader = nil; return had },
		func(s *trace.State) bool { had := s.Scout != nil; s.Scout = nil; return had },
		func(s *trace.State) bool { had := s.Bootstrap != nil; s.Bootstrap = nil; return had },
	}
	stop := stops[t.Random.IntN(len(stops))]
	i := t.pick(func(i int) bool { s := t.Events[i].State; return t.Events[i].IsStep() && stop(&s) })
	if i < 0 {
		return nil
	}
	stop(&t.Events[i].State)
	return t.at(i, fmt.Sprintf("a role of %v is gone", t.Events[i].Node))
}
