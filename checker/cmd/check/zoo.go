package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/replay"
	"multipaxos/checker/tlc"
	"multipaxos/checker/whole"
	"multipaxos/fuzz/hunt"
	"multipaxos/fuzz/zoo"
)

func zooCommand() *cli.Command {
	var hunts []string
	for _, h := range hunt.Hunts {
		hunts = append(hunts, h.Name)
	}
	return &cli.Command{
		Name:      "zoo",
		Usage:     "plant known bugs in the protocol, and see which checkers find them, in what time",
		ArgsUsage: "[BUG…]",
		Description: "A bug is a diff in fuzz/zoo/bugs, applied to copies of the source. Builds this program with each, has it 'hunt', and\n" +
			"prints a table in Markdown: the CPU seconds that each checker needed. With --write, the tables of the document are\n" +
			"renewed after every bug; what was not measured stays as it was.",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "limit", Value: 20 * time.Second, Usage: "CPU time of each hunt", Validator: positive},
			&cli.StringSliceFlag{Name: "hunt", Value: append([]string{hunt.Tests}, hunts...), Usage: "what to hunt with, may be repeated"},
			&cli.BoolFlag{Name: "missed", Usage: "only bugs that the document says no checker found"},
			&cli.BoolFlag{Name: "empty", Usage: "only hunts of which the document has an empty cell"},
			&cli.IntFlag{Name: "workers", Value: runtime.NumCPU(), Usage: "bugs at a time"},
			&cli.StringFlag{Name: "walks", Usage: "directory of schedules for replay; empty: TLC walks first, which takes a minute"},
			&cli.StringFlag{Name: "write", Usage: "document to renew, docs/zoo.md"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			bugs, err := selectBugs(c.Args().Slice())
			if err != nil {
				return err
			}
			k := zookeeper{hunts: c.StringSlice("hunt"), limit: c.Duration("limit"), document: c.String("write"), walks: c.String("walks"), table: hunt.Table{}, empty: c.Bool("empty")}
			return k.run(ctx, bugs, c.Int("workers"), c.Bool("missed"))
		},
	}
}

func selectBugs(ids []string) (bugs []zoo.Bug, err error) {
	if len(ids) == 0 {
		return zoo.Load()
	}
	for _, id := range ids {
		bug, err := zoo.Find(id)
		if err != nil {
			return nil, err
		}
		bugs = append(bugs, bug)
	}
	return bugs, nil
}

// zookeeper measures what 'zoo' prints.
type zookeeper struct {
	hunts    []string
	limit    time.Duration
	document string // "": none
	walks    string
	empty    bool // only what was not measured

	mutex sync.Mutex
	table hunt.Table
}

func (k *zookeeper) run(ctx context.Context, bugs []zoo.Bug, workers int, missed bool) (err error) {
	if workers < 1 {
		return fmt.Errorf("zoo: want at least one worker, found %d", workers)
	}
	for _, name := range k.hunts {
		if _, err := hunt.Find(name); name != hunt.Tests && err != nil {
			return err
		}
	}
	if err := k.read(); err != nil {
		return err
	}
	if missed {
		bugs = slices.DeleteFunc(bugs, func(b zoo.Bug) bool { return len(k.table.Killed(b.ID)) > 0 })
	}
	if k.walks == "" && slices.Contains(k.hunts, "replay") {
		if k.walks, err = os.MkdirTemp("", "walks"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(k.walks)) }()
		if err := recordWalks(ctx, k.walks); err != nil {
			return err
		}
	}
	if err := k.measureAll(ctx, bugs, workers); err != nil {
		return err
	}
	var ids []string
	for _, b := range bugs {
		ids = append(ids, b.ID)
	}
	fmt.Fprint(stdout, k.table.Markdown(ids))
	return nil
}

// read takes what was measured before from the document, and renews its list of bugs.
func (k *zookeeper) read() error {
	if k.document == "" {
		return nil
	}
	text, err := os.ReadFile(k.document)
	if err != nil {
		return err
	}
	part, err := hunt.Section(string(text), hunt.KillsPart)
	if err != nil {
		return fmt.Errorf("%s: %w", k.document, err)
	}
	k.table = hunt.ReadTable(part)
	return k.write()
}

