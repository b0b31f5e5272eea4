package trace

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRead shows that no text makes the Reader, Validate or the Ladder panic, and that what they accept is spelt in
// one way only.
func FuzzRead(f *testing.F) {
	text := recordedRun(f, 3, 1, 60, true)
	lines := strings.SplitAfter(text, "\n")
	f.Add(text)
	f.Add(lines[0])
	f.Add(lines[0] + lines[1])
	for _, c := range corruptions {
		f.Add(c.corrupt(&testing.T{}, tiny(f)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		invalid := validate(text)
		r, err := Read(strings.NewReader(text), "fuzz")
		if err == nil {
			err = Ladder(io.Discard, r, Options{})
		}
		if err == nil {
			c := codec{header: r.Header()}
			lines := strings.SplitAfter(text, "\n")
			for i, e := range readAll(t, text) {
				line, err := c.encode(&e)
				require.NoError(t, err)
				require.Equal(t, lines[i+1], string(line))
			}
		}
		if invalid == nil {
			require.NoError(t, err)
		}
	})
}
