package proof

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"multipaxos/checker/toolbox"
)

// solver is a z3 that works.
type solver struct {
	path    string
	version string
}

// findSolver returns z3, installing it where that is possible. Its error is a *[toolbox.MissingToolError].
func findSolver(ctx context.Context, host toolbox.Host) (solver, error) {
	path, err := host.Command(ctx, "z3", "z3", "z3 4.8.12 or newer")
	if err != nil {
		return solver{}, err
	}
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if ctx.Err() != nil {
		return solver{}, context.Cause(ctx)
	}
	fields := strings.Fields(string(out))
	if err != nil || len(fields) < 3 || fields[0] != "Z3" || fields[1] != "version" {
		hint := fmt.Sprintf("--version: want Z3 version ..., found %q (%v)", toolbox.LastLine(out), err)
		return solver{}, &toolbox.MissingToolError{Tool: path, Hint: hint}
	}
	return solver{path: path, version: fields[2]}, nil
}

// outputLimit is more than any answer takes.
const outputLimit = 4 << 20

// ask runs z3 on a file. Without a plain answer there is an error. A sat of a file that asks for values comes with them.
func (s solver) ask(ctx context.Context, file string, timeout time.Duration) (Answer, string, error) {
	// z3 keeps to its own timeout; the context is for one that does not.
	ctx, cancel := context.WithTimeout(ctx, timeout+timeout/2)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.path, "-smt2", fmt.Sprintf("-t:%d", timeout.Milliseconds()), file)
	stdout := &limited{}
	cmd.Stdout, cmd.Stderr = stdout, stdout
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() == context.DeadlineExceeded {
		return Timeout, "", nil
	}
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	first, rest, _ := strings.Cut(stdout.String(), "\n")
	switch answer := Answer(strings.TrimSpace(first)); answer {
	case Unsat:
		return plain(answer, rest, err)
	case Sat:
		if err == nil && !strings.HasPrefix(rest, "(error") {
			return Sat, rest, nil
		}
	case Unknown, Timeout:
		return answer, "", nil
	}
	return "", "", fmt.Errorf("z3: want unsat, sat, unknown or timeout, found %q (%v)", shorten(stdout.String()), err)
}

// plain is an unsat and nothing else, but for the complaint that there are no values.
func plain(answer Answer, rest string, err error) (Answer, string, error) {
	complaint := strings.TrimSpace(rest)
	noValues := strings.Contains(complaint, "model is not available") && !strings.Contains(complaint, "\n")
	if complaint == "" && err == nil || noValues {
		return answer, "", nil
	}
	return "", "", fmt.Errorf("z3: want unsat and nothing else, found %q (%v)", shorten(string(answer)+" "+complaint), err)
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// limited keeps what is written to it up to outputLimit.
type limited struct{ bytes.Buffer }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > outputLimit {
		return 0, io.ErrShortWrite
	}
	return l.Buffer.Write(b)
}
