package linear

import (
	"fmt"
	"io"
	"time"

	"github.com/anishathalye/porcupine"

	"multipaxos/checker/whole"
)

// drawn is how many executed slots a drawing shows. The search for the order to draw has its own, short time.
const (
	drawn        = 200
	drawnWhenBad = 40 // when 200 are too many to search
	drawnTimeout = 2 * time.Second
)

// Visualize writes an HTML file that draws the operations around the report's counterexample, or the first ones, with
// the order that porcupine found or the point where it got stuck. Rows below the clients show leaders, crashes,
// partitions, decided slots and other notes. Clients are numbered by their first call in the drawing; the text shown
// when the mouse is over an operation names the session. The file needs no network.
func Visualize(h *History, report *Report, path string) error {
	w, info := h.draw(report, drawn)
	if w.verdict == Unknown {
		w, info = h.draw(report, drawnWhenBad)
	}
	first, last := w.bounds()
	info.AddAnnotations(verdictRow(report, w, first, last))
	info.AddAnnotations(h.annotations(first, last))
	return whole.Write(path, func(out io.Writer) error {
		return porcupine.Visualize(model(w.initial), info, out)
	})
}

// drawing is a window and what porcupine says of it.
type drawing struct {
	window
	verdict Verdict
}

func (h *History) draw(report *Report, size int) (drawing, porcupine.LinearizationInfo) {
	w := h.windowToDraw(report, size)
	_, end := w.bounds()
	shown := make([]Operation, len(w.operations))
	copy(shown, w.operations)
	operations := porcupineOperations(h.Machine, shown)
	for i := range operations {
		operations[i].Return = min(operations[i].Return, end) // a pending operation ends with the drawing
	}
	result, info := porcupine.CheckOperationsVerbose(model(w.initial), operations, drawnTimeout)
	return drawing{w, verdictOf(result)}, info
}

func (h *History) windowToDraw(report *Report, size int) window {
	p := parse(h)
	if bad := report.Counterexample; bad != nil {
		return p.around(Options{}, bad.Slot, size*3/4, size/4, bad.Operation)
	}
	w := p.around(Options{}, 0, 0, size, nil)
	if len(w.operations) == 0 { // nothing was executed: show what was called
		w.operations = p.operations[:min(len(p.operations), size)]
	}
	return w
}

// bounds are the positions of the first call, and one past the last call or answer.
func (w window) bounds() (first, last int64) {
	first = Infinity
	for i := range w.operations {
		o := &w.operations[i]
		first = min(first, o.Call)
		last = max(last, o.Call+1)
		if !o.Pending() {
			last = max(last, o.Return+1)
		}
	}
	return min(first, last), last
}

// The rows of annotations. The drawing sorts them by their text, so each starts with a number.
const (
	rowVerdict   = "0 verdict"
	rowLeader    = "1 leader"
	rowCrash     = "2 crash "
	rowPartition = "3 partition "
	rowDecided   = "4 decided slot"
	rowNote      = "5 "
)

func verdictRow(report *Report, w drawing, first, last int64) []porcupine.Annotation {
	color := map[Verdict]string{Linearizable: "#c8e6c9", Violation: "#ffcdd2", Unknown: "#fff9c4"}[report.Verdict]
	rows := []porcupine.Annotation{{Tag: rowVerdict, Start: first, End: last, BackgroundColor: color, Details: report.String(),
		Description: fmt.Sprintf("%v: %s (drawn: %v, alone %v)", report.Verdict, report.Reason, w.window, w.verdict)}}
	if bad := report.Counterexample; bad != nil && first <= bad.Event && bad.Event <= last {
		rows = append(rows, porcupine.Annotation{Tag: rowVerdict + ": first bad", Start: bad.Event, BackgroundColor: "#ef9a9a",
			Description: "rule " + string(bad.Rule), Details: bad.String()})
	}
	return rows
}

// annotations draws the notes and decisions between two positions. Bars that reach beyond are cut.
func (h *History) annotations(first, last int64) []porcupine.Annotation {
	var all []porcupine.Annotation
	open := map[string]porcupine.Annotation{} // row -> bar that has begun
	var rows []string                         // of open, in the order of their beginnings
	finish := func(row string, end int64) {
		if bar, begun := open[row]; begun {
			bar.End = end
			all = append(all, bar)
			delete(open, row)
		}
	}
	for i := range h.Events {
		e, at := &h.Events[i], int64(i)
		bar := annotation(e, at)
		switch {
		case e.Kind == Decided:
			all = append(all, bar)
		case e.Kind != Note:
		case e.Note == NoteRestart || e.Note == NoteHeal:
			finish(bar.Tag, at)
			all = append(all, bar)
		case e.Note == NoteCrash || e.Note == NotePartition || e.Note == NoteLeader:
			finish(bar.Tag, at)
			open[bar.Tag] = bar
			rows = append(rows, bar.Tag)
		default:
			all = append(all, bar)
		}
	}
	for _, row := range rows {
		finish(row, int64(len(h.Events)))
	}
	return clip(all, first, last)
}

func clip(all []porcupine.Annotation, first, last int64) []porcupine.Annotation {
	var inside []porcupine.Annotation
	for _, bar := range all {
		bar.End = max(bar.End, bar.Start)
		if bar.Start <= last && bar.End >= first {
			bar.Start, bar.End = max(bar.Start, first), min(bar.End, last)
			inside = append(inside, bar)
		}
	}
	return inside
}

// annotation turns a note or a decision into a point.
func annotation(e *Event, at int64) porcupine.Annotation {
	a := porcupine.Annotation{Start: at, Description: e.Node, Details: fmt.Sprintf("%s %s at %v: %s", e.Note, e.Node, e.Time, e.Text)}
	switch {
	case e.Kind == Decided:
		a.Tag, a.Description, a.BackgroundColor = rowDecided, fmt.Sprint(e.Slot), "#e1f5fe"
		a.Details = fmt.Sprintf("slot %d decided at %v: %v", e.Slot, e.Time, command{e.Client, e.Seq, e.Input})
	case e.Note == NoteLeader:
		a.Tag, a.BackgroundColor = rowLeader, "#d1c4e9"
	case e.Note == NoteCrash:
		a.Tag, a.Description, a.BackgroundColor = rowCrash+e.Node, "down", "#cfd8dc"
	case e.Note == NoteRestart:
		a.Tag, a.Description, a.BackgroundColor = rowCrash+e.Node, "up", "#dcedc8"
	case e.Note == NotePartition:
		a.Tag, a.Description, a.BackgroundColor = rowPartition+e.Node, e.Text, "#ffe0b2"
	case e.Note == NoteHeal:
		a.Tag, a.Description, a.BackgroundColor = rowPartition+e.Node, "healed", "#dcedc8"
	default:
		a.Tag, a.Description = rowNote+e.Note, e.Node+" "+e.Text
	}
	return a
}
