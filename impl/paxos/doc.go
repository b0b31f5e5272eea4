// Package paxos is Multi-Paxos as eight roles that take messages and append effects.
//
// A [Node] has an address and a set of roles. A message is handed to every role of the node that has a
// handler for it. A handler is pure: it reads the role's state and the message, changes the state of its own
// node, and appends its effects to an [Out]: durable writes, messages, timers, answers to clients. It uses no
// goroutine, lock, clock, random source, I/O or map order, so the same code runs in the simulator, the
// explorer, the fuzzer and a real cluster.
//
// One step is one call of [Node.Receive], [Node.Fire] or [Node.Invoke]. Messages that only roles of the same
// node exchange (Invoke, Invoked, Adopted, Accepting, Decided) are handled to the end inside the step. All
// others travel, even to the node itself. The step's durable writes must be on disk before its messages leave.
//
// A command goes through a cluster of three like this, once N1 leads at ballot (1,N1):
//
//	Requester N2   Replica N2        Leader N1   Commander N1   Acceptors N1 N2 N3   Replicas
//	    │──Invoke────▶│                  │             │                │               │
//	    │             │──Propose(slot)──▶│             │                │               │
//	    │             │                  │───start────▶│                │               │
//	    │             │                  │             │──Accept───────▶│ write, then   │
//	    │             │                  │             │◀──Accepted─────│               │
//	    │             │                  │◀──Decided───│──Decision(slot, proposal)─────▶│
//	    │◀──Invoked───│◀───────────────────────────────────────────────── execute in slot order
//
// and N1 came to lead like this:
//
//	Leader N1   Scout N1         Acceptors N1 N2 N3
//	    │──start───▶│──Prepare────────▶│ write, then
//	    │           │◀──Promise────────│
//	    │◀─Adopted──│                  │
//	    │ a Commander for every adopted slot, a no-op for every hole
//	    │──Active──▶ every Replica, each half LeaderTimeout
//
// A method whose last parameter is an *Out is an action of the specification: (*Acceptor).HandlePrepare is
// AcceptorHandlePrepare in spec/MultiPaxos.tla. Helpers take the *Out first.
//
// The roles and messages follow "Clustering by Consensus" (Mitchell, in 500 Lines or Less), itself after
// "Paxos Made Moderately Complex" (van Renesse and Altinbuken, 2015). docs/protocol.md lists every deviation.
package paxos
