package replay

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
	"multipaxos/fuzz/plant"
)

const moduleRoot = "../.."

// player builds the player of schedules, with a planted bug unless id is empty.
func player_(t *testing.T, id string) string {
	path := filepath.Join(t.TempDir(), "player")
	args := []string{"build", "-ldflags=-s -w", "-o", path}
	if id != "" {
		bug, err := plant.Find(id)
		require.NoError(t, err)
		overlay, err := bug.Overlay(moduleRoot, t.TempDir())
		require.NoError(t, err)
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, "./checker/replay/testdata/player")...)
	cmd.Dir = moduleRoot
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "the plant does not compile, so it proves nothing:\n%s", output)
	return path
}

// play runs a player and returns what it says and its exit code.
func play(t *testing.T, player string, files ...string) (string, Outcome) {
	output, err := exec.Command(player, files...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil {
		require.True(t, errors.As(err, &exit), "%v", err)
		return string(output), Outcome(exit.ExitCode())
	}
	return string(output), Fine
}

// record has TLC walk through models, and writes a schedule of each walk.
func record_(t *testing.T, dir string, e tlc.Entry, s tlc.Simulation) {
	n := 0
	_, err := Simulate(t.Context(), specDir, e, s, func(h Header, b *Behaviour) error {
		n++
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%03d.ndjson", e.Name, n)))
		if err != nil {
			return err
		}
		return errors.Join(WriteSchedule(file, h, b), file.Close())
	})
	require.NoError(t, err)
}

func TestDevRecord(t *testing.T) {
	dir := os.Getenv("REPLAY_DIR")
	if dir == "" {
		t.Skip()
	}
	record_(t, dir, everything, tlc.Simulation{Traces: 30, Depth: 200, Seed: 1})
	for _, name := range []string{"crash", "ballots", "gap", "clientscrash", "welcome", "ask"} {
		e := entry(t, name)
		e.Cover = []string{"ReceiveDecision"}[:0]
		n := 0
		_, err := Simulate(t.Context(), specDir, e, tlc.Simulation{Traces: 100, Depth: 60, Seed: 1}, func(h Header, b *Behaviour) error {
			n++
			file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%03d.ndjson", e.Name, n)))
			if err != nil {
				return err
			}
			return errors.Join(WriteSchedule(file, h, b), file.Close())
		})
		t.Log(name, err)
	}
}

func TestDevPlants(t *testing.T) {
	dir := os.Getenv("REPLAY_PLANTS")
	if dir == "" {
		t.Skip()
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	all, err := plant.Load()
	require.NoError(t, err)
	for _, b := range all {
		output, outcome := play(t, player_(t, b.ID), files...)
		first, models := "", map[string]int{}
		for line := range strings.Lines(output) {
			if strings.Contains(line, "code and spec differ") {
				if first == "" {
					first = strings.TrimSpace(line)
				}
				models[strings.Split(filepath.Base(line), "-")[0]]++
			}
		}
		t.Log(b.ID, outcome, models, first)
	}
}
