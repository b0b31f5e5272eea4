package tlc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A model of Log, which any machine checks in a second, is checked by two processes and compared with what is pinned.
func TestDistributed(t *testing.T) {
	t.Parallel()
	e := Entry{Name: "alone", Module: "MCLogAlone.tla", Cfg: "MCLogAlone.cfg", Expect: ExpectPass, HeapMB: 256,
		Distinct: 2040}
	wrong := e
	wrong.Distinct++
	var told int
	checks, err := CheckDistributed(t.Context(), "../../spec", []Entry{e, wrong}, 1, Reporter{Done: func(Check) { told++ }})
	require.NoError(t, err)
	require.Len(t, checks, 2)
	require.Equal(t, 2, told)
	require.Empty(t, checks[0].Failures)
	require.Equal(t, []string{"distinct: pinned 2041, found 2040"}, checks[1].Failures)
}

func TestDistributedErrors(t *testing.T) {
	t.Parallel()
	_, err := RunDistributed(t.Context(), spec("Counter", "Spec"), 0)
	require.EqualError(t, err, "workers: expected at least 1, found 0")
	var input *InputError
	_, err = RunDistributed(t.Context(), spec("Nope", "Spec"), 1)
	require.ErrorAs(t, err, &input)
	live, err := Entry{Module: "MCLive.tla", Cfg: "MCLiveL7.cfg"}.model("../../spec", 1)
	require.NoError(t, err)
	_, err = RunDistributed(t.Context(), live, 1)
	require.ErrorContains(t, err, "MCLiveL7.cfg: expected INIT and NEXT, found SPECIFICATION")
}
