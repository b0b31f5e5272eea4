package tlc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestModelsRoundTrip(t *testing.T) {
	path := filepath.Join(specs, ModelsFile)
	entries, err := ReadModels(path)
	require.NoError(t, err)
	written := filepath.Join(t.TempDir(), ModelsFile)
	require.NoError(t, WriteModels(written, entries))
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	got, err := os.ReadFile(written)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestReadModelsIsStrict(t *testing.T) {
	const good = `"name": "a", "module": "A.tla", "cfg": "A.cfg", "purpose": "p", "tier": "quick", "expect": "pass"`
	for _, c := range []struct{ text, want string }{
		{"", ":1: expected an array of models, found an empty file"},
		{"{}", ":1: expected an array of models"},
		{"null", ":1: expected an array of models"},
		{"[\n1]", ":2: expected a model, an object"},
		{"[{\"nam\": 1}]", `:1: unknown field "nam"`},
		{"[{\"Name\": \"a\"}]", `:1: unknown field "Name"`},
		{"[\n{\"name\": \"a\",\n \"name\": \"b\"}]", `:3: duplicate field "name"`},
		{"[\n{\"name\":\n 1}]", ":3: cannot unmarshal number"},
		{"[{" + good + "},\n{" + good + "}]", `:2: duplicate model "a"`},
		{"[{" + good, ":1: model cut off"},
		{"[{" + good + "}", ":1: array cut off"},
		{"[{" + good + "}]\n[]", "expected the end of the file"},
		{"[{\"name\": \"a\"}]", `:1: model "a": field "module" is missing`},
		{"[{" + good + `, "property": "P"}]`, "a model that passes has no property"},
		{"[{" + good + `, "heapMB": -1}]`, "a number is negative"},
		{"[{" + strings.Replace(good, "quick", "fast", 1) + "}]", `tier: expected one of ["quick" "flaws" "full"], found "fast"`},
		{"[{" + strings.Replace(good, `"pass"`, `"fail"`, 1) + "}]", `expect: expected "pass" or "violates", found "fail"`},
		{"[{" + strings.Replace(good, `"pass"`, `"violates"`, 1) + "}]", `field "property" is missing`},
		{"[{" + strings.Replace(good, `"pass"`, `"violates", "property": "P", "distinct": 4`, 1) + "}]", "pin trace"},
		{strings.Repeat(" ", maxModelsFile+1), "longer than 1048576 bytes"},
	} {
		path := filepath.Join(t.TempDir(), ModelsFile)
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o644))
		_, err := ReadModels(path)
		var input *InputError
		require.ErrorAs(t, err, &input, "%.80s", c.text)
		require.Contains(t, err.Error(), c.want, "%.80s", c.text)
	}
}
