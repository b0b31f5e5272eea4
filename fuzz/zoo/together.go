package zoo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"

	"multipaxos/checker/merge"
)

// Together is a program that is built once, with all bugs that only change what functions do (see [merge.Merge]), and is told
// which of them to have when it runs. What tests do with a bug takes a fraction of the time that a build takes.
type Together struct {
	root, dir, pkg string
	verb           []string // of go
	program        string
	ids            []string // of the bugs that are in it
}

// BuildTogether compiles a program of the module, "./checker/cmd/check", with all bugs, into dir.
func BuildTogether(ctx context.Context, moduleRoot, dir, program string) (*Together, error) {
	return buildTogether(ctx, moduleRoot, dir, program, "build")
}

// BuildTestTogether compiles the tests of a package of the module with all bugs, into dir.
func BuildTestTogether(ctx context.Context, moduleRoot, dir, pkg string) (*Together, error) {
	return buildTogether(ctx, moduleRoot, dir, pkg, "test", "-c")
}

func buildTogether(ctx context.Context, moduleRoot, dir, pkg string, verb ...string) (*Together, error) {
	t := &Together{root: moduleRoot, dir: dir, pkg: pkg, verb: verb, program: filepath.Join(dir, "together")}
	changed, err := t.merge()
	if err != nil {
		return nil, err
	}
	overlay, err := merge.Overlay(moduleRoot, dir, "together", changed)
	if err != nil {
		return nil, err
	}
	return t, compile(ctx, moduleRoot, "all bugs together", overlay, t.program, pkg, verb...)
}

// Command returns a command that runs the program with one bug. If that one changes more than what functions do, the program
// is built now, with it alone.
func (t *Together) Command(ctx context.Context, id string, args ...string) (*exec.Cmd, error) {
	b, err := Find(id)
	if err != nil {
		return nil, err
	}
	program := t.program
	if !slices.Contains(t.ids, id) {
		program = filepath.Join(t.dir, id)
		if _, err := b.compile(ctx, t.root, program, t.pkg, t.verb...); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), merge.Switch+"="+id)
	return cmd, nil
}

// merge returns the files of the module that bugs change, each with all of their changes, and the switches.
func (t *Together) merge() (map[string]string, error) {
	texts, edits := map[string]string{}, map[string]map[string]string{} // by file; by file and bug
	for _, b := range Bugs() {
		edited, err := b.edited(t.root, texts)
		if err == nil {
			err = mergeable(b.ID, texts, edited)
		}
		if errors.Is(err, merge.ErrMore) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.ids = append(t.ids, b.ID)
		for file, text := range edited {
			if edits[file] == nil {
				edits[file] = map[string]string{}
			}
			edits[file][b.ID] = text
		}
	}
	merged := map[string]string{}
	for file, edited := range edits {
		text, err := merge.Merge(file, texts[file], edited)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(file)
		merged[file], merged[dir+"/switch.go"] = text, merge.SwitchFile(path.Base(dir), t.ids)
	}
	return merged, nil
}

// mergeable is an error if a bug cannot be merged with others.
func mergeable(id string, texts, edited map[string]string) error {
	for file, text := range edited {
		if _, err := merge.Merge(file, texts[file], map[string]string{id: text}); err != nil {
			return err
		}
	}
	return nil
}
