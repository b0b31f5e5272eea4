package paxos

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files; commit only changes that you understand and want")

// TestScenario plays the scripts of testdata. A script is prose (lines that start with #), blocks, and empty
// lines. A block is commands, a line of dashes, and what they print. After go test -update, commit a change
// only if you understand what caused it and it is desired. The commands, after [world.commands]:
//
//	cluster 3 checkpoint=2 window=1   three formatted disks, all nodes down; slots as in Config, checkpoint is 1
//	found                             the cluster starts without a fault: N1 leads, all vote (prints the outcome only)
//	start N1 seed                     NewNode on the disk of N1; seed is optional
//	crash N2 · wipe N2                the node is gone · and then its disk too
//	invoke N2 c1#1 "add x 1"          a client's call · abandon N2 c1#1 ends it without an answer
//	deliver|drop|duplicate|leave WORDS   every message in flight of which each word is a field: the way (N1->N3,
//	                                  *->N3), the type, slot=2. "all" means all. leave says: not read on purpose
//	settle N1 N2                      deliver among these nodes (default: all) until nothing is in flight
//	fire N1 Scout                     the pending alarms of a role, by its name, what it is about (slot=2), the kind
//	inject N9->N1 Prepare bal=(5,N9) slot=1 config=2   a message out of the blue
//	status N1 Replica                 the state of a node's roles, or of one
//	expect N1 Replica slot=3          these words are in that state; expect N1 no Acceptor: it does not play it
//	expect answer c1#1 slot=2 "x=1"   a client got this; expect no WORDS: nothing like it is in flight
//	quietly COMMAND                   without the effects
//
// Under each step stand its effects: durable writes, messages sent, answers. A script fails when it leaves
// messages in flight, when one slot is decided twice with different proposals, and when an invariant panics.
func TestScenario(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files, "no scenario scripts")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got, err := play(string(want))
			if *update && err == nil {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			assert.NoError(t, err, file)
			assert.Equal(t, string(want), got, "the effects are not those of %s", file)
		})
	}
}

// play runs a script and returns it with the effects it has now. It goes on after an error, so that a broken rule
// and what comes of it are both seen; each error names its line.
func play(script string) (string, error) {
	w := &world{}
	var played strings.Builder
	var errs []error
	lines := strings.Split(strings.TrimSuffix(script, "\n"), "\n")
	if !strings.HasPrefix(lines[0], "# ") {
		return "", fmt.Errorf("line 1: want prose that says what the script is about, found %q", lines[0])
	}
	for i := 0; i < len(lines); i++ {
		played.WriteString(lines[i] + "\n")
		switch {
		case lines[i] == "" && w.printed == nil, strings.HasPrefix(lines[i], "#"):
		case lines[i] == "":
			return played.String(), fmt.Errorf("line %d: want ---- after the commands, found an empty line", i+1)
		case lines[i] == "----":
			played.WriteString(w.output())
			i = skipOutput(lines, i)
		default:
			if err := w.command(lines[i]); err != nil {
				errs = append(errs, fmt.Errorf("line %d: %s: %w", i+1, lines[i], err))
			}
		}
	}
	if w.printed != nil {
		errs = append(errs, fmt.Errorf("line %d: want ---- after the commands, found the end", len(lines)))
	}
	if len(w.flight) > 0 {
		errs = append(errs, fmt.Errorf("line %d: want every message read, dropped or left, found in flight:\n%s", len(lines), w.inFlight()))
	}
	return played.String(), errors.Join(errs...)
}

// skipOutput returns the index of the last line of the old output that follows line i.
func skipOutput(lines []string, i int) int {
	for i+1 < len(lines) && lines[i+1] != "" {
		i++
	}
	return i
}
