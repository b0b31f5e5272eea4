package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"multipaxos/fuzz/zoo"
)

// withPlanted builds this program with the bug, and removes it when do returns.
func withPlanted(ctx context.Context, bug zoo.Bug, do func(program string) error) (err error) {
	if _, err := os.Stat("go.mod"); err != nil {
		return fmt.Errorf("want to build in the project's folder, found no go.mod: %w", err)
	}
	dir, err := os.MkdirTemp("", "planted")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := bug.Build(ctx, ".", dir, "./checker/cmd/check")
	if err == nil {
		err = do(program)
	}
	if ctx.Err() != nil {
		err = errInterrupted // a signal ends the builder and the built, who cannot say so
	}
	return err
}

// eachBug calls do with each bug, and shows how far it is.
func eachBug(bugs []zoo.Bug, do func(zoo.Bug) error) error {
	bar := newBar("bugs", len(bugs))
	defer bar.end()
	for i, bug := range bugs {
		if err := do(bug); err != nil {
			return fmt.Errorf("%s: %w", bug.ID, err)
		}
		bar.set(i + 1)
	}
	return nil
}

// onePlanted is runPlanted of a program that prints one result.
func onePlanted[T any](ctx context.Context, program string, args ...string) (result T, err error) {
	list, err := runPlanted[T](ctx, program, args...)
	if err != nil {
		return result, err
	}
	if len(list) != 1 {
		return result, fmt.Errorf("want one result of the planted program, found %v", list)
	}
	return list[0], nil
}

// runPlanted runs a program that was built with a bug, which may find it, and reads what it prints as JSON.
func runPlanted[T any](ctx context.Context, program string, args ...string) (list []T, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // else the collector of garbage idles on the other processor
	output, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		if exit != nil {
			output = exit.Stderr
		}
		return nil, fmt.Errorf("the planted program: %w: %s", err, bytes.TrimSpace(output))
	}
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var x T
		if err := decoder.Decode(&x); err != nil {
			return nil, fmt.Errorf("want JSON of the planted program, found %q: %w", output, err)
		}
		list = append(list, x)
	}
	return list, nil
}
