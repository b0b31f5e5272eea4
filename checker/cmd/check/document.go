package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"multipaxos/checker/whole"
	"multipaxos/fuzz/hunt"
)

func writeFlag() cli.Flag {
	return &cli.StringFlag{Name: "write", Usage: "document in which the rows of these bugs are renewed, each when it is known: docs/search.md"}
}

// document is a part of a page that a command writes: a table with a row for each bug.
type document struct {
	path string // "": none, the rows are only printed
	part string
	head string
}

// tableOf is the table that 'check NAME --write PATH' renews.
func tableOf(path, name, head string) document {
	return document{path, fmt.Sprintf("%s: check %s --write docs/search.md", name, name), head}
}

// add prints a row, and puts it into the document in place of the bug's old one.
func (d document) add(bug, row string) error {
	fmt.Fprintln(stdout, row)
	if d.path == "" {
		return nil
	}
	text, err := os.ReadFile(d.path)
	if err != nil {
		return err
	}
	part, err := hunt.Section(string(text), d.part)
	if err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	var rows []string
	for line := range strings.Lines(part) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| bug ") && !strings.HasPrefix(line, "| "+bug+" |") {
			rows = append(rows, line)
		}
	}
	rows = append(rows, row+"\n")
	slices.Sort(rows)
	changed, err := hunt.Replace(string(text), d.part, d.head+strings.Join(rows, ""))
	if err != nil {
		return err
	}
	return whole.WriteText(d.path, changed)
}
