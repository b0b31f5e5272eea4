// Package explore visits every state that the roles of package paxos can reach in a small model: some nodes, some
// commands, bounds on ballots and slots. The code that runs is the code that users run. See docs/explorer.md.
//
// It is fast because a handler is a function: node, state and input determine what happens. Each distinct step of one
// node is executed once, and the search over the whole system handles numbers of local states only.
package explore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"multipaxos/checker/model"
	"multipaxos/checker/usage"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// Options say how a model is explored. The zero value explores all of it with one worker and no reduction.
type Options struct {
	Model     Model
	Workers   int    // goroutines that expand states; 0 means 1
	Seed      uint64 // of the hash, where states do not fit a word
	MaxStates int    // give up after about as many; 0: never
	Frontier  int    // states of a depth that are kept in memory, the others go to disk; 0: all
	Symmetry  bool   // states that are equal but for names are one
	Reduction bool   // steps that commute with all others are taken first, alone
	Progress  bool   // print a line every two seconds

	Checkpoint string        // the file in which it is saved where the exploration is, when it is stopped and from time to time
	Every      time.Duration // between two checkpoints; 0: a minute
	Resume     bool          // go on from the checkpoint
	Ladder     bool          // draw a counterexample

	Roles paxos.Constructors // make the roles; the zero value makes those of package paxos
	Equal *model.Config      // compare each step with this model of the specification; nil: no comparison

	Trace io.Writer // gets the trace of a counterexample, for the other checkers; nil: nobody

	chunk int // states that a worker takes at a time; 0: chunkStates. With fewer, small models are for several workers too
}

// Outcome is what an exploration found.
type Outcome struct {
	Model       string
	Complete    bool // every state was visited
	States      int  // distinct
	Steps       int  // that lead from one of them to another, or to the same under other names
	Stutters    int  // that change nothing
	Depth       int  // of the last state: the steps of the shortest path to it
	Widest      int  // most states of one depth
	Terminals   int  // states from which no step leads
	LocalStates []int
	Messages    int
	Executed    int // steps of the protocol's code
	TableBytes  int
	SysBytes    uint64 // memory taken from the operating system
	CPU, Wall   time.Duration
	Exact       bool     // no two states can be taken for one
	Violation   string   // empty: none
	Path        []string // the steps to the violation
	Missing     []string // what had to happen and never did
	Actions     map[string]int
	Mirrored    int64 // distinct states of the specification that the states are, if they are compared
	Edges       int64 // labelled, distinct, from these
	mirror      *mirror
}

// OK says whether everything was visited, nothing was wrong, and all that must happen did.
func (o *Outcome) OK() bool { return o.Complete && o.Violation == "" && len(o.Missing) == 0 }

// Run explores a model, and writes what it finds to w. The error is about the exploration, not about the protocol.
func Run(ctx context.Context, w io.Writer, o Options) (Outcome, error) {
	if err := o.Model.Validate(); err != nil {
		return Outcome{}, err
	}
	if o.Model.joins() && o.Equal == nil {
		return Outcome{}, fmt.Errorf("explore: model %s: want it compared with the specification, whose invariants know of nodes outside of the cluster", o.Model.Name)
	}
	if o.Equal != nil && (o.Symmetry || o.Reduction || o.Model.InFlight || o.Model.History) {
		return Outcome{}, fmt.Errorf("explore: model %s: want every message kept and no reduction in a comparison with the specification", o.Model.Name)
	}
	p := newProtocol(o.Model, o.Roles)
	for width := 1; ; width++ {
		out, err := run(ctx, w, o, p, width)
		var wide tooMany
		if !errors.As(err, &wide) {
			return out, err
		}
		fmt.Fprintf(w, "%v; again with more words a state\n", err)
	}
}

// system prepares the network that the model asks for.
func (o Options) system(p *protocol, width int) system {
	if o.Model.InFlight {
		return newFlight(p, width, o.Model.MaxCrashes, o.Model.History, o.Model.Live)
	}
	if o.Equal != nil {
		bare := struct{ Protocol }{p} // the invariants are the specification's to hold
		return newMirror(newMonotone(bare, width, o.Model.MaxCrashes, false, false), o.Equal)
	}
	m := newMonotone(p, width, o.Model.MaxCrashes, o.Model.History, o.Model.Live)
	if o.Symmetry {
		m.useSymmetry(symmetric{p, newRenaming(o.Model)})
	}
	if o.Reduction {
		m.reduce = newReduction(o.Model)
	}
	if o.Workers > 1 {
		m.share()
	}
	return m
}

