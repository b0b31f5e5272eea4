package explore

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

func explored(t *testing.T, o Options) Outcome {
	out, err := Run(context.Background(), io.Discard, o)
	require.NoError(t, err)
	return out
}

func named(t *testing.T, name string) Model {
	m, err := Find(name)
	require.NoError(t, err)
	return m
}

// TestWorkersAgree explores what clients saw with one worker and with four.
func TestWorkersAgree(t *testing.T) {
	m := named(t, "history")
	four := explored(t, Options{Model: m, Workers: 4, chunk: 256})
	require.True(t, four.OK(), "%+v", four)
	require.Equal(t, numbers(explored(t, Options{Model: m})), numbers(four))
}

// TestModels explores the models that take seconds: nothing is violated, and all that must happen does. Neither the
// workers nor a frontier on disk change what is found.
func TestModels(t *testing.T) {
	for _, m := range Models {
		if m.Slow || testing.Short() && m.States > 10_000 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			out := explored(t, Options{Model: m})
			require.True(t, out.OK(), "%+v", out)
			require.Equal(t, m.States, out.States)
			require.True(t, out.States < 100_000 || out.TableBytes <= 32*out.States, "%d bytes for %d states", out.TableBytes, out.States)
			if m.States < 100_000 {
				again := explored(t, Options{Model: m, Workers: 2, chunk: 16, Frontier: 64, Seed: 7})
				require.Equal(t, []int{out.States, out.Steps, out.Stutters, out.Depth, out.Terminals},
					[]int{again.States, again.Steps, again.Stutters, again.Depth, again.Terminals})
			}
		})
	}
}

// TestReductions explores with and without symmetry and reduction: the verdict is the same, what must happen does, and
// fewer states are visited.
func TestReductions(t *testing.T) {
	for _, name := range []string{"single", "fill"} {
		m := named(t, name)
		if testing.Short() && m.States > 10_000 {
			continue
		}
		all := explored(t, Options{Model: m})
		for _, o := range []Options{{Symmetry: true}, {Reduction: true}, {Symmetry: true, Reduction: true}} {
			o.Model = m
			out := explored(t, o)
			require.True(t, out.OK(), "%+v", out)
			require.LessOrEqual(t, out.States, all.States)
			require.True(t, !o.Symmetry || out.States < all.States)
			t.Logf("%s: symmetry %t, reduction %t: %d of %d states", name, o.Symmetry, o.Reduction, out.States, all.States)
		}
	}
}

// unmix inverts mix.
func unmix(x uint64) uint64 {
	undo := func(x uint64, shift uint) uint64 { // x ^ x>>shift, inverted
		for y := x; ; {
			next := x ^ y>>shift
			if next == y {
				return y
			}
			y = next
		}
	}
	return undo(undo(undo(x, 31)*0x319642b2d24d8ec3, 27)*0x96de1b173f119089, 30)
}

// TestSymmetryCounts explains the number of states with symmetry: each stands for as many as there are names for it, and
// together these are all.
func TestSymmetryCounts(t *testing.T) {
	m := named(t, "single")
	p := newProtocol(m, paxos.Constructors{})
	system := newMonotone(p, 1, 0, false, false)
	system.useSymmetry(symmetric{p, newRenaming(m)})
	require.Equal(t, 3, system.renamings, "two clients and two passive nodes: 4 renamings with the identity")
	s := newSearch(system, 1, 0)
	require.NoError(t, s.run(context.Background(), false))
	w := system.worker().(*monotoneWorker)
	stoodFor := 0
	for i := range s.table.shards {
		for _, slot := range s.table.shards[i].slots {
			if slot.key != 0 {
				stoodFor += orbit(w, unmix(slot.key)-0x1e3779b97f4a7c15)
			}
		}
	}
	require.Equal(t, explored(t, Options{Model: m}).States, stoodFor)
}

// orbit counts the states that renamings make of one.
func orbit(w *monotoneWorker, state uint64) int {
	images := map[uint64]bool{state: true}
	for r := range w.renamings {
		image := []uint64{state}
		for n := range w.nodes {
			part := w.packing.parts[n].get([]uint64{state})
			w.packing.parts[w.symmetry.RenameNode(r, n)].set(image, w.rename(r, n, part))
		}
		images[image[0]] = true
	}
	return len(images)
}

// TestMemo holds what is remembered of steps against the code: along random paths, nodes that are never copied and
// never remembered end in the same states.
func TestMemo(t *testing.T) {
	steps := 0
	for _, name := range []string{"crash", "gap", "welcome", "clients", "ballots"} {
		p := newProtocol(named(t, name), paxos.Constructors{})
		system := newMonotone(p, 1, p.model.MaxCrashes, false, false)
		for seed := range uint64(20) {
			path, last := walk(t, system, rand.New(rand.NewPCG(seed, 1)), 60)
			x := p.newReplay(trace.NewRecorder(io.Discard, trace.Header{}), path)
			for _, l := range path {
				x.now++
				require.True(t, x.step(system.memo, l), system.describe(l))
			}
			for n, l := range x.members {
				base := system.extended[n].list[system.parts[n].get(last)].base
				require.Equal(t, system.memo.nodes[n].bases[base].local.Key(), p.finish(l, &paxos.Out{}).Local.Key())
			}
			steps += len(path)
		}
	}
	require.Greater(t, steps, 3000)
}

