package fuzz

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"multipaxos/fuzz/zoo"
	"multipaxos/impl/sim"
)

// filed returns a small failure of a planted Acceptor, as a file.
func filed(t *testing.T) *File {
	small, err := Shrink(failing(t, plants["pliant"]), ShrinkOptions{})
	require.NoError(t, err)
	f, err := small.File("", "an Acceptor promises less than it has promised")
	require.NoError(t, err)
	return f
}

// What is written is read again, and does the same again; on the real roles it does not fail.
func TestFilesAreReplayed(t *testing.T) {
	f := filed(t)
	path, err := f.Save(t.TempDir(), "pliant")
	require.NoError(t, err)
	assert.FileExists(t, strings.TrimSuffix(path, ".txtar")+".html")
	read, err := ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, f.String(), read.String())
	assert.Equal(t, "PromisesNeverFall", read.property())

	real, err := read.Replay()
	require.NoError(t, err)
	assert.False(t, real.Reproduced(), "without the planted role")
	assert.NotEmpty(t, real.Differences)
	assert.Empty(t, real.Again.Failure)

	read.Repro.Schedule.Roles = plants["pliant"]
	planted, err := read.Replay()
	require.NoError(t, err)
	assert.True(t, planted.Reproduced())
	assert.Empty(t, planted.Differences)
}

// A run of choices is filed, too; here one that passes.
func TestChoicesAreFiled(t *testing.T) {
	faults, err := sim.ParseFaults("loss=0.05,crash")
	require.NoError(t, err)
	repro := Repro{Scenario: Scenario{Machine: "bank", Nodes: 3, Clients: 2, Operations: 4, Faults: faults}, Choices: []int{0, 7, 0, 9999}}
	f, err := NewFile("a lost message", "", "", repro)
	require.NoError(t, err)
	assert.Contains(t, f.Schedule, "faults loss=0.05,crash\n1 7\n3 9999\nend\n")
	read, err := ParseFile("f", f.String())
	require.NoError(t, err)
	assert.Equal(t, repro, read.Repro)
	r, err := read.Replay()
	require.NoError(t, err)
	assert.Empty(t, r.Differences)
}

// Long runs are filed with the beginning of their trace, and the beginning and end of their ladder.
func TestLongRunsAreCut(t *testing.T) {
	f, err := NewFile("no faults", "", "", Repro{Scenario: Scenario{Machine: "kv", Nodes: 5, Clients: 5, Operations: 200}})
	require.NoError(t, err)
	text := f.String()
	assert.Less(t, len(text), 200_000)
	assert.Contains(t, text, "\n-- trace.head.ndjson --\n")
	assert.Equal(t, headLines, strings.Count(f.Trace, "\n"))
	assert.Equal(t, ladderFirst+ladderLast+1, strings.Count(f.Ladder, "\n"))
	_, err = ParseFile("f", text)
	assert.NoError(t, err)
}

// Each damage is an error that names the file and the line.
func TestBadFilesAreRefused(t *testing.T) {
	good := filed(t).String()
	line := func(text string) string { // the number of the line that begins so
		at := strings.Index(good, "\n"+text)
		require.GreaterOrEqual(t, at, 0, text)
		return strings.TrimSpace(strings.Join([]string{"f:", strconv.Itoa(2 + strings.Count(good[:at], "\n")), ":"}, ""))
	}
	replace := func(old, new string) string {
		require.Equal(t, 1, strings.Count(good, old), old)
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "f:1: want a filed run, found an empty file"},
		"no sections":        {"hello\n", "f:1: want the section meta.json, found the end of the file"},
		"cut":                {good[:len(good)-7], "want a whole last line, found a cut one"},
		"cut in the middle":  {good[:strings.Index(good, "-- ladder.txt --")], "want the section ladder.txt, found the end of the file"},
		"binary":             {replace("-- ladder.txt --\n", "-- ladder.txt --\n\xff\n"), "want UTF-8"},
		"too long":           {good + strings.Repeat("x", maxFile) + "\n", "f:1: want at most 16777216 bytes, found more"},
		"other format":       {replace(`"multipaxos-run"`, `"multipaxos-walk"`), line(`{`) + ` want format "multipaxos-run", found "multipaxos-walk"`},
		"other version":      {replace(`"version": 1,`+"\n  \"title", `"version": 2,`+"\n  \"title"), line(`{`) + " want version 1, found 2"},
		"other trace":        {replace(`"trace_version": 1`, `"trace_version": 7`), "want versions 1 and 1 of trace and history, found 7 and 1"},
		"unknown field":      {replace(`  "steps"`, `  "stops"`), `meta.json: json: unknown field "stops"`},
		"key twice":          {replace(`  "steps"`, `  "version": 1,`+"\n"+`  "steps"`), "want"},
		"unknown section":    {replace("-- ladder.txt --", "-- letter.txt --"), line("-- ladder.txt") + " want the section ladder.txt, found letter.txt"},
		"one section more":   {good + "-- more --\n", "want the end of the file, found the section more"},
		"unknown schedule":   {replace("\nschedule 1\n", "\nschedule 9\n"), line("schedule 1") + ` want "schedule 1", found "schedule 9"`},
		"unknown act":        {replace("\nend\n", "\n4000 jump 1\nend\n"), line("end") + " act: want one of"},
		"number of nodes":    {replace("\nmachine kv\nnodes ", "\nmachine kv\nnodes x"), line("nodes") + " want nodes, a number"},
		"edited comment":     {"x" + good, `f:1: want`},
		"space in meta.json": {replace(`  "steps"`, `   "steps"`), line(`  "steps"`) + " want"},
	} {
		_, err := ParseFile("f", c.text)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), c.want, name)
		assert.Contains(t, err.Error(), "f:", name)
		assert.NotContains(t, err.Error(), "\n", name)
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "none.txtar"))
	assert.ErrorContains(t, err, "none.txtar")
}

func TestBadChoicesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"choices 2\nmachine kv\nnodes 3\nclients 1\noperations 1\ncheckpoint 0\nwindow 4\nfaults none\n5 1\n5 1\nend\n":   "f:20: want a number from 6 to",
		"choices 2\nmachine kv\nnodes 3\nclients 1\noperations 1\ncheckpoint 0\nwindow 4\nfaults none\n5 0\nend\n":        "f:19: want a number from 0 to 1048575 and a choice that is not 0",
		"choices 2\nmachine kv\nnodes 3\nclients 1\noperations 1\ncheckpoint 0\nwindow 4\nfaults none\n9999999999 1\nend": "want a number from",
		"choices 2\nmachine kv\nnodes 3\nclients 1\noperations 1\ncheckpoint 0\nwindow 4\nfaults lots\nend\n":             "f:18: faults: want none",
		"choices 2\nmachine kv\nnodes 3\nclients 1\noperations 1\ncheckpoint 0\nwindow 4\nfaults none\n":                  "f:18: want another line",
	} {
		_, err := parseRepro("f", section{name: "schedule.txt", text: strings.TrimSuffix(text, "\n") + "\n", line: 11})
		assert.ErrorContains(t, err, want)
	}
}

// Schedules written by hand are read strictly. That they show their bugs is held by the gallery that they are in.
func TestDirectedSchedules(t *testing.T) {
	paths, err := filepath.Glob("testdata/scripts/*.txt")
	require.NoError(t, err)
	acts := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		s, err := DirectedSchedule(path, string(text))
		require.NoError(t, err)
		acts += s.Size()
	}
	assert.Greater(t, acts, 50)
	head := "cluster kv 3 nodes 3 clients 3 operations 0 checkpoint 0 window\n"
	for text, want := range map[string]string{
		"":                                 "f: nodes: want 1 to 7, found 0",
		"deliver Accept N1->N2\n":          "f:1: want cluster MACHINE",
		"cluster kv 9 nodes\n":             "f:1: want cluster MACHINE",
		head + "# fine\njump N1\n":         `f:3: want deliver, drop, duplicate, fire, turn, kill, wipe, restart, cut or run, and what, found "jump N1"`,
		head + "deliver Acceptor N1->N2":   "f:2: want deliver",
		head + "deliver Accept N1->N9":     "f:2: want deliver",
		head + "cut x deliver Join N1->N2": "f:2: want cut and a number",
		head + "turn x":                    "f:2: want a number",
	} {
		_, err := DirectedSchedule("f", text)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want)
	}
}

const gallery = "../histories"

// Every file of the gallery is read strictly; the protocol as it is passes under each schedule.
func TestGalleryPassesWithoutItsBugs(t *testing.T) {
	files, names, err := ReadGallery(gallery)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i, f := range files {
		o, err := f.Repro.Run(nil)
		require.NoError(t, err, names[i])
		assert.Empty(t, o.Failure(), names[i])
		assert.FileExists(t, filepath.Join(gallery, names[i]+".html"))
		assert.Equal(t, f.Bug != "", f.Failure != "", "%s: with a bug it fails, and without it passes", names[i])
	}
}

// replayEnv names the files that TestReplayHere replays.
const replayEnv = "FUZZ_REPLAY"

// With its bug planted, each run is what its file says, byte for byte.
func TestGalleryIsReproduced(t *testing.T) {
	if testing.Short() {
		t.Skip("builds this test with bugs")
	}
	files, names, err := ReadGallery(gallery)
	require.NoError(t, err)
	byBug := map[string][]string{}
	for i, f := range files {
		byBug[f.Bug] = append(byBug[f.Bug], filepath.Join(gallery, names[i]+".txtar"))
	}
	test, err := zoo.BuildTestTogether(t.Context(), "..", t.TempDir(), "./fuzz")
	require.NoError(t, err)
	for id, paths := range byBug {
		t.Run(orDash(id), func(t *testing.T) {
			again, err := test.Command(t.Context(), id, "-test.run", "^TestReplayHere$", "-test.v")
			require.NoError(t, err)
			again.Env = append(again.Env, replayEnv+"="+strings.Join(paths, " "))
			output, err := again.CombinedOutput()
			assert.NoError(t, err, "%s", output)
			assert.Equal(t, len(paths), strings.Count(string(output), "byte for byte"), "%s", output)
		})
	}
}

// TestReplayHere is what TestGalleryIsReproduced runs with a bug planted.
func TestReplayHere(t *testing.T) {
	paths := strings.Fields(os.Getenv(replayEnv))
	if len(paths) == 0 {
		t.Skip("no files to replay")
	}
	for _, path := range paths {
		f, err := ReadFile(path)
		require.NoError(t, err)
		r, err := f.Replay()
		require.NoError(t, err)
		assert.Empty(t, r.Differences, path)
		t.Logf("%s: %s, compared byte for byte", path, r.Again.Failure)
	}
}

func TestGalleryReadmeIsCurrent(t *testing.T) {
	want, err := GalleryReadme(gallery)
	require.NoError(t, err)
	found, err := os.ReadFile(filepath.Join(gallery, "README.md"))
	require.NoError(t, err)
	assert.Equal(t, want, string(found), "run: go run ./checker/cmd/check gallery --readme")
}

// The gallery is small enough to be carried about.
func TestGalleryIsSmall(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(gallery, "*.*"))
	require.NoError(t, err)
	total := int64(0)
	for _, path := range paths {
		info, err := os.Stat(path)
		require.NoError(t, err)
		total += info.Size()
	}
	assert.Less(t, total, int64(3<<20))
}
