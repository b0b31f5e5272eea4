package proof

import (
	"fmt"
	"regexp"
	"strings"
)

// token is a parenthesis, a word, or a text in quotes.
type token struct {
	text   string
	quoted bool
	line   int
}

func (t token) String() string {
	switch {
	case t.text == "" && !t.quoted:
		return "the end of the file"
	case t.quoted:
		return fmt.Sprintf("%q", t.text)
	}
	return t.text
}

var (
	tokens = regexp.MustCompile(`^(?:[()]|"[^"\n]*"|[^\s()";]+)`)
	blanks = regexp.MustCompile(`^(?:\s|;[^\n]*)+`)
	// Names need no quotes in SMT-LIB, and leave room for those that the generator makes.
	name = regexp.MustCompile(`^\??[A-Za-z][A-Za-z0-9]*$`)
)

// lex cuts text into tokens, and ends them with an empty one.
func lex(file, text string) ([]token, error) {
	var list []token
	line := 1
	for {
		blank := blanks.FindString(text)
		line += strings.Count(blank, "\n")
		text = text[len(blank):]
		if text == "" {
			return append(list, token{line: line}), nil
		}
		found := tokens.FindString(text)
		if found == "" {
			return nil, fmt.Errorf("%s:%d: want a closing quote on the same line", file, line)
		}
		t := token{text: found, line: line}
		if found[0] == '"' {
			t.text, t.quoted = found[1:len(found)-1], true
		}
		list = append(list, t)
		text = text[len(found):]
	}
}
