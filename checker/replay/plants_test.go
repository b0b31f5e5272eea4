package replay

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
	"multipaxos/fuzz/zoo"
)

const moduleRoot = "../.."

// buildPlayer builds the player of schedules with all bugs, of which play switches one on.
func buildPlayer(t *testing.T) *zoo.Together {
	player, err := zoo.BuildTogether(t.Context(), moduleRoot, t.TempDir(), "./checker/replay/testdata/player")
	require.NoError(t, err)
	return player
}

// play plays schedules with a bug, and returns what the player says and how it ended.
func play(t *testing.T, player *zoo.Together, id string, files ...string) (string, Outcome) {
	cmd, err := player.Command(t.Context(), id, files...)
	require.NoError(t, err)
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil {
		require.True(t, errors.As(err, &exit), "%v", err)
		return string(output), Outcome(exit.ExitCode())
	}
	return string(output), Fine
}

// recordWalks has TLC walk through a model, and writes a schedule of each walk.
func recordWalks(t *testing.T, dir string, e tlc.Entry, s tlc.Simulation) []string {
	files, err := Record(t.Context(), dir, specDir, e, s)
	require.NoError(t, err)
	return files
}

// noticed are planted bugs and the action at which a walk first shows each.
var noticed = map[string]string{
	"B": "ReceiveAccept", "C": "ReceivePreempted", "D": "ReceivePreempted", "L11": "Init", "L2": "ReceivePreempted",
	"L7": "FireReplicaFollowNext", "O": "ReceivePropose", "S2": "ReceivePrepare", "S3": "CrashRestart", "S5": "Invoke",
}

// TestPlants records walks with the role code as it is, and replays them with planted bugs.
func TestPlants(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the protocol with bugs")
	}
	files := recordWalks(t, t.TempDir(), Pair, tlc.Simulation{Traces: 3, Depth: 100, Seed: 1})
	files = append(files, recordWalks(t, t.TempDir(), Everything, tlc.Simulation{Traces: 2, Depth: 50, Seed: 1})...)
	player := buildPlayer(t)
	for id, action := range noticed {
		t.Run(id, func(t *testing.T) {
			first := firstMismatch(t, player, id, files)
			require.Contains(t, first, ": "+action+": code and spec differ")
			t.Log(first)
		})
	}
}

// TestAllPlants prints at which action each bug is first noticed.
func TestAllPlants(t *testing.T) {
	if !*full {
		t.Skip("takes minutes: -full")
	}
	files := recordWalks(t, t.TempDir(), Everything, tlc.Simulation{Traces: 30, Depth: 200, Seed: 1})
	files = append(files, recordWalks(t, t.TempDir(), Pair, tlc.Simulation{Traces: 40, Depth: 250, Seed: 1})...)
	all, player := zoo.Bugs(), buildPlayer(t)
	for _, b := range all {
		fmt.Printf("%-10s %s\n", b.ID, firstMismatch(t, player, b.ID, files))
	}
}

// firstMismatch replays files with a planted bug, and returns the first line that says where it was noticed.
func firstMismatch(t *testing.T, player *zoo.Together, id string, files []string) string {
	output, outcome := play(t, player, id, files...)
	for line := range strings.Lines(output) {
		if strings.Contains(line, "code and spec differ") {
			require.Equal(t, Violation, outcome)
			_, place, _ := strings.Cut(strings.TrimSpace(line), ": ")
			return place
		}
	}
	require.Equal(t, Fine, outcome)
	return "not noticed"
}