// walk takes random steps.
func walk(t *testing.T, s system, random *rand.Rand, most int) (path []labelled, state []uint64) {
	state, err := s.initial()
	require.NoError(t, err)
	for range most {
		steps := s.steps(state)
		if len(steps) == 0 {
			break
		}
		l := steps[random.IntN(len(steps))]
		path, state = append(path, l), l.next
	}
	return path, state
}

// TestTraceOfAPath reads back the trace of a path, and draws it.
func TestTraceOfAPath(t *testing.T) {
	p := newProtocol(named(t, "welcome"), paxos.Constructors{})
	system := newMonotone(p, 1, 1, false, false)
	path, _ := walk(t, system, rand.New(rand.NewPCG(3, 3)), 40)
	var text, drawn strings.Builder
	require.NoError(t, p.writeTrace(&text, system.memo, path))
	r, err := trace.Read(strings.NewReader(text.String()), "path")
	require.NoError(t, err)
	require.NoError(t, trace.Ladder(&drawn, r, trace.Options{Brief: true}))
	require.Greater(t, strings.Count(drawn.String(), "\n"), len(path))
	require.Contains(t, drawn.String(), "▶")
}

// TestWhatNeverHappensFails gives a model something that cannot happen in it.
func TestWhatNeverHappensFails(t *testing.T) {
	m := named(t, "clients")
	m.Sometimes = append(m.Sometimes, VoteSurvives)
	out := explored(t, Options{Model: m})
	require.True(t, out.Complete)
	require.False(t, out.OK())
	require.Equal(t, []string{VoteSurvives}, out.Missing)
}

// TestEnds ends explorations before they are complete.
func TestEnds(t *testing.T) {
	out := explored(t, Options{Model: named(t, "votes"), MaxStates: 50_000})
	require.False(t, out.Complete)
	require.Greater(t, out.States, 50_000)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out, err := Run(ctx, io.Discard, Options{Model: named(t, "votes")})
	require.NoError(t, err)
	require.False(t, out.Complete)
}

// TestBadModels names what is wrong with a model.
func TestBadModels(t *testing.T) {
	for want, change := range map[string]func(m *Model){
		`found "Recieve"`:     func(m *Model) { m.Steps = []string{"Recieve"} },
		`found "peace"`:       func(m *Model) { m.Sometimes = []string{"peace"} },
		"with a highest":      func(m *Model) { m.MaxBallot = nil },
		"found N9":            func(m *Model) { m.Callers = addresses{9} },
		"MaxCrashes together": func(m *Model) { m.MaxCrashes = 1 },
	} {
		m := named(t, "clients")
		change(&m)
		_, err := Run(context.Background(), io.Discard, Options{Model: m})
		require.ErrorContains(t, err, want)
	}
	_, err := Find("nothing")
	require.ErrorContains(t, err, `found "nothing"`)
}

// TestUnlinearizable judges histories that no order explains, and one that an order does.
func TestUnlinearizable(t *testing.T) {
	p := newProtocol(named(t, "history"), paxos.Constructors{})
	record := func(events ...Event) (err error) {
		history := ""
		for _, e := range events {
			if history, err = p.Record(history, []Event{e}); err != nil {
				return err
			}
		}
		return nil
	}
	one, two := Event{Name: "c1#1"}, Event{Name: "c2#1"}
	answered := func(e Event, answer string) Event { e.Answer = answer; return e }
	require.NoError(t, record(one, two, answered(two, "c2#1 "), answered(one, "c2#1 c1#1 ")))
	require.NoError(t, record(one, two, answered(two, "c1#1 c2#1 ")), "c1#1 has no answer yet, but may have been executed")
	require.Error(t, record(one, answered(one, "c1#1 "), two, answered(two, "c2#1 ")), "a stale answer")
	require.Error(t, record(one, answered(one, "c2#1 c1#1 ")), "an answer from the future")
	require.Error(t, record(one, two, answered(one, "c1#1 "), answered(two, "c2#1 ")), "two branches")
	require.Error(t, record(one, answered(one, "c1#1 "), answered(one, "c1#1 c1#1 ")), "two answers")
}

// BenchmarkSearch reports distinct states per second of processor time.
func BenchmarkSearch(b *testing.B) {
	m, err := Find("lead")
	require.NoError(b, err)
	for b.Loop() {
		out, err := Run(context.Background(), io.Discard, Options{Model: m})
		require.NoError(b, err)
		b.ReportMetric(float64(out.States)/out.CPU.Seconds(), "states/CPU-s")
		b.ReportMetric(float64(out.TableBytes)/float64(out.States), "B/state")
	}
}
