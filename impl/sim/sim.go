// Package sim runs a cluster of paxos nodes on a virtual clock, over a network and disks that fail.
//
// Everything happens on one goroutine, and everything that is not determined is asked of one [Chooser]: the same
// choices give the same run, byte for byte. By default the clock and random faults decide what happens next; a
// [Scheduler] decides it act by act, and then nothing is left to chance but the operations.
//
// A run has two phases. In the first, clients work while faults happen. Then the faults end, and from then on every
// call that a client still waits for, and one more call at each node, must be answered within [HealBound], and all
// nodes must reach the same state.
package sim

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"time"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// HealBound is the virtual time within which a cluster must have recovered from its faults.
const HealBound = 60 * time.Second

// MaxClients bounds the memory that clients take before the first call: some 50 MB.
const MaxClients = 100_000

// Options says what to run.
type Options struct {
	Nodes      int
	Clients    int // client i starts at node i mod Nodes
	Operations int // in all
	Faults     Faults
	Limit      time.Duration // virtual time after which faults end at the latest; 0 means 30 minutes
	MaxSteps   int           // steps and acts after which a run breaks the property Budget; 0 means any number

	// Scheduler, unless it is nil, decides what happens next, for as long as it has something to choose. Faults
	// must then be none; messages take the shortest delay, clients wait the shortest time, and the Chooser is
	// asked for operations only.
	Scheduler Scheduler

	NewMachine func() paxos.Machine
	Next       func(c Chooser, client int) (input string) // the next operation of a client

	CheckpointEvery, Window paxos.Slot         // see paxos.Config
	Roles                   paxos.Constructors // see paxos.Config

	Observer Observer        // nil: nobody looks on
	Trace    *trace.Recorder // nil: nothing is recorded
}

// Observer is told what clients see and what slots decide, in the order in which it happens.
type Observer interface {
	Call(at time.Duration, node paxos.Address, client paxos.ClientID, seq uint64, input string)
	Retry(at time.Duration, node paxos.Address, client paxos.ClientID, seq uint64)
	Return(at time.Duration, node paxos.Address, a paxos.Answer)
	Abandon(at time.Duration, client paxos.ClientID, seq uint64)
	Decided(at time.Duration, slot paxos.Slot, p paxos.Proposal)
	Note(at time.Duration, node paxos.Address, kind, text string)
}

// Stats counts what happened.
type Stats struct {
	Steps       int // things that happened at a node: messages and alarms handled, calls, crashes, restarts
	Virtual     time.Duration
	Calls       int
	Answered    int
	Abandoned   int
	Retried     int // calls made again, after a crash or elsewhere
	Slots       int // decided and executed
	Noops       int
	Elections   int // times that a node came to lead
	Sent        int // messages between nodes
	Lost        int // by chance
	Cut         int // by a partition
	Missed      int // because the receiver was down
	Duplicated  int
	Refused     int
	Crashes     int
	TornSteps   int // steps that a crash undid
	Wiped       int
	Partitions  int
	Checkpoints int
	Welcomes    int
	Healing     time.Duration // from the end of the faults until all was well
}

// Violation says which property a run broke.
type Violation struct {
	Property string
	Detail   string
	Stack    string // of a panic
}

func (v *Violation) Error() string { return v.Property + ": " + v.Detail }

// Result is the outcome of a run.
type Result struct {
	Stats
	Violation *Violation // nil: none
}

// Validate says what is wrong with the options.
func (o *Options) Validate() error {
	switch {
	case o.Nodes < 1 || o.Nodes > int(paxos.MaxAddress):
		return fmt.Errorf("nodes: want 1 to %d, found %d", paxos.MaxAddress, o.Nodes)
	case o.Clients < 1 || o.Clients > MaxClients:
		return fmt.Errorf("clients: want 1 to %d, found %d", MaxClients, o.Clients)
	case o.Operations < 1:
		return fmt.Errorf("operations: want at least 1, found %d", o.Operations)
	case o.NewMachine == nil || o.Next == nil:
		return fmt.Errorf("machine: want a state machine and its operations, found none")
	}
	if o.Scheduler != nil && o.Faults != (Faults{}) {
		return fmt.Errorf("faults: want none beside a scheduler, found %v", o.Faults)
	}
	return o.Faults.Validate()
}

