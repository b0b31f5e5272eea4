package zoo

import (
	"fmt"
	"strings"
)

// Table lists the bugs, in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| bug | breaks | what is planted | source | scenario |\n|---|---|---|---|---|\n")
	for _, bug := range Bugs() {
		scenario := "–"
		if bug.Scenario != "" {
			scenario = "`" + bug.Scenario + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", bug.ID, bug.Breaks, bug.Title, bug.Source, scenario)
	}
	return b.String()
}
