package tlc

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// InputError is a mistake in a file the user wrote: a module, a configuration, models.json.
type InputError struct {
	File   string
	Line   int // 0 when unknown
	Column int // 0 when unknown
	Msg    string
	Parse  bool // SANY does not take the module for one
}

func (e *InputError) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
	default:
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	}
}

// sanyLog is what SANY, TLC's parser, writes outside message frames.
type sanyLog struct {
	files map[string]string // module name → path
	last  string            // module parsed last
	lines []string          // everything from the first sign of an error on
}

var sanyErrors = regexp.MustCompile(`^(\*\*\*Parse Error\*\*\*|Semantic errors:|Fatal errors|Lexical error|\*\*\* )|Cannot find source file`)

func (l *sanyLog) add(line string) {
	if path, ok := strings.CutPrefix(line, "Parsing file "); ok {
		if l.files == nil {
			l.files = map[string]string{}
		}
		l.last = strings.TrimSuffix(filepath.Base(path), ".tla")
		l.files[l.last] = path
	}
	if len(l.lines) > 0 || sanyErrors.MatchString(line) {
		l.lines = append(l.lines, strings.TrimSpace(line))
	}
}

var positionRegexp = regexp.MustCompile(`(?i)line (\d+), col(?:umn)? (\d+)(?:.*(?:of module|in) (\w+))?`)

// position reads the first "line 5, col 14 ... of module M" of s.
func position(s string) (line, column int, module string) {
	m := positionRegexp.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, ""
	}
	return int(number(m[1])), int(number(m[2])), m[3]
}

// lastPosition returns the innermost of TLC's numbered expression positions.
func lastPosition(text string) string {
	last := ""
	for line := range strings.Lines(text) {
		if strings.Contains(line, "Line ") {
			last = oneLine(line)
		}
	}
	return last
}

// inputError turns TLC's many lines about a wrong input into one.
func (p *parser) inputError() error {
	text := oneLine(p.problem.text)
	switch {
	case p.problem.code == codeParseFailed:
		return p.sanyError()
	case p.problem.code == codeConfigSyntax, p.problem.code == codeConfigMissing:
		line := 0
		if _, after, ok := strings.Cut(text, "at line "); ok {
			line = int(firstNumber(after))
			_, text, _ = strings.Cut(text, "It was ")
		}
		return &InputError{File: p.cfg, Line: line, Msg: text}
	case p.problem.code == codeException:
		_, text, _ = strings.Cut(text, "The exception was ")
	case strings.Contains(text, "configuration file"), strings.Contains(text, "config file"):
		return &InputError{File: p.cfg, Msg: text}
	}
	line, column, module := position(p.problem.location)
	return &InputError{File: p.path(module), Line: line, Column: column, Msg: text}
}

// path returns the file of a module, the model's own when the name is not known. A file beside the model's module is
// named as that one is, not by the absolute path that SANY prints.
func (p *parser) path(module string) string {
	beside := filepath.Join(filepath.Dir(p.module), module+".tla")
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	if path, ok := p.sany.files[module]; ok {
		return path
	}
	return p.module
}

// sanyError picks the first line of SANY's report that says what is wrong, and where.
func (p *parser) sanyError() error {
	e := &InputError{File: p.path(p.sany.last), Msg: "does not parse", Parse: true}
	for i, line := range p.sany.lines {
		l, c, module := position(line)
		switch {
		case l > 0 && module != "": // semantic: the position, a blank line, the message
			e.File, e.Line, e.Column = p.path(module), l, c
			e.Msg = firstNonEmpty(p.sany.lines[i+1:])
			return e
		case l > 0: // syntax: message and position on one line
			e.Line, e.Column, e.Msg = l, c, line
			return e
		case strings.Contains(line, "Cannot find source file"):
			e.Msg = line
			return e
		}
	}
	return e
}

func firstNonEmpty(lines []string) string {
	for _, line := range lines {
		if line != "" {
			return line
		}
	}
	return "rejected by SANY"
}
