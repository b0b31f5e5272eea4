// Package tlc runs TLC, the model checker of TLA+, and reads what it says.
//
// [Run] checks one model and returns its numbers, coverage and error trace. [CheckModels] runs the models listed in
// spec/models.json and compares each with its pinned result; [CheckSpec] does so for a command.
//
// TLC is started directly, without a shell, with -tool: its output then comes in frames that carry a message code.
// Source of the codes: tlc2.output.EC and tlc2.output.MP of TLC 2.18.
package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Model is one TLC run.
type Model struct {
	Module string // path of the .tla file; modules it extends are looked up beside it
	Config string // path of the .cfg file

	Workers   int           // threads; 0 is one a CPU. One worker makes error traces shortest and repeatable
	HeapMB    int           // Java heap in MiB; 0 is Java's default, a quarter of the memory
	Deadlock  bool          // report a state without successor; a CHECK_DEADLOCK in the configuration must agree
	Coverage  bool          // count how often each action fired
	DumpFile  string        // write all distinct states to this .dump file; TLC appends the suffix when it is missing
	DotFile   string        // write the state graph, edges labelled with actions, to this .dot file
	Simulate  *Simulation   // random walks instead of exhaustive search
	ClassPath []string      // jars or directories searched before TLC: Java overrides of operators
	Defines   []string      // Java system properties, each "name=value"
	Short     bool          // expect a short run: Java then compiles less, which is where most of its time would go
	MaxWall   time.Duration // kill the run after this time; 0 is never

	Progress func(Progress) // called about once a minute, and at the end; may be nil
	Output   func(string)   // called with each line that is no message of TLC's, as those of PrintT; may be nil
	Toolbox  *Toolbox       // nil: Find
}

// Simulation bounds a run of random walks.
type Simulation struct {
	Traces int // number of walks
	Depth  int // longest walk, in states
	Seed   int64
	File   string // write walk i, from 0, to this path and "_0_i"; needs one worker. Empty: nowhere
}

// Progress is how far a run has come.
type Progress struct {
	Depth                      int
	Generated, Distinct, Queue int64 // states
}

// Verdict is the outcome of a finished run.
type Verdict int

// The verdicts. NoVerdict comes only with an error.
const (
	NoVerdict Verdict = iota
	Passed
	InvariantViolated
	PropertyViolated // a temporal property: [][A]_v, liveness or refinement
	Deadlocked
	AssumptionFalse
)

func (v Verdict) String() string {
	names := []string{"no verdict", "pass", "invariant violated", "property violated", "deadlock", "assumption false"}
	return names[v]
}

// Result is what TLC found. Counts are of states; a simulation counts only Generated.
type Result struct {
	Verdict  Verdict
	Property string // name of what is violated; "Deadlock" for a deadlock

	Generated, Distinct, Queue int64
	Depth                      int // states on the longest shortest path; exact with one worker only

	Coverage []ActionCoverage // in TLC's order, empty unless asked for
	Trace    []State          // the error trace, empty without an error
	BackTo   int              // number of the state to which a trace of a liveness violation loops back; 0: no loop
	Stutters bool             // the trace of a liveness violation ends in stuttering

	Warnings  []string
	Wall, CPU time.Duration // CPU is user plus system time of the Java process
}

// ActionCoverage counts the successors an action produced, and how many of them were new.
type ActionCoverage struct {
	Action, Location    string
	Distinct, Generated int64
}

// State is one state of an error trace and the action that led to it.
type State struct {
	Number   int
	Action   string // "Init" for the first
	Location string // "line 1, col 2 to line 3, col 4 of module M"; empty for the first
	Vars     []Variable
}

// Variable is a variable and its value as TLA+ text on one line.
type Variable struct{ Name, Value string }

// CutOffError is a run that ended before TLC had an answer: killed, out of memory, crashed.
type CutOffError struct {
	Module string
	Reason string
}

func (e *CutOffError) Error() string {
	return fmt.Sprintf("%s: TLC was cut off: %s", e.Module, e.Reason)
}

