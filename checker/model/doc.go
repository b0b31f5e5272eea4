// Package model is spec/MultiPaxos.tla as pure Go: the same roles, actions and invariants under the same names, written
// from the specification alone. It imports nothing of impl, so that it can judge impl.
//
// # How to read it
//
// A handler turns a [Node] into what it becomes, and what it sends collects in Node.Out, as x and x.out in the
// specification; it changes the Node in place, but never a [Table] or a list in it. An action, such as ReceivePropose,
// calls a function for every step that it allows at a node. A message
// is kept with the node it is sent to: a [Cell] is a node and the messages sent to it, a [State] is a cell for each
// node, the answers that clients got, and the number of crashes.
//
// # How it searches
//
// [Search] visits every reachable state breadth first. All that happens at a node depends on its cell alone, and there
// are far fewer cells than states. So cells get numbers, what can happen in a cell is computed once, and a state is one
// number a node and one for the rest. States are compared as a whole, not by fingerprint: no two are ever confused.
//
// [Equal] compares the search with TLC's, state by state and edge by edge.
package model
