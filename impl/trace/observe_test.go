package trace

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestObserverSeesWhatIsRead compares the events that an observer gets while nothing is written with those that are
// read from the trace of the same run.
func TestObserverSeesWhatIsRead(t *testing.T) {
	text := recordedRun(t, 3, 5, 3000, true)
	want := readAll(t, text)
	for _, written := range []bool{false, true} {
		var b bytes.Buffer
		c := newCluster(&b, 3, 5)
		if !written {
			c.rec = NewRecorder(nil, testHeader(3))
		}
		c.faults = true
		seen, codec := 0, codec{header: testHeader(3)}
		c.rec.Observe(func(e *Event) {
			w := want[seen]
			seen++
			if e.IsStep() {
				require.Empty(t, Diff(w.State, e.State), "event %d", e.Seq)
			}
			got := *e
			got.State = w.State
			line, err := codec.encode(&got)
			require.NoError(t, err)
			require.Equal(t, strings.SplitAfter(text, "\n")[seen], string(line))
		})
		c.run(t, 3000)
		require.Equal(t, len(want), seen)
		require.Equal(t, written, b.String() == text)
	}
}
