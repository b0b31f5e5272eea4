// Package coverage says what of the protocol was exercised, and by what: it maps the actions of the specification to the
// handlers of the role code, both ways, and counts how often each branch of the role code was reached by simulated runs,
// by the fuzz corpus, by the exhaustive exploration and by behaviours of TLC.
//
// It reads source files and the counters of Go's own coverage, and imports nothing of impl: a branch is a basic block as
// the Go compiler counts it.
package coverage
