// Package zoo puts known bugs into the protocol, from outside: a Bug is a readable diff against the source, which
// go build -overlay applies to copies. A checker that does not find the planted bug does not check much.
//
// A diff has a header and hunks, in files bugs/<ID>.diff:
//
//	# title: the Leader takes Adopted of any ballot
//	# breaks: safety
//	# source: system.md, S1
//	# scenario: S1
//	# shows: slot 2 is decided twice
//	--- impl/paxos/leader.go
//	@@
//	 	l.Active = false
//	-	l.Proposals = Slots[Proposal]{}
//	+	// forgotten
//
// A bug that no script was written for has neither scenario nor shows.
//
// It has no line numbers: the lines of a hunk that start with a space or a minus must stand together in exactly one
// place of the file. So an edit elsewhere does not invalidate a plant, and one nearby is an error, not a surprise.
package zoo

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"multipaxos/checker/merge"
)

//go:embed bugs/*.diff
var bugs embed.FS

// Bug is a flaw that can be planted.
type Bug struct {
	ID       string // the flaw's name in docs, "S1"; a variant adds a word, "S2-wiped"
	Title    string
	Breaks   string // what goes wrong: "safety", "liveness", ...
	Source   string // where the flaw is described
	Scenario string // the script of impl/paxos/testdata that shows the rule against it; empty where none was written for it
	Shows    string // what that script reports when the bug is planted
	Hunks    []Hunk
}

// Hunk is one change of one file.
type Hunk struct {
	File     string // slash-separated, relative to the module
	Line     int    // of the hunk's @@ in the diff
	Old, New []string
}

// Bugs returns all bugs, by ID. It panics where Load returns an error: tests hold that the diffs are fine.
func Bugs() []Bug {
	all, err := Load()
	if err != nil {
		panic(err)
	}
	return all
}

// Load is Bugs for programs whose user may just have written a diff. The error names its line.
func Load() ([]Bug, error) {
	entries, err := bugs.ReadDir("bugs")
	if err != nil {
		return nil, err
	}
	var all []Bug
	for _, e := range entries {
		text, err := bugs.ReadFile("bugs/" + e.Name())
		if err != nil {
			return nil, err
		}
		b, err := parse(strings.TrimSuffix(e.Name(), ".diff"), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// Find returns the bug with the given ID.
func Find(id string) (Bug, error) {
	all, err := Load()
	if err != nil {
		return Bug{}, err
	}
	var ids []string
	for _, b := range all {
		if b.ID == id {
			return b, nil
		}
		ids = append(ids, b.ID)
	}
	return Bug{}, fmt.Errorf("zoo: want one of %v, found %q", ids, id)
}

// Overlay writes the changed copies of the files below moduleRoot, and the JSON that tells go build and go test
// -overlay of them, into dir. It returns the path of the JSON.
func (b Bug) Overlay(moduleRoot, dir string) (string, error) {
	edited, err := b.edited(moduleRoot, map[string]string{})
	if err != nil {
		return "", err
	}
	return merge.Overlay(moduleRoot, dir, b.ID, edited)
}

// edited returns the files that the bug changes, as they are with it. It keeps what it reads in texts.
func (b Bug) edited(moduleRoot string, texts map[string]string) (map[string]string, error) {
	edited := map[string]string{}
	for _, h := range b.Hunks {
		if _, ok := texts[h.File]; !ok {
			text, err := os.ReadFile(filepath.Join(moduleRoot, filepath.FromSlash(h.File)))
			if err != nil {
				return nil, fmt.Errorf("zoo: bugs/%s.diff:%d: %w", b.ID, h.Line, err)
			}
			texts[h.File] = string(text)
		}
		text, ok := edited[h.File]
		if !ok {
			text = texts[h.File]
		}
		lines, err := h.apply(b.ID, strings.Split(text, "\n"))
		if err != nil {
			return nil, err
		}
		edited[h.File] = strings.Join(lines, "\n")
	}
	return edited, nil
}

// apply replaces the only place of lines where the hunk's old lines stand.
func (h Hunk) apply(id string, lines []string) ([]string, error) {
	var at []int
	for i := 0; i+len(h.Old) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(h.Old)], h.Old) {
			at = append(at, i)
		}
	}
	if len(at) != 1 {
		return nil, fmt.Errorf("zoo: bugs/%s.diff:%d: want one place in %s with these lines, found %d:\n%s",
			id, h.Line, h.File, len(at), strings.Join(h.Old, "\n"))
	}
	return slices.Concat(lines[:at[0]], h.New, lines[at[0]+len(h.Old):]), nil
}
