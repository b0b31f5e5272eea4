package linear

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/impl/bank"
)

func check(t *testing.T, h *History, options Options) *Report {
	t.Helper()
	require.NoError(t, Validate(h))
	options.Verifier = verifier
	report, err := Check(h, options)
	require.NoError(t, err)
	require.Empty(t, report.Disagreement, "%v", report)
	return report
}

// judges lists who judged what, as "judge/scope: verdict".
func judges(r *Report) []string {
	var all []string
	for _, j := range r.Judgements {
		all = append(all, j.Judge+"/"+j.Scope+": "+j.Verdict.String())
	}
	return all
}

// stale makes a read in the middle of a history answer something that never was.
func stale(h *History) *History {
	for i := len(h.Events) / 2; ; i++ {
		if e := &h.Events[i]; e.Kind == Return && strings.HasPrefix(e.Output, "ok ") && !strings.Contains(e.Output[3:], " ") {
			e.Output = "ok 987654321"
			return h
		}
	}
}

func TestCheckChoosesJudgesBySize(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for _, test := range []struct {
		machine              string
		calls, clients, keys int
		judges               []string
	}{
		{"kv", 6, 3, 2, []string{"certificate/whole history", "porcupine/whole history", "brute force/whole history"}},
		{"bank", 300, 4, 5, []string{"certificate/whole history", "porcupine/whole history"}},
		{"bank", 4000, 4, 5, []string{"certificate/whole history", "porcupine/windows of 40 slots"}},
		{"bank", 500, 30, 5, []string{"certificate/whole history", "porcupine/windows of 14 slots"}},
		{"kv", 20_000, 20, 100, []string{"certificate/whole history", "porcupine/whole history"}},
		{"kv", 6000, 5, 1, []string{"certificate/whole history", "porcupine/windows of 40 slots"}},
	} {
		t.Run(fmt.Sprint(test.machine, test.calls, test.clients), func(t *testing.T) {
			h := generate(random, test.machine, test.calls, test.clients, test.keys, true)
			report := check(t, h, Options{})
			require.True(t, report.Passed(), "%v", report)
			var want []string
			for _, j := range test.judges {
				want = append(want, j+": linearizable")
			}
			require.Equal(t, regexp.MustCompile(`windows of \d+`).ReplaceAllString(strings.Join(want, "\n"), "windows of N"),
				regexp.MustCompile(`windows of \d+`).ReplaceAllString(strings.Join(judges(report), "\n"), "windows of N"))

			report = check(t, stale(h), Options{})
			require.Equal(t, Violation, report.Verdict, "%v", report)
			require.False(t, report.Passed())
			require.Equal(t, RuleOutput, report.Counterexample.Rule)
			require.Equal(t, `"ok 987654321"`, report.Counterexample.Found)
			require.Equal(t, Violation, report.Judgements[1].Verdict, "%v", report)
		})
	}
}

func TestReportReads(t *testing.T) {
	h := script(t, "kv 1", `
call 1 1 put a 1
decided 1 1 1 put a 1
return 1 1 1 ok 1
call 2 1 get a
decided 2 2 1 get a
return 2 1 2 refused unknown-key a`)
	h.Name = "run.ndjson"
	text := check(t, h, Options{}).String()
	text = regexp.MustCompile(`[0-9.]+(µs|ms|s) `).ReplaceAllString(text, "TIME ")
	text = regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	require.Equal(t, `run.ndjson: kv, 0 nodes, seed 7
2 operations of 2 clients, 0 pending, 2 answered, up to 1 of them open at once; 2 decided slots
 certificate whole history 2 operations TIME violation rule output is broken in slot 2
 porcupine whole history 2 operations TIME violation no order exists
 brute force whole history 2 operations TIME violation tried every order
run.ndjson:7: rule "output" is broken in slot 2
 operation client 2 seq 1 "get a" -> "refused unknown-key a" (slot 2)
 expected "ok 1"
 found "refused unknown-key a"
VIOLATION: no order of the operations explains every answer`, text)
}

func TestWrongSlotsOfRightAnswersAreTold(t *testing.T) {
	h := script(t, "kv 1", `
call 1 1 put a 1
call 2 1 get a
return 1 1 2 ok 1
return 2 1 1 ok 1`)
	report := check(t, h, Options{})
	require.Equal(t, Violation, report.Verdict)
	require.Equal(t, "the answers are linearizable, but not in the order of the slots that were decided", report.Reason)
}

func TestNothingAnsweredIsNoPass(t *testing.T) {
	report := check(t, script(t, "kv 1", "call 1 1 get a\nnoop 1"), Options{})
	require.Equal(t, Unknown, report.Verdict)
	require.False(t, report.Passed())
}

