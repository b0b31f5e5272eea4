package tlc

import (
	"os"
	"regexp"
	"strings"
)

var (
	configComment = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*`)
	configKeyword = regexp.MustCompile(`^(SPECIFICATION|INIT|NEXT|CONSTANTS?|INVARIANTS?|PROPERT(Y|IES)|SYMMETRY|VIEW|` +
		`(ACTION_|STATE_)?CONSTRAINTS?|CHECK_DEADLOCK|TYPE(_CONSTRAINT)?|POSTCONDITION|ALIAS)$`)
)

// configProperties lists the temporal properties of a TLC configuration file, none when it cannot be read.
func configProperties(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var names []string
	inside := false
	for _, word := range strings.Fields(configComment.ReplaceAllString(string(text), " ")) {
		switch {
		case configKeyword.MatchString(word):
			inside = strings.HasPrefix(word, "PROPERT")
		case inside:
			names = append(names, word)
		}
	}
	return names
}
