package tlc

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const specDocs = "../../docs/spec.md"

// The tables in docs/spec.md are made from models.json and the configurations: go test ./checker/tlc -run SpecDocs -update.
func TestSpecDocs(t *testing.T) {
	entries, err := ReadModels("../../spec/models.json")
	require.NoError(t, err)
	old, err := os.ReadFile(specDocs)
	require.NoError(t, err)
	want := string(old)
	for heading, rows := range map[string][]string{
		"<!-- models, from spec/models.json -->": modelRows(entries),
		"<!-- bounds, from spec/*.cfg -->":       boundRows(t, entries),
	} {
		before, rest, found := strings.Cut(want, heading+"\n")
		require.True(t, found, heading)
		_, after, found := strings.Cut(rest, "\n<!-- end -->")
		require.True(t, found, heading)
		want = before + heading + "\n" + strings.Join(rows, "\n") + "\n<!-- end -->" + after
	}
	if *update {
		require.NoError(t, os.WriteFile(specDocs, []byte(want), 0o644))
	}
	now, err := os.ReadFile(specDocs)
	require.NoError(t, err)
	require.Equal(t, want, string(now), "docs/spec.md is stale: run go test ./checker/tlc -run SpecDocs -update")
}

var (
	assigned   = regexp.MustCompile(`(?m)^ *(\w+) *(?:=|<-) *(.*?) *$`)
	ballotList = regexp.MustCompile(`(?m)^(\w+) == <<([0-9, ]+)>>`)
)

// boundRows are the bounds of the models that pass, without the flaws.
func boundRows(t *testing.T, entries []Entry) []string {
	rows := []string{"| model | nodes | commands | ballots | slots | crashes | disks | messages |", "|---|--:|--:|---|--:|--:|--:|---|"}
	for _, e := range entries {
		cfg, err := os.ReadFile("../../spec/" + e.Cfg)
		require.NoError(t, err)
		constants := map[string]string{}
		for _, m := range assigned.FindAllStringSubmatch(string(cfg), -1) {
			constants[m[1]] = m[2]
		}
		if e.Expect != ExpectPass || e.Tier == Flaws || constants["MaxBallot"] == "" {
			continue
		}
		size := func(set string) int { return strings.Count(constants[set], ",") + 1 }
		seqs, err := strconv.Atoi(constants["MaxSeq"])
		require.NoError(t, err)
		kept := map[string]string{"TRUE": "useful", "FALSE": "all"}[constants["Reduced"]]
		rows = append(rows, fmt.Sprintf("| `%s` | %d | %d | %s | %s | %s | %s | %s |", e.Name, size("Nodes"), size("Clients")*seqs,
			ballots(t, constants["MaxBallot"]), constants["MaxSlot"], constants["MaxCrashes"], constants["MaxDisks"], kept))
	}
	return rows
}

// ballots says how many ballots each node has: "2 + 1".
func ballots(t *testing.T, name string) string {
	modules, err := filepath.Glob("../../spec/*.tla")
	require.NoError(t, err)
	for _, module := range append(modules, "../../spec/proof/Inductive.tla") {
		text, err := os.ReadFile(module)
		require.NoError(t, err)
		for _, m := range ballotList.FindAllStringSubmatch(string(text), -1) {
			if m[1] == name {
				numbers := strings.Split(strings.ReplaceAll(m[2], " ", ""), ",")
				return strings.Join(slices.DeleteFunc(numbers, func(n string) bool { return n == "0" }), " + ")
			}
		}
	}
	require.Fail(t, "no list of ballots", name)
	return ""
}

func modelRows(entries []Entry) []string {
	rows := []string{"| model | tier | what it is for | expected | distinct | generated | depth | CPU s |", "|---|---|---|---|--:|--:|--:|--:|"}
	for _, e := range entries {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s | %d |", e.Name, e.Tier,
			strings.ReplaceAll(e.Purpose, "|", `\|`), expected(e), e.Seconds))
	}
	return rows
}

// expected holds the columns of what is pinned. A violation pins no counts, only the length of its trace.
func expected(e Entry) string {
	if e.Expect == ExpectViolates {
		return fmt.Sprintf("`%s` violated | | | %d", e.Property, e.Trace)
	}
	return fmt.Sprintf("pass | %d | %d | %d", e.Distinct, e.Generated, e.Depth)
}
