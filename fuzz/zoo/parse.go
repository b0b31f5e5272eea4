package zoo

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// parse reads a diff. Errors name the line.
func parse(id, text string) (Bug, error) {
	b := Bug{ID: id}
	file := ""
	if !strings.HasSuffix(text, "\n") {
		return b, fmt.Errorf("zoo: bugs/%s.diff: want a whole last line, found a cut one", id)
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var err error
		switch {
		case strings.HasPrefix(line, "# ") && file == "":
			err = b.header(line[2:])
		case strings.HasPrefix(line, "--- "):
			if file = line[4:]; path.IsAbs(file) || path.Clean(file) != file || strings.HasPrefix(file, "..") {
				err = fmt.Errorf("want a file of the module, found %q", file)
			}
		case line == "@@" && file != "":
			b.Hunks = append(b.Hunks, Hunk{File: file, Line: i + 1})
		case len(b.Hunks) > 0 && b.Hunks[len(b.Hunks)-1].File == file:
			err = b.Hunks[len(b.Hunks)-1].add(line)
		default:
			err = fmt.Errorf("want a header, --- file or @@, found %q", line)
		}
		if err != nil {
			return b, fmt.Errorf("zoo: bugs/%s.diff:%d: %w", id, i+1, err)
		}
	}
	return b, b.check()
}

// header reads "key: value".
func (b *Bug) header(line string) error {
	key, value, _ := strings.Cut(line, ": ")
	fields := map[string]*string{
		"title": &b.Title, "breaks": &b.Breaks, "source": &b.Source, "scenario": &b.Scenario, "shows": &b.Shows,
	}
	field, ok := fields[key]
	if !ok || value == "" || *field != "" {
		return fmt.Errorf("want title, breaks, source, scenario and shows, each once and with a value, found %q", line)
	}
	*field = value
	return nil
}

func (h *Hunk) add(line string) error {
	if line == "" {
		line = " " // editors cut the space of an empty context line
	}
	switch line[0] {
	case ' ':
		h.Old = append(h.Old, line[1:])
		h.New = append(h.New, line[1:])
	case '-':
		h.Old = append(h.Old, line[1:])
	case '+':
		h.New = append(h.New, line[1:])
	default:
		return fmt.Errorf("want a line that starts with a space, - or +, found %q", line)
	}
	return nil
}

// check says what is missing.
func (b *Bug) check() error {
	if slices.Contains([]string{b.Title, b.Breaks, b.Source}, "") || (b.Scenario == "") != (b.Shows == "") {
		return fmt.Errorf("zoo: bugs/%s.diff: want title, breaks and source, and scenario and shows or neither, found %+v", b.ID, *b)
	}
	if len(b.Hunks) == 0 {
		return fmt.Errorf("zoo: bugs/%s.diff: want a hunk, found none", b.ID)
	}
	for _, h := range b.Hunks {
		if len(h.Old) == 0 || slices.Equal(h.Old, h.New) {
			return fmt.Errorf("zoo: bugs/%s.diff:%d: want a hunk that replaces lines, found none", b.ID, h.Line)
		}
	}
	return nil
}
