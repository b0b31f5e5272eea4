package tlc

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

var (
	configComment = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*`)
	configKeyword = regexp.MustCompile(`^(SPECIFICATION|INIT|NEXT|CONSTANTS?|INVARIANTS?|PROPERT(Y|IES)|SYMMETRY|VIEW|` +
		`(ACTION_|STATE_)?CONSTRAINTS?|CHECK_DEADLOCK|TYPE(_CONSTRAINT)?|POSTCONDITION|ALIAS)$`)
)

// configProperties lists the temporal properties of a TLC configuration file, none when it cannot be read.
func configProperties(path string) []string { return configWords(path, "PROPERTY", "PROPERTIES") }

// checkDeadlock returns an error when the configuration and the model disagree about deadlocks: TLC reports one only
// when both ask for it, so that one of the two would be ignored.
func (m Model) checkDeadlock() error {
	for _, word := range configWords(m.Config, "CHECK_DEADLOCK") {
		if (word == "TRUE") != m.Deadlock {
			return &InputError{File: m.Config, Msg: fmt.Sprintf("CHECK_DEADLOCK %s contradicts the model: deadlock %t",
				word, m.Deadlock)}
		}
	}
	return nil
}

// configWords lists what follows the given keywords in a TLC configuration file.
func configWords(path string, keywords ...string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var words []string
	inside := false
	for _, word := range strings.Fields(configComment.ReplaceAllString(string(text), " ")) {
		switch {
		case configKeyword.MatchString(word):
			inside = slices.Contains(keywords, word)
		case inside:
			words = append(words, word)
		}
	}
	return words
}
