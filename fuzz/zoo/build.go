package zoo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
)

// Build compiles a program of the module, "./checker/cmd/check", with the bug, into dir. It returns the program's path.
func (b Bug) Build(ctx context.Context, moduleRoot, dir, program string) (string, error) {
	return b.compile(ctx, moduleRoot, filepath.Join(dir, path.Base(program)), program, "build")
}

// BuildTest compiles the tests of a package of the module with the bug, into dir.
func (b Bug) BuildTest(ctx context.Context, moduleRoot, dir, pkg string) (string, error) {
	return b.compile(ctx, moduleRoot, filepath.Join(dir, path.Base(pkg)+".test"), pkg, "test", "-c")
}

func (b Bug) compile(ctx context.Context, moduleRoot, to, pkg string, verb ...string) (string, error) {
	overlay, err := b.Overlay(moduleRoot, filepath.Dir(to))
	if err != nil {
		return "", err
	}
	return to, compile(ctx, moduleRoot, "bugs/"+b.ID+".diff", overlay, to, pkg, verb...)
}

// compile runs go. The error says what does not compile.
func compile(ctx context.Context, moduleRoot, what, overlay, to, pkg string, verb ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(verb, "-ldflags=-s -w", "-overlay", overlay, "-o", to, pkg)...)
	cmd.Dir = moduleRoot
	output, err := cmd.CombinedOutput()
	switch exit := new(exec.ExitError); {
	case err == nil:
		return nil
	case errors.As(err, &exit) && ctx.Err() == nil:
		return fmt.Errorf("zoo: %s does not compile, so it proves nothing: %w\n%s", what, err, bytes.TrimSpace(output))
	}
	return fmt.Errorf("zoo: to compile %s: %w", what, cmp.Or(ctx.Err(), err))
}
