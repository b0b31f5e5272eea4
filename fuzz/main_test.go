package fuzz

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"multipaxos/checker/usage"
)

// Go's fuzzer runs targets in processes of their own, and tells of executions, of which each may run several schedules. So
// its workers leave their tallies in the folder that this variable names, and the process that started them prints the sum.
const tallies = "FUZZ_TALLIES"

func TestMain(m *testing.M) {
	flag.Parse()
	switch {
	case set("test.fuzzworker"):
		os.Exit(work(m))
	case set("test.fuzz"):
		os.Exit(coordinate(m))
	}
	// Runs are short and leave little behind, so the collector of garbage would run all the time. The heap stays far below
	// what fuzz targets may use: TestHostileSchedulesStayWithinBounds.
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}

func set(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != f.DefValue
}

// work runs a worker of Go's fuzzer. It keeps 100 MB of its own, so the collector runs seldom enough: nine times that would
// be 900 MB of memory, and slower, because fresh memory is.
func work(m *testing.M) int {
	code := m.Run()
	if err := ran.write(filepath.Join(os.Getenv(tallies), fmt.Sprint(os.Getpid()))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return code
}

// coordinate runs Go's fuzzer and prints how many schedules its workers ran.
func coordinate(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tallies")
	if err == nil {
		err = os.Setenv(tallies, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer func() { _ = os.RemoveAll(dir) }()
	start := time.Now()
	code := m.Run()
	took, total := time.Since(start), tally{}
	if err := total.read(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if n := float64(total.Schedules); n > 0 {
		fmt.Printf("fuzz: %s complete schedules, %.0f a second, %.0f a second of one processor; each had %.1f operations, %.1f acts, %.1f steps\n",
			thousands(total.Schedules), n/took.Seconds(), n/(usage.CPU()+usage.ChildrenCPU()).Seconds(),
			float64(total.Operations)/n, float64(total.Acts)/n, float64(total.Steps)/n)
	}
	return code
}

func (c *tally) write(file string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// read sums the tallies that workers left in dir.
func (c *tally) read(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var one tally
		if err := json.Unmarshal(text, &one); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		c.sum(one)
	}
	return err
}
