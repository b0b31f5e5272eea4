package linear

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
	"unicode/utf8"

	"multipaxos/checker/whole"
)

// Format and Version stand in the header of each history file.
const (
	Format  = "multipaxos-history"
	Version = 1
)

// Limits that bound the memory of a reader.
const (
	MaxLine   = 1 << 20    // bytes of a line, without its newline
	MaxEvents = 10_000_000 // events of a history
)

// field is one member of a line's JSON object. Fields appear in files in the order of their numbers.
type field uint8

const (
	fieldEvent field = iota
	fieldTime
	fieldClient
	fieldSeq
	fieldSlot
	fieldNode
	fieldInput
	fieldOutput
	fieldKind
	fieldText
	fieldCount
)

var fieldNames = [fieldCount]string{"event", "time", "client", "seq", "slot", "node", "input", "output", "kind", "text"}

// fieldsOf tells which fields a line of each kind has, besides event and time: exactly these.
var fieldsOf = [...][]field{
	Call:    {fieldClient, fieldSeq, fieldNode, fieldInput},
	Return:  {fieldClient, fieldSeq, fieldSlot, fieldNode, fieldOutput},
	Retry:   {fieldClient, fieldSeq, fieldNode},
	Abandon: {fieldClient, fieldSeq},
	Decided: {fieldClient, fieldSeq, fieldSlot, fieldInput},
	Note:    {fieldNode, fieldKind, fieldText},
}

// header is the first line of a file.
type header struct {
	Format  string            `json:"format"`
	Version int               `json:"version"`
	Machine string            `json:"machine"`
	Initial string            `json:"initial"`
	Nodes   []string          `json:"nodes,omitempty"`
	Seed    uint64            `json:"seed"`
	Run     map[string]string `json:"run,omitempty"`
}

// Write writes a history as NDJSON, `time` in nanoseconds. It refuses what Read would not give back unchanged.
func Write(w io.Writer, h *History) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	line, err := json.Marshal(header{Format, Version, h.Machine, h.Initial, h.Nodes, h.Seed, h.Run})
	if err == nil {
		err = writeLine(buffered, line)
	}
	if err != nil {
		return fmt.Errorf("writing the header of a history: %w", err)
	}
	if len(h.Events) > MaxEvents {
		return fmt.Errorf("writing a history: %d events, want at most %d", len(h.Events), MaxEvents)
	}
	for i := range h.Events {
		if line, err = appendEvent(line[:0], &h.Events[i]); err == nil {
			err = writeLine(buffered, line)
		}
		if err != nil {
			return fmt.Errorf("writing event %d of a history: %w", i, err)
		}
	}
	return buffered.Flush()
}

// WriteFile writes a history to a file, whole or not at all.
func WriteFile(path string, h *History) error {
	return whole.Write(path, func(w io.Writer) error { return Write(w, h) })
}

func writeLine(w *bufio.Writer, line []byte) error {
	if len(line) > MaxLine {
		return fmt.Errorf("line of %d bytes, want at most %d", len(line), MaxLine)
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

func appendEvent(line []byte, e *Event) ([]byte, error) {
	if e.Kind < Call || e.Kind > Note {
		return nil, fmt.Errorf("unknown kind of event: %v", e.Kind)
	}
	line = append(append(append(line, `{"event":"`...), kindNames[e.Kind]...), `","time":`...)
	line = strconv.AppendInt(line, int64(e.Time), 10)
	for _, f := range fieldsOf[e.Kind] {
		line = append(append(append(line, `,"`...), fieldNames[f]...), `":`...)
		if number := e.number(f); number != nil {
			line = strconv.AppendUint(line, *number, 10)
			continue
		}
		text := *e.text(f)
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("%s %q is not UTF-8", fieldNames[f], text)
		}
		line = appendText(line, text)
	}
	return append(line, '}'), nil
}

// appendText quotes text. Almost all of it is printable ASCII without quotes, which needs no escaping.
func appendText(line []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // a string always marshals
			return append(line, quoted...)
		}
	}
	return append(append(append(line, '"'), text...), '"')
}

func (e *Event) number(f field) *uint64 {
	switch f {
	case fieldClient:
		return &e.Client
	case fieldSeq:
		return &e.Seq
	case fieldSlot:
		return &e.Slot
	}
	return nil
}

func (e *Event) text(f field) *string {
	switch f {
	case fieldNode:
		return &e.Node
	case fieldInput:
		return &e.Input
	case fieldOutput:
		return &e.Output
	case fieldKind:
		return &e.Note
	case fieldText:
		return &e.Text
	}
	return nil
}

// ReadFile reads a history file.
func ReadFile(path string) (*History, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Read(file, path)
}

// Read reads a history strictly: each line is an object with exactly the fields of its kind, and ends in a newline.
// Errors start with `name:line: `. Read holds one line of at most MaxLine bytes and the events read so far.
// It does not judge whether the events make sense; Validate does.
func Read(r io.Reader, name string) (*History, error) {
	h := &History{Name: name}
	lines := bufio.NewReaderSize(r, MaxLine+1)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err == io.EOF && number > 1 {
			return h, nil
		}
		if err == io.EOF {
			err = errors.New("empty file: want a header line")
		}
		if err == nil {
			err = h.readLine(line, number)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
}

// readLine returns the next line without its newline; it is valid until the next call. io.EOF means there is none.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("line of more than %d bytes", MaxLine)
	case err == io.EOF && len(line) > 0:
		return nil, fmt.Errorf("cut last line: no newline after %.60q", line)
	case err != nil:
		return nil, err
	case !utf8.Valid(line):
		return nil, errors.New("line is not UTF-8")
	}
	return line[:len(line)-1], nil
}

