// Package toolbox finds the programs of others that checks run, and on a Debian installs what is missing.
package toolbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// MissingToolError says which program is missing and how to get it.
type MissingToolError struct{ Tool, Hint string }

func (e *MissingToolError) Error() string { return fmt.Sprintf("%s: %s", e.Tool, e.Hint) }

// Host is what Command looks at, so that tests can show it other machines.
type Host struct {
	For       string    // who asks; begins each line of Log
	Log       io.Writer // is told what gets installed
	OSRelease string    // path of os-release(5)
	UID       int
}

// ThisHost is the machine this runs on.
func ThisHost(who string, log io.Writer) Host {
	return Host{For: who, Log: log, OSRelease: "/etc/os-release", UID: os.Getuid()}
}

// Command returns the path of a program, and installs its Debian package when it may: on a Debian, or a descendant of
// it, as root. what names the program in the error, which is a *[MissingToolError], or that of ctx.
func (h Host) Command(ctx context.Context, name, debianPackage, what string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	missing := &MissingToolError{Tool: name, Hint: "not found: install " + what + " and put it on PATH"}
	if !h.debian() {
		return "", missing
	}
	if h.UID != 0 {
		missing.Hint = fmt.Sprintf("not found: install %s (as root: apt-get install %s)", what, debianPackage)
		return "", missing
	}
	if err := h.aptInstall(ctx, debianPackage); err != nil {
		missing.Hint = fmt.Sprintf("not found, and apt-get install %s failed: %v", debianPackage, err)
		return "", missing
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", missing
	}
	return path, nil
}

// debian reports whether the machine is a Debian or one of its descendants.
func (h Host) debian() bool {
	text, err := os.ReadFile(h.OSRelease)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "ID" && key != "ID_LIKE" {
			continue
		}
		for _, id := range strings.Fields(strings.Trim(value, `"'`)) {
			if id == "debian" || id == "ubuntu" {
				return true
			}
		}
	}
	return false
}

func (h Host) aptInstall(ctx context.Context, pkg string) error {
	_, _ = fmt.Fprintf(h.Log, "%s: installing %s with apt-get\n", h.For, pkg)
	for _, args := range [][]string{{"update", "-q"}, {"install", "-q", "-y", "--no-install-recommends", pkg}} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w %s", args[0], err, LastLine(out))
		}
	}
	return nil
}

// LastLine is the last line of a program's output that is not empty.
func LastLine(out []byte) string {
	out = bytes.TrimSpace(out)
	return string(out[bytes.LastIndexByte(out, '\n')+1:])
}
