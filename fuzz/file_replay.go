package fuzz

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"

	"multipaxos/checker/linear"
	"multipaxos/checker/whole"
)

// Replayed says what became of a filed run when it was done again.
type Replayed struct {
	Filed, Again *File
	Differences  []string // a line each; none: the run is what the file says, byte for byte
}

// Reproduced says whether the run fails, or passes, as filed, whatever else differs.
func (r Replayed) Reproduced() bool { return r.Filed.property() == r.Again.property() }

func (f *File) property() string {
	property, _, _ := strings.Cut(f.Failure, ":")
	return property
}

// Replay does the run again, on the protocol of this program, and compares.
func (f *File) Replay() (Replayed, error) {
	again, err := NewFile(f.Title, f.Bug, f.Found, f.Repro)
	if err != nil {
		return Replayed{}, err
	}
	r := Replayed{Filed: f, Again: again}
	was, is := f.sections(), again.sections()
	for i := range was {
		if line, filed, found := difference(was[i].text, is[i].text); line > 0 {
			r.Differences = append(r.Differences, fmt.Sprintf("%s:%d: filed is %q, found %q", was[i].name, line, clip(filed), clip(found)))
		}
	}
	return r, nil
}

// Save writes the file to dir/name.txtar, and Porcupine's drawing of the history to dir/name.html.
func (f *File) Save(dir, name string) (path string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(dir, name+".txtar")
	if err := whole.WriteText(path, f.String()); err != nil {
		return "", err
	}
	return path, f.draw(filepath.Join(dir, name+".html"))
}

// SaveFound is Save under a name made of the property, the schedule and the bug: what was found twice has one name, and
// nothing else that was found is lost to it.
func (f *File) SaveFound(dir string) (path string, err error) {
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, f.Schedule+f.Bug)
	return f.Save(dir, fmt.Sprintf("%s-%08x", strings.ToLower(f.property()), sum.Sum32()))
}

// draw has Porcupine draw the history.
func (f *File) draw(path string) error {
	h, err := linear.Read(strings.NewReader(f.History), "history.ndjson")
	if err != nil {
		return err
	}
	report, err := linear.Check(h, linear.Options{})
	if err != nil {
		return err
	}
	return linear.Visualize(h, report, path)
}

// File makes a File of what is left. It is an error if it does not fail again. (What clients see wrong, the specification
// sees before.)
func (s Shrunk) File(bug, title string) (*File, error) {
	r := s.Repro
	if r.Schedule != nil {
		refined := *r.Schedule
		refined.Unrefined = false // as whoever reads the file will run it
		r.Schedule = &refined
	}
	f, err := NewFile(title, bug, s.First.Command(), r)
	if err == nil && f.property() != s.Outcome.Property() && f.property() != "Refinement" {
		err = errors.New("file: want the run to fail again in " + s.Outcome.Property() + ", found " + f.Failure)
	}
	return f, err
}
