package linear

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const goodHeader = `{"format":"multipaxos-history","version":1,"machine":"kv","initial":"kv 1","nodes":["N1"],"seed":7,"run":{"commit":"abc"}}`

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 200 {
		h := generate(random, []string{"bank", "kv"}[i%2], 30, 3, 3, true)
		h.Run = map[string]string{"commit": "abc", "why": `quotes " and é`}
		h.Events = append(h.Events, Event{Kind: Note, Note: "odd", Text: "tab\t, <b>, \u2028, é, \\ and \""})
		var file bytes.Buffer
		require.NoError(t, Write(&file, h))
		first := file.String()
		read, err := Read(&file, h.Name)
		require.NoError(t, err)
		require.Equal(t, h, read)
		var again bytes.Buffer
		require.NoError(t, Write(&again, read))
		require.Equal(t, first, again.String())
	}
}

// Both parsers agree on every line that the fast one accepts, and it accepts nearly all that Write wrote.
func TestFastParserAgreesWithTheStrictOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	accepted, refused, changed := 0, 0, 0
	for i := range 100 {
		h := generate(random, []string{"bank", "kv"}[i%2], 30, 3, 3, true)
		for j := range h.Events {
			line, err := appendEvent(nil, &h.Events[j])
			require.NoError(t, err)
			fast, ok := parseWritten(string(line))
			require.True(t, ok, "%s", line)
			require.Equal(t, h.Events[j], fast)
			for range 4 {
				k := random.IntN(len(line))
				bad := bytes.Clone(line)
				bad[k] = "\"0 {}:,\\-9a\x00\x7f"[random.IntN(13)]
				if random.IntN(3) == 0 {
					bad = append(bad[:k:k], bad[k+1:]...)
				}
				fast, ok := parseWritten(string(bad))
				strict, err := parseEvent(bad)
				switch {
				case ok:
					require.NoError(t, err, "%s", bad)
					require.Equal(t, strict, fast, "%s", bad)
					accepted++
				case err == nil:
					changed++
				default:
					refused++
				}
			}
		}
	}
	require.Positive(t, accepted)
	require.Positive(t, refused)
	require.Positive(t, changed)
}

func TestWriteRefusesWhatReadWouldNotGiveBack(t *testing.T) {
	for _, e := range []Event{
		{Kind: Note, Note: "x", Text: "\xff"},
		{Kind: Note, Note: "x", Text: strings.Repeat("x", MaxLine)},
		{Kind: 99},
		{},
	} {
		require.Error(t, Write(io.Discard, &History{Events: []Event{e}}))
	}
	path := filepath.Join(t.TempDir(), "h.ndjson")
	require.Error(t, WriteFile(path, &History{Events: []Event{{}}}))
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, left, "a failed write leaves nothing behind")
}

