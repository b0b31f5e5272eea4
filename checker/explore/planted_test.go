package explore

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
	"multipaxos/fuzz/zoo"
)

var (
	modelFlag = flag.String("explore.model", "", "explore this model")
	limitFlag = flag.Int("explore.limit", 0, "give up after so many states")
	symmetry  = flag.Bool("explore.symmetry", false, "with symmetry")
	reduced   = flag.Bool("explore.reduction", false, "with the partial-order reduction")
	equalFlag = flag.String("explore.equal", "", "compare models with the specification: small ones, or those that TLC exhausts, of the tier quick or full")
	workers   = flag.Int("explore.workers", 1, "goroutines")
)

// TestModel explores the model of the flags. The planted bugs are looked for with it.
func TestModel(t *testing.T) {
	if *modelFlag == "" {
		t.Skip("explores the model of -explore.model")
	}
	m, err := Find(*modelFlag)
	require.NoError(t, err)
	out, err := Run(context.Background(), os.Stdout, Options{Model: m, Workers: *workers, MaxStates: *limitFlag,
		Symmetry: *symmetry, Reduction: *reduced, Ladder: true, Progress: testing.Verbose()})
	require.NoError(t, err)
	require.Empty(t, out.Violation)
	require.Empty(t, out.Missing)
}

// TestModelsEqual compares small models with the specification, every message kept, or those that TLC exhausts. The planted
// bugs are looked for with it.
func TestModelsEqual(t *testing.T) {
	switch *equalFlag {
	case "":
		t.Skip("compares models with the specification, with -explore.equal")
	case "small":
		require.NoError(t, Equal(t.Context(), os.Stdout, EqualOptions{Dir: "../../spec", Names: []string{"learnfull", "welcome"}}))
		require.NoError(t, Equal(t.Context(), os.Stdout, EqualOptions{Dir: "testdata", Workers: *workers}))
	default:
		names := exhausted(t, *equalFlag)
		require.NotEmpty(t, names)
		require.NoError(t, Equal(t.Context(), os.Stdout, EqualOptions{Dir: "../../spec", Names: names, Reduced: true}))
	}
}

// exhausted names the models of a tier that TLC exhausts.
func exhausted(t *testing.T, tier string) (names []string) {
	for _, e := range entriesOf(t, "../../spec") {
		if model.Modelled(e) && e.Expect == tlc.ExpectPass && e.Tier == tier {
			names = append(names, e.Name)
		}
	}
	return names
}

// planted says in which model which bug of fuzz/zoo breaks what, after how many steps: none is shorter. And, where it is
// compared too, in which action it differs from the specification.
var planted = []struct{ bug, model, shows, differs string }{
	{"S1", "rivals", "VIOLATION after 15 steps: OneLeaderPerBallot", ""},
	{"S2", "single", "VIOLATION after 2 steps: DurableAgrees", ""},
	{"S3", "reborn", "VIOLATION after 3 steps: ReceivePropose: BallotsNeverFall", ""},
	{"S5", "clients", "VIOLATION after 19 steps: ExactlyOnce", ""},
	{"B", "adopt", "VIOLATION after 9 steps: ReceiveAccepted: N1: want a ballot of N1", "ReceiveAccept at N"},
	{"C", "ballots", "VIOLATION after 8 steps: ReceivePropose: BallotsNeverFall", "ReceivePreempted at N"},
	{"D", "votes", "VIOLATION after 15 steps: DecidedChosen", "ReceivePreempted at N"},
	{"L1", "adopt", "VIOLATION after 16 steps: stuck", "ReceivePromise at N"},
	{"answer-by-seq", "history", "VIOLATION after 12 steps: ReceiveDecision: linearizability: no order", ""},
	{"L10", "clients", "VIOLATION after 19 steps: stuck", "Invoke at N"},
	{"L6", "fill", "NEVER HAPPENED: a gap is filled with a no-op", ""},
	{"L9", "fill", "NEVER HAPPENED: a gap is filled with a no-op", ""},
}