// Run checks m. The error is nil exactly when TLC finished with a verdict, a violation included. Else it is an
// *[InputError] (module or configuration wrong; the Result holds the trace to an expression that cannot be evaluated),
// a *[CutOffError], or one of [Find]'s errors.
func Run(ctx context.Context, m Model) (Result, error) {
	return m.prepared(ctx, func(ctx context.Context, t Toolbox, dir string) (Result, error) {
		args, err := m.args(t, dir)
		if err != nil {
			return Result{}, err
		}
		return m.run(ctx, exec.CommandContext(ctx, t.Java, args...))
	})
}

// prepared calls run with a TLC and a directory for the files of this run, once the files of m are there and agree.
func (m Model) prepared(ctx context.Context, run func(context.Context, Toolbox, string) (Result, error)) (Result, error) {
	for _, path := range []string{m.Module, m.Config} {
		if _, err := os.Stat(path); err != nil {
			return Result{}, &InputError{File: path, Msg: "no such file"}
		}
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
	return run(ctx, toolbox, dir)
}

func (m Model) toolbox(ctx context.Context) (Toolbox, error) {
	if m.Toolbox != nil {
		return *m.Toolbox, nil
	}
	return Find(ctx, os.Stderr)
}

// args is the command line. Each run has its own directory for Java's temporary files too: SANY unpacks the standard
// modules there under fixed names, so that two runs would disturb each other. A fixed fingerprint function and an
// English locale make the output repeatable.
func (m Model) args(t Toolbox, dir string) ([]string, error) {
	args := m.java(dir)
	classPath := strings.Join(append(append([]string{}, m.ClassPath...), t.Jar), string(os.PathListSeparator))
	workers := m.Workers
	if workers == 0 {
		workers = runtime.NumCPU()
	}
	config, err := filepath.Abs(m.Config)
	if err != nil {
		return nil, err
	}
	args = append(args, "-cp", classPath, "tlc2.TLC", "-tool", "-cleanup", "-fp", "0",
		"-workers", strconv.Itoa(workers), "-metadir", filepath.Join(dir, "meta"), "-config", config)
	options, err := m.options()
	if err != nil {
		return nil, err
	}
	return append(append(args, options...), filepath.Base(m.Module)), nil
}

// java are the options of a Java process with its temporary files in dir. When memory runs out, Java is to end and say so on
// the standard error: TLC would go on for a while, and sometimes for ever.
func (m Model) java(dir string) []string {
	options := []string{"-XX:+UseParallelGC", "-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr",
		"-Djava.io.tmpdir=" + dir, "-Duser.language=en", "-Duser.country=US"}
	if m.HeapMB > 0 {
		options = append(options, fmt.Sprintf("-Xmx%dm", m.HeapMB))
	}
	if m.Short {
		options = append(options, "-XX:TieredStopAtLevel=1")
	}
	for _, d := range m.Defines {
		options = append(options, "-D"+d)
	}
	return options
}

// options are the switches that m asks for.
func (m Model) options() ([]string, error) {
	var args []string
	if !m.Deadlock {
		args = append(args, "-deadlock") // sic: this switches the check off
	}
	if m.Coverage {
		args = append(args, "-coverage", "1")
	}
	if m.DumpFile != "" && m.DotFile != "" {
		return nil, errors.New("TLC writes one dump a run: DumpFile and DotFile are both set")
	}
	if file := m.DumpFile + m.DotFile; file != "" {
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		args = append(args, "-dump")
		if m.DotFile != "" {
			args = append(args, "dot,actionlabels")
		}
		args = append(args, path)
	}
	if s := m.Simulate; s != nil {
		bounds := fmt.Sprintf("num=%d", s.Traces)
		if s.File != "" {
			path, err := filepath.Abs(s.File)
			if err != nil {
				return nil, err
			}
			bounds = "file=" + path + "," + bounds
		}
		args = append(args, "-simulate", bounds,
			"-depth", strconv.Itoa(s.Depth), "-seed", strconv.FormatInt(s.Seed, 10))
	}
	return args, nil
}

func (m Model) run(ctx context.Context, cmd *exec.Cmd) (Result, error) {
	cmd.Dir = filepath.Dir(m.Module)
	stderr := &head{}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Result{}, err
	}
	start := time.Now() // reported, never judged
	if err := cmd.Start(); err != nil {
		return Result{}, &CutOffError{Module: m.Module, Reason: err.Error()}
	}
	p := parser{progress: m.Progress, output: m.Output, cfg: m.Config, module: m.Module}
	readErr := readMessages(stdout, p.handle)
	if readErr != nil {
		_, _ = io.Copy(io.Discard, stdout) // let TLC end
	}
	waitErr := cmd.Wait()
	p.result.Wall = time.Since(start)
	p.result.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err := m.cutOff(ctx, &p, readErr, waitErr, stderr.String()); err != nil {
		return p.result, err
	}
	return p.verdict(m, cmd.ProcessState.ExitCode())
}

