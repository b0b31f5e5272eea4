package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz/zoo"
)

func TestShare(t *testing.T) {
	t.Chdir("../../..")
	code, stdout, stderr := check(t, "share", "--runs", "10", "alone")
	assert.Equal(t, 0, code, stderr)
	assert.Contains(t, stdout, "| alone | 485 | random schedules | 10 | ")
	code, _, stderr = check(t, "share", "--runs", "0")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "want at least 1, found 0")
	code, _, stderr = check(t, "share", "nowhere")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, `want one of [alone alonecrash pair paircrash], found "nowhere"`)
}

// A program that was built with a bug fails, and says in which step the bug shows.
func TestShareOfAPlantedBug(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program with a bug")
	}
	t.Chdir("../../..")
	bug, err := zoo.Find("S3")
	require.NoError(t, err)
	require.NoError(t, withPlanted(t.Context(), bug, func(program string) error {
		output, err := exec.CommandContext(t.Context(), program, "share", "--runs", "10", "alonecrash").CombinedOutput()
		require.ErrorContains(t, err, "exit status 1")
		require.Contains(t, string(output), "CrashRestart at N1")
		return nil
	}))
}
