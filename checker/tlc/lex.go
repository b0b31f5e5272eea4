package tlc

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Token is a word, number, string or symbol of a TLA+ module.
type Token struct {
	Text         string
	Offset       int // in bytes
	Line, Column int // from 1, as TLC counts them
}

// End is the offset behind t.
func (t Token) End() int { return t.Offset + len(t.Text) }

// symbols are the tokens of several characters, longest first where one begins another.
var symbols = []string{"|->", "<=>", "[]", "<<", ">>", `/\`, `\/`, "==", "=>", "<=", ">=", "->", "<-", "..", ":>", "@@", "/="}

// Tokens splits the text of a module. Comments and lines of dashes and equals signs are left out.
func Tokens(text string) []Token {
	l := lexer{text: text, line: 1}
	for l.next() {
	}
	return l.tokens
}

// Defines says whether tokens begin with the definition of an operator: at the left margin a name, perhaps parameters,
// and then ==. What stands further right belongs to a LET.
func Defines(tokens []Token) bool {
	for i, t := range tokens {
		switch {
		case i == 0 && t.Column > 1, i == 1 && t.Text != "(" && t.Text != "==", i > 0 && t.Column == 1:
			return false
		case t.Text == "==":
			return true
		}
	}
	return false
}

type lexer struct {
	text      string
	at        int
	line      int
	lineStart int
	tokens    []Token
}

func (l *lexer) next() bool {
	rest := l.text[l.at:]
	switch {
	case rest == "":
		return false
	case rest[0] == '\n':
		l.at++
		l.line, l.lineStart = l.line+1, l.at
	case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
		l.at++
	case strings.HasPrefix(rest, `\*`):
		l.skip(lineEnd(rest))
	case strings.HasPrefix(rest, "(*"):
		l.skip(commentEnd(rest))
	case strings.HasPrefix(rest, "----"), strings.HasPrefix(rest, "===="):
		l.skip(lineEnd(rest))
	default:
		l.token(tokenLength(rest))
	}
	return true
}

// skip passes over n bytes, which may hold line ends.
func (l *lexer) skip(n int) {
	for i := l.at; i < l.at+n; i++ {
		if l.text[i] == '\n' {
			l.line, l.lineStart = l.line+1, i+1
		}
	}
	l.at += n
}

func (l *lexer) token(n int) {
	column := 1 + utf8.RuneCountInString(l.text[l.lineStart:l.at])
	l.tokens = append(l.tokens, Token{Text: l.text[l.at : l.at+n], Offset: l.at, Line: l.line, Column: column})
	l.at += n
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// commentEnd is the length of the comment that s begins with. Comments nest.
func commentEnd(s string) int {
	depth := 0
	for i := 0; i < len(s)-1; i++ {
		switch s[i : i+2] {
		case "(*":
			depth++
			i++
		case "*)":
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(s)
}

func tokenLength(s string) int {
	if i := slices.IndexFunc(symbols, func(symbol string) bool { return strings.HasPrefix(s, symbol) }); i >= 0 {
		return len(symbols[i])
	}
	switch {
	case s[0] == '"':
		if i := strings.IndexByte(s[1:], '"'); i >= 0 {
			return i + 2
		}
		return len(s)
	case s[0] == '\\' && len(s) > 1 && isLetter(rune(s[1])):
		return 1 + wordLength(s[1:])
	case wordLength(s) > 0:
		return wordLength(s)
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func wordLength(s string) int {
	i := strings.IndexFunc(s, func(r rune) bool { return !isLetter(r) && r != '_' && (r < '0' || r > '9') })
	if i < 0 {
		return len(s)
	}
	return i
}
