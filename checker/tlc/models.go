package tlc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"multipaxos/checker/whole"
)

// The tiers: quick models run with every check, the others on request.
const (
	Quick = "quick"
	Flaws = "flaws" // the specification with a rule taken out, and the controls
	Full  = "full"  // as a selection: all models
)

var tiers = []string{Quick, Flaws, Full}

func checkTier(tier string) error {
	if !slices.Contains(tiers, tier) {
		return fmt.Errorf("tier: expected one of %q, found %q", tiers, tier)
	}
	return nil
}

// What a model is expected to do.
const (
	ExpectPass     = "pass"
	ExpectViolates = "violates"
)

// Entry is one model of models.json and its pinned result.
//
// A model expected to pass pins its counts of states. One expected to violate pins the violated property and the
// length of the error trace.
type Entry struct {
	Name     string   `json:"name"`
	Module   string   `json:"module"`            // file beside models.json
	Cfg      string   `json:"cfg"`               // file beside models.json
	Library  string   `json:"library,omitempty"` // directory of modules that are not beside Module, from that of models.json
	Purpose  string   `json:"purpose"`
	Tier     string   `json:"tier"`
	Expect   string   `json:"expect"`
	Property string   `json:"property,omitempty"` // violated; "Deadlock" for a deadlock
	Deadlock bool     `json:"deadlock,omitempty"` // a state without successor is a violation
	HeapMB   int      `json:"heapMB,omitempty"`
	Cover    []string `json:"cover,omitempty"` // actions that must fire; none: all of them

	Distinct  int64 `json:"distinct,omitempty"`
	Generated int64 `json:"generated,omitempty"`
	Depth     int   `json:"depth,omitempty"` // not compared when a model runs alone: several workers may report a longer path
	Trace     int   `json:"trace,omitempty"` // states of the error trace

	// Not compared, of when it was pinned: the seconds of CPU time, and the branches that it was the first to take.
	Seconds  int `json:"seconds,omitempty"`
	Branches int `json:"branches,omitempty"`
}

var entryKeys = []string{"name", "module", "cfg", "library", "purpose", "tier", "expect", "property", "deadlock", "heapMB",
	"cover", "distinct", "generated", "depth", "trace",
	"seconds", "branches"}

const maxModelsFile = 1 << 20

// ReadModels reads a models.json. Unknown, duplicate, missing and contradictory fields are *[InputError]s.
func ReadModels(path string) ([]Entry, error) {
	text, err := readAtMost(path, maxModelsFile)
	if err != nil {
		return nil, err
	}
	lines, err := checkKeys(path, text)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	if err := json.Unmarshal(text, &entries); err != nil {
		line := 0
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			line = lineAt(text, wrongType.Offset)
		}
		return nil, &InputError{File: path, Line: line, Msg: strings.TrimPrefix(err.Error(), "json: ")}
	}
	names := map[string]bool{}
	for i, e := range entries {
		if err := e.validate(); err != nil {
			return nil, &InputError{File: path, Line: lines[i], Msg: err.Error()}
		}
		if names[e.Name] {
			return nil, &InputError{File: path, Line: lines[i], Msg: fmt.Sprintf("duplicate model %q", e.Name)}
		}
		names[e.Name] = true
	}
	return entries, nil
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &InputError{File: path, Msg: "cannot read: " + errors.Unwrap(err).Error()}
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, &InputError{File: path, Msg: err.Error()}
	case int64(len(text)) > limit:
		return nil, &InputError{File: path, Msg: fmt.Sprintf("longer than %d bytes", limit)}
	case len(bytes.TrimSpace(text)) == 0:
		return nil, &InputError{File: path, Line: 1, Msg: "expected an array of models, found an empty file"}
	}
	return text, nil
}

// checkKeys walks the tokens, since encoding/json accepts duplicate keys and reports unknown ones without a place.
// It returns the line of each model.
func checkKeys(path string, text []byte) (lines []int, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	fail := func(format string, args ...any) ([]int, error) {
		return nil, &InputError{File: path, Line: lineAt(text, d.InputOffset()), Msg: fmt.Sprintf(format, args...)}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return fail("expected an array of models")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil || t != json.Delim('{') {
			return fail("expected a model, an object")
		}
		lines = append(lines, lineAt(text, d.InputOffset()))
		if err := checkModelKeys(d); err != nil {
			return fail("%v", err)
		}
	}
	if _, err := d.Token(); err != nil {
		return fail("array cut off: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fail("expected the end of the file after the array")
	}
	return lines, nil
}

// checkModelKeys reads a model after its opening brace.
func checkModelKeys(d *json.Decoder) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string) // the decoder returns nothing else here
		if !slices.Contains(entryKeys, key) {
			return fmt.Errorf("unknown field %q", key)
		}
		if seen[key] {
			return fmt.Errorf("duplicate field %q", key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("model cut off: %w", err)
	}
	return nil
}

// lineAt is the line, from 1, of a byte offset.
func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

func (e Entry) validate() error {
	required := map[string]string{"name": e.Name, "module": e.Module, "cfg": e.Cfg, "purpose": e.Purpose}
	for _, key := range entryKeys {
		if value, ok := required[key]; ok && value == "" {
			return fmt.Errorf("model %q: field %q is missing", e.Name, key)
		}
	}
	counts := e.Distinct != 0 || e.Generated != 0 || e.Depth != 0
	if err := checkTier(e.Tier); err != nil {
		return fmt.Errorf("model %q: %w", e.Name, err)
	}
	switch {
	case e.Expect != ExpectPass && e.Expect != ExpectViolates:
		return fmt.Errorf("model %q: expect: expected %q or %q, found %q", e.Name, ExpectPass, ExpectViolates, e.Expect)
	case e.Expect == ExpectPass && (e.Property != "" || e.Trace != 0):
		return fmt.Errorf("model %q: a model that passes has no property and no trace", e.Name)
	case e.Expect == ExpectViolates && e.Property == "":
		return fmt.Errorf("model %q: field %q is missing: what is violated?", e.Name, "property")
	case e.Expect == ExpectViolates && counts:
		return fmt.Errorf("model %q: distinct, generated and depth of a violation are not repeatable: pin trace", e.Name)
	case min(e.Distinct, e.Generated, int64(e.Depth), int64(e.Trace), int64(e.HeapMB), int64(e.Seconds), int64(e.Branches)) < 0:
		return fmt.Errorf("model %q: a number is negative", e.Name)
	}
	return nil
}

// WriteModels writes a models.json, whole or not at all.
func WriteModels(path string, entries []Entry) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // TLA+ text is full of < and >
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(entries); err != nil {
		return err
	}
	return whole.WriteText(path, b.String())
}