func run(ctx context.Context, w io.Writer, o Options, p *protocol, width int) (Outcome, error) {
	s := newSearch(o.system(p, width), max(1, o.Workers), o.Seed)
	s.limit, s.maxStates, s.chunk = o.Frontier, o.MaxStates, cmp.Or(o.chunk, s.chunk)
	s.checkpoint, s.every, s.met = o.Checkpoint, cmp.Or(o.Every, time.Minute), p.met
	s.identity = fmt.Sprintf("%+v symmetry=%t reduction=%t seed=%d", o.Model, o.Symmetry, o.Reduction, o.Seed)
	begin, cpu := time.Now(), usage.CPU()
	if o.Progress {
		s.progress = func() { s.print(w, begin, cpu) }
	}
	err := s.run(ctx, o.Resume)
	out := s.outcome(o.Model.Name)
	out.Wall, out.CPU = time.Since(begin), usage.CPU()-cpu
	if err != nil && !errors.Is(err, errLimit) && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		return out, err
	}
	out.Complete = err == nil && s.violation == nil
	for name, met := range p.Sometimes() {
		if !met && out.Complete {
			out.Missing = append(out.Missing, name)
		}
	}
	slices.Sort(out.Missing)
	out.print(w)
	if s.violation != nil {
		return out, s.show(w, &out, p, &o)
	}
	return out, nil
}

// outcome sums up a search.
func (s *search) outcome(model string) Outcome {
	m := s.system.known()
	o := Outcome{Model: model, Steps: int(s.steps.Load()), Stutters: int(s.stutters.Load()), Terminals: int(s.terminals.Load()),
		Depth: s.depth - 1, Widest: s.widest, Messages: len(m.messages), Executed: m.executed, Exact: s.width == 1, Actions: m.actions}
	o.States, o.TableBytes = s.table.size()
	for _, n := range m.nodes {
		o.LocalStates = append(o.LocalStates, len(n.bases))
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	o.SysBytes = memory.Sys
	if r, ok := s.system.(*mirror); ok {
		mirrored, _ := r.seen.size()
		o.Mirrored, o.Edges, o.mirror = int64(mirrored), r.edges, r
	}
	return o
}

// print writes a line of progress.
func (s *search) print(w io.Writer, begin time.Time, cpu time.Duration) {
	states, _ := s.table.size()
	expanded := int(s.expanded.Load())
	used := usage.CPU() - cpu
	fmt.Fprintf(w, "%6.0fs  %d states  depth %d  queue %d  %.0f states/CPU-s\n",
		time.Since(begin).Seconds(), states, s.depth, states-expanded, float64(states)/max(1e-9, used.Seconds()))
}

func (o *Outcome) print(w io.Writer) {
	verdict := "complete"
	if !o.Complete {
		verdict = "not complete"
	}
	fmt.Fprintf(w, "%s: %d distinct states, %d steps and %d stutters, depth %d, widest %d, %d terminal; %s\n",
		o.Model, o.States, o.Steps, o.Stutters, o.Depth, o.Widest, o.Terminals, verdict)
	fmt.Fprintf(w, "  the code ran %d steps, between %d local states with %d messages\n", o.Executed, o.LocalStates, o.Messages)
	fmt.Fprintf(w, "  %.2f CPU-s, %.2f s; %.0f distinct states per CPU-second\n",
		o.CPU.Seconds(), o.Wall.Seconds(), float64(o.States)/max(1e-9, o.CPU.Seconds()))
	fmt.Fprintf(w, "  %.1f bytes a visited state, %d MB in all\n", float64(o.TableBytes)/float64(max(1, o.States)), o.SysBytes>>20)
	if o.Exact {
		fmt.Fprintf(w, "  a state fits a word, so no two are taken for one\n")
	} else {
		fmt.Fprintf(w, "  two states were taken for one with probability about %.1g\n", math.Pow(float64(o.States), 2)/math.Pow(2, 65))
	}
	if len(o.Missing) > 0 {
		fmt.Fprintf(w, "  NEVER HAPPENED: %s\n", strings.Join(o.Missing, ", "))
	}
}

// show prints the shortest path to the violation.
func (s *search) show(w io.Writer, o *Outcome, p *protocol, options *Options) error {
	steps, err := s.explain(s.violation)
	if err != nil {
		return err
	}
	o.Violation = s.violation.err.Error()
	fmt.Fprintf(w, "VIOLATION after %d steps: %s\n", len(steps), o.Violation)
	for i, l := range steps {
		o.Path = append(o.Path, s.system.known().describe(l))
		fmt.Fprintf(w, "%3d. %s\n", i+1, o.Path[i])
	}
	var text strings.Builder
	if err := p.writeTrace(&text, s.system.known(), steps); err != nil {
		return err
	}
	if options.Trace != nil {
		if _, err := io.WriteString(options.Trace, text.String()); err != nil {
			return err
		}
	}
	if !options.Ladder {
		return nil
	}
	r, err := trace.Read(strings.NewReader(text.String()), "counterexample")
	if err != nil {
		return err
	}
	return trace.Ladder(w, r, trace.Options{Brief: true, Width: 140})
}

// writeTrace writes the trace of a path.
func (p *protocol) writeTrace(w io.Writer, m *memo, steps []labelled) error {
	h := trace.Header{Nodes: p.config.Members, Quorum: p.config.Quorum(), Machine: "journal", Config: p.config.ID,
		CheckpointEvery: max(1, p.config.CheckpointEvery), Window: max(1, p.config.Window), Run: map[string]string{"model": p.model.Name}}
	r := trace.NewRecorder(w, h)
	end := p.record(r, m, steps)
	return r.Close(end)
}

// Find returns the model of a name.
func Find(name string) (Model, error) {
	var names []string
	for _, m := range Models {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Model{}, fmt.Errorf("explore: want one of %v, found %q", names, name)
}
