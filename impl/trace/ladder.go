package trace

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"multipaxos/impl/paxos"
)

// Options say what part of a run a Ladder shows. The zero value means all of it.
type Options struct {
	From, To       time.Duration   // virtual times, both included; To 0 means the end
	FromSeq, ToSeq uint64          // both included; ToSeq 0 means the end
	Nodes          []paxos.Address // show only these; none means all
	Brief          bool            // one line per event: no effects, no state
	Width          int             // columns; 0 means 120
}

// gutter is the width of the columns for seq and time.
const gutter = 20

const legend = "● a step   ▶ delivered   x lost   S starts   C crashes   W loses its disk   ! fault"

// Ladder draws a run, or a part of it: a column for each node, an arrow for each message in the line of its
// delivery, or of its loss, and below each step what it wrote, sent, answered and changed.
func Ladder(w io.Writer, r *Reader, o Options) error {
	l := newLadder(w, r.Header(), o)
	for {
		e, err := r.Next()
		if err == io.EOF || err == nil && l.past(&e) {
			return l.w.Flush()
		}
		if err != nil {
			l.w.Flush()
			return err
		}
		if l.shows(&e) {
			l.draw(&e)
		}
		l.remember(&e)
	}
}

type ladder struct {
	w      *bufio.Writer
	o      Options
	lanes  []paxos.Address
	space  int // columns of a lane
	titled bool
	states map[paxos.Address]State // of the nodes that are up
}

func newLadder(w io.Writer, h Header, o Options) *ladder {
	l := &ladder{w: bufio.NewWriter(w), o: o, states: map[paxos.Address]State{}}
	for _, a := range h.Nodes {
		if len(o.Nodes) == 0 || slices.Contains(o.Nodes, a) {
			l.lanes = append(l.lanes, a)
		}
	}
	if l.o.Width == 0 {
		l.o.Width = 120
	}
	l.space = max(1, min(10, 42/max(1, len(l.lanes))))
	return l
}

// past says whether e and all that follows come after the part to show.
func (l *ladder) past(e *Event) bool {
	return l.o.To != 0 && e.Time > l.o.To || l.o.ToSeq != 0 && e.Seq > l.o.ToSeq
}

func (l *ladder) shows(e *Event) bool {
	if e.Time < l.o.From || e.Seq < l.o.FromSeq {
		return false
	}
	switch e.Action {
	case Lose, Duplicate:
		return l.lane(e.about.From) >= 0 || l.lane(e.about.To) >= 0
	}
	return e.Node == 0 || l.lane(e.Node) >= 0
}

func (l *ladder) remember(e *Event) {
	switch {
	case e.IsStep():
		l.states[e.Node] = e.State
	case e.Action == Crash:
		delete(l.states, e.Node)
	}
}

// lane returns the column in the middle of a's lane, or -1.
func (l *ladder) lane(a paxos.Address) int {
	i := slices.Index(l.lanes, a)
	if i < 0 {
		return -1
	}
	return i*l.space + l.space/2
}

// draw writes the lines of one event.
func (l *ladder) draw(e *Event) {
	if !l.titled {
		l.titled = true
		l.title()
	}
	cells := l.blank()
	if m := e.Message; m != nil {
		l.arrow(cells, m.Envelope, '▶', '◀')
	}
	if e.Action == Lose {
		l.arrow(cells, e.about, 'x', 'x')
	}
	if at := l.lane(e.Node); at >= 0 {
		cells[at] = mark(e)
	}
	l.line(fmt.Sprintf("%7d %10.3f  ", e.Seq, e.Time.Seconds()), cells, headline(e))
	if l.o.Brief || !e.IsStep() {
		return
	}
	cells = l.blank()
	if at := l.lane(e.Node); at >= 0 {
		cells[at] = '│'
	}
	for _, text := range l.details(e) {
		l.line("", cells, "  "+text)
	}
}

func (l *ladder) title() {
	cells := []rune(strings.Repeat(" ", len(l.lanes)*l.space))
	for _, a := range l.lanes {
		name := a.String()
		if l.space <= len(name) {
			name = name[1:]
		}
		for i, c := range name[:min(len(name), l.space)] {
			cells[l.lane(a)-l.space/2+(l.space-1)/2+i-(len(name)-1)/2] = c
		}
	}
	fmt.Fprintln(l.w, legend)
	l.line(fmt.Sprintf("%7s %10s  ", "seq", "seconds"), cells, "")
}

// blank returns the lanes with nothing but the nodes that are up.
func (l *ladder) blank() []rune {
	cells := []rune(strings.Repeat(" ", len(l.lanes)*l.space))
	for _, a := range l.lanes {
		if _, up := l.states[a]; up {
			cells[l.lane(a)] = '│'
		}
	}
	return cells
}

