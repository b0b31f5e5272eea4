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
	"time"
)

// RunDistributed checks m in TLC's distributed mode: one server, and as many worker processes of one thread each, here
// on the loopback interface. Errors are those of [Run]. On many machines the same two classes are started by hand:
// docs/spec.md.
//
// Only a pass is a verdict here: a violation ends in a *[CutOffError]; Run then shows it. Distinct is exact. Generated
// and Depth are not comparable with those of Run, and there is no coverage. CPU is that of all processes.
func RunDistributed(ctx context.Context, m Model, workers int) (Result, error) {
	if workers < 1 {
		return Result{}, fmt.Errorf("workers: expected at least 1, found %d", workers)
	}
	if hasFairness(m.Config) {
		return Result{}, &InputError{File: m.Config, Msg: "expected INIT and NEXT, found SPECIFICATION: " +
			"TLC's distributed mode ignores fairness and liveness"}
	}
	return m.prepared(ctx, func(ctx context.Context, t Toolbox, dir string) (Result, error) {
		port, err := freePort()
		if err != nil {
			return Result{}, err
		}
		return m.serve(ctx, workers, dir, func(name string, args ...string) (*exec.Cmd, error) {
			return m.distributedProcess(ctx, t, filepath.Join(dir, name), port, args)
		})
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
	if err != nil {
		stop()
		return Result{}, err
	}
	r, err := m.run(ctx, server)
	r.CPU += stop()
	return r, err
}

// javaProcess makes a Java process with a directory of the given name for its temporary files.
type javaProcess func(name string, args ...string) (*exec.Cmd, error)

// distributedProcess is one Java process, with temporary files of its own.
func (m Model) distributedProcess(ctx context.Context, t Toolbox, temporary string, port int, args []string) (*exec.Cmd,
	error) {
	if err := os.Mkdir(temporary, 0o755); err != nil {
		return nil, err
	}
	options := append(m.java(temporary), "-Djava.rmi.server.hostname=127.0.0.1",
		"-Dtlc2.tool.distributed.TLCServer.port="+strconv.Itoa(port),
		"-Dtlc2.tool.distributed.TLCWorker.threadCount=1")
	return exec.CommandContext(ctx, t.Java, slices.Concat(options, []string{"-cp", t.Jar}, args)...), nil
}

// startWorkers starts workers, which wait for their server. stop ends those that it has not sent home, and returns the
// CPU time of all.
func startWorkers(count int, java javaProcess) (stop func() time.Duration, err error) {
	var started []*exec.Cmd
	stop = func() (cpu time.Duration) {
		for _, w := range started {
			_ = w.Process.Kill()
			_ = w.Wait()
			cpu += w.ProcessState.UserTime() + w.ProcessState.SystemTime()
		}
		return cpu
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

// Distributable says whether TLC's distributed mode can judge a model: one that is expected to pass, without liveness.
// Which violation is found first depends on the workers, and TLC then exits with 0.
func Distributable(dir string, e Entry) bool {
	return e.Expect == ExpectPass && !hasFairness(filepath.Join(dir, e.Cfg))
}

// CheckDistributed runs the models that are [Distributable], files relative to dir, and compares the distinct states with
// the pinned number. An error is that of the first run without a verdict.
func CheckDistributed(ctx context.Context, dir string, entries []Entry, workers int, r Reporter) ([]Check, error) {
	r = r.oneAtATime()
	var checks []Check
	for _, e := range entries {
		if !Distributable(dir, e) {
			continue
		}
		m, err := e.model(dir, workers)
		if err != nil {
			return checks, err
		}
		m.Progress = r.progress(e)
		result, err := RunDistributed(ctx, m, workers)
		if err != nil {
			return checks, err
		}
		c := Check{Entry: e, Result: result, Failures: verdictFailures(e, result)}
		if len(c.Failures) == 0 && result.Distinct != e.Distinct {
			c.Failures = []string{fmt.Sprintf("distinct: pinned %d, found %d", e.Distinct, result.Distinct)}
		}
		checks = append(checks, c)
		r.Done(c)
	}
	return checks, nil
}
