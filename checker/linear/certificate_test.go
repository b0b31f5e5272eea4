package linear

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each rule is broken by the smallest history that breaks it, and the counterexample names the culprit.
func TestCertificateRules(t *testing.T) {
	for _, test := range []struct {
		name, text  string
		rule        Rule // "" when nothing is broken
		slot        uint64
		line        int
		want, found string
	}{
		{"good", `
call 1 1 put a 1
call 2 1 get a
decided 1 2 1 get a
decided 2 1 1 put a 1
return 1 1 2 ok 1
return 2 1 1 refused unknown-key a`, "", 0, 0, "", ""},
		{"stale read", `
call 1 1 put a 1
decided 1 1 1 put a 1
return 1 1 1 ok 1
call 2 1 get a
decided 2 2 1 get a
return 2 1 2 refused unknown-key a`, RuleOutput, 2, 7, `"ok 1"`, `"refused unknown-key a"`},
		{"a later call in a smaller slot", `
call 1 1 get a
return 1 1 2 refused unknown-key a
call 2 1 get b
return 2 1 1 refused unknown-key b`, RuleRealTime, 2, 3, "a slot above 2 for a call at history:4, after the answer at history:3", "a smaller slot"},
		{"a later call two slots below", `
call 1 1 get a
call 2 1 get b
return 1 1 3 refused unknown-key a
call 3 1 get c
return 3 1 1 refused unknown-key c
return 2 1 2 refused unknown-key b`, RuleRealTime, 3, 4, "a slot above 3 for a call at history:5, after the answer at history:4", "a smaller slot"},
		{"two values in a slot", `
call 1 1 put a 1
call 2 1 put a 2
decided 1 1 1 put a 1
decided 1 2 1 put a 2
return 2 1 1 ok 2`, RuleAgreement, 1, 6, `client 1 seq 1 "put a 1" only, decided at history:4`, `also client 2 seq 1 "put a 2", decided at history:5`},
		{"two answers of a slot", `
call 1 1 get a
call 2 1 get a
return 1 1 1 refused unknown-key a
return 2 1 1 refused unknown-key a`, RuleUniqueSlot, 1, 5, "one answer that names the slot", "two"},
		{"hole", `
call 1 1 get a
noop 1
decided 3 1 1 get a
return 1 1 3 refused unknown-key a`, RuleNoHole, 3, 5, "a decision for slot 2, below an answered slot", "none"},
		{"acknowledged but lost", `
call 1 1 put a 1
return 1 1 2 ok 1
noop 1`, RuleInLog, 2, 3, "a decision for slot 2, which the answer names", "none"},
		{"acknowledged but another command decided", `
call 1 1 put a 1
call 2 1 put a 2
decided 1 2 1 put a 2
return 1 1 1 ok 1`, RuleInLog, 1, 5, `client 1 seq 1 "put a 1"`, `client 2 seq 1 "put a 2"`},
		{"acknowledged but a no-op decided", `
call 1 1 put a 1
noop 1
return 1 1 1 ok 1`, RuleInLog, 1, 4, `client 1 seq 1 "put a 1"`, "a no-op"},
		{"invented command", `
call 1 1 get a
decided 1 5 1 put a 1`, RuleInvoked, 1, 3, "a command that a client called", `client 5 seq 1 "put a 1"`},
		{"altered command", `
call 1 1 get a
decided 1 1 1 get b`, RuleInvoked, 1, 2, `"get a"`, `"get b"`},
		{"decided before it was called", `
decided 1 1 1 get a
call 1 1 get a`, RuleInvoked, 1, 3, "a decision after the call at history:3", "a decision at history:2"},
		{"executed twice", `
call 1 1 cas a 1 2
decided 1 1 1 cas a 1 2
retry 1 1
decided 2 1 1 cas a 1 2
return 1 1 2 refused unknown-key a`, RuleExecuteOnce, 1, 6, "slot 1, which executed the command", "slot 2"},
		{"executed after a later call of its session", `
call 1 1 put a 1
abandon 1 1
call 1 2 get a
decided 1 1 2 get a
return 1 2 1 refused unknown-key a
call 1 3 get a
decided 2 1 1 put a 1
decided 3 1 3 get a
return 1 3 3 ok 1`, RuleOutput, 3, 10, `"refused unknown-key a"`, `"ok 1"`},
		{"decisions recorded late and out of order", `
call 1 1 put a 1
call 2 1 get b
decided 1 2 1 get b
return 2 1 1 refused unknown-key b
return 1 1 2 ok 1
call 1 2 get a
decided 3 1 2 get a
decided 2 1 1 put a 1
return 1 2 3 ok 1`, "", 0, 0, "", ""},
		{"duplicate is skipped", `
call 1 1 put a 1
decided 1 1 1 put a 1
retry 1 1
decided 2 1 1 put a 1
return 1 1 1 ok 1
call 1 2 get a
decided 3 1 2 get a
return 1 2 3 ok 1`, "", 0, 0, "", ""},
		{"late duplicate of an abandoned call is skipped", `
call 1 1 put a 1
abandon 1 1
call 1 2 get a
decided 1 1 2 get a
return 1 2 1 refused unknown-key a
decided 2 1 1 put a 1
call 1 3 get a
decided 3 1 3 get a
return 1 3 3 refused unknown-key a`, "", 0, 0, "", ""},
		{"pending operation takes effect by the log", `
call 1 1 put a 1
abandon 1 1
decided 1 1 1 put a 1
call 2 1 get a
decided 2 2 1 get a
return 2 1 2 ok 1`, "", 0, 0, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := script(t, "kv 1", test.text)
			require.NoError(t, Validate(h))
			verdict, bad := Certificate(h, Options{})
			if test.rule == "" {
				require.Equal(t, Linearizable, verdict, "%v", bad)
				return
			}
			require.Equal(t, Violation, verdict)
			require.Equal(t, test.rule, bad.Rule, "%v", bad)
			require.Equal(t, []any{test.slot, fmt.Sprintf("history:%d", test.line)}, []any{bad.Slot, bad.Where}, "%v", bad)
			require.Equal(t, test.want, bad.Want)
			require.Equal(t, test.found, bad.Found)
		})
	}
}

func TestCertificateWithoutLogIsUnknownWhilePendingMayExplain(t *testing.T) {
	h := script(t, "kv 1", `
call 1 1 put a 1
call 2 1 get a
return 2 1 2 ok 1`)
	verdict, bad := Certificate(h, Options{})
	require.Equal(t, Unknown, verdict)
	require.Equal(t, RuleOutput, bad.Rule)
	report, err := Check(h, Options{})
	require.NoError(t, err)
	require.Equal(t, Linearizable, report.Verdict, report.String())

	h.Events = h.Events[1:]
	verdict, _ = Certificate(h, Options{})
	require.Equal(t, Violation, verdict, "there is no pending write")

	h = script(t, "kv 1", `
call 2 1 get a
return 2 1 2 ok 1
call 1 1 put a 1`)
	verdict, _ = Certificate(h, Options{})
	require.Equal(t, Violation, verdict, "the pending write was called after the read's answer")
}

func TestBankDepositsAreReplayed(t *testing.T) {
	h := generate(rand.New(rand.NewPCG(1, 1)), "bank", 400, 4, 4, true)
	verdict, bad := Certificate(h, Options{Verifier: verifier})
	require.Equal(t, Linearizable, verdict, "%v", bad)
	deposits := 0
	for _, o := range h.Operations() {
		if len(o.Output) > 2 && o.Output[:2] == "ok" && o.Input[:3] == "dep" {
			deposits++
		}
	}
	require.Positive(t, deposits)
}
