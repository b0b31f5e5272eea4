package fuzz

import (
	"fmt"
	"io"
	"strings"

	"multipaxos/impl/sim"
)

// Repro determines a run: by a schedule, or by a scenario and what the simulator chose.
type Repro struct {
	Schedule *Schedule
	Scenario Scenario // without a Schedule; its Seed and Swarm are not used
	Choices  []int    // the zeros after its end are left out
}

// Run runs it, and writes the trace to traceTo unless that is nil.
func (r Repro) Run(traceTo io.Writer) (*Outcome, error) {
	if r.Schedule != nil {
		return RunSchedule(*r.Schedule, traceTo)
	}
	s := r.Scenario
	s.Seed, s.Swarm, s.Again = 0, false, replayCommand
	return RunWith(s, &sim.Recorded{Choices: r.Choices}, traceTo, nil)
}

// record runs it with a trace, on a schedule beyond the limits of its forms, too. A step that panics is in no trace; panics
// is that step, where the schedule tells of it.
func (r Repro) record(traceTo io.Writer) (o *Outcome, panics []happening, err error) {
	if r.Schedule == nil {
		o, err = r.Run(traceTo)
		return o, nil, err
	}
	e := &lastTold{follower: follower{acts: r.Schedule.Acts}}
	if o, err = r.Schedule.run(e, traceTo); err == nil && o.Property() == "NoPanic" {
		panics = e.told
	}
	return o, panics, err
}

// lastTold follows a list and knows what the last act is about; nothing after the end of the list.
type lastTold struct {
	follower
	told []happening
}

func (l *lastTold) Next(v sim.View) (sim.Act, bool) {
	a, ok := l.follower.Next(v)
	l.told = l.told[:0]
	if p, found := v.Target(a); ok && found {
		l.told = append(l.told, happeningOf(v, p))
	}
	return a, ok
}

const choicesVersion = "choices 2"

// text writes a schedule with its comments, or
//
//	choices 2
//	machine kv
//	nodes 3
//	clients 2
//	operations 4
//	checkpoint 0
//	window 0
//	faults crash
//	17 9999
//	end
//
// where a line is the number of a choice of the simulator and what it chose; all others are zero.
func (r Repro) text() (string, error) {
	if r.Schedule != nil {
		return Explain(*r.Schedule)
	}
	var b strings.Builder
	s := r.Scenario
	fmt.Fprintf(&b, "%s\nmachine %s\nnodes %d\nclients %d\noperations %d\ncheckpoint %d\nwindow %d\nfaults %v\n",
		choicesVersion, s.Machine, s.Nodes, s.Clients, s.Operations, s.Checkpoint, s.Window, s.Faults)
	for i, c := range r.Choices {
		if c != 0 {
			fmt.Fprintf(&b, "%d %d\n", i, c)
		}
	}
	b.WriteString("end\n")
	return b.String(), nil
}

// parseRepro reads what text writes, from a section of a file. Errors name the line.
func parseRepro(name string, s section) (r Repro, err error) {
	above := make([]string, s.line-1) // so that lines have their numbers in the file
	p := &scheduleParser{name: name, lines: append(above, strings.Split(s.text, "\n")...), line: s.line - 1}
	if strings.HasPrefix(s.text, choicesVersion+"\n") {
		p.choices(&r)
	} else {
		p.parse()
		r.Schedule = &p.s
	}
	return r, p.err
}

// maxChoices is more than any run asks for, and keeps a hostile file from filling the memory.
const maxChoices = 1 << 20

// choices reads the choices of a scenario.
func (p *scheduleParser) choices(r *Repro) {
	p.next()
	s := &r.Scenario
	s.Machine = p.value("machine")
	s.Nodes, s.Clients = p.number("nodes", p.value("nodes")), p.number("clients", p.value("clients"))
	s.Operations = p.number("operations", p.value("operations"))
	s.Checkpoint, s.Window = p.number("checkpoint", p.value("checkpoint")), p.number("window", p.value("window"))
	faults, err := sim.ParseFaults(p.value("faults"))
	if err != nil {
		p.fail("%v", err)
	}
	s.Faults = faults
	for p.err == nil {
		text := p.next()
		if text == "end" {
			return
		}
		at, value, _ := strings.Cut(text, " ")
		i, c := p.number("the number of a choice, or end", at), p.number("a choice", value)
		if p.err == nil && (i < len(r.Choices) || i >= maxChoices || c == 0) {
			p.fail("want a number from %d to %d and a choice that is not 0, found %q", len(r.Choices), maxChoices-1, text)
		} else if p.err == nil {
			r.Choices = append(append(r.Choices, make([]int, i-len(r.Choices))...), c)
		}
	}
}