// arrow draws a message's way. Its head stands before the receiver's lane.
func (l *ladder) arrow(cells []rune, m paxos.Envelope, right, left rune) {
	from, to := l.lane(m.From), l.lane(m.To)
	if from < 0 || to < 0 {
		return
	}
	if from == to {
		cells[to] = right
		return
	}
	step, head, tail := 1, right, '├'
	if to < from {
		step, head, tail = -1, left, '┤'
	}
	if cells[from] == '│' {
		cells[from] = tail
	} else {
		cells[from] = '─'
	}
	for i := from + step; i != to; i += step {
		if cells[i] == '│' {
			cells[i] = '┼'
		} else {
			cells[i] = '─'
		}
	}
	cells[to-step] = head
}

func mark(e *Event) rune {
	switch e.Action {
	case Start:
		return 'S'
	case Crash:
		return 'C'
	case Wipe:
		return 'W'
	case Fault:
		return '!'
	}
	return '●'
}

// headline says what happened.
func headline(e *Event) string {
	switch {
	case e.Message != nil:
		return fmt.Sprintf("#%d %v", e.Message.ID, e.Message.Envelope)
	case e.Timer != nil && e.Timer.Slot != 0:
		return fmt.Sprintf("%s slot=%d", e.Action, e.Timer.Slot)
	case e.Timer != nil && e.Timer.Request != Request{}:
		return fmt.Sprintf("%s %v again", e.Action, e.Timer.Request)
	case e.Command != nil:
		return fmt.Sprintf("%s %v %q", e.Action, Request{e.Command.Client, e.Command.Seq}, e.Command.Input)
	case e.Durable != nil:
		d := e.Durable
		return fmt.Sprintf("Start disk=%x slot=%d promised=%v", uint64(d.Disk), d.Slot, d.BallotNum)
	case e.Action == Lose:
		return fmt.Sprintf("lost (%s) #%d %v", e.Text, e.ID, e.about)
	case e.Action == Duplicate:
		return fmt.Sprintf("one more copy of #%d %v", e.ID, e.about)
	case e.Action == End:
		return fmt.Sprintf("End, in flight: %v", e.InFlight)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", e.Action, printable(e.Text)))
}

// printable keeps a text on its line.
func printable(text string) string {
	quoted := fmt.Sprintf("%q", text)
	return quoted[1 : len(quoted)-1]
}

// details lists the effects of a step, a line each.
func (l *ladder) details(e *Event) (lines []string) {
	for _, w := range e.Writes {
		lines = append(lines, "writes "+w.String())
	}
	for i := 0; i < len(e.Sent); {
		n := 1
		for i+n < len(e.Sent) && i+n != e.Left && together(e.Sent[i+n-1], e.Sent[i+n]) {
			n++
		}
		lines = append(lines, sends(e.Sent[i:i+n], i < e.Left))
		i += n
	}
	for _, a := range e.Answers {
		lines = append(lines, fmt.Sprintf("answers %v slot=%d %q", Request{a.ClientID, a.Seq}, a.Slot, a.Output))
	}
	return append(lines, Wrap(changes(l.states[e.Node], e), l.o.Width-gutter-len(l.lanes)*l.space-4)...)
}

// sends says what left, or did not, for one or more nodes.
func sends(group []Message, left bool) string {
	var to []string
	for _, m := range group {
		to = append(to, fmt.Sprintf("#%d->%v", m.ID, m.To))
	}
	verb := "sends"
	if !left {
		verb = "x does not send"
	}
	return fmt.Sprintf("%s %s %v", verb, strings.Join(to, " "), group[0].Message)
}

// changes lists what a step changed: a new value, a + for what was not there, a - for what is not any longer.
func changes(before State, e *Event) (list []string) {
	for _, d := range Diff(before, e.State) {
		switch {
		case d.Want == "none":
			list = append(list, "+"+d.Field+"="+d.Found)
		case d.Found == "none":
			list = append(list, "-"+d.Field)
		default:
			list = append(list, d.Field+"="+d.Found)
		}
	}
	return list
}

// Wrap joins the items to lines of up to width columns, an item too long for one on a line of its own.
func Wrap(items []string, width int) (lines []string) {
	for _, item := range items {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+2+utf8.RuneCountInString(item) <= width {
			lines[last] += ", " + item
		} else {
			lines = append(lines, item)
		}
	}
	return lines
}

// line writes one line, cut to the width.
func (l *ladder) line(left string, cells []rune, text string) {
	line := []rune(fmt.Sprintf("%-*s%s  %s", gutter, left, string(cells), text))
	if len(line) > l.o.Width {
		line = append(line[:l.o.Width-1], '…')
	}
	fmt.Fprintln(l.w, strings.TrimRight(string(line), " "))
}
