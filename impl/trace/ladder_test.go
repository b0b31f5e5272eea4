package trace

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"multipaxos/impl/paxos"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files: only if you understand the change")

// golden compares found with a file of testdata.
func golden(t *testing.T, name, found string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(found), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), found)
}

// tiny is the run that the golden files show: three nodes found a cluster and execute one command; then a message
// is duplicated, a copy is lost, N3 crashes, loses its disk and starts again, and N1 crashes in the middle of a step
// and starts again.
func tiny(t testing.TB) string {
	var b bytes.Buffer
	c := newCluster(&b, 3, 4)
	for _, a := range c.cfg.Members {
		c.start(a)
	}
	for c.nodes[3].Replica == nil {
		c.next()
	}
	c.invoke(1, 1, 1, "deposit")
	for c.nodes[3].Replica.Slot < 2 {
		c.next()
	}
	c.rec.Fault(c.now, 2, "its clock is slow")
	c.invoke(3, 2, 1, "transfer")
	c.rec.Duplicate(c.now, c.lastID)
	c.rec.Lose(c.now, c.lastID, "loss")
	c.cancel(3, 2, 1)
	c.crash(3, "")
	c.rec.Wipe(c.now, 3)
	delete(c.disks, 3)
	c.start(3)
	c.nodes[1].Invoke(3, 1, "get", &c.out)
	c.finish(c.nodes[1], Cause{Action: "RequesterSendInvoke", Command: &Command{3, 1, "get"}}, 0)
	c.crash(1, "the disk kept all")
	c.start(1)
	c.next()
	require.NoError(t, c.rec.Close(c.now))
	return b.String()
}

// TestGoldenTrace pins the format.
func TestGoldenTrace(t *testing.T) {
	text := tiny(t)
	golden(t, "tiny.ndjson", text)
	r, err := Read(strings.NewReader(text), "tiny")
	require.NoError(t, err)
	summary, err := Validate(r)
	require.NoError(t, err)
	golden(t, "tiny.summary", summary.String())
}

func ladderOf(t *testing.T, text string, o Options) string {
	r, err := Read(strings.NewReader(text), "run")
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, Ladder(&b, r, o))
	return b.String()
}

func TestGoldenLadder(t *testing.T) {
	text := tiny(t)
	golden(t, "tiny.ladder", ladderOf(t, text, Options{}))
	golden(t, "tiny.brief.ladder", ladderOf(t, text, Options{Brief: true}))
}

// TestLadderParts shows parts of a run, and that the width holds.
func TestLadderParts(t *testing.T) {
	text := recordedRun(t, 7, 1, 3000, true)
	for _, line := range strings.Split(ladderOf(t, text, Options{}), "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 120, line)
	}
	require.Equal(t, 2+3, strings.Count(ladderOf(t, text, Options{FromSeq: 10, ToSeq: 12, Brief: true}), "\n"))
	part := ladderOf(t, text, Options{From: time.Second, To: 20 * time.Second, Nodes: []paxos.Address{2, 3}, Brief: true})
	require.Greater(t, strings.Count(part, "\n"), 20)
	require.NotContains(t, part, "N1->N4")
	require.Empty(t, ladderOf(t, text, Options{From: time.Hour}))
	for n := range 63 {
		require.NotPanics(t, func() { newLadder(&bytes.Buffer{}, testHeader(n+1), Options{}).title() })
	}
}
