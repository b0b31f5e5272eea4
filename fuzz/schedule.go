package fuzz

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"multipaxos/checker/linear"
	"multipaxos/impl/bank"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

// Schedule is a run that is decided act by act: the cluster, what its clients ask for, and what happens. Act k
// decides what happens k-th and nothing else, so a small change of the list is a small change of the run; when the
// list ends, faults end. Nothing else is left to chance.
//
// A schedule has two forms. Bytes are for fuzzers: any bytes are a schedule, and a local change of them is a local
// change of it. See [Palette]. Text is for people and files: see [ParseSchedule].
type Schedule struct {
	Machine    string // bank or kv
	Nodes      int    // 1 to 7
	Clients    int    // 1 to 8; client i is at home at node i mod Nodes
	Operations int    // 1 to 256, in all; bytes can mean 1 to 64
	Checkpoint int    // paxos.Config.CheckpointEvery, 0 to 15 slots; 0: the default
	Window     int    // paxos.Config.Window, 0 to 15 slots; 0: the default
	Seed       uint16 // of what the clients ask for
	Acts       []sim.Act
	Roles      paxos.Constructors // no part of either form; the zero value means the real ones
	Unjudged   bool               // no part of either form; see Scenario
	Unrefined  bool               // no part of either form; see Scenario
}

// The limits of a schedule.
const (
	MaxNodes, MaxClients, MaxOperations, maxCheckpoint = 7, 8, 256, 15

	MaxActs = 1 << 13
)

// searchTimeout is how long a search of the history may take. Go's fuzzer takes a target for hung after 10 s, and a
// history of a hundred operations is searched in well below a millisecond, or not at all.
const searchTimeout = time.Second

// scheduleBudget is the number of steps and acts after which a run of a schedule breaks the property Budget. A run
// of seven nodes whose schedule leaves them stuck takes a tenth of it.
const scheduleBudget = 200_000

// Size counts the acts that are not zero: what a reader must know.
func (s Schedule) Size() (n int) {
	for _, a := range s.Acts {
		if a != (sim.Act{}) {
			n++
		}
	}
	return n
}

// Canonical returns the schedule in the one form that its text has: acts without fields that they do not read, and
// without zeros at the end. RunSchedule runs that form: faults end after the last act that is not zero.
func (s Schedule) Canonical() Schedule {
	s.Acts = slices.Clone(s.Acts)
	for i, a := range s.Acts {
		s.Acts[i] = a.Canonical()
	}
	for len(s.Acts) > 0 && s.Acts[len(s.Acts)-1] == (sim.Act{}) {
		s.Acts = s.Acts[:len(s.Acts)-1]
	}
	return s
}

// Validate says what is wrong with the schedule.
func (s Schedule) Validate() error {
	for _, f := range s.fields() {
		if *f.value < f.least || *f.value > f.most {
			return fmt.Errorf("%s: want %d to %d, found %d", f.name, f.least, f.most, *f.value)
		}
	}
	if !slices.Contains(workload.Machines, s.Machine) {
		return fmt.Errorf("machine: want one of %v, found %q", workload.Machines, s.Machine)
	}
	if len(s.Acts) > MaxActs {
		return fmt.Errorf("acts: want at most %d, found %d", MaxActs, len(s.Acts))
	}
	for k, a := range s.Acts {
		if a.Kind >= sim.Kinds {
			return fmt.Errorf("act %d: want one of %d kinds, found %v", k+1, sim.Kinds, a.Kind)
		}
	}
	return nil
}

type field struct {
	name        string
	value       *int
	least, most int
}

// fields lists the numbers of the header, in the order of its text.
func (s *Schedule) fields() []field {
	return []field{
		{"nodes", &s.Nodes, 1, MaxNodes}, {"clients", &s.Clients, 1, MaxClients},
		{"operations", &s.Operations, 1, MaxOperations},
		{"checkpoint", &s.Checkpoint, 0, maxCheckpoint}, {"window", &s.Window, 0, maxCheckpoint},
	}
}

// Follow returns a Scheduler that does what a list says.
func Follow(acts []sim.Act) sim.Scheduler { return &follower{acts: acts} }

