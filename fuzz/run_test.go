package fuzz

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// Always: every verdict is good. Sometimes: voters are lost, steps torn, gaps filled, laggards welcomed.
func TestASoakPasses(t *testing.T) {
	result, err := Soak(context.Background(), SoakOptions{Scenario: SoakScenario, First: 1, Last: 60, Workers: 2})
	require.NoError(t, err)
	if result.Failure != nil {
		require.Fail(t, result.Failure.Failure(), result.Failure.Command())
	}
	assert.Equal(t, 60, result.Runs)
	total := result.Total
	for name, count := range map[string]int{
		"crashes": total.Crashes, "torn steps": total.TornSteps, "lost disks": total.Wiped, "no-ops": total.Noops,
		"elections": total.Elections - result.Runs, "welcomes": total.Welcomes - 4*result.Runs, "partitions": total.Partitions,
	} {
		assert.Positive(t, count, name)
	}
}

// Every size from one to five is soaked, with either machine.
func TestASoakRunsEverySize(t *testing.T) {
	sizes := map[string]int{}
	for seed := range uint64(60) {
		s := SoakScenario(seed)
		sizes[fmt.Sprintf("%d %s", s.Nodes, s.Machine)]++
	}
	assert.Equal(t, map[string]int{
		"1 bank": 1, "2 bank": 1, "3 bank": 12, "4 bank": 1, "5 bank": 12,
		"1 kv": 1, "2 kv": 1, "3 kv": 15, "4 kv": 1, "5 kv": 15,
	}, sizes)
}

// Every way to checkpoint is soaked, as often as any other, and the command that runs a seed again says which.
func TestASoakRunsEveryWindow(t *testing.T) {
	ways := map[[2]int]int{}
	for seed := range uint64(256) {
		s := SoakScenario(seed)
		ways[[2]int{s.Checkpoint, s.Window}]++
		if flags := fmt.Sprintf(" --checkpoint %d --window %d ", s.Checkpoint, s.Window); s.Checkpoint+s.Window > 0 {
			require.Contains(t, s.Command(), flags)
		}
	}
	for _, checkpoint := range windows {
		for _, window := range windows {
			assert.Equal(t, 16, ways[[2]int{checkpoint, window}], "checkpoint %d, window %d", checkpoint, window)
		}
	}
}

// forgetful is an Acceptor that answers before it has written, and so does not write at all.
type forgetful struct{ *paxos.Acceptor }

func (f forgetful) Deliver(out *paxos.Out, from paxos.Address, m paxos.Message) {
	writes := len(out.Writes)
	f.Acceptor.Deliver(out, from, m)
	out.Writes = out.Writes[:writes]
}

// A fault that is planted through a role's constructor is found, stops the soak, and is found again by its command.
func TestASoakFindsAForgetfulAcceptor(t *testing.T) {
	planted := func(seed uint64) Scenario {
		s := SoakScenario(seed)
		s.Roles = paxos.DefaultRoles()
		s.Roles.Acceptor = func(n *paxos.Node, d *paxos.Durable) paxos.Role {
			return forgetful{paxos.NewAcceptor(n, d)}
		}
		return s
	}
	result, err := Soak(context.Background(), SoakOptions{Scenario: planted, First: 1, Last: 200, Workers: 2})
	require.NoError(t, err)
	require.NotNil(t, result.Failure, "200 seeds did not find it")
	t.Logf("seed %d: %s", result.Failure.Seed, result.Failure.Failure())

	again, files, err := RunAndSave(planted(result.Failure.Seed), t.TempDir(), nil)
	require.NoError(t, err)
	assert.Equal(t, result.Failure.Failure(), again.Failure())
	assert.FileExists(t, files.Trace)
	assert.FileExists(t, files.Ladder)
}

// The same scenario leaves the same files. (Not the HTML: the visualizer orders some of it by chance.)
func TestSavedRunsAreDeterministic(t *testing.T) {
	s := Scenario{Machine: "bank", Nodes: 5, Clients: 10, Operations: 200, Faults: sim.AllFaults(), Seed: 3}
	sum := func() map[string][32]byte {
		progress := 0.0
		outcome, files, err := RunAndSave(s, filepath.Join(t.TempDir(), "run"), func(done float64) { progress = done })
		require.NoError(t, err)
		require.Empty(t, outcome.Failure())
		assert.Greater(t, progress, 0.9)
		sums := map[string][32]byte{}
		for name, path := range map[string]string{
			"trace": files.Trace, "history": files.History, "ladder": files.Ladder,
		} {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotEmpty(t, content)
			sums[name] = sha256.Sum256(bytes.ReplaceAll(content, []byte(files.Dir), []byte("DIR")))
		}
		return sums
	}
	assert.Equal(t, sum(), sum())
}

// A run takes the place of the one before when it is done, and not when it is refused; and shares its folder with no other.
func TestSavedRunsAreWhole(t *testing.T) {
	dir, s := t.TempDir(), Scenario{Machine: "kv", Nodes: 1, Clients: 1, Operations: 2}
	_, files, err := RunAndSave(s, dir, nil)
	require.NoError(t, err)
	before, err := os.ReadFile(files.Trace)
	require.NoError(t, err)

	_, _, err = RunAndSave(Scenario{Machine: "kv"}, dir, nil)
	require.EqualError(t, err, "nodes: want 1 to 63, found 0")
	after, err := os.ReadFile(files.Trace)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))

	unlock, err := lock(dir)
	require.NoError(t, err)
	_, _, err = RunAndSave(s, dir, nil)
	require.ErrorContains(t, err, dir+": want a directory that no other run writes to")
	unlock()

	left := files.Trace + ".1.partial"
	require.NoError(t, os.WriteFile(left, nil, 0o644))
	_, _, err = RunAndSave(s, dir, nil)
	require.NoError(t, err)
	assert.NoFileExists(t, left)
}

func TestBadScenariosAreRefused(t *testing.T) {
	for want, s := range map[string]Scenario{
		`machine: want one of [bank kv], found "stack"`: {Machine: "stack", Nodes: 3, Clients: 1, Operations: 1},
		"nodes: want 1 to 63, found 0":                  {Machine: "kv", Clients: 1, Operations: 1},
		"clients: want 1 to 100000, found 100001":       {Machine: "kv", Nodes: 3, Clients: 100001, Operations: 1},
		"checkpoint and window: want 0 to 1073741824, found 9223372036854775807 and 0": {
			Machine: "kv", Nodes: 3, Clients: 1, Operations: 1, Checkpoint: math.MaxInt64},
		"faults: loss: want a probability from 0 to 1, found 2": {Machine: "kv", Nodes: 3, Clients: 1, Operations: 1, Faults: sim.Faults{Loss: 2}},
	} {
		_, err := Run(s, nil, nil)
		assert.EqualError(t, err, want)
	}
}
