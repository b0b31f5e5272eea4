package tlc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseValue(t *testing.T) {
	for text, want := range map[string]string{
		`1`:                                `1`,
		`-3`:                               `-3`,
		`1..3`:                             `1..3`,
		`"a \" b"`:                         `"a \" b"`,
		`<<>>`:                             `<<>>`,
		`{}`:                               `{}`,
		`{ 1,   {n1} }`:                    `{1, {n1}}`,
		`[ a |-> <<1, 2>>, b |-> TRUE ]`:   `[a |-> <<1, 2>>, b |-> TRUE]`,
		`( n1 :> {<<0, n2>>} @@ n2 :> {})`: `(n1 :> {<<0, n2>>} @@ n2 :> {})`,
	} {
		v, err := ParseValue(text)
		require.NoError(t, err)
		require.Equal(t, want, v.String())
	}
	for _, text := range []string{"", "{", "{1", "{1 2}", "[a 1]", `"x`, "1 2", "<<1>", "(1 :> )", "]"} {
		_, err := ParseValue(text)
		require.Error(t, err, text)
	}
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name, old, now string
		want           []string
	}{
		{"nothing", "1", "1", nil},
		{"layout only", "{1,2}", "{ 1, 2 }", nil},
		{"atom", "1", "2", []string{"x = 2"}},
		{"set", "{1, 2}", "{2, 3}", []string{"x gains 3", "x loses 1"}},
		{"nested", "(n1 :> [b |-> 0, v |-> {}] @@ n2 :> [b |-> 0, v |-> {}])",
			"(n1 :> [b |-> 1, v |-> {}] @@ n2 :> [b |-> 0, v |-> {c}])", []string{"x[n1].b = 1", "x[n2].v gains c"}},
		{"fields come and go", "(1 :> a)", "(2 :> b)", []string{"x[2] = b", "x[1] is gone"}},
		{"element", "<<1, 2>>", "<<1, 3>>", []string{"x[2] = 3"}},
		{"length", "<<1>>", "<<1, 3>>", []string{"x = <<1, 3>>"}},
		{"other kind", "<<>>", "(0 :> a)", []string{"x = (0 :> a)"}},
		{"unreadable", "<", ">", []string{"x = >"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, changes([]Variable{{"x", c.old}}, []Variable{{"x", c.now}}))
		})
	}
	require.Equal(t, []string{"x = 1"}, changes(nil, []Variable{{"x", "1"}}))
}

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		`{3, 10, 1, 3}`:              `{1, 3, 10}`,
		`1..3`:                       `{1, 2, 3}`,
		`(2 :> b @@ 1 :> a)`:         `<<a, b>>`,
		`(10 :> b @@ 2 :> {2, 1})`:   `(2 :> {1, 2} @@ 10 :> b)`,
		`[b |-> <<>>, a |-> << 1>>]`: `[a |-> <<1>>, b |-> <<>>]`,
		`(c2 :> <<>> @@ c1 :> "x")`:  `(c1 :> "x" @@ c2 :> <<>>)`,
	} {
		v, err := ParseValue(text)
		require.NoError(t, err)
		require.Equal(t, want, v.Canonical())
	}
}
