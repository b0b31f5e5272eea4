// Package trace writes, reads and shows the record of a run: every step of every node, every message's fate.
//
// A trace is NDJSON: a [Header], then one [Event] a line, then an End event. It is recorded at the boundary of
// the node, so that a run is the same with and without it, and it leaves nothing to guess: each message has an
// id and one fate (delivered, lost, or in flight at the end; a duplicate is one more copy of it), each step has
// its cause, its effects and the whole state of the node after it. On disk an event carries only what of that
// state changed; the [Reader] puts it together again. Equal runs have equal traces, byte for byte.
//
// The [Reader] accepts what a [Recorder] can have written and nothing else: one function for each type of value is
// both how it is written and how it is read, and any byte that differs is an error. It follows the messages and the
// nodes' lives. [Validate] also follows the disks and checks what must hold in each step, whatever the protocol's
// model says.
// docs/trace-format.md is the schema.
package trace
