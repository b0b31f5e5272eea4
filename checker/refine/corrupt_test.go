package refine

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/checker/refine/corrupt"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// TestCorruptTracesAreRejected corrupts recorded traces in every way that corrupt knows, each at a random place. What is
// not equivalent is rejected at the right event, what is equivalent is accepted, and so are the traces as they were.
func TestCorruptTracesAreRejected(t *testing.T) {
	traces := 200
	if testing.Short() {
		traces = 20
	}
	type count struct{ rejected, later, equivalent, impossible int }
	counts := map[string]*count{}
	for seed := range uint64(traces) {
		h, events := recorded(t, seed, 20)
		require.Nil(t, judge(t, h, events), "seed %d", seed)
		tells := sync.OnceValue(func() map[string][]string { return behaviour(events) })
		for i, c := range corrupt.All {
			if counts[c.Name] == nil {
				counts[c.Name] = &count{}
			}
			n := counts[c.Name]
			made := corrupt.Apply(c, h, events, rand.New(rand.NewPCG(seed, uint64(i))))
			if made == nil {
				n.impossible++
				continue
			}
			verdict := judge(t, h, made.Events)
			where := fmt.Sprintf("seed %d, %s: %s, at %d to %d", seed, c.Name, made.What, made.At, made.By)
			switch {
			case made.Equivalent != "":
				n.equivalent++
				assert.Nil(t, verdict, "%s: %s", where, made.Equivalent)
				if made.Equivalent != corrupt.Forgotten {
					assert.Equal(t, tells(), behaviour(made.Events), "%s: %s", where, made.Equivalent)
				}
			case assert.NotNil(t, verdict, where):
				assert.LessOrEqual(t, made.At, verdict.Seq, "%s: %v", where, verdict)
				assert.GreaterOrEqual(t, made.By, verdict.Seq, "%s: %v", where, verdict)
				n.rejected++
				if verdict.Seq != made.At {
					n.later++
				}
			}
		}
	}
	for _, c := range corrupt.All {
		n := counts[c.Name]
		t.Logf("%-36s rejected %4d (%d later), equivalent %3d, no such place %3d", c.Name, n.rejected, n.later, n.equivalent, n.impossible)
		assert.Positive(t, n.rejected, c.Name)
	}
}

// behaviour is what a trace tells: of each node its steps, in their order, but for those in which nothing happens, and of
// each message its fates. The order of events that have nothing to do with each other is no part of it.
func behaviour(events []trace.Event) map[string][]string {
	tells := map[string][]string{}
	states := map[paxos.Address]trace.State{}
	for _, e := range events {
		idle := e.Timer != nil && e.Action != "ReplicaFollowNext" && len(e.Sent)+len(e.Writes)+len(e.Answers) == 0 &&
			trace.Equal(states[e.Node], e.State)
		switch {
		case e.Action == trace.Fault || idle:
			continue
		case e.ID != 0:
			name := fmt.Sprint("message ", e.ID)
			tells[name] = append(tells[name], e.Action)
			continue
		case e.Message != nil:
			name := fmt.Sprint("message ", e.Message.ID)
			tells[name] = append(tells[name], e.Action)
		}
		states[e.Node] = e.State
		e.Seq, e.Time = 0, 0
		tells[e.Node.String()] = append(tells[e.Node.String()], told(&e))
	}
	return tells
}

// told is a step in words: its cause, its effects, and the state after it.
func told(e *trace.Event) string {
	text := fmt.Sprint(e.Action, e.Text, e.Writes, e.Sent, e.Left, e.Answers, e.InFlight, trace.Diff(trace.State{}, e.State))
	if e.Message != nil {
		text += fmt.Sprint(*e.Message)
	}
	if e.Timer != nil {
		text += fmt.Sprint(*e.Timer)
	}
	if e.Command != nil {
		text += fmt.Sprint(*e.Command)
	}
	if e.Durable != nil {
		text += fmt.Sprint(*e.Durable)
	}
	return text
}
