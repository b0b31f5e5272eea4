package share

import (
	"fmt"

	"multipaxos/checker/explore"
	"multipaxos/fuzz"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// meter runs the simulator on a model's cluster, and notes the states.
type meter struct {
	reachable *explore.Reachable
	roles     paxos.Constructors
	hit       map[uint64]bool
	steps     int
}

// options are those of a run on the model's cluster, whose clients ask for the model's commands.
func (m *meter) options() sim.Options {
	of := m.reachable.Model
	calls := map[int]uint64{}
	o := sim.Options{Nodes: of.Nodes, Operations: len(of.Commands), NewMachine: explore.NewJournal,
		CheckpointEvery: of.CheckpointEvery, Window: of.Window,
		Next: func(_ sim.Chooser, client int) string {
			calls[client]++
			return explore.Command{Client: paxos.ClientID(client + 1), Seq: calls[client]}.String()
		}}
	for _, c := range of.Commands {
		o.Clients = max(o.Clients, int(c.Client))
	}
	return o
}

// simulate has the clock and random faults decide. There is a call more than the model has: the faults end with the last.
func (m *meter) simulate(seed uint64) error {
	o, chooser := m.options(), sim.Seeded(seed)
	o.Faults = sim.Swarm(chooser)
	o.Faults.Wipe, o.Faults.Elsewhere, o.Faults.Abandon = false, false, false
	if m.reachable.Model.MaxCrashes == 0 {
		o.Faults.Crash, o.Faults.Torn = false, false
	}
	o.Operations++
	return m.run(o, chooser)
}

// schedule has acts decide.
func (m *meter) schedule(acts []sim.Act) error {
	o := m.options()
	o.Scheduler = fuzz.Follow(acts)
	return m.run(o, &sim.Recorded{})
}

// see counts a step and the state after it.
func (m *meter) see(state uint64) {
	m.hit[state] = true
	m.steps++
}

// run looks up each state of a run.
func (m *meter) run(o sim.Options, chooser sim.Chooser) error {
	visit, nodes := m.reachable.Follow(), map[paxos.Address]*paxos.Node{}
	o.Roles = watched(m.roles, nodes)
	o.Trace = trace.NewRecorder(nil, o.Header(0, "journal", nil))
	var wrong error
	o.Trace.Observe(func(e *trace.Event) {
		if wrong == nil {
			var state uint64
			state, wrong = visit.Step(e, nodes[e.Node])
			if state != 0 {
				m.see(state)
			}
		}
	})
	result, err := sim.Run(o, chooser)
	switch {
	case wrong != nil:
		return wrong
	case err != nil:
		return err
	case result.Violation != nil:
		return fmt.Errorf("%w: %w", explore.ErrUnreached, result.Violation)
	}
	return nil
}

// watched notes each node that starts: it makes one of these roles before all else.
func watched(roles paxos.Constructors, nodes map[paxos.Address]*paxos.Node) paxos.Constructors {
	if roles.Acceptor == nil {
		roles = paxos.DefaultRoles()
	}
	watch := func(make func(*paxos.Node, *paxos.Durable) paxos.Role) func(*paxos.Node, *paxos.Durable) paxos.Role {
		return func(n *paxos.Node, d *paxos.Durable) paxos.Role {
			nodes[n.Self] = n
			return make(n, d)
		}
	}
	roles.Acceptor, roles.Bootstrap, roles.Seed = watch(roles.Acceptor), watch(roles.Bootstrap), watch(roles.Seed)
	return roles
}
