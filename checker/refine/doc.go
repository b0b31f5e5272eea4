// Package refine judges a run, event by event, while it goes on or from its trace: is each event one step of the
// specification?
//
// # How
//
// A [Validator] keeps a node of package model for each node of the run. It takes an event as exactly one action of the
// model with its parameters (the message that was delivered, the timer that fired, the command that was called, the disk
// that a node started from), has the model take that step, and compares: the whole state of the node, what is on its
// disk, the messages sent, the answers given. Nothing is guessed, so the model has one successor, and a difference is
// the fault of this event or of the last of its node. Then it holds the invariants of the specification.
//
// What clients do not see of the specification, the contents of the state machine, it runs beside the model: each node
// has a machine of its own, which executes the commands that the model's Replica executes. So outputs, sessions and
// snapshots are compared too.
//
// # What maps to what
//
// A node's first Start is its initial state; a later one is CrashRestart, or WipeRestart when its disk was lost: a crash
// and the restart after it are one step. A step whose writes were lost with its node is not recorded: it did not
// happen. [Stutters] lists all events that are no step. A test holds that they leave the modelled state alone.
//
// Two things are known here that the specification leaves open, so that nothing has to be guessed: whether a Replica
// has heard of its leader since the last timeout, and which commands a client has stopped waiting for. In the
// specification such a command keeps its Requester, and its answer goes to nobody.
//
// # What it costs
//
// An event takes time in proportion to what it changes and to the state of its node, all of which is compared: the votes
// and decisions, which the checkpoints bound, at the speed of memory with a copy of what was found equal last, and the rest
// entry by entry. Nothing bounds the sessions (BenchmarkLength). Memory grows by one record for each slot of the log.
package refine