// follower is the Scheduler that does what a list says.
type follower struct {
	acts []sim.Act
	next int
}

func (f *follower) Next(sim.View) (sim.Act, bool) {
	if f.next == len(f.acts) {
		return sim.Act{}, false
	}
	f.next++
	return f.acts[f.next-1], true
}

// RunSchedule runs a schedule and has it judged. It writes the trace to traceTo unless that is nil. An error says
// what is wrong with the schedule, never with the run: that is in the outcome.
func RunSchedule(s Schedule, traceTo io.Writer) (*Outcome, error) {
	s = s.Canonical()
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s.run(Follow(s.Acts), traceTo)
}

// RunScheduler is RunSchedule with acts that a Scheduler decides, instead of the schedule's own.
func RunScheduler(s Schedule, scheduler sim.Scheduler, traceTo io.Writer) (*Outcome, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s.run(scheduler, traceTo)
}

// run is RunScheduler, for schedules beyond the limits of their forms, too.
func (s Schedule) run(scheduler sim.Scheduler, traceTo io.Writer) (*Outcome, error) {
	return s.runWithin(scheduleBudget, scheduler, traceTo)
}

// runWithin is run with another budget.
func (s Schedule) runWithin(budget int, scheduler sim.Scheduler, traceTo io.Writer) (*Outcome, error) {
	shop := shops[s.Machine].lend()
	defer shops[s.Machine].takeBack(shop)
	shopping := newShopping(s, shop)
	scenario := Scenario{
		Machine: s.Machine, Nodes: s.Nodes, Clients: s.Clients, Operations: s.Operations, Seed: uint64(s.Seed),
		Checkpoint: s.Checkpoint, Window: s.Window,
		Roles: s.Roles, Unjudged: s.Unjudged, Unrefined: s.Unrefined, Again: "go run ./checker/cmd/check schedule FILE",
	}
	outcome, err := scenario.run(shop, sim.Options{
		Next: shopping.next, Scheduler: scheduler, MaxSteps: budget,
	}, &sim.Recorded{}, linear.Options{Verifier: verifier, Timeout: searchTimeout}, traceTo, nil)
	if outcome != nil {
		outcome.Schedule = &s
	}
	return outcome, err
}

// shops lends a workload to one run at a time: workloads remember what they signed and verified, which takes longer
// than all else that an operation goes through.
var shops = map[string]*lender[workload.Workload]{"bank": shop("bank"), "kv": shop("kv")}

func shop(machine string) *lender[workload.Workload] {
	return &lender[workload.Workload]{make: func() workload.Workload {
		w, err := workload.New(machine)
		if err != nil {
			panic(err)
		}
		return w
	}}
}

// lender lends to one at a time what takes long to make. It keeps as many as were ever lent at once, where a sync.Pool would
// make others at each collection of garbage, and when a goroutine goes on on another processor.
type lender[T any] struct {
	make  func() T
	mutex sync.Mutex
	free  []T
}

func (l *lender[T]) lend() T {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if n := len(l.free); n > 0 {
		lent := l.free[n-1]
		l.free = l.free[:n-1]
		return lent
	}
	return l.make()
}

func (l *lender[T]) takeBack(lent T) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.free = append(l.free, lent)
}

// verifier remembers for the judges which deposits verified. That is a pure function.
var verifier = bank.NewVerifier(1 << 12)

// shopping is what the clients of one run ask for. What a client asks for next depends on the seed and on what it asked for
// before, not on when, nor on the other clients.
type shopping struct {
	Schedule
	shop  workload.Workload
	draws []*draws
}

func newShopping(s Schedule, shop workload.Workload) *shopping {
	return &shopping{s, shop, make([]*draws, s.Clients)}
}

// next returns the client's next operation. The clients that a run adds at its end only read.
func (s *shopping) next(_ sim.Chooser, client int) string {
	if client >= s.Clients {
		return s.shop.Read
	}
	if s.draws[client] == nil {
		s.draws[client] = newDraws(uint64(s.Seed)*MaxClients + uint64(client))
	}
	return s.shop.Next(s.draws[client], client)
}
