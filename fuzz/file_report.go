package fuzz

import (
	"errors"
	"os"
	"path/filepath"
)

// reportBudget is what Report spends on shrinking: about a second. A fuzzer reports each input that it makes smaller.
const reportBudget = 1_000_000

// Report fails a test because of an outcome, after it made the schedule small and filed it in histories/out. The text
// names the file and the command that does it again.
func Report(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, o *Outcome, s Schedule) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatalf("%s\nnot filed: %v\n%v", o.Failure(), err, s)
		return
	}
	path, err := fileSchedule(s, o.Property(), filepath.Join(root, "histories", "out"))
	if err != nil {
		t.Fatalf("%s\nnot filed: %v\n%v", o.Failure(), err, s)
		return
	}
	t.Fatalf("%s\nreproduce it with\n  go run ./checker/cmd/check replay %s", o.Failure(), filepath.ToSlash(filepath.Join("histories", "out", filepath.Base(path))))
}

// fileSchedule makes a schedule that breaks the property small and files it below dir.
func fileSchedule(s Schedule, property, dir string) (path string, err error) {
	small, err := ShrinkSchedule(s, ShrinkOptions{Budget: reportBudget, Property: property})
	if err != nil {
		return "", err
	}
	f, err := small.File("", small.Outcome.Property()+" broken, found by a fuzzer")
	if err != nil {
		return "", err
	}
	return f.SaveFound(dir)
}

// moduleRoot is the directory of go.mod, from here upwards.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("want a go.mod in a directory above, found none")
		}
		dir = up
	}
	return "", err
}
