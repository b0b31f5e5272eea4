package replay

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const flawsDir = "testdata/flaws"

// flaws are the bugs of fuzz/zoo that take out the same rule as the model of Flaws.tla of that name. S1 is not quite the
// same: the plant stops a Scout that was preempted itself, and drops what waits; its shortest counterexample needs four
// ballots, which TLC does not exhaust in minutes.
var flaws = []string{"B", "C", "D", "L1", "L10", "L2", "L4", "L5", "L6", "L7", "L8", "L9", "S2", "S3", "S4", "S5"}

// onlyFlaws narrows -update down.
var onlyFlaws = flag.String("only", "", "with -update: these counterexamples, separated by commas; empty: all")

func flawFile(id string) string { return filepath.Join(flawsDir, id+".ndjson") }

// TestCounterexamplesAreCurrent has TLC find the counterexamples again. With -update it writes them.
func TestCounterexamplesAreCurrent(t *testing.T) {
	if !*full && !*update {
		t.Skip("TLC takes minutes: -full")
	}
	for _, id := range flaws {
		if *onlyFlaws != "" && !slices.Contains(strings.Split(*onlyFlaws, ","), id) {
			continue
		}
		h, b, err := Counterexample(t.Context(), specDir, entry(t, "flaw-"+strings.ToLower(id)), id)
		require.NoError(t, err)
		var text bytes.Buffer
		require.NoError(t, WriteSchedule(&text, h, b))
		if *update {
			require.NoError(t, os.MkdirAll(flawsDir, 0o755))
			require.NoError(t, os.WriteFile(flawFile(id), text.Bytes(), 0o644))
		}
		found, err := os.ReadFile(flawFile(id))
		require.NoError(t, err)
		require.Equal(t, text.String(), string(found), "%s is out of date: run go test with -update", flawFile(id))
	}
}

// TestCounterexamples plays each counterexample against the role code with the same rule taken out, which must end in
// the same violation, and against the role code as it is, whose rule must stop it.
func TestCounterexamples(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the protocol with flaws")
	}
	player := buildPlayer(t)
	for _, id := range flaws {
		t.Run(id, func(t *testing.T) {
			h := readHeader(t, flawFile(id))
			require.Equal(t, id, h.Plant)
			var output bytes.Buffer
			require.Equal(t, Fine, File(t.Context(), &output, flawFile(id)), output.String())
			require.Contains(t, output.String(), "as it must")

			text, outcome := play(t, player, id, flawFile(id))
			require.Equal(t, Violation, outcome, text)
			require.Contains(t, text, "steps, and then violates "+h.Property)
			t.Logf("refused at step %d of %d; with the plant: %s", h.Refuses, h.Steps, text)
		})
	}
}

func readHeader(t *testing.T, path string) Header {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	h, _, err := ReadSchedule(path, bytes.NewReader(text))
	require.NoError(t, err)
	return h
}
