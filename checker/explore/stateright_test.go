package explore

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/usage"
)

// register is the single-decree Paxos of Stateright's examples/paxos.rs with its clients (actor/register.rs), rule by
// rule: three servers, and clients that put a value at one server and then get at the next. It was written from that
// source, so that the search can be held against a graph that nobody here made. Servers and clients know themselves
// by their index, servers first.
type register struct{ clients int }

const servers = 3

type (
	rballot   struct{ round, id int }
	rproposal struct {
		request, client int
		value           byte
	}
	raccepted struct {
		ballot   rballot
		proposal rproposal
	}
	rmessage struct {
		kind     string // Put Get PutOk GetOk Prepare Prepared Accept Accepted Decided
		request  int
		value    byte
		ballot   rballot
		proposal rproposal
		last     raccepted
	}
)

// rserver is a server's state. Zero values are none: rounds and requests start at 1.
type rserver struct {
	id       int
	ballot   rballot
	proposal rproposal
	prepares map[int]raccepted
	accepts  map[int]bool
	accepted raccepted
	decided  bool
}

type rclient struct{ id, awaiting, count int }

func (s *rserver) Key() string {
	return fmt.Sprint(s.ballot, s.proposal, s.prepares, s.accepts, s.accepted, s.decided)
}
func (c *rclient) Key() string { return fmt.Sprint(c.awaiting, c.count) }

func (r *register) Nodes() int                  { return servers + r.clients }
func (r *register) Choices(int, Local) []Choice { return nil }

func send(from, to int, m rmessage) Message {
	return Message{From: from, To: to, Key: fmt.Sprint(m), Action: m.kind, Body: m}
}

func (r *register) Start(n int) Step {
	if n < servers {
		return Step{Local: &rserver{id: n}}
	}
	put := rmessage{kind: "Put", request: n, value: byte('A' + n - servers)}
	return Step{Local: &rclient{id: n, awaiting: n, count: 1}, Sent: []Message{send(n, n%servers, put)},
		Events: []Event{{Client: n, Name: "write " + string(put.value)}}}
}

// Receive takes no step where Stateright sees none: the state is not touched and nothing is sent. Answers that the
// client does not wait for are in its history all the same, but here it takes them only when it waits for them.
func (r *register) Receive(local Local, m *Message) (Step, bool) {
	if c, ok := local.(*rclient); ok {
		return c.receive(m.Body.(rmessage))
	}
	s := *local.(*rserver)
	s.prepares, s.accepts = cloneMap(s.prepares), cloneMap(s.accepts)
	sent, ok := s.receive(m.From, m.Body.(rmessage))
	return Step{Local: &s, Sent: sent}, ok
}