// A search that gives up is Unknown: thirty clients with unanswered transfers are too much for it.
func TestTimeoutIsUnknown(t *testing.T) {
	h := generate(rand.New(rand.NewPCG(4, 4)), "bank", 600, 30, 10, true)
	start := time.Now()
	verdict := Porcupine(stale(h), Options{Timeout: 50 * time.Millisecond, KeepPending: true, Verifier: verifier})
	require.Equal(t, Unknown, verdict)
	require.Less(t, time.Since(start), 5*time.Second)
	h.Events = slices.DeleteFunc(h.Events, func(e Event) bool { return e.Kind == Decided })
	report := check(t, h, Options{Timeout: 50 * time.Millisecond, MaxWidth: 1000})
	require.NotEqual(t, Linearizable, report.Verdict, "%v", report)
}

// A judge that errs is found out: here each contradicts another.
func TestJudgesThatDisagreeFail(t *testing.T) {
	for _, test := range []struct{ certificate, whole, brute Verdict }{
		{Linearizable, Violation, Unknown},
		{Linearizable, Unknown, Violation},
		{Violation, Linearizable, Violation},
		{Violation, Violation, Linearizable},
	} {
		r := &Report{Answered: 1, Judgements: []Judgement{{Judge: "porcupine", Verdict: test.whole}}}
		r.decide(test.certificate, test.whole, test.brute)
		require.NotEmpty(t, r.Disagreement, test)
		require.False(t, r.Passed())
		require.Contains(t, r.Reason, "judges disagree")
		require.Contains(t, r.String(), "DISAGREEMENT")
	}
	r := &Report{Answered: 1, Judgements: []Judgement{{Judge: "porcupine", Verdict: Linearizable}}}
	r.decide(Linearizable, Linearizable, Linearizable)
	require.True(t, r.Passed())
}

// Every window of a right history is linearizable from its replayed state, and the windows hold every executed call.
func TestWindowsCoverTheHistory(t *testing.T) {
	for _, machine := range []string{"bank", "kv"} {
		h := generate(rand.New(rand.NewPCG(8, 8)), machine, 2000, 8, 6, true)
		options, operations, windows := Options{Verifier: verifier}, 0, 0
		parse(h).replay(options, 40, func(int) bool { return true }, func(w window) bool {
			require.Equal(t, Linearizable, search(machine, w.initial, w.operations, 5*time.Second))
			operations += len(w.operations)
			windows++
			return true
		})
		require.Equal(t, len(execution(h.decidedLog())), operations)
		require.Greater(t, windows, 40)
	}
}

// The window around any slot starts from the right state, and holds the operation that is asked for.
func TestAroundStartsFromTheReplayedState(t *testing.T) {
	for _, machine := range []string{"bank", "kv"} {
		h := generate(rand.New(rand.NewPCG(8, 8)), machine, 500, 4, 4, true)
		log := execution(h.decidedLog())
		for i := 0; i < len(log); i += 7 {
			w := parse(h).around(Options{Verifier: verifier}, log[i].number, 30, 10, nil)
			require.Equal(t, Linearizable, search(machine, w.initial, w.operations, 5*time.Second), "%v", w)
			require.Len(t, w.operations, min(i, 30)+min(len(log)-i, 10))
		}
		first := h.Operations()[0]
		require.Equal(t, first, parse(h).around(Options{}, log[len(log)-1].number, 30, 10, &first).operations[0])
	}
}

// data takes the drawing's data out of its HTML.
func data(t *testing.T, html string) (drawing struct {
	Partitions []struct {
		History []struct{ Description, Metadata string }
	}
	Annotations []struct{ Tag, Description, Details string }
}) {
	t.Helper()
	_, text, found := strings.Cut(html, "const data = ")
	require.True(t, found)
	text, _, found = strings.Cut(text, "\n")
	require.True(t, found)
	require.NoError(t, json.Unmarshal([]byte(text), &drawing))
	return drawing
}

func draw(t *testing.T, h *History) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.html")
	require.NoError(t, Visualize(h, check(t, h, Options{}), path))
	html, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(html, []byte("<!doctype html>")))
	require.True(t, bytes.HasSuffix(bytes.TrimSpace(html), []byte("</html>")))
	require.Equal(t, 1, bytes.Count(html, []byte("</script>")))
	require.Less(t, len(html), 2<<20)
	return string(html)
}

