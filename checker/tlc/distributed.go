package tlc

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// RunDistributed checks m in TLC's distributed mode: one server, and as many worker processes of one thread each, here
// on the loopback interface. Errors are those of [Run].
//
// Only a pass is a verdict here: a violation ends in a *[CutOffError]; Run then shows it. Distinct is exact. Generated and Depth are not comparable with those of Run, and there is no coverage. On many
// machines start the same two classes by hand, the workers with the server's name in place of 127.0.0.1.
func RunDistributed(ctx context.Context, m Model, workers int) (Result, error) {
	if workers < 1 {
		return Result{}, fmt.Errorf("workers: expected at least 1, found %d", workers)
	}
	for _, path := range []string{m.Module, m.Config} {
		if _, err := os.Stat(path); err != nil {
			return Result{}, &InputError{File: path, Msg: "no such file"}
		}
	}
	if hasFairness(m.Config) {
		return Result{}, &InputError{File: m.Config, Msg: "expected INIT and NEXT, found SPECIFICATION: " +
			"TLC's distributed mode ignores fairness and liveness"}
	}
	if err := m.checkDeadlock(); err != nil {
		return Result{}, err
	}
	toolbox, err := m.toolbox(ctx)
	if err != nil {
		return Result{}, err
	}
	dir, err := os.MkdirTemp("", "tlc-")
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if m.MaxWall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, m.MaxWall)
		defer cancel()
	}
	port, err := freePort()
	if err != nil {
		return Result{}, err
	}
	return m.serve(ctx, workers, dir, func(name string, args ...string) (*exec.Cmd, error) {
		return m.distributedProcess(ctx, toolbox, filepath.Join(dir, name), port, args)
	})
}

// hasFairness says that a configuration may ask for liveness, which TLC's distributed mode passes over in silence: a
// formula of its own can be fair, and INIT with NEXT cannot, without which no liveness property holds.
func hasFairness(config string) bool { return len(configWords(config, "SPECIFICATION")) > 0 }

// serve runs the server, with workers, and reads what it says.
func (m Model) serve(ctx context.Context, workers int, dir string, java javaProcess) (Result, error) {
	config, err := filepath.Abs(m.Config)
	if err != nil {
		return Result{}, err
	}
	args := []string{"tlc2.tool.distributed.TLCServer", "-tool", "-metadir", filepath.Join(dir, "meta"), "-config", config}
	if !m.Deadlock {
		args = append(args, "-deadlock") // sic: this switches the check off
	}
	server, err := java("server", append(args, filepath.Base(m.Module))...)
	if err != nil {
		return Result{}, err
	}
	stop, err := startWorkers(workers, java)
	defer stop()
	if err != nil {
		return Result{}, err
	}
	return m.run(ctx, server)
}

// javaProcess makes a Java process with a directory of the given name for its temporary files.
type javaProcess func(name string, args ...string) (*exec.Cmd, error)

// distributedProcess is one Java process, with temporary files of its own.
func (m Model) distributedProcess(ctx context.Context, t Toolbox, temporary string, port int, args []string) (*exec.Cmd,
	error) {
	if err := os.Mkdir(temporary, 0o755); err != nil {
		return nil, err
	}
	options := []string{"-XX:+UseParallelGC", "-Djava.io.tmpdir=" + temporary, "-Duser.language=en", "-Duser.country=US",
		"-Djava.rmi.server.hostname=127.0.0.1",
		"-Dtlc2.tool.distributed.TLCServer.port=" + strconv.Itoa(port),
		"-Dtlc2.tool.distributed.TLCWorker.threadCount=1"}
	if m.HeapMB > 0 {
		options = append(options, fmt.Sprintf("-Xmx%dm", m.HeapMB))
	}
	return exec.CommandContext(ctx, t.Java, slices.Concat(options, []string{"-cp", t.Jar}, args)...), nil
}

// startWorkers starts workers, which wait for their server. stop ends those that it has not sent home.
func startWorkers(count int, java javaProcess) (stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, w := range started {
			_ = w.Process.Kill()
			_ = w.Wait()
		}
	}
	for i := range count {
		w, err := java(fmt.Sprintf("worker%d", i), "tlc2.tool.distributed.TLCWorker", "127.0.0.1")
		if err != nil {
			return stop, err
		}
		if err := w.Start(); err != nil {
			return stop, err
		}
		started = append(started, w)
	}
	return stop, nil
}

// freePort is a port of the loopback interface that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// CheckDistributed runs the models that are expected to pass, but for those of liveness, files relative to dir, and compares the distinct states
// with the pinned number. It calls done, which may be nil, after each.
func CheckDistributed(ctx context.Context, dir string, entries []Entry, workers int, done func(Check)) ([]Check, error) {
	var checks []Check
	for _, e := range entries {
		if e.Expect != ExpectPass || hasFairness(filepath.Join(dir, e.Cfg)) {
			continue // which violation is found first depends on the workers, and TLC here exits 0 for it
		}
		result, err := RunDistributed(ctx, e.model(dir), workers)
		if err != nil {
			return checks, err
		}
		c := Check{Entry: e, Result: result, Failures: verdictFailures(e, result)}
		if len(c.Failures) == 0 && result.Distinct != e.Distinct {
			c.Failures = []string{fmt.Sprintf("distinct: pinned %d, found %d", e.Distinct, result.Distinct)}
		}
		checks = append(checks, c)
		if done != nil {
			done(c)
		}
	}
	return checks, nil
}
