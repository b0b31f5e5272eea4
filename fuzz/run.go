// Package fuzz runs simulated clusters and has everything that happened in them judged.
package fuzz

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"multipaxos/checker/linear"
	"multipaxos/checker/refine"
	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

// Scenario says which cluster to run, on what, and under which faults. With its seed it determines a run.
type Scenario struct {
	Machine    string // bank or kv
	Nodes      int
	Clients    int
	Operations int
	Faults     sim.Faults
	Swarm      bool // draw the faults from the seed instead
	Checkpoint int  // paxos.Config.CheckpointEvery; 0: the default
	Window     int  // paxos.Config.Window; 0: the default
	Seed       uint64
	Roles      paxos.Constructors // the zero value means the real ones
	Again      string             // the command that runs the scenario again, where its seed does not
	Unjudged   bool               // leave the history alone: the outcome has no report
	Unrefined  bool               // do not hold the steps against the specification
}

// Command returns the command line that runs the scenario again.
func (s Scenario) Command() string {
	if s.Again != "" {
		return s.Again
	}
	faults := s.Faults.String()
	if s.Swarm {
		faults = "swarm"
	}
	slots := ""
	if s.Checkpoint+s.Window > 0 {
		slots = fmt.Sprintf(" --checkpoint %d --window %d", s.Checkpoint, s.Window)
	}
	return fmt.Sprintf("go run ./checker/cmd/check run --machine %s --nodes %d --clients %d --ops %d --faults %s%s --seed %d",
		s.Machine, s.Nodes, s.Clients, s.Operations, faults, slots, s.Seed)
}

// Outcome is what a run did and what the judges say of it.
type Outcome struct {
	Scenario
	sim.Result
	History    *linear.History
	Report     *linear.Report  // nil when the run broke a property before its end
	Refinement *refine.Verdict // on the first event that is no step of the specification; nil when all are

	Schedule *Schedule // that was run; nil when choices decided
}

// Failure says what went wrong in one line, or nothing.
func (o *Outcome) Failure() string {
	switch {
	case o.Violation != nil:
		return o.Violation.Error()
	case o.Refinement != nil:
		return "Refinement: " + o.Refinement.Error()
	case o.Report == nil:
	case !o.Report.Passed() && o.Report.Disagreement != "":
		return "Linearizability: the judges disagree: " + o.Report.Disagreement
	case !o.Report.Passed():
		return fmt.Sprintf("Linearizability: %v: %s", o.Report.Verdict, o.Report.Reason)
	}
	return ""
}

// Run runs a scenario, holds each step of it against the specification, and judges its history. It writes the trace to
// traceTo unless that is nil, and calls progress now and then with the share of operations called, unless that is nil.
func Run(s Scenario, traceTo io.Writer, progress func(done float64)) (*Outcome, error) {
	chooser := sim.Seeded(s.Seed)
	if s.Swarm {
		s.Faults = sim.Swarm(chooser)
	}
	return RunWith(s, chooser, traceTo, progress)
}

// RunWith is Run with another source of choices than the scenario's seed.
func RunWith(s Scenario, chooser sim.Chooser, traceTo io.Writer, progress func(done float64)) (*Outcome, error) {
	w, err := workload.New(s.Machine)
	if err != nil {
		return nil, err
	}
	return s.run(w, sim.Options{Faults: s.Faults, Next: w.Next}, chooser, linear.Options{}, traceTo, progress)
}

// maxWindow is more slots than any run has, and few enough that the judges can add them to a slot.
const maxWindow = 1 << 30

// run runs the scenario's cluster with the given options.
func (s Scenario) run(w workload.Workload, options sim.Options, chooser sim.Chooser, judges linear.Options, traceTo io.Writer, progress func(done float64)) (*Outcome, error) {
	o := &observer{
		recorder: linear.NewRecorder(s.header(w)), progress: progress, total: s.Operations,
	}
	options.Nodes, options.Clients, options.Operations = s.Nodes, s.Clients, s.Operations
	options.CheckpointEvery, options.Window = paxos.Slot(s.Checkpoint), paxos.Slot(s.Window)
	options.NewMachine, options.Roles, options.Observer = w.NewMachine, s.Roles, o
	if min(s.Checkpoint, s.Window) < 0 || max(s.Checkpoint, s.Window) > maxWindow {
		return nil, fmt.Errorf("checkpoint and window: want 0 to %d, found %d and %d", maxWindow, s.Checkpoint, s.Window)
	}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	validator, err := s.record(&options, traceTo)
	if err != nil {
		return nil, err
	}
	result, err := sim.Run(options, chooser)
	if err != nil {
		return nil, err
	}
	outcome := &Outcome{Scenario: s, Result: result, History: o.recorder.History()}
	if options.Trace != nil {
		if err := options.Trace.Close(result.Virtual); err != nil {
			return nil, err
		}
	}
	if validator != nil {
		outcome.Refinement = validator.End()
	}
	if s.Unjudged {
		return outcome, nil
	}
	return outcome, outcome.judge(judges)
}