// cutOff returns an error unless TLC itself said that it had finished.
func (m Model) cutOff(ctx context.Context, p *parser, readErr, waitErr error, stderr string) error {
	reason := ""
	switch code := p.problem.code; {
	case ctx.Err() != nil:
		reason = fmt.Sprintf("%v after %s", context.Cause(ctx), p.result.Wall.Round(time.Millisecond))
	case outOfMemory.MatchString(stderr + p.problem.text), code == codeOutOfMemory,
		code == codeOutOfMemoryInit, code == codeOutOfMemoryLiveness:
		reason = fmt.Sprintf("Java ran out of memory (heap %s)", m.heap())
	case p.problem.code == codeException && internalError.MatchString(oneLine(p.problem.text)):
		reason = fmt.Sprintf("%s, perhaps because its heap (%s) is too small", internalError.FindString(oneLine(p.problem.text)), m.heap())
	case readErr != nil:
		reason = readErr.Error()
	case !p.finished && p.problem.text != "":
		reason = oneLine(p.problem.text)
	case !p.finished && waitErr != nil:
		reason = oneLine(fmt.Sprintf("%v %s", waitErr, firstLine(stderr)))
	case !p.finished:
		reason = "no 'finished' message"
	default:
		return nil
	}
	return &CutOffError{Module: m.Module, Reason: reason}
}

// outOfMemory matches what Java says when its heap is full. TLC may wrap it in an error about the specification.
var outOfMemory = regexp.MustCompile(`OutOfMemoryError|GC overhead limit exceeded|Java heap space`)

// internalError matches exceptions of Java's that say nothing of the specification: those without a message, and errors of
// the virtual machine. Near the end of its memory it throws any of them.
var internalError = regexp.MustCompile(`java\.lang\.(\w+Error\b.*|\w+$)`)

func (m Model) heap() string {
	if m.HeapMB == 0 {
		return "Java's default"
	}
	return fmt.Sprintf("%d MiB", m.HeapMB)
}

// verdict decides what a finished run says. A pass needs every sign of it.
func (p *parser) verdict(m Model, exitCode int) (Result, error) {
	complete := p.noError && p.hasStats && p.result.Queue == 0 || m.Simulate != nil
	switch {
	case p.problem.code != 0:
		p.result.Verdict = NoVerdict
		return p.result, p.inputError()
	case p.result.Verdict != NoVerdict && exitCode != 0:
		if p.result.Verdict == PropertyViolated {
			p.nameProperty()
		}
		return p.result, nil
	case p.result.Verdict == NoVerdict && exitCode == 0 && complete:
		p.result.Verdict = Passed
		return p.result, nil
	}
	reason := fmt.Sprintf("contradiction: exit code %d, verdict %q, %d states left on queue",
		exitCode, p.result.Verdict, p.result.Queue)
	p.result.Verdict = NoVerdict
	return p.result, &CutOffError{Module: m.Module, Reason: reason}
}

// nameProperty names a violated temporal property: TLC names none, or gives the name or the position of a conjunct.
// When the configuration lists a single property it is that one.
func (p *parser) nameProperty() {
	if names := configProperties(p.cfg); len(names) == 1 {
		p.result.Property = names[0]
	}
}

// head keeps the first 64 KiB written to it.
type head struct{ bytes.Buffer }

func (t *head) Write(b []byte) (int, error) {
	if room := 64<<10 - t.Len(); room > 0 {
		t.Buffer.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

// firstLine is the first line that says something: Java begins by telling which options it found in the environment.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "NOTE: Picked up") && !strings.HasPrefix(line, "Picked up") {
			return line
		}
	}
	return ""
}