func (h *History) readLine(line []byte, number int) error {
	if number == 1 {
		return h.readHeader(line)
	}
	if len(h.Events) == MaxEvents {
		return fmt.Errorf("more than %d events", MaxEvents)
	}
	e, written := parseWritten(string(line)) // one string, of which the event's fields are parts
	if !written {
		var err error
		if e, err = parseEvent(line); err != nil {
			return err
		}
	}
	h.Events = append(h.Events, e)
	return nil
}

func (h *History) readHeader(line []byte) error {
	var head header
	if err := checkKeys(line); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&head); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if head.Format != Format || head.Version != Version {
		return fmt.Errorf("header: want format %q version %d, found %.60q version %d", Format, Version, head.Format, head.Version)
	}
	h.Header = Header{head.Machine, head.Initial, head.Nodes, head.Seed, head.Run}
	return nil
}

// checkKeys refuses what encoding/json lets pass: duplicate keys, keys in another case, text after the value, null.
func checkKeys(line []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	want := map[string]bool{"format": true, "version": true, "machine": true, "initial": true, "nodes": true, "seed": true, "run": true}
	if err := walkObject(decoder, func(key string) error {
		if !want[key] {
			return fmt.Errorf("unknown or duplicate field %.60q", key)
		}
		want[key] = false
		if key == "run" {
			return walkObject(decoder, noDuplicates(func() error { return scalar(decoder) }))
		}
		return value(decoder)
	}); err != nil {
		return err
	}
	for _, key := range []string{"format", "version", "machine", "initial", "seed"} {
		if want[key] {
			return fmt.Errorf("missing field %q", key)
		}
	}
	return atEnd(decoder)
}

func noDuplicates(next func() error) func(string) error {
	seen := map[string]bool{}
	return func(key string) error {
		if seen[key] {
			return fmt.Errorf("duplicate field %.60q", key)
		}
		seen[key] = true
		return next()
	}
}

func value(decoder *json.Decoder) error {
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return err
	}
	if string(raw) == "null" {
		return errors.New("null is no value")
	}
	return nil
}

func scalar(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if _, ok := token.(string); !ok {
		return fmt.Errorf("want a string, found %v", token)
	}
	return nil
}

func walkObject(decoder *json.Decoder, member func(key string) error) error {
	token, err := decoder.Token()
	if err != nil {
		return noEOF(err)
	}
	if token != json.Delim('{') {
		return fmt.Errorf("want an object, found %.60q", fmt.Sprint(token))
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return noEOF(err)
		}
		if err := member(key.(string)); err != nil { // encoding/json lets only strings be keys
			return noEOF(err)
		}
	}
	_, err = decoder.Token()
	return noEOF(err)
}

func noEOF(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("want an object, found the end of the line")
	}
	return err
}

func atEnd(decoder *json.Decoder) error {
	if token, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("want the end of the line, found %.60q", fmt.Sprint(token))
	}
	return nil
}

func parseEvent(line []byte) (e Event, err error) {
	var seen [fieldCount]bool
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	err = walkObject(decoder, func(key string) error {
		f, err := fieldNamed(key)
		if err != nil {
			return err
		}
		if seen[f] {
			return fmt.Errorf("duplicate field %q", key)
		}
		seen[f] = true
		return e.parseField(decoder, f)
	})
	if err == nil {
		err = atEnd(decoder)
	}
	if err == nil {
		err = checkFields(e.Kind, seen)
	}
	return e, err
}

func fieldNamed(key string) (field, error) {
	for f, name := range fieldNames {
		if name == key {
			return field(f), nil
		}
	}
	return 0, fmt.Errorf("unknown field %.60q", key)
}

func (e *Event) parseField(decoder *json.Decoder, f field) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	text, isText := token.(string)
	literal, isNumber := token.(json.Number)
	switch {
	case f == fieldEvent && isText:
		e.Kind, err = kindNamed(text)
	case f == fieldTime && isNumber:
		var nanoseconds int64
		nanoseconds, err = strconv.ParseInt(string(literal), 10, 64)
		e.Time = time.Duration(nanoseconds)
	case e.number(f) != nil && isNumber:
		*e.number(f), err = strconv.ParseUint(string(literal), 10, 64)
	case e.text(f) != nil && isText:
		*e.text(f) = text
	default:
		return fmt.Errorf("field %q: want %s, found %.60q", fieldNames[f], f.wants(), fmt.Sprint(token))
	}
	if err != nil {
		return fmt.Errorf("field %q: want %s, found %.60q", fieldNames[f], f.wants(), fmt.Sprint(token))
	}
	return nil
}

func (f field) wants() string {
	switch f {
	case fieldEvent:
		return "call, return, retry, abandon, decided or note"
	case fieldTime:
		return "an integer of nanoseconds"
	case fieldClient, fieldSeq, fieldSlot:
		return "an integer of at least 0"
	}
	return "a string"
}

func kindNamed(name string) (Kind, error) {
	for k := Call; k <= Note; k++ {
		if kindNames[k] == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("unknown event %.60q", name)
}

func checkFields(kind Kind, seen [fieldCount]bool) error {
	if !seen[fieldEvent] || !seen[fieldTime] {
		return errors.New(`missing field "event" or "time"`)
	}
	seen[fieldEvent], seen[fieldTime] = false, false
	for _, f := range fieldsOf[kind] {
		if !seen[f] {
			return fmt.Errorf("missing field %q of %v", fieldNames[f], kind)
		}
		seen[f] = false
	}
	for f, present := range seen {
		if present {
			return fmt.Errorf("field %q does not belong to %v", fieldNames[f], kind)
		}
	}
	return nil
}