// TestPlantedBugsAreFound explores the roles with each bug planted.
func TestPlantedBugsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("builds this test with bugs")
	}
	test := buildPlanted(t)
	for _, p := range planted {
		t.Run(p.bug, func(t *testing.T) {
			begin := time.Now()
			require.Contains(t, explorePlanted(t, test, p.bug, "-explore.model", p.model), p.shows)
			if p.differs != "" {
				require.Contains(t, runPlanted(t, test, p.bug, "^TestModelsEqual$", "-explore.equal", "small"), p.differs)
				require.Contains(t, runPlanted(t, test, p.bug, "^TestModelsEqual$", "-explore.equal", "quick"), p.differs)
			}
			t.Logf("%-4s %-8s %s; %.1f s", p.bug, p.model, p.shows, time.Since(begin).Seconds())
		})
	}
}

// buildPlanted builds this test with all bugs, of which runPlanted switches one on.
func buildPlanted(t *testing.T) *zoo.Together {
	test, err := zoo.BuildTestTogether(t.Context(), "../..", t.TempDir(), "./checker/explore")
	require.NoError(t, err)
	return test
}

// explorePlanted returns what TestModel prints with a bug, with both reductions.
func explorePlanted(t *testing.T, test *zoo.Together, id string, flags ...string) string {
	return runPlanted(t, test, id, "^TestModel$", append(flags, "-explore.symmetry", "-explore.reduction")...)
}

func runPlanted(t *testing.T, test *zoo.Together, id, name string, flags ...string) string {
	cmd, err := test.Command(t.Context(), id, append([]string{"-test.run", name}, flags...)...)
	require.NoError(t, err)
	output, _ := cmd.CombinedOutput()
	return string(output)
}

// unequal finds the action at which code and specification first differ.
var unequal = regexp.MustCompile(`(\w+) +DIFFERENT (?:after (\d+) steps|with a message that is (left out)): (?:panic in )?(\w+) at N\d`)

// TestPlantedBugsDiffer prints, for every bug, where the comparison with the specification first notices it: with every
// message kept, and on the graphs that TLC exhausts.
func TestPlantedBugsDiffer(t *testing.T) {
	if os.Getenv("EXPLORE_EQUAL") == "" {
		t.Skip("takes minutes; EXPLORE_EQUAL=1 runs it")
	}
	test := buildPlanted(t)
	for _, b := range zoo.Bugs() {
		if only := os.Getenv("EXPLORE_BUGS"); only != "" && !strings.Contains(" "+only+" ", " "+b.ID+" ") {
			continue
		}
		small := noticed(runPlanted(t, test, b.ID, "^TestModelsEqual$", "-explore.equal", "small"))
		tlcs := noticed(runPlanted(t, test, b.ID, "^TestModelsEqual$", "-explore.equal", "quick"))
		if tlcs == unnoticed {
			tlcs = noticed(runPlanted(t, test, b.ID, "^TestModelsEqual$", "-explore.equal", "full"))
		}
		t.Logf("| %s | %s | %s |", b.ID, small, tlcs)
	}
}

const unnoticed = "–"

// noticed is where a comparison found the first difference, if it did.
func noticed(output string) string {
	if m := unequal.FindStringSubmatch(output); m != nil {
		return fmt.Sprintf("%s, %s: %s", m[1], m[2]+m[3], m[4])
	}
	if strings.Contains(output, "PASS") {
		return unnoticed
	}
	return fmt.Sprintf("? %.2000s", output)
}

// TestPlantTable prints, for every bug and model, what is found within a limit of states.
func TestPlantTable(t *testing.T) {
	if os.Getenv("EXPLORE_TABLE") == "" {
		t.Skip("takes minutes; EXPLORE_TABLE=1 runs it")
	}
	all, test := zoo.Bugs(), buildPlanted(t)
	found := regexp.MustCompile(`VIOLATION.*|NEVER HAPPENED.*|panic.*`)
	for _, b := range all {
		if only := os.Getenv("EXPLORE_BUGS"); only != "" && !strings.Contains(" "+only+" ", " "+b.ID+" ") {
			continue
		}
		for _, model := range strings.Fields(os.Getenv("EXPLORE_TABLE")) {
			output := explorePlanted(t, test, b.ID, "-explore.model", model, "-explore.limit", cmp.Or(os.Getenv("EXPLORE_LIMIT"), "2000000"))
			t.Logf("%-10s %-10s %.180s", b.ID, model, found.FindString(output))
		}
	}
}
