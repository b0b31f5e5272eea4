package refine

import (
	"errors"
	"fmt"
	"io"

	"multipaxos/impl/trace"
)

// Result is what the judges say of a trace in a file.
type Result struct {
	Summary   trace.Summary
	Verdict   *Verdict         // nil: each event is a step of the specification
	Violation *trace.Violation // of what holds whatever the specification says; nil: none
}

// File judges the trace in a file, in one pass: the Reader's and trace.Validate's checks, and each event against the
// specification. An error is about the file: it is not a trace, or it names a state machine that nobody knows.
func File(path string) (Result, error) {
	r, err := trace.Open(path)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = r.Close() }()
	v, err := New(r.Header())
	if err != nil {
		return Result{}, fmt.Errorf("%s:1: %w", path, err)
	}
	var result Result
	result.Summary, err = trace.ValidateEach(r, func(e *trace.Event) { result.Verdict = v.Step(e) })
	if errors.As(err, &result.Violation) {
		return result, nil
	}
	if err == nil {
		result.Verdict = v.End()
	}
	return result, err
}

// around is how many events a ladder shows before the one that is wrong.
const around = 30

// Write says why the trace in the file is rejected, and draws the run up to the event.
func (v *Verdict) Write(w io.Writer, path string) error {
	if _, err := io.WriteString(w, v.Report(path)+"\n"); err != nil {
		return err
	}
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return trace.Ladder(w, r, v.Around(around))
}
