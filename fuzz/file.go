package fuzz

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"multipaxos/checker/linear"
	"multipaxos/impl/trace"
)

// The format of a File.
const (
	FileFormat  = "multipaxos-run"
	FileVersion = 1
)

// File is a run that can be done again, and all that there is to know of it: what a failure is filed as. On disk it is an
// archive of text files (txtar), named below. A File is a function of its Repro, Title and Found, byte for byte: so to
// replay it is to make it once more and compare.
type File struct {
	Meta
	Repro    Repro
	Schedule string // schedule.txt: the Repro, with what each act was about as a comment
	Verdicts string // verdicts.txt: what the judges said
	Ladder   string // ladder.txt: who sent what to whom, drawn
	History  string // history.ndjson: what clients saw, see package linear
	Trace    string // trace.ndjson: every step, see package trace. Of a long one only its beginning, as trace.head.ndjson
}

// Meta is meta.json.
type Meta struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Title   string `json:"title"`           // what it shows
	Bug     string `json:"bug,omitempty"`   // planted from package zoo; none: the protocol as it is
	Failure string `json:"failure"`         // the property and how it was broken; none: the run passes
	Found   string `json:"found,omitempty"` // the command that found it, before it was made small

	Steps          int    `json:"steps"`
	TraceVersion   int    `json:"trace_version"`
	TraceLines     int    `json:"trace_lines"`
	TraceSHA256    string `json:"trace_sha256"`
	HistoryVersion int    `json:"history_version"`
}

// replayCommand stands in traces and histories of filed runs. It names no file, so that one can be renamed.
const replayCommand = "go run ./checker/cmd/check replay FILE"

// maxTrace is how many bytes of a trace are filed whole; of a longer one its first headLines lines are.
const (
	maxTrace  = 64 << 10
	headLines = 60
)

// NewFile runs r and writes down all that there is to know of the run.
func NewFile(title, bug, found string, r Repro) (*File, error) {
	var recorded bytes.Buffer
	o, err := r.Run(&recorded)
	if err != nil {
		return nil, err
	}
	f := &File{Repro: r, Verdicts: o.verdicts(), Meta: Meta{
		Format: FileFormat, Version: FileVersion, Title: oneLine(title), Bug: bug, Failure: oneLine(o.Failure()), Found: found,
		Steps: o.Steps, TraceVersion: trace.Version, HistoryVersion: linear.Version,
	}}
	if f.Schedule, err = r.text(); err != nil {
		return nil, err
	}
	f.setTrace(recorded.Bytes())
	if err := f.setLadder(recorded.Bytes()); err != nil {
		return nil, err
	}
	var history strings.Builder
	if err := linear.Write(&history, o.History); err != nil {
		return nil, err
	}
	f.History = history.String()
	return f, nil
}

// oneLine keeps a text on its line.
func oneLine(text string) string {
	quoted := fmt.Sprintf("%q", strings.Join(strings.Fields(text), " "))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func (f *File) setTrace(recorded []byte) {
	sum := sha256.Sum256(recorded)
	f.TraceLines, f.TraceSHA256 = bytes.Count(recorded, []byte("\n")), hex.EncodeToString(sum[:])
	f.Trace = string(recorded)
	if len(recorded) > maxTrace {
		lines := strings.SplitAfterN(f.Trace, "\n", headLines+1)
		f.Trace = strings.Join(lines[:headLines], "")
	}
}

// A ladder has at most so many lines: those at the beginning, and those at the end.
const (
	ladderFirst = 160
	ladderLast  = 60
)

func (f *File) setLadder(recorded []byte) error {
	reader, err := trace.Read(bytes.NewReader(recorded), "trace.ndjson")
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := trace.Ladder(&b, reader, trace.Options{}); err != nil {
		return err
	}
	lines := strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
	if left := len(lines) - ladderFirst - ladderLast; left > 0 {
		between := fmt.Sprintf("        … %s lines, which check replay --out DIR writes …\n", thousands(left))
		lines = append(append(lines[:ladderFirst:ladderFirst], between), lines[len(lines)-ladderLast:]...)
	}
	f.Ladder = strings.Join(lines, "") + "\n"
	return nil
}

// verdicts is Verdict without what differs from machine to machine: times and stacks.
func (o *Outcome) verdicts() string {
	if o.Failure() == "" {
		return fmt.Sprintf("passed: %s\n", o.Report.Reason)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "FAILED %s\n", oneLine(o.Failure()))
	if o.Report != nil {
		fmt.Fprintf(&b, "history: %v: %s\n", o.Report.Verdict, o.Report.Reason)
		for _, j := range o.Report.Judgements {
			fmt.Fprintf(&b, "  %-12s %-20s %4d operations  %-12v  %s\n", j.Judge, j.Scope, j.Operations, j.Verdict, j.Comment)
		}
		if o.Report.Counterexample != nil {
			fmt.Fprintln(&b, o.Report.Counterexample)
		}
	}
	return b.String()
}

// Sections lists the archive's files, in order.
func (f *File) sections() []section {
	meta, err := json.MarshalIndent(f.Meta, "", "  ")
	if err != nil {
		panic(err) // of strings and numbers
	}
	name := "trace.ndjson"
	if strings.Count(f.Trace, "\n") < f.TraceLines {
		name = "trace.head.ndjson"
	}
	return []section{
		{name: "meta.json", text: string(meta) + "\n"}, {name: "schedule.txt", text: f.Schedule},
		{name: "verdicts.txt", text: f.Verdicts}, {name: "ladder.txt", text: f.Ladder},
		{name: "history.ndjson", text: f.History}, {name: name, text: f.Trace},
	}
}

// String is the archive.
func (f *File) String() string {
	what := "the run passes"
	if f.Failure != "" {
		what = f.Failure
	}
	comment := fmt.Sprintf("%s\n%s\n\n%s\n\n", f.Title, what, replayCommand)
	return formatArchive(comment, f.sections())
}