// Header describes a run in its trace.
func (o *Options) Header(seed uint64, machine string, run map[string]string) trace.Header {
	config := paxos.Config{Members: o.members()}
	return trace.Header{
		Nodes: config.Members, Quorum: config.Quorum(), Seed: seed, Machine: machine, Config: configID,
		CheckpointEvery: cmp.Or(o.CheckpointEvery, paxos.DefaultWindow), Window: cmp.Or(o.Window, paxos.DefaultWindow),
		Run: run,
	}
}

func (o *Options) members() (list []paxos.Address) {
	for a := paxos.Address(1); int(a) <= o.Nodes; a++ {
		list = append(list, a)
	}
	return list
}

const configID paxos.ConfigID = 1

// node is a member of the cluster, over all its lives.
type node struct {
	address  paxos.Address
	up       bool
	traced   bool // the trace has the start of this life
	life     uint32
	paxos    *paxos.Node
	disk     paxos.Durable
	wiped    bool
	executed paxos.Slot // below, its decisions were compared with the log
	active   bool
	slow     time.Duration // until when
	rate     time.Duration // of its clock, in thousandths
}

// world is one run.
type world struct {
	Options
	chooser  Chooser
	inputs   Chooser // chooses operations
	config   paxos.Config
	now      time.Duration
	queue    queue
	nodes    []*node // by address; nodes[0] is nil
	clients  []*client
	cut      []paxos.Addresses // by receiver: the senders that it does not hear
	log      []paxos.Proposal  // what the slots decided, from slot 1
	votes    map[ballotSlot]paxos.Proposal
	led      map[paxos.Ballot]paxos.Address
	out      paxos.Out
	message  paxos.Envelope // that the step which happens delivers; its trace.Cause points at it
	timer    paxos.Timer    // that it fires, likewise
	stats    Stats
	lastID   uint64 // of messages
	session  paxos.ClientID
	disks    paxos.DiskID
	healed   bool
	healedAt time.Duration
	waiting  int // clients with an open call

	acts     int           // that the Scheduler decided
	calmed   bool          // the Scheduler has nothing left to choose
	pruned   bool          // nothing that is pending is dead
	ranks    []int         // what an act can be about, by rank: scratch of target
	breaks   breakage      // of the step that happens
	downtime time.Duration // of the node that crashes next, beyond the shortest

	votesLimit                int // of len(votes), before old ones are dropped
	loss, duplicate, straggle int // in 10,000
	violation                 *Violation
}

// Run runs a cluster until its clients are done or a property is broken. An error says what is wrong with o.
func Run(o Options, c Chooser) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	w := newWorld(o, c)
	w.run()
	w.stats.Virtual = w.now
	return Result{w.stats, w.violation}, nil
}

func newWorld(o Options, c Chooser) *world {
	if o.Limit == 0 {
		o.Limit = 30 * time.Minute
	}
	w := &world{
		Options: o, chooser: c, inputs: c, cut: make([]paxos.Addresses, o.Nodes+1),
		votes: map[ballotSlot]paxos.Proposal{}, led: map[paxos.Ballot]paxos.Address{}, votesLimit: 2 * remembered,
	}
	w.queue.reserve(1 << 6)
	if o.Scheduler != nil {
		w.chooser = &Recorded{} // the mildest choices
		w.queue.sorted = true
	}
	w.loss, w.duplicate, w.straggle = per10000(o.Faults.Loss), per10000(o.Faults.Duplicate), per10000(o.Faults.Straggle)
	w.config = paxos.Config{
		ID: configID, Members: o.members(), NewMachine: o.NewMachine, Roles: o.Roles,
		CheckpointEvery: o.CheckpointEvery, Window: o.Window,
	}
	w.nodes = []*node{nil}
	for _, a := range w.config.Members {
		w.nodes = append(w.nodes, &node{address: a, rate: 1000})
	}
	return w
}

func per10000(p float64) int { return int(p*10000 + 0.5) }

// run is the event loop. A panic of a node is a violation, like any other.
func (w *world) run() {
	defer func() {
		if p := recover(); p != nil {
			w.violate("NoPanic", "%v", p)
			w.violation.Stack = string(debug.Stack())
		}
	}()
	for _, n := range w.nodes[1:] {
		w.format(n)
		w.startNode(n)
	}
	for i := 0; i < w.Clients; i++ {
		w.addClient(w.nodes[1+i%w.Nodes])
	}
	if w.Scheduler == nil {
		w.queue.push(w.now + nemesisPause).kind = nemesisTurn
	}
	for w.violation == nil && !w.finished() {
		w.next()
		w.checkBudget()
	}
	if w.violation == nil {
		w.compareStates()
	}
}

