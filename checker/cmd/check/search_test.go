package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz"
	"multipaxos/impl/sim"
)

func TestSearch(t *testing.T) {
	code, stdout, _ := check(t, "search", "--runs", "3", "--limit", "0")
	assert.Equal(t, 0, code)
	assert.Equal(t, "nothing\n", stdout)
	code, stdout, _ = check(t, "search", "--runs", "3", "--limit", "0", "--json", "--refine=false")
	assert.Equal(t, 0, code)
	assert.Contains(t, stdout, `"found":"","runs":3,`)
	code, _, stderr := check(t, "search", "--method", "luck")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, `method: want one of [uniform pct pos guided], found "luck"`)
	for flag, value := range map[string]string{"--limit": "-5s", "--runs": "-1"} {
		code, _, stderr = check(t, "search", flag, value)
		assert.Equal(t, 2, code)
		assert.Contains(t, stderr, "limit and runs: want at least 0, found")
	}
	for _, command := range []string{"methods", "shortest"} {
		code, stdout, stderr = check(t, command, "--method", "luck", "S1")
		assert.Equal(t, 2, code)
		assert.Empty(t, stdout)
		assert.Equal(t, "check: method: want one of [uniform pct pos guided], found \"luck\"\n", stderr, command)
	}
	code, _, stderr = check(t, "methods", "--runs", "0", "S1")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "want at least 1 run")
}

func TestSchedule(t *testing.T) {
	s := fuzz.Schedule{Machine: "kv", Nodes: 3, Clients: 1, Operations: 4, Acts: []sim.Act{{}, {Kind: sim.Drop}}}
	path := filepath.Join(t.TempDir(), "s.txt")
	require.NoError(t, os.WriteFile(path, []byte(s.String()), 0o644))
	code, stdout, _ := check(t, "schedule", "--explain", path)
	assert.Equal(t, 0, code)
	assert.Contains(t, stdout, "2 drop 0 ")
	assert.Contains(t, stdout, "ok      linearizable")
	t.Chdir(filepath.Dir(path))
	code, _, stderr := check(t, "schedule", "--shrink", path)
	assert.Equal(t, 0, code, stderr)
	assert.NoDirExists(t, outDir, "what passes is not filed")
	require.NoError(t, os.WriteFile(path, []byte(s.String()+"x"), 0o644))
	code, _, stderr = check(t, "schedule", path)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "want a whole last line")
}

// What was interrupted found nothing, and does not say so.
func TestInterruptedSearch(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	stderr := capture(t, &os.Stderr, func() {
		stdout := capture(t, &os.Stdout, func() { assert.Equal(t, 2, run(ctx, []string{"check", "search"})) })
		assert.Empty(t, stdout)
	})
	assert.Contains(t, stderr, "search: interrupted after 0 schedules")
}

// Bugs are planted in the source, so the folder must be that of the project.
func TestPlantedElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, command := range []string{"gallery", "zoo --hunt search", "methods", "shortest"} {
		code, _, stderr := check(t, append(strings.Fields(command), "S3")...)
		assert.Equal(t, 2, code, command)
		assert.Contains(t, stderr, "want to build in the project's folder, found no go.mod", command)
	}
}

// A device has no end: the schedule is refused when it is longer than any can be.
func TestScheduleHasAnEnd(t *testing.T) {
	code, _, stderr := check(t, "schedule", "/dev/zero")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "/dev/zero:1: want at most 16777216 bytes, found more")
	code, _, stderr = check(t, "schedule", os.DevNull)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, os.DevNull+":1: want a schedule, found an empty file")
}

// A search that found nothing counts as for ever.
func TestMedian(t *testing.T) {
	found := func(seconds ...float64) (list []searched) {
		for _, s := range seconds {
			list = append(list, searched{Found: "x", Seconds: s})
		}
		return list
	}
	assert.Equal(t, "2.00", median(found(3, 1, 2), time.Second))
	assert.Equal(t, "3.00 (3)", median(append(found(3, 1, 2), searched{Seconds: 9}, searched{Seconds: 9}), time.Second))
	assert.Equal(t, "> 1s (1)", median(append(found(1), searched{}, searched{}), time.Second))
}
