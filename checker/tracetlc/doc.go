// Package tracetlc has TLC judge traces: is each event one step of the specification, spec/MultiPaxos.tla?
//
// It is the second judge, slow and independent: package refine, the first, holds traces against a model in Go that was
// written from the specification; here TLC evaluates the specification itself. They share the reader of traces and the
// names of conjuncts. [Compare] has both judge, and fails when they do not say the same.
//
// # How
//
// A trace is cut into segments. Each is written as TLA+: the state of all nodes and disks and the messages in flight
// where it starts, and its events, each with what it changed. spec/Trace.tla has TLC take them one after another, as
// the operators of MultiPaxos say, and compares: the fate of messages, whether the action is possible, the roles, the
// disk, what was sent and answered. TLC must end a segment in the state from which the next one starts, so the parts
// make a whole. One run of TLC walks many segments of many traces; it must have visited exactly one state for each
// place in each segment, or there is no verdict.
//
// # Verdicts
//
// A verdict names the event by its number, and the first conjunct that fails, in this order: fate, action, acceptor,
// replica, leader, scout, commanders, requester, bootstrap, seed, disk, msgs, answers, then the step invariants and the
// invariants of MultiPaxos.tla by their names. Step invariants are held in each step. Invariants are held at the end of
// each segment; where one fails, the segment is judged once more, event by event.
//
// # What TLC is told in other words
//
// TLC counts to 2^31-1 and has no maps from text to text. Clients, addresses and disks get small numbers. A command is
// its client and number; a command that turns up with another input than it was called with gets a client of its own,
// which no state of the specification has. A machine is the sequence of commands that it executed: the decisions that
// the trace tells of are executed here, and a snapshot or an output counts as right when it is the one found so.
package tracetlc
