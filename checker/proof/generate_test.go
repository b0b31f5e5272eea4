package proof

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, path, found string) {
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(found), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), found)
}

func obligation(t *testing.T, s *Source, name string) Obligation {
	list := s.Obligations()
	i := slices.IndexFunc(list, func(o Obligation) bool { return o.String() == name })
	require.GreaterOrEqual(t, i, 0, name)
	return list[i]
}

// One obligation to prove, and a mistake in a bounded scope.
func TestGenerated(t *testing.T) {
	s, err := ReadFile(lockProof)
	require.NoError(t, err)
	for _, name := range []string{"step Acquire OneHolds", "variant Stay Acquire FreeIsFree"} {
		o := obligation(t, s, name)
		golden(t, filepath.Join("testdata", o.Path()), o.Text)
	}
}

// Every action meets every conjunct, and every conjunct, action and mistake is shown to matter.
func TestObligationsAreComplete(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	count := map[Kind]int{}
	paths := map[string]bool{}
	for _, o := range s.Obligations() {
		count[o.Kind]++
		paths[o.Path()] = true
		wantSat := o.Kind == Can || o.Kind == Drop || o.Kind == Mistake
		require.Equal(t, wantSat, o.Want == Sat, o)
		require.Equal(t, wantSat, strings.Contains(o.Text, "get-value"), o)
	}
	actions, conjuncts := len(s.Actions), len(s.Conjuncts)
	require.Equal(t, map[Kind]int{Init: conjuncts, Step: actions * conjuncts, Goal: 1, Can: actions + 1,
		Drop: conjuncts, Mistake: len(s.Variants)}, count)
	require.Len(t, paths, len(s.Obligations()))
}

// An edit of a variant stays in the variant.
func TestVariantLeavesSource(t *testing.T) {
	s, err := ReadFile(realProof)
	require.NoError(t, err)
	before := texts(s)
	for _, v := range s.Variants {
		require.NotEqual(t, s, v.apply(s), v.Name)
	}
	require.Equal(t, before, texts(s))
}

func texts(s *Source) (list []string) {
	for _, o := range s.Obligations() {
		list = append(list, o.Text)
	}
	return list
}
