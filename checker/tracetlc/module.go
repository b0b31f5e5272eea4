package tracetlc

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"multipaxos/impl/paxos"
)

// moduleName is the module that has the segments of one run of TLC.
const moduleName = "TraceData"

// shape is what the constants of a run depend on: only traces of one shape go into one module.
type shape struct {
	nodes                   int
	checkpointEvery, window paxos.Slot
	founder                 paxos.Address
}

func (s *source) shape() shape {
	orDefault := func(n paxos.Slot) paxos.Slot {
		if n == 0 {
			return paxos.DefaultWindow
		}
		return n
	}
	return shape{len(s.header.Nodes), orDefault(s.header.CheckpointEvery), orDefault(s.header.Window), s.founder}
}

// writeModule writes the module with the segments, all of one shape. They are numbered as they stand, from 1.
//
// TLC evaluates definitions without parameters once, in their order.
func writeModule(out io.Writer, segments []*segment) error {
	var b strings.Builder
	fmt.Fprintf(&b, "---- MODULE %s ----\nEXTENDS Trace\n", moduleName)
	writeConstants(&b, segments)
	for i, g := range segments {
		if i == 0 || segments[i-1].source != g.source {
			g.source.writeLog(&b, g.low, g.base)
		}
	}
	var parts []string
	for i, g := range segments {
		goesOn := g.goesOn && i+1 < len(segments) && segments[i+1].source == g.source
		fmt.Fprintf(&b, "S%d == [base |-> %d, goesOn |-> %s, start |-> %s, events |-> <<\n%s>>]\n",
			i+1, g.base, truth(goesOn), g.start, strings.Join(g.events, ",\n"))
		parts = append(parts, fmt.Sprintf("S%d", i+1))
	}
	fmt.Fprintf(&b, "TraceSegments == %s\nTraceSegment(i) == TraceSegments[i]\nTraceLastSegment == %d\n====\n",
		list("<<", parts, ">>"), len(parts))
	_, err := io.WriteString(out, b.String())
	return err
}

func writeConstants(b *strings.Builder, segments []*segment) {
	s := segments[0].source.shape()
	clients, seqs, disks := 1, uint64(1), uint64(1)
	for _, g := range segments {
		names := g.source.writer.names
		clients, seqs, disks = max(clients, len(names.clients)), max(seqs, names.maxSeq), max(disks, names.maxDisks())
	}
	fmt.Fprintf(b, "TraceNodes == 1 .. %d\n", s.nodes)
	fmt.Fprintf(b, "TraceCheckpointEvery == %d\nTraceWindow == %d\n", s.checkpointEvery, s.window)
	fmt.Fprintf(b, "TraceMaxDisks == %d\n", disks)
	fmt.Fprintf(b, "TraceFounder == %s\n", segments[0].source.writer.address(s.founder))
	fmt.Fprintf(b, "TraceCommands == [clientID : 1 .. %d, seq : 1 .. %d]\n", clients, seqs)
}

// writeLog writes what the slots from low on decided, and the commands executed after the first base ones.
func (s *source) writeLog(b *strings.Builder, low paxos.Slot, base int) {
	x := s.writer.executed
	low = max(low, 1)
	var log, done []string
	for slot := low; slot < x.slot; slot++ {
		log = append(log, s.writer.proposal(x.log[slot]))
	}
	for _, c := range x.commands[min(base, len(x.commands)):] {
		done = append(done, s.writer.command(c.Client, c.Seq, s.writer.inputOf(c)))
	}
	n := s.number
	fmt.Fprintf(b, "Log%d == [from |-> %d, slots |-> %s]\n", n, low, list("<<", log, ">>"))
	fmt.Fprintf(b, "Done%d == [from |-> %d, commands |-> %s]\n", n, base+1, list("<<", done, ">>"))
}

// shapes groups the segments by shape, in order of appearance.
func shapes(segments []*segment) [][]*segment {
	var order []shape
	groups := map[shape][]*segment{}
	for _, g := range segments {
		s := g.source.shape()
		if !slices.Contains(order, s) {
			order = append(order, s)
		}
		groups[s] = append(groups[s], g)
	}
	var list [][]*segment
	for _, s := range order {
		list = append(list, groups[s])
	}
	return list
}
