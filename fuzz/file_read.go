package fuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"multipaxos/checker/linear"
	"multipaxos/impl/trace"
)

// section is a file of an archive.
type section struct {
	name, text string
	line       int // of its first line, in the archive
}

// formatArchive writes the format of golang.org/x/tools/txtar. Each text ends with a newline.
func formatArchive(comment string, sections []section) string {
	var b strings.Builder
	b.WriteString(comment)
	for _, s := range sections {
		fmt.Fprintf(&b, "-- %s --\n%s", s.name, s.text)
	}
	return b.String()
}

// parseArchive reads what formatArchive writes. Unlike txtar.Parse it knows where each text begins.
func parseArchive(text string) (comment string, sections []section) {
	at := &comment
	for i, line := range strings.SplitAfter(text, "\n") {
		name, isMarker := strings.CutPrefix(line, "-- ")
		name, ends := strings.CutSuffix(name, " --\n")
		if isMarker && ends && name != "" {
			sections = append(sections, section{name: name, line: i + 2})
			at = &sections[len(sections)-1].text
			continue
		}
		*at += line
	}
	return comment, sections
}

// maxFile is the size of the longest file that is read, in bytes.
const maxFile = 16 << 20

// ReadFile reads a File. Errors name the file and the line.
func ReadFile(path string) (*File, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	return ParseFile(path, text)
}

// readText reads a file up to what wellFormed refuses: a device has no end.
func readText(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return string(text), nil
}

// wellFormed refuses what is no text, and names what was wanted.
func wellFormed(name, text, what string) error {
	switch {
	case text == "":
		return fmt.Errorf("%s:1: want a %s, found an empty file", name, what)
	case len(text) > maxFile:
		return fmt.Errorf("%s:1: want at most %d bytes, found more", name, maxFile)
	case !utf8.ValidString(text):
		return fmt.Errorf("%s:%d: want UTF-8, found something else", name, firstInvalid(text))
	case !strings.HasSuffix(text, "\n"):
		return fmt.Errorf("%s:%d: want a whole last line, found a cut one", name, 1+strings.Count(text, "\n"))
	}
	return nil
}

// ParseFile reads what File.String writes, and nothing else. The name is for errors.
func ParseFile(name, text string) (*File, error) {
	if err := wellFormed(name, text, "filed run"); err != nil {
		return nil, err
	}
	p := &fileParser{name: name}
	_, p.sections = parseArchive(text)
	f, err := p.parse()
	if err != nil {
		return nil, err
	}
	if line, want, found := difference(f.String(), text); line > 0 {
		return nil, fmt.Errorf("%s:%d: want %q, found %q", name, line, clip(want), clip(found))
	}
	return f, nil
}

func firstInvalid(text string) (line int) {
	for i, l := range strings.Split(text, "\n") {
		if !utf8.ValidString(l) {
			return i + 1
		}
	}
	return 0
}

func clip(text string) string {
	if len(text) <= 120 {
		return text
	}
	return strings.ToValidUTF8(text[:120], "") + "…"
}

// difference returns the first line, from 1, in which two texts differ; 0 when they are equal.
func difference(want, found string) (line int, wanted, other string) {
	if want == found {
		return 0, "", ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(found, "\n")
	for i := 0; ; i++ {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i + 1, strings.Join(a[min(i, len(a)):min(i+1, len(a))], ""), strings.Join(b[min(i, len(b)):min(i+1, len(b))], "")
		}
	}
}

type fileParser struct {
	name     string
	sections []section
	next     int
}

// section returns the next one, which must have one of the names.
func (p *fileParser) section(names ...string) (section, error) {
	line, found := 0, "the end of the file"
	if p.next < len(p.sections) {
		s := p.sections[p.next]
		p.next++
		for _, name := range names {
			if s.name == name {
				return s, nil
			}
		}
		line, found = s.line-1, s.name
	} else if n := len(p.sections); n > 0 {
		line = p.sections[n-1].line + strings.Count(p.sections[n-1].text, "\n") - 1
	} else {
		line = 1
	}
	return section{}, fmt.Errorf("%s:%d: want the section %s, found %s", p.name, line, strings.Join(names, " or "), found)
}

func (p *fileParser) parse() (*File, error) {
	f := &File{}
	meta, err := p.section("meta.json")
	if err == nil {
		err = f.Meta.read(p.name, meta)
	}
	if err != nil {
		return nil, err
	}
	schedule, err := p.section("schedule.txt")
	if err == nil {
		f.Schedule = schedule.text
		f.Repro, err = parseRepro(p.name, schedule)
	}
	if err != nil {
		return nil, err
	}
	for _, to := range []struct {
		text  *string
		names []string
	}{
		{&f.Verdicts, []string{"verdicts.txt"}}, {&f.Ladder, []string{"ladder.txt"}},
		{&f.History, []string{"history.ndjson"}}, {&f.Trace, []string{"trace.ndjson", "trace.head.ndjson"}},
	} {
		s, err := p.section(to.names...)
		if err != nil {
			return nil, err
		}
		*to.text = s.text
	}
	if p.next < len(p.sections) {
		s := p.sections[p.next]
		return nil, fmt.Errorf("%s:%d: want the end of the file, found the section %s", p.name, s.line-1, s.name)
	}
	return f, nil
}

// read reads meta.json. That it has each key once is held by ParseFile, which compares with what String writes.
func (m *Meta) read(name string, s section) error {
	d := json.NewDecoder(strings.NewReader(s.text))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		line := s.line + bytes.Count([]byte(s.text[:min(int(d.InputOffset()), len(s.text))]), []byte("\n"))
		return fmt.Errorf("%s:%d: meta.json: %w", name, line, err)
	}
	switch {
	case m.Format != FileFormat:
		return fmt.Errorf("%s:%d: want format %q, found %q", name, s.line, FileFormat, m.Format)
	case m.Version != FileVersion:
		return fmt.Errorf("%s:%d: want version %d, found %d", name, s.line, FileVersion, m.Version)
	case m.TraceVersion != trace.Version || m.HistoryVersion != linear.Version:
		return fmt.Errorf("%s:%d: want versions %d and %d of trace and history, found %d and %d", name, s.line,
			trace.Version, linear.Version, m.TraceVersion, m.HistoryVersion)
	}
	return nil
}