// next has the next thing happen.
func (w *world) next() {
	switch {
	case w.Scheduler != nil && !w.calmed:
		w.scheduled()
	case w.Scheduler != nil:
		w.earliest()
	case w.queue.len() == 0:
		w.violate("Liveness", "nothing will ever happen")
	default:
		at, e := w.queue.pop()
		w.now = at
		w.handle(e)
	}
}

// handle lets e happen.
func (w *world) handle(e event) {
	switch e.kind {
	case deliver:
		w.deliver(e)
	case alarm:
		w.alarm(e)
	case clientTurn:
		w.clientTurn(w.clients[e.client], e.id)
	case nemesisTurn:
		w.nemesisTurn()
	case restart:
		if n := w.nodes[e.node]; !n.up {
			w.startNode(n)
		}
	case mend:
		w.mend()
	}
}

// checkBudget ends the faults when their time is over, and the run when the cluster does not recover.
func (w *world) checkBudget() {
	chosen := w.Scheduler == nil || w.calmed
	if !w.healed && (chosen && w.Operations <= 0 || w.now > w.Limit) {
		w.heal()
	}
	if w.MaxSteps > 0 && w.stats.Steps+w.acts > w.MaxSteps {
		w.violate("Budget", "%d steps and acts at %v, and no end: %s", w.MaxSteps, w.now, w.stuck())
	}
	if w.healed && w.now > w.healedAt+HealBound {
		w.violate("Liveness", "%v after the faults ended: %s", HealBound, w.stuck())
	}
}

// heal ends all faults, and adds one more client at each node.
func (w *world) heal() {
	w.healed, w.healedAt, w.calmed = true, w.now, true
	w.Operations = w.Nodes
	w.loss, w.duplicate, w.straggle = 0, 0, 0
	w.Faults = Faults{}
	w.mend()
	for _, n := range w.nodes[1:] {
		n.slow, n.rate = 0, 1000
		if !n.up {
			w.startNode(n)
		}
		w.addClient(n)
	}
	w.note(0, "heal", "all faults end")
}

// finished says whether every call is answered and all nodes have executed the same slots.
func (w *world) finished() bool {
	if !w.healed || w.waiting > 0 || w.Operations > 0 {
		return false
	}
	for _, n := range w.nodes[1:] {
		if n.paxos.Replica == nil || int(n.paxos.Replica.Slot) != len(w.log)+1 {
			return false
		}
	}
	w.stats.Healing = w.now - w.healedAt
	return true
}

// stuck says who keeps the run from being finished.
func (w *world) stuck() string {
	text := fmt.Sprintf("%d slots executed;", len(w.log))
	for _, c := range w.clients {
		if c.open {
			text += fmt.Sprintf(" client %d waits at %v for #%d %q;", c.id, c.node.address, c.seq, c.input)
		}
	}
	for _, n := range w.nodes[1:] {
		if !n.up {
			text += fmt.Sprintf(" %v is down;", n.address)
		} else if r := n.paxos.Replica; r == nil {
			text += fmt.Sprintf(" %v was not welcomed;", n.address)
		} else if int(r.Slot) != len(w.log)+1 {
			text += fmt.Sprintf(" %v waits for slot %d;", n.address, r.Slot)
		}
	}
	return text
}

// compareStates checks that the nodes, having executed the same slots, are in the same state.
func (w *world) compareStates() {
	first := w.nodes[1].paxos.Replica.Machine.Snapshot()
	for _, n := range w.nodes[2:] {
		if s := n.paxos.Replica.Machine.Snapshot(); s != first {
			w.violate("SameState", "%v is in state %q and N1 in %q", n.address, s, first)
		}
	}
}

// violate records the first property that was broken.
func (w *world) violate(property, format string, args ...any) {
	if w.violation == nil {
		w.violation = &Violation{Property: property, Detail: fmt.Sprintf(format, args...)}
	}
}

// choose draws a number in [0,n).
func (w *world) choose(n int) int { return w.chooser.Choose(n) }

// chance is true with probability p/10,000. It asks nothing when p is 0, so a fault that is off is no choice.
func (w *world) chance(p int) bool { return p > 0 && w.choose(10000) >= 10000-p }

func (w *world) note(a paxos.Address, kind, text string) {
	if w.Observer != nil {
		w.Observer.Note(w.now, a, kind, text)
	}
}