// write renews the document.
func (k *zookeeper) write() error {
	if k.document == "" {
		return nil
	}
	text, err := os.ReadFile(k.document)
	if err != nil {
		return err
	}
	var ids []string
	for _, b := range zoo.Bugs() {
		ids = append(ids, b.ID)
	}
	changed, err := hunt.Replace(string(text), hunt.BugsPart, zoo.Table())
	if err == nil {
		changed, err = hunt.Replace(changed, hunt.KillsPart, k.table.Markdown(ids)+"\n"+k.table.Summary(ids))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", k.document, err)
	}
	return whole.WriteText(k.document, changed)
}

// measureAll measures several bugs at a time, and renews the document after each.
func (k *zookeeper) measureAll(ctx context.Context, bugs []zoo.Bug, workers int) error {
	bar := newBar("bugs", len(bugs))
	defer bar.end()
	var (
		group    sync.WaitGroup
		slots    = make(chan struct{}, workers)
		problems = make([]error, len(bugs))
		done     int
	)
	for i, bug := range bugs {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			hunts := k.wanted(bug.ID)
			found, err := k.measure(ctx, bug, hunts)
			if err != nil {
				problems[i] = fmt.Errorf("%s: %w", bug.ID, err)
				return
			}
			k.mutex.Lock()
			defer k.mutex.Unlock()
			k.table.Enter(bug.ID, hunts, found)
			problems[i] = k.write()
			done++
			bar.set(done)
		})
	}
	group.Wait()
	return errors.Join(problems...)
}

// wanted are the hunts that are to look for the bug.
func (k *zookeeper) wanted(bug string) (hunts []string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for _, name := range k.hunts {
		if !k.empty || !k.table.Measured(bug, name) {
			hunts = append(hunts, name)
		}
	}
	return hunts
}

// measure builds this program with the bug, and has it look for it.
func (k *zookeeper) measure(ctx context.Context, bug zoo.Bug, hunts []string) (found []hunt.Finding, err error) {
	if len(hunts) == 0 {
		return nil, nil
	}
	err = withPlanted(ctx, bug, func(program string) error {
		for _, name := range hunts {
			of, err := k.hunt(ctx, bug, program, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			found = append(found, of...)
		}
		return nil
	})
	return found, err
}

// hunt has the program look, or the tests of the protocol, which are built with the bug for that.
func (k *zookeeper) hunt(ctx context.Context, bug zoo.Bug, program, name string) ([]hunt.Finding, error) {
	if name != hunt.Tests {
		return runPlanted[hunt.Finding](ctx, program, "hunt", name, "--limit", k.limit.String(), "--walks", k.walks)
	}
	test, err := bug.BuildTest(ctx, ".", filepath.Dir(program), "./impl/paxos")
	if err != nil {
		return nil, err
	}
	return runTests(ctx, test), nil
}

var failed = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)

// runTests runs the tests of impl/paxos, built with a bug, and says which failed.
func runTests(ctx context.Context, test string) []hunt.Finding {
	cmd := exec.CommandContext(ctx, test, "-test.v")
	cmd.Dir = "impl/paxos"
	output, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	u := cmd.ProcessState
	text := fmt.Sprintf("%d fail", len(failed.FindAll(output, -1)))
	return []hunt.Finding{{Checker: hunt.Tests, Found: text, Seconds: (u.UserTime() + u.SystemTime()).Seconds()}}
}

// recordWalks has TLC walk, for the hunt "replay".
func recordWalks(ctx context.Context, dir string) error {
	for _, w := range []struct {
		model tlc.Entry
		walks tlc.Simulation
	}{
		{replay.Pair, tlc.Simulation{Traces: 10, Depth: 120, Seed: 1}},
		{replay.Everything, tlc.Simulation{Traces: 12, Depth: 100, Seed: 1}},
	} {
		if _, err := replay.Record(ctx, dir, "spec", w.model, w.walks); err != nil {
			return err
		}
	}
	return nil
}
