package kv

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestApply(t *testing.T) {
	s := New()
	for i, step := range []struct{ input, output string }{
		{"get a", "refused unknown-key a"},
		{"cas a 1 2", "refused unknown-key a"},
		{"delete a", "refused unknown-key a"},
		{"put a 1", "ok 1"},
		{"put a 2", "ok 2"},
		{"get a", "ok 2"},
		{"cas a 1 3", "refused mismatch 2"},
		{"cas a 2 x=y", "ok x=y"},
		{"delete a", "ok x=y"},
		{"get a", "refused unknown-key a"},
	} {
		require.Equal(t, step.output, s.Apply(step.input), "step %d: %s", i, step.input)
	}
	require.Equal(t, "kv 1", s.Snapshot())
}

func TestMalformedOperationsAreErrorsAndChangeNothing(t *testing.T) {
	s := New()
	s.Apply("put a 1")
	for _, test := range []struct{ input, slug string }{
		{"", "empty"},
		{strings.Repeat("x", MaxOperation+1), "oversize"},
		{"get a\t", "unprintable-character"},
		{"get \x80", "unprintable-character"},
		{"PUT a 1", "unknown-verb"},
		{" get a", "unknown-verb"},
		{"get", "wrong-field-count"},
		{"get a b", "wrong-field-count"},
		{"put a", "wrong-field-count"},
		{"put a 1 ", "wrong-field-count"},
		{"cas a 1", "wrong-field-count"},
		{"get ", "bad-key"},
		{"put  1", "bad-key"},
		{"delete a=b", "bad-key"},
		{"get " + strings.Repeat("a", MaxKey+1), "bad-key"},
		{"put a ", "bad-value"},
		{"cas a  2", "bad-value"},
		{"cas a 2 ", "bad-value"},
		{"put a " + strings.Repeat("a", MaxValue+1), "bad-value"},
	} {
		require.Equal(t, "error "+test.slug, s.Apply(test.input), "%q", test.input)
		_, err := Parse(test.input)
		require.ErrorContains(t, err, test.slug)
		require.True(t, ReadOnly(test.input))
	}
	require.Equal(t, "kv 1 a=1", s.Snapshot())
}

func TestLongestOperationIsNotOversize(t *testing.T) {
	value := strings.Repeat("~", MaxValue)
	input := CAS(strings.Repeat("k", MaxKey), value, value)
	require.Len(t, input, MaxOperation)
	require.True(t, strings.HasPrefix(New().Apply(input), "refused unknown-key"))
}

func TestParseInvertsString(t *testing.T) {
	for _, input := range []string{Put("a", "1"), Get("a"), CAS("a", "1", "2"), Delete("a")} {
		op, err := Parse(input)
		require.NoError(t, err)
		require.Equal(t, input, op.String())
		require.Equal(t, op.Verb == VerbGet, ReadOnly(input))
	}
}

func TestRestoreRefusesBadSnapshots(t *testing.T) {
	s := New()
	s.Apply("put a 1")
	for _, snapshot := range []string{"", "kv", "kv 2", "bank 1", "kv 1 ", "kv 1 a", "kv 1 a=", "kv 1 =1",
		"kv 1 b=1 a=1", "kv 1 a=1 a=2", "kv 1 a=1\n"} {
		require.Error(t, s.Restore(snapshot), "%q", snapshot)
		require.Equal(t, "kv 1 a=1", s.Snapshot())
	}
	require.NoError(t, s.Restore("kv 1 a=b=c"))
	require.Equal(t, "ok b=c", s.Apply("get a"))
}

func TestCloneAndOnly(t *testing.T) {
	s := New()
	s.Apply("put a 1")
	s.Apply("put b 2")
	clone, only := s.Clone(), s.Only("a")
	clone.Apply("put a 9")
	only.Apply("put a 8")
	require.Equal(t, "kv 1 a=1 b=2", s.Snapshot())
	require.Equal(t, "kv 1 a=8", only.Snapshot())
	require.Equal(t, "kv 1", s.Only("c").Snapshot())
}

// twin is the store written the obvious way: patterns and a map.
type twin map[string]string

var pattern = regexp.MustCompile(`^(?:(put) ([\w.-]{1,64}) ([!-~]{1,256})|(get|delete) ([\w.-]{1,64})|` +
	`(cas) ([\w.-]{1,64}) ([!-~]{1,256}) ([!-~]{1,256}))$`)

func (w twin) apply(input string) string {
	m := pattern.FindStringSubmatch(input)
	if m == nil {
		return "error"
	}
	key := m[2] + m[5] + m[7]
	value, known := w[key]
	switch {
	case m[1] == "put":
		w[key] = m[3]
		return "ok " + m[3]
	case !known:
		return "refused unknown-key " + key
	case m[4] == "delete":
		delete(w, key)
	case m[6] == "cas" && value != m[8]:
		return "refused mismatch " + value
	case m[6] == "cas":
		w[key] = m[9]
		return "ok " + m[9]
	}
	return "ok " + value
}

func (w twin) snapshot() string {
	text := "kv 1"
	for _, key := range slices.Sorted(maps.Keys(w)) {
		text += " " + key + "=" + w[key]
	}
	return text
}

func randomOperation(random *rand.Rand) string {
	key := string(rune('a' + random.IntN(4)))
	value := func() string { return fmt.Sprint(random.IntN(3)) }
	input := []string{Put(key, value()), Get(key), CAS(key, value(), value()), Delete(key)}[random.IntN(4)]
	if random.IntN(8) == 0 {
		i := random.IntN(len(input))
		input = input[:i] + string(" =\nz"[random.IntN(4)]) + input[i+random.IntN(2):]
	}
	return input
}

func TestStoreAgreesWithItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 300 {
		s, w := New(), twin{}
		for range 100 {
			input := randomOperation(random)
			want, found := w.apply(input), s.Apply(input)
			if want == "error" {
				require.Truef(t, strings.HasPrefix(found, "error "), "%q: %s", input, found)
			} else {
				require.Equal(t, want, found, "%q", input)
			}
			seen[strings.Fields(found)[0]]++
			require.Equal(t, w.snapshot(), s.Snapshot())
			checkRoundTrip(t, s)
		}
	}
	for _, answer := range []string{"ok", "refused", "error"} {
		require.Positive(t, seen[answer], "no operation answered %q", answer)
	}
}

func checkRoundTrip(t *testing.T, s *Store) {
	var restored Store
	require.NoError(t, restored.Restore(s.Snapshot()))
	require.True(t, s.Equal(&restored))
	require.Equal(t, s.Hash(), restored.Hash())
	restored.Apply("put round trip")
	require.Equal(t, s.Snapshot() == restored.Snapshot(), s.Equal(&restored))
	restored.Apply("put round-trip 1")
	require.False(t, s.Equal(&restored))
}

func FuzzApply(f *testing.F) {
	for _, input := range []string{"put a 1", "get a", "cas a 1 2", "delete a"} {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input string) {
		s, w := New(), twin{"a": "1"}
		s.Apply("put a 1")
		output, want := s.Apply(input), w.apply(input)
		if s.Snapshot() != w.snapshot() || output != want && want != "error" {
			t.Fatalf("%q answered %q and left %s, want %q and %s", input, output, s.Snapshot(), want, w.snapshot())
		}
	})
}

func BenchmarkApply(b *testing.B) {
	for _, input := range []string{"put a 1", "get a", "cas a 1 1"} {
		b.Run(strings.Fields(input)[0], func(b *testing.B) {
			s := New()
			s.Apply("put a 1")
			b.ReportAllocs()
			for b.Loop() {
				s.Apply(input)
			}
		})
	}
}