func TestVisualizeShowsTheCounterexample(t *testing.T) {
	for _, machine := range []string{"bank", "kv"} {
		h := stale(generate(rand.New(rand.NewPCG(3, 3)), machine, 5000, 5, 6, true))
		drawing := data(t, draw(t, h))
		operations, tags := 0, map[string]int{}
		var bad []string
		for _, p := range drawing.Partitions {
			operations += len(p.History)
			for _, o := range p.History {
				if strings.Contains(o.Description, "987654321") {
					bad = append(bad, o.Description)
				}
			}
		}
		for _, a := range drawing.Annotations {
			tags[strings.TrimRight(a.Tag, "N123")]++
		}
		require.Len(t, bad, 1)
		require.Greater(t, operations, drawnWhenBad/2)
		require.LessOrEqual(t, operations, drawn+1)
		for _, tag := range []string{rowVerdict, rowVerdict + ": first bad", rowLeader, rowCrash, rowPartition, rowDecided} {
			require.Positive(t, tags[tag], "%q: %v", tag, tags)
		}
		require.Contains(t, drawing.Annotations[0].Description, "violation: ")
		require.Contains(t, drawing.Annotations[0].Details, `found      "ok 987654321"`)
	}
}

func TestVisualizeShowsTheBeginningOfAGoodHistory(t *testing.T) {
	h := generate(rand.New(rand.NewPCG(3, 3)), "bank", 1000, 5, 6, true)
	drawing := data(t, draw(t, h))
	require.Len(t, drawing.Partitions, 1)
	require.Greater(t, len(drawing.Partitions[0].History), 190)
	require.Contains(t, drawing.Annotations[0].Description, "linearizable")
}

func TestVisualizeEscapesAndDrawsWhatIsPending(t *testing.T) {
	h := script(t, "kv 1", `
note N1 leader <b>N1</b>
call 1 1 put a <img/src=x></script>
decided 1 1 1 put a <img/src=x></script>
return 1 1 1 ok <img/src=x></script>
note N2 crash power
call 2 1 delete a
note N2 restart
note N1 weather rain`)
	html := draw(t, h)
	drawing := data(t, html)
	require.True(t, strings.Contains(html, `\u0026lt;img`)) // Contains would print the whole file
	for _, o := range drawing.Partitions[0].History {
		require.NotContains(t, o.Metadata, "<img")
	}
	states := regexp.MustCompile(`"StateDescription":"[^"]*"`).FindAllString(html, -1)
	require.NotEmpty(t, states)
	for _, s := range states {
		require.NotContains(t, s, `\u003cimg`)
	}
	tags := map[string]string{}
	for _, a := range drawing.Annotations {
		tags[a.Tag] += a.Description + ";"
	}
	require.Equal(t, "N1;", tags[rowLeader])
	require.Equal(t, "1;", tags[rowDecided])
	draw(t, script(t, "kv 1", "call 1 1 put a 1\nabandon 1 1"))
	draw(t, script(t, "kv 1", "call 1 1 get a\nabandon 1 1"))
}

func TestDrawingsCutSignatures(t *testing.T) {
	require.Regexp(t, `^deposit a 1 [\w-]{8}…$`, short(bank.Deposit(teller, "a", 1)))
	require.Equal(t, "transfer a b 1", short("transfer a b 1"))
}

func TestVisualizeTellsWhenItCannotWrite(t *testing.T) {
	h := script(t, "kv 1", "call 1 1 put a 1")
	require.Error(t, Visualize(h, check(t, h, Options{}), filepath.Join(t.TempDir(), "no", "such", "folder.html")))
}

func benchmarkHistory(machine string, calls int) *History {
	return generate(rand.New(rand.NewPCG(1, 1)), machine, calls, 10, 100, true)
}

func BenchmarkCertificate(b *testing.B) {
	for _, calls := range []int{10_000, 100_000, 1_000_000} {
		for _, machine := range []string{"bank", "kv"} {
			b.Run(fmt.Sprintf("%s/%d", machine, calls), func(b *testing.B) {
				h := benchmarkHistory(machine, calls)
				Certificate(h, Options{Verifier: verifier}) // verify the deposits
				b.ReportAllocs()
				for b.Loop() {
					if verdict, bad := Certificate(h, Options{Verifier: verifier}); verdict != Linearizable {
						b.Fatal(bad)
					}
				}
			})
		}
	}
}

func BenchmarkPorcupineByKey(b *testing.B) {
	for _, calls := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(calls), func(b *testing.B) {
			h := benchmarkHistory("kv", calls)
			for b.Loop() {
				if verdict := Porcupine(h, Options{}); verdict != Linearizable {
					b.Fatal(verdict)
				}
			}
		})
	}
}

func BenchmarkFile(b *testing.B) {
	h := benchmarkHistory("bank", 100_000)
	var file bytes.Buffer
	if err := Write(&file, h); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			var again bytes.Buffer
			if err := Write(&again, h); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			if _, err := Read(bytes.NewReader(file.Bytes()), "f"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
