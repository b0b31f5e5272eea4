package explore

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/tlc"
)

// TestEqualReduced compares the role code with the specification on every graph that TLC exhausts: each state and each labelled
// edge, and as many states and as deep as TLC says.
func TestEqualReduced(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, e := range entriesOf(t, "../../spec") {
		if !slices.Contains(slices.Concat(exhausted(t, tlc.Quick), exhausted(t, tlc.Full)), e.Name) {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			report, err := compareModel(t, EqualOptions{Dir: "../../spec", Names: []string{e.Name}, Reduced: true})
			require.NoError(t, err, report)
			require.Regexp(t, fmt.Sprintf(` %d +\d+ +[1-9]\d+ +\S+  states and edges`, e.Distinct), report)
		})
	}
}

// TestEqualReducedCounts has TLC find one state more than there are.
func TestEqualReducedCounts(t *testing.T) {
	e := entriesOf(t, "../../spec")
	for i := range e {
		if e[i].Name != "learnreduced" {
			continue
		}
		e[i].Distinct++
		c, err := equal(t.Context(), EqualOptions{Dir: "../../spec", Reduced: true}, e[i])
		require.NoError(t, err)
		require.Equal(t, "after 13 steps: the code reaches 121 states in a depth of 14, TLC 122 in 14", c.Differs)
		return
	}
	t.Fatal("no model learnreduced")
}