func TestReadRefusesBadInput(t *testing.T) {
	call := `{"event":"call","time":1,"client":1,"seq":1,"node":"N1","input":"get a"}`
	for _, test := range []struct {
		name, file, message string
	}{
		{"empty file", "", "f:1: empty file"},
		{"no newline after the header", goodHeader, "f:1: cut last line"},
		{"cut last line", goodHeader + "\n" + call + "\n" + call[:20], "f:3: cut last line"},
		{"cut in an object", goodHeader + "\n" + call[:20] + "\n", "f:2: want an object, found the end of the line"},
		{"binary", "\x7fELF\x02\x01\x00\xff\n", "f:1: line is not UTF-8"},
		{"binary later", goodHeader + "\n\xfe\xff\n", "f:2: line is not UTF-8"},
		{"no header", call + "\n", `f:1: header: unknown or duplicate field "event"`},
		{"other format", strings.Replace(goodHeader, "multipaxos-history", "multipaxos-trace", 1) + "\n", `found "multipaxos-trace" version 1`},
		{"other version", strings.Replace(goodHeader, `"version":1`, `"version":2`, 1) + "\n", "found \"multipaxos-history\" version 2"},
		{"header twice a key", strings.Replace(goodHeader, `"seed":7`, `"seed":7,"seed":8`, 1) + "\n", `duplicate field "seed"`},
		{"header run twice a key", strings.Replace(goodHeader, `"commit":"abc"`, `"commit":"abc","commit":"d"`, 1) + "\n", `duplicate field "commit"`},
		{"header run not a string", strings.Replace(goodHeader, `"commit":"abc"`, `"commit":1`, 1) + "\n", "want a string, found 1"},
		{"header unknown field", strings.Replace(goodHeader, `"seed":7`, `"seed":7,"color":8`, 1) + "\n", `field "color"`},
		{"header other case", strings.Replace(goodHeader, `"seed"`, `"Seed"`, 1) + "\n", `field "Seed"`},
		{"header without a field", strings.Replace(goodHeader, `"seed":7,`, ``, 1) + "\n", `missing field "seed"`},
		{"header null", strings.Replace(goodHeader, `"seed":7`, `"seed":null`, 1) + "\n", "null is no value"},
		{"header and more", goodHeader + "{}\n", "want the end of the line"},
		{"header is a list", "[]\n", "want an object"},
		{"blank line", goodHeader + "\n\n", "f:2: want an object, found the end of the line"},
		{"two objects", goodHeader + "\n" + call + call + "\n", "f:2: want the end of the line"},
		{"second header", goodHeader + "\n" + goodHeader + "\n", `f:2: unknown field "format"`},
		{"duplicate key", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":1,"seq":1`, 1) + "\n", `f:2: duplicate field "seq"`},
		{"unknown field", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":1,"x":1`, 1) + "\n", `f:2: unknown field "x"`},
		{"other case", goodHeader + "\n" + strings.Replace(call, `"seq"`, `"Seq"`, 1) + "\n", `f:2: unknown field "Seq"`},
		{"missing field", goodHeader + "\n" + strings.Replace(call, `"seq":1,`, ``, 1) + "\n", `f:2: missing field "seq" of call`},
		{"no time", goodHeader + "\n" + strings.Replace(call, `"time":1,`, ``, 1) + "\n", `f:2: missing field "event" or "time"`},
		{"field of another kind", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":1,"slot":1`, 1) + "\n", `f:2: field "slot" does not belong to call`},
		{"unknown event", goodHeader + "\n" + strings.Replace(call, `"call"`, `"cell"`, 1) + "\n", `want call, return, retry, abandon, decided or note, found "cell"`},
		{"NaN", goodHeader + "\n" + strings.Replace(call, `"time":1`, `"time":NaN`, 1) + "\n", "f:2: invalid character 'N'"},
		{"fraction", goodHeader + "\n" + strings.Replace(call, `"time":1`, `"time":1.5`, 1) + "\n", `want an integer of nanoseconds, found "1.5"`},
		{"negative", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":-1`, 1) + "\n", `field "seq": want an integer of at least 0, found "-1"`},
		{"too large", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":18446744073709551616`, 1) + "\n", `field "seq": want an integer`},
		{"number as string", goodHeader + "\n" + strings.Replace(call, `"seq":1`, `"seq":"1"`, 1) + "\n", `field "seq": want an integer`},
		{"string as number", goodHeader + "\n" + strings.Replace(call, `"N1"`, `1`, 1) + "\n", `field "node": want a string, found "1"`},
		{"null", goodHeader + "\n" + strings.Replace(call, `"N1"`, `null`, 1) + "\n", `field "node": want a string`},
		{"nested", goodHeader + "\n" + strings.Replace(call, `"N1"`, `{}`, 1) + "\n", `field "node": want a string`},
		{"long line", goodHeader + "\n" + strings.Repeat("x", MaxLine+1) + "\n", fmt.Sprintf("f:2: line of more than %d bytes", MaxLine)},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.file), "f")
			require.ErrorContains(t, err, test.message)
		})
	}
	h, err := Read(strings.NewReader(goodHeader+"\n"+call+"\n"), "f")
	require.NoError(t, err)
	require.NoError(t, Validate(h))
	_, err = Read(strings.NewReader(goodHeader+"\n"+strings.Repeat(" ", MaxLine-len(call))+call+"\n"), "f")
	require.NoError(t, err, "the longest line")
}

// endless gives x for ever.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	if e.read > 100<<20 {
		return 0, errors.New("read on and on")
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadOfAnEndlessLineIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	source := &endless{}
	_, err := Read(source, "f")
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "f:1: line of more than")
	require.Less(t, source.read, 4*MaxLine)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*MaxLine))
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.ndjson")
	h := script(t, "kv 1", "call 1 1 get a")
	require.NoError(t, WriteFile(path, h))
	read, err := ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, path+":2", read.Where(0))
	_, err = ReadFile(path + "x")
	require.Error(t, err)
}

func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	if err := Write(&file, generate(rand.New(rand.NewPCG(1, 1)), "kv", 10, 3, 2, true)); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(goodHeader + "\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, line := range bytes.Split(file, []byte("\n")) {
			fast, ok := parseWritten(string(line))
			if strict, err := parseEvent(line); ok && utf8.Valid(line) && (err != nil || strict != fast) {
				t.Fatalf("%q: %v, %v and %v", line, err, strict, fast)
			}
		}
		h, err := Read(bytes.NewReader(file), "f")
		if err != nil {
			return
		}
		if _, err = Check(h, Options{}); err != nil {
			return
		}
		var written bytes.Buffer
		if err := Write(&written, h); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&written, "f"); err != nil {
			t.Fatal(err)
		}
	})
}