// record has the run written to traceTo, unless that is nil, and each event held against the specification.
func (s Scenario) record(options *sim.Options, traceTo io.Writer) (*refine.Validator, error) {
	if traceTo == nil && s.Unrefined {
		return nil, nil
	}
	header := options.Header(s.Seed, s.Machine, map[string]string{"command": s.Command()})
	options.Trace = trace.NewRecorder(traceTo, header)
	if s.Unrefined {
		return nil, nil
	}
	validator, err := refine.New(header)
	if err != nil {
		return nil, err
	}
	options.Trace.Observe(func(e *trace.Event) { validator.Step(e) })
	return validator, nil
}

// judge has the history checked. A history that a broken run left behind is judged too, if it is a history.
func (o *Outcome) judge(options linear.Options) error {
	report, err := linear.Check(o.History, options)
	o.Report = report
	if o.Violation != nil {
		return nil
	}
	return err
}

func (s Scenario) header(w workload.Workload) linear.Header {
	h := linear.Header{
		Machine: s.Machine, Initial: w.NewMachine().Snapshot(), Seed: s.Seed,
		Run: map[string]string{"command": s.Command()},
	}
	for a := range s.Nodes {
		h.Nodes = append(h.Nodes, paxos.Address(a+1).String())
	}
	return h
}

// observer writes down what it is told.
type observer struct {
	recorder *linear.Recorder
	progress func(float64)
	total    int
	calls    int
}

func (o *observer) Call(at time.Duration, node paxos.Address, client paxos.ClientID, seq uint64, input string) {
	o.recorder.Call(at, uint64(client), seq, node.String(), input)
	o.calls++
	if o.progress != nil && o.calls%16 == 0 {
		o.progress(min(1, float64(o.calls)/float64(o.total)))
	}
}

func (o *observer) Retry(at time.Duration, node paxos.Address, client paxos.ClientID, seq uint64) {
	o.recorder.Retry(at, uint64(client), seq, node.String())
}

func (o *observer) Return(at time.Duration, node paxos.Address, a paxos.Answer) {
	o.recorder.Return(at, uint64(a.ClientID), a.Seq, node.String(), a.Output, uint64(a.Slot))
}

func (o *observer) Abandon(at time.Duration, client paxos.ClientID, seq uint64) {
	o.recorder.Abandon(at, uint64(client), seq)
}

// Decided records commands; the admission of a voter is no operation of any client, and so like a no-op.
func (o *observer) Decided(at time.Duration, slot paxos.Slot, p paxos.Proposal) {
	o.recorder.Decided(at, uint64(slot), uint64(p.ClientID), p.Seq, p.Input)
}

// Note records faults under the words that the drawing knows.
func (o *observer) Note(at time.Duration, node paxos.Address, kind, text string) {
	if kind == "mend" {
		kind = linear.NoteHeal // which ends the bar of a partition
	}
	name := ""
	if node != 0 {
		name = node.String()
	}
	o.recorder.Note(at, name, kind, text)
}

// Summary returns a page that a person enjoys reading.
func (o *Outcome) Summary() string {
	var b strings.Builder
	s := &o.Stats
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%d nodes, %d clients, machine %s, seed %d, faults %v\n",
		o.Nodes, o.Clients, o.Machine, o.Seed, o.Faults)
	line("operations", "%s called, %s answered, %d abandoned, %s retried", thousands(s.Calls), thousands(s.Answered), s.Abandoned, thousands(s.Retried))
	line("log", "%s slots decided, %d of them no-ops; %d checkpoints, %d welcomes", thousands(s.Slots), s.Noops, s.Checkpoints, s.Welcomes)
	line("leaders", "%d elections", s.Elections)
	line("messages", "%s sent between nodes: %s lost, %s cut off, %s to a node that was down, %s duplicated",
		thousands(s.Sent), thousands(s.Lost), thousands(s.Cut), thousands(s.Missed), thousands(s.Duplicated))
	line("faults", "%d crashes, %d of them undid a step, %d lost the disk; %d partitions", s.Crashes, s.TornSteps, s.Wiped, s.Partitions)
	line("time", "%s steps in %.1f s of virtual time; all well %.1f s after the faults ended",
		thousands(s.Steps), s.Virtual.Seconds(), s.Healing.Seconds())
	return b.String()
}

// thousands writes 12,345.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
