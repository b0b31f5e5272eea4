package coverage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"multipaxos/checker/replay"
	"multipaxos/checker/tlc"
)

// Sources are what reaches branches, in the order of the table's columns. The tests of the role code count for nothing:
// they show which branches only a test reaches.
var Sources = []string{"soak", "fuzz", "explorer", "replay", "tests"}

// Options say how much runs.
type Options struct {
	Root     string // the directory of go.mod
	Short    bool   // under a minute of CPU
	Progress io.Writer
}

// amount is how much of each source runs.
type amount struct {
	seeds, walks int
	models       []string // of package explore
}

var (
	short = amount{40, 5, []string{"clients", "checkpoint", "single", "once"}}
	long  = amount{1000, 100, []string{"clients", "checkpoint", "single", "once", "adopt", "fill", "lead", "forget", "history"}}
)

// Collect runs each source with counters, and returns what it counted.
func Collect(ctx context.Context, o Options) (map[string]Profile, error) {
	dir, err := os.MkdirTemp("", "coverage-")
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c := collector{Options: o, dir: dir, how: long}
	if o.Short {
		c.how = short
	}
	all := map[string]Profile{}
	for name, source := range map[string]func(context.Context, string) error{"fuzz": c.fuzz, "tests": c.tests} {
		if all[name], err = c.tested(ctx, name, source); err != nil {
			return nil, err
		}
	}
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	for name, commands := range c.commands() {
		if all[name], err = c.counted(ctx, name, commands); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// collector runs programs that count, and keeps what they write in a directory.
type collector struct {
	Options
	dir string
	how amount
}

func (c *collector) say(what string) { fmt.Fprintf(c.Progress, "coverage: %s\n", what) }

var counting = []string{"-covermode=count", "-coverpkg=" + PaxosPackage}

func (c *collector) fuzz(ctx context.Context, file string) error {
	return c.test(ctx, file, "-run", "^Fuzz", "./fuzz")
}

func (c *collector) tests(ctx context.Context, file string) error {
	return c.test(ctx, file, "./impl/paxos")
}

func (c *collector) test(ctx context.Context, file string, args ...string) error {
	return run(ctx, c.Root, nil, "go", append(append([]string{"test", "-count=1", "-coverprofile=" + file}, counting...), args...)...)
}

// tested returns what tests count.
func (c *collector) tested(ctx context.Context, name string, source func(context.Context, string) error) (Profile, error) {
	c.say(name)
	file := filepath.Join(c.dir, name+".txt")
	if err := source(ctx, file); err != nil {
		return nil, err
	}
	return readProfileFile(file, PaxosPackage)
}

func (c *collector) binary() string { return filepath.Join(c.dir, "check") }

// build makes the program that counts. Only what counts itself writes its counters.
func (c *collector) build(ctx context.Context) error {
	c.say("building check with counters")
	return run(ctx, c.Root, nil, "go", "build", "-cover", "-covermode=count",
		"-coverpkg="+PaxosPackage+",multipaxos/checker/cmd/check", "-o", c.binary(), "./checker/cmd/check")
}

// commands are those of the program that counts, by source.
func (c *collector) commands() map[string][][]string {
	explorer := [][]string{{"explore", "--equal", "--dir", "checker/explore/testdata", "all"}}
	for _, model := range c.how.models {
		explorer = append(explorer, []string{"explore", "--workers", "1", model})
	}
	return map[string][][]string{
		"soak":     {{"soak", "--seeds", strconv.Itoa(c.how.seeds)}},
		"explorer": explorer,
		"replay":   {{"coverage", "--walks", strconv.Itoa(c.how.walks)}},
	}
}

// counted returns what commands of the program count.
func (c *collector) counted(ctx context.Context, name string, commands [][]string) (Profile, error) {
	c.say(name)
	counters, file := filepath.Join(c.dir, name), filepath.Join(c.dir, name+".txt")
	if err := os.Mkdir(counters, 0o700); err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	for _, args := range commands {
		if err := run(ctx, c.Root, []string{"GOCOVERDIR=" + counters}, c.binary(), args...); err != nil {
			return nil, err
		}
	}
	if err := run(ctx, c.Root, nil, "go", "tool", "covdata", "textfmt", "-i="+counters, "-o="+file); err != nil {
		return nil, err
	}
	return readProfileFile(file, PaxosPackage)
}

// Walk has the role code replay random walks of TLC through the models that have every action.
func Walk(ctx context.Context, specDir string, walks int) error {
	for _, e := range []tlc.Entry{replay.Everything, replay.Pair} {
		_, err := replay.Simulate(ctx, specDir, e, tlc.Simulation{Traces: walks, Depth: 200, Seed: 1}, nil)
		var missed *replay.CoverageError
		if err != nil && !errors.As(err, &missed) {
			return err
		}
	}
	return nil
}
