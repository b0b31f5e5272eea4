package tlc

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The tests in this file run TLC. Without Java or Maven they fail with the one line that says what to install.

const specs = "testdata/specs"

func spec(module, cfg string) Model {
	return Model{
		Module: filepath.Join(specs, module+".tla"), Config: filepath.Join(specs, cfg+".cfg"),
		Workers: 1, HeapMB: 256,
	}
}

func TestRunInputErrors(t *testing.T) {
	for _, c := range []struct{ module, cfg, want string }{
		{"Broken", "Spec", specs + "/Broken.tla:5:14: Encountered"},
		{"Unknown", "Spec", specs + "/Unknown.tla:5:18: Unknown operator: `y'."},
		{"Counter", "Typo", specs + "/Typo.cfg:3: expecting = or <-"},
		{"Nope", "Spec", specs + "/Nope.tla: no such file"},
		{"Counter", "Nope", specs + "/Nope.cfg: no such file"},
		{"Stop", "ChecksDeadlock", specs + "/ChecksDeadlock.cfg: CHECK_DEADLOCK TRUE contradicts the model: deadlock false"},
	} {
		t.Run(c.module+" "+c.cfg, func(t *testing.T) {
			t.Parallel()
			_, err := Run(t.Context(), spec(c.module, c.cfg))
			var input *InputError
			require.ErrorAs(t, err, &input)
			require.True(t, strings.HasPrefix(err.Error(), c.want), err)
		})
	}
}

func TestRunCutOff(t *testing.T) {
	endless, huge := spec("Big", "Endless"), spec("Big", "Huge")
	endless.MaxWall = 2 * time.Second
	huge.HeapMB = 48
	for _, c := range []struct {
		model Model
		want  string
	}{
		{endless, "context deadline exceeded after 2"},
		{huge, "48 MiB"}, // out of memory, or whatever else Java throws shortly before
	} {
		t.Run(filepath.Base(c.model.Config), func(t *testing.T) {
			t.Parallel()
			_, err := Run(t.Context(), c.model)
			var cut *CutOffError
			require.ErrorAs(t, err, &cut)
			require.Contains(t, err.Error(), c.want)
		})
	}
}

func TestRunWritesGraph(t *testing.T) {
	m := spec("Counter", "Counter")
	m.DotFile = filepath.Join(t.TempDir(), "graph.dot")
	var last Progress
	m.Progress = func(p Progress) { last = p }
	r, err := Run(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, Passed, r.Verdict)
	require.Equal(t, Progress{Depth: 6, Generated: 7, Distinct: 6}, last)
	require.Positive(t, r.CPU)
	graph, err := os.ReadFile(m.DotFile)
	require.NoError(t, err)
	require.Contains(t, string(graph), `[label="Wrap"`)
}

func TestRunSimulates(t *testing.T) {
	m := spec("Counter", "NeverThree")
	m.Simulate = &Simulation{Traces: 5, Depth: 10, Seed: 7}
	r, err := Run(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, InvariantViolated, r.Verdict)
	require.Len(t, r.Trace, 4)

	m.Config = filepath.Join(specs, "Counter.cfg")
	r, err = Run(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, Passed, r.Verdict)
	require.Positive(t, r.Generated)
}

func TestRunWrongJar(t *testing.T) {
	jar := filepath.Join(t.TempDir(), "empty.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o644))
	t.Setenv(JarVariable, jar)
	_, err := Run(t.Context(), spec("Counter", "Counter"))
	var cut *CutOffError
	require.ErrorAs(t, err, &cut)
	require.Contains(t, err.Error(), "tlc2.TLC")
}

func TestRunCancelled(t *testing.T) {
	toolbox, err := Find(t.Context(), os.Stderr)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := spec("Counter", "Counter")
	m.Toolbox = &toolbox
	_, err = Run(ctx, m)
	var cut *CutOffError
	require.ErrorAs(t, err, &cut)
}

func TestArgs(t *testing.T) {
	toolbox := Toolbox{Java: "java", Jar: "tlc.jar"}
	m := Model{Module: "dir/M.tla", Config: "/dir/M.cfg", Workers: 2, HeapMB: 64, Deadlock: true, Coverage: true,
		DumpFile: "/dir/states", Simulate: &Simulation{Traces: 1, Depth: 2, Seed: 3},
		ClassPath: []string{"overrides"}, Defines: []string{"a=b"}}
	args, err := m.args(toolbox, "scratch")
	require.NoError(t, err)
	require.Equal(t, "-XX:+UseParallelGC -XX:+ExitOnOutOfMemoryError -XX:+DisplayVMOutputToStderr -Djava.io.tmpdir=scratch -Duser.language=en -Duser.country=US -Xmx64m -Da=b"+
		" -cp overrides"+string(os.PathListSeparator)+"tlc.jar tlc2.TLC -tool -cleanup -fp 0 -workers 2"+
		" -metadir scratch/meta -config /dir/M.cfg -coverage 1 -dump /dir/states"+
		" -simulate num=1 -depth 2 -seed 3 M.tla", strings.Join(args, " "))

	m.DotFile = "graph.dot"
	_, err = m.args(toolbox, "scratch")
	require.ErrorContains(t, err, "one dump a run")
}
