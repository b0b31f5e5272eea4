package fuzz

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"multipaxos/fuzz/zoo"
)

// ReadGallery reads all filed runs of a directory, by name.
func ReadGallery(dir string) (files []*File, names []string, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar")) // sorted
	if err != nil {
		return nil, nil, err
	}
	for _, path := range paths {
		f, err := ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".txtar"))
	}
	return files, names, nil
}

const galleryHead = `# Histories

Runs that fail, each made small and filed in one file, with a drawing of its history to open in a browser. Those that name a
bug were made by the protocol with that bug planted (` + "`fuzz/zoo`" + `); the protocol as it is passes under the same schedule. A test
replays all of them: ` + "`go test ./fuzz -run Gallery`" + `. This page is written by ` + "`go run ./checker/cmd/check gallery --readme`" + `.

` + "```" + `
go run ./checker/cmd/check replay histories/S1.txtar               # do it again, without the bug and with it, and compare
go run ./checker/cmd/check replay --out histories/out/S1 histories/S1.txtar   # and write the whole trace and all other files
` + "```" + `

A file is an archive of text files (txtar): ` + "`meta.json`, `schedule.txt` (what happened, act by act: all that is needed to do it again),\n" +
	"`verdicts.txt`, `ladder.txt` (who sent what to whom, drawn), `history.ndjson` (what clients saw), `trace.ndjson` (every step,\n" +
	"message and write; of a long run `trace.head.ndjson`, its beginning).\n" + `
| open with | bug | what it shows | fails in | steps | acts |
|---|---|---|---|---|---|
`

const galleryTail = `
Steps are all that happened at nodes, until the property was broken; of a run that gets stuck, until it was given up. Acts are those of
the schedule that are not "the earliest thing happens".

## What commands write here

` + "`make demo`, `check run`, `check soak`, `check schedule --shrink` and the fuzz targets write below `histories/out/`, which git ignores. A\n" +
	"failure of theirs is made small, filed there as one of the files above, and named by the command that does it again.\n" + `
| file | what it is | opened by |
|---|---|---|
| ` + "`trace.ndjson` | every step, message and write (`docs/trace-format.md`) | `check trace`, `check ladder` |\n" +
	"| `history.ndjson` | what clients called and were answered, and what slots decided | `check history` |\n" +
	"| `history.html` | the operations and their order, drawn by Porcupine | a browser |\n" +
	"| `ladder.txt` | who sent what to whom | an editor |\n" +
	"| `summary.txt` | what happened, the verdicts, and the command that does it again | an editor |\n"

// GalleryReadme is the page that lists the filed runs of a directory.
func GalleryReadme(dir string) (string, error) {
	files, names, err := ReadGallery(dir)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(galleryHead)
	for i, f := range files {
		what := "passes"
		if f.Failure != "" {
			what = f.property()
		}
		fmt.Fprintf(&b, "| `check replay histories/%s.txtar`, [drawing](%s.html) | %s | %s | %s | %d | %d |\n",
			names[i], names[i], orDash(f.Bug), strings.ReplaceAll(f.Title, "|", "/"), what, f.Steps, f.Repro.Size())
	}
	b.WriteString(withoutRun(names))
	b.WriteString(galleryTail)
	return b.String(), nil
}

// withoutRun lists the flaws of the published algorithm that no file shows, with the scenario that does.
func withoutRun(names []string) string {
	var b strings.Builder
	for _, bug := range zoo.Bugs() {
		if slices.Contains(names, bug.ID) || !strings.HasPrefix(bug.Source, "system.md") || bug.Scenario == "" {
			continue
		}
		if b.Len() == 0 {
			b.WriteString(scenarioHead)
		}
		fmt.Fprintf(&b, "| %s | %s | `impl/paxos/testdata/%s.txt` | `go test ./fuzz/zoo -run TestEveryBugIsCaught/%s$` |\n",
			bug.ID, bug.Title, bug.Scenario, bug.ID)
	}
	return b.String()
}

const scenarioHead = `
Known flaws that no run of simulated nodes shows as a failure: those nodes are configured alike and send what the roles send, their
state machines do not panic, and what only costs time fails nothing. A scenario shows each, message by message, and fails with the bug:

| bug | what is planted | scenario | planted |
|---|---|---|---|
`

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