func cloneMap[V any](m map[int]V) map[int]V {
	c := map[int]V{}
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (c *rclient) receive(m rmessage) (Step, bool) {
	next := &rclient{id: c.id, count: c.count + 1}
	switch {
	case m.kind == "PutOk" && m.request == c.awaiting:
		next.awaiting = (c.count + 1) * c.id
		get := send(c.id, (c.id+c.count)%servers, rmessage{kind: "Get", request: next.awaiting})
		return Step{Local: next, Sent: []Message{get}, Events: []Event{{Client: c.id, Answer: "ok"}, {Client: c.id, Name: "read"}}}, true
	case m.kind == "GetOk" && m.request == c.awaiting:
		return Step{Local: next, Events: []Event{{Client: c.id, Answer: string(m.value)}}}, true
	}
	return Step{}, false
}

func (s *rserver) broadcast(m rmessage) (list []Message) {
	for n := range servers {
		if n != s.id {
			list = append(list, send(s.id, n, m))
		}
	}
	return list
}

func (b rballot) less(c rballot) bool { return b.round < c.round || b.round == c.round && b.id < c.id }

func (s *rserver) receive(from int, m rmessage) ([]Message, bool) {
	if s.decided {
		if m.kind == "Get" {
			return []Message{send(s.id, from, rmessage{kind: "GetOk", request: m.request, value: s.accepted.proposal.value})}, true
		}
		return nil, false
	}
	switch {
	case m.kind == "Put" && s.proposal == rproposal{}:
		s.proposal = rproposal{m.request, from, m.value}
		s.ballot = rballot{s.ballot.round + 1, s.id}
		s.prepares, s.accepts = map[int]raccepted{s.id: s.accepted}, map[int]bool{}
		return s.broadcast(rmessage{kind: "Prepare", ballot: s.ballot}), true
	case m.kind == "Prepare" && s.ballot.less(m.ballot):
		s.ballot = m.ballot
		return []Message{send(s.id, from, rmessage{kind: "Prepared", ballot: m.ballot, last: s.accepted})}, true
	case m.kind == "Prepared" && m.ballot == s.ballot:
		return s.prepared(from, m), true
	case m.kind == "Accept" && !m.ballot.less(s.ballot):
		s.ballot, s.accepted = m.ballot, raccepted{m.ballot, m.proposal}
		return []Message{send(s.id, from, rmessage{kind: "Accepted", ballot: m.ballot})}, true
	case m.kind == "Accepted" && m.ballot == s.ballot:
		return s.acceptedBy(from, m), true
	case m.kind == "Decided":
		s.ballot, s.accepted, s.decided = m.ballot, raccepted{m.ballot, m.proposal}, true
		return nil, true
	}
	return nil, false
}

func (s *rserver) prepared(from int, m rmessage) []Message {
	s.prepares[from] = m.last
	if len(s.prepares) != 2 {
		return nil
	}
	var highest raccepted
	for _, a := range s.prepares {
		if highest.ballot.less(a.ballot) {
			highest = a
		}
	}
	if highest != (raccepted{}) {
		s.proposal = highest.proposal
	}
	s.accepted = raccepted{m.ballot, s.proposal}
	s.accepts[s.id] = true
	return s.broadcast(rmessage{kind: "Accept", ballot: m.ballot, proposal: s.proposal})
}

func (s *rserver) acceptedBy(from int, m rmessage) []Message {
	s.accepts[from] = true
	if len(s.accepts) != 2 {
		return nil
	}
	s.decided = true
	sent := s.broadcast(rmessage{kind: "Decided", ballot: m.ballot, proposal: s.proposal})
	return append(sent, send(s.id, s.proposal.client, rmessage{kind: "PutOk", request: s.proposal.request}))
}

// Record keeps what Stateright's LinearizabilityTester does: for each client its operations, and for each of them how
// many of every other client's were complete when it was called.
func (r *register) Record(history string, events []Event) (string, error) {
	lines := make([]string, r.clients)
	if history != "" {
		lines = strings.Split(history, "\n")
	}
	for _, e := range events {
		own := &lines[e.Client-servers]
		if e.Answer != "" {
			*own += "=" + e.Answer + ";"
			continue
		}
		var complete []int
		for i, l := range lines {
			if i != e.Client-servers {
				complete = append(complete, strings.Count(l, ";"))
			}
		}
		*own += fmt.Sprint(e.Name, complete)
	}
	return strings.Join(lines, "\n"), nil
}

// TestStateright holds the search against the counts that Stateright publishes.
func TestStateright(t *testing.T) {
	for clients, want := range []int{0, 265, 16_668, 1_194_428} {
		if clients == 0 || clients == 3 && testing.Short() {
			continue
		}
		for _, workers := range []int{1, 2} {
			s := newSearch(newFlight(&register{clients}, 1, 0, true, false), workers, 1)
			begin := usage.CPU()
			require.NoError(t, s.run(context.Background(), false))
			used := usage.CPU() - begin
			states, bytes := s.table.size()
			require.Equal(t, want, states)
			t.Logf("%d clients, %d workers: %d states, %d steps, depth %d, %d words, %.2f CPU-s, %.0f states/CPU-s, %d MB of table",
				clients, workers, states, s.steps.Load(), s.depth-1, s.width, used.Seconds(), float64(states)/used.Seconds(), bytes>>20)
		}
	}
}
