package kv

import (
	"fmt"
	"strings"
)

// Operation is a parsed operation. Strings are parts of the parsed text.
type Operation struct {
	Verb  string
	Key   string
	Old   string // of cas, else empty
	Value string // the new value of put and cas, else empty
}

// Put builds a write.
func Put(key, value string) string { return VerbPut + " " + key + " " + value }

// Get builds a read.
func Get(key string) string { return VerbGet + " " + key }

// CAS builds a compare-and-set.
func CAS(key, old, value string) string { return VerbCAS + " " + key + " " + old + " " + value }

// Delete builds a removal.
func Delete(key string) string { return VerbDelete + " " + key }

// Parse reads an operation; the error names what Apply answers after `error `.
func Parse(input string) (Operation, error) {
	op, slug := parse(input)
	if slug != "" {
		return Operation{}, fmt.Errorf("kv operation %.80q: %s", input, slug)
	}
	return op, nil
}

// ReadOnly reports that an operation changes no store: a read, or one that is malformed.
func ReadOnly(input string) bool {
	op, slug := parse(input)
	return slug != "" || op.Verb == VerbGet
}

// String is the text that Parse reads.
func (op Operation) String() string {
	switch op.Verb {
	case VerbPut:
		return Put(op.Key, op.Value)
	case VerbCAS:
		return CAS(op.Key, op.Old, op.Value)
	default:
		return op.Verb + " " + op.Key
	}
}

// parse returns a slug that says what is wrong, or "". It does not allocate.
func parse(input string) (op Operation, slug string) {
	if input == "" {
		return op, "empty"
	}
	if len(input) > MaxOperation {
		return op, "oversize"
	}
	for i := range len(input) {
		if input[i] < ' ' || input[i] > '~' {
			return op, "unprintable-character"
		}
	}
	op, slug = split(input)
	if slug != "" {
		return Operation{}, slug
	}
	if !validKey(op.Key) {
		return Operation{}, "bad-key"
	}
	needsValue := op.Verb == VerbPut || op.Verb == VerbCAS
	if needsValue && !validValue(op.Value) || op.Verb == VerbCAS && !validValue(op.Old) {
		return Operation{}, "bad-value"
	}
	return op, ""
}

func split(input string) (op Operation, slug string) {
	want := 0
	verb, rest, _ := strings.Cut(input, " ")
	switch verb {
	case VerbGet, VerbDelete:
		want, op = 1, Operation{Verb: verb, Key: rest}
	case VerbPut:
		key, value, _ := strings.Cut(rest, " ")
		want, op = 2, Operation{Verb: verb, Key: key, Value: value}
	case VerbCAS:
		key, values, _ := strings.Cut(rest, " ")
		old, value, _ := strings.Cut(values, " ")
		want, op = 3, Operation{Verb: verb, Key: key, Old: old, Value: value}
	default:
		return op, "unknown-verb"
	}
	if strings.Count(input, " ") != want {
		return op, "wrong-field-count"
	}
	return op, ""
}

func validKey(key string) bool {
	if key == "" || len(key) > MaxKey {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

// validValue allows all of printable ASCII but the space.
func validValue(value string) bool {
	if value == "" || len(value) > MaxValue {
		return false
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}
