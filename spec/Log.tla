--------------------------------- MODULE Log ---------------------------------
(***************************************************************************)
(* What a user wants, and all of it: one log for the whole cluster. Each   *)
(* slot is decided once. Each node has a copy of a machine that executes   *)
(* the log from its beginning, each command once. An answer says what the  *)
(* log says. How nodes agree on the log is not said here: that is          *)
(* MultiPaxos, and MCLog checks that it does nothing but this.             *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS
    Nodes,    \* each has a copy of the machine
    Commands, \* records with clientID and seq, the number that the client gave the command
    Noop,     \* what a slot may be decided with when nobody needs it
    Slots     \* 1 .. some number

VARIABLES
    called,   \* the commands that clients called
    log,      \* slot -> command or Noop. Slots may be decided in any order, so it may have holes
    copies,   \* per node: slot, the lowest one not executed, and machine, the commands that had effect, in their order
    answers   \* records with clientID, seq and slot, where the command had its effect

logVars == <<called, log, copies, answers>>

LogInit ==
    /\ called \in SUBSET Commands \* some may have called before
    /\ log = <<>>
    /\ copies = [n \in Nodes |-> [slot |-> 1, machine |-> <<>>]]
    /\ answers = {}

\* Command c has no effect after the commands in machine: it had its effect, or its client has moved on to a later one.
Late(c, machine) == \E i \in DOMAIN machine : machine[i].clientID = c.clientID /\ machine[i].seq >= c.seq

\* What the slots below slot lead to.
RECURSIVE Executed(_)
Executed(slot) ==
    IF slot = 1 THEN <<>>
    ELSE LET before == Executed(slot - 1)
             c == log[slot - 1]
         IN  IF c = Noop \/ Late(c, before) THEN before ELSE Append(before, c)

\* The answers that may be given: to a command in the slot where it had its effect, once some node has executed that.
Answers ==
    {[clientID |-> log[s].clientID, seq |-> log[s].seq, slot |-> s] :
        s \in {s \in DOMAIN log : /\ \E n \in Nodes : s < copies'[n].slot
                                  /\ Executed(s + 1) # Executed(s)}}

Answer == \E told \in SUBSET Answers : answers' = answers \cup told

\* A client calls. It may call again, and then be answered at once.
Call(c) == called' = called \cup {c} /\ UNCHANGED <<log, copies>> /\ Answer

\* What is decided was called, or is Noop.
Decide(slot, c) ==
    /\ slot \notin DOMAIN log
    /\ c \in called \cup {Noop}
    /\ log' = [s \in DOMAIN log \cup {slot} |-> IF s = slot THEN c ELSE log[s]]
    /\ UNCHANGED <<called, copies, answers>>

\* Node n has now executed the slots below slot, all of them decided. It executes some more, and may answer; or it
\* crashes, and starts again from what it had executed when it last wrote that down.
Execute(n, slot) ==
    /\ \A s \in 1 .. slot - 1 : s \in DOMAIN log
    /\ copies' = [copies EXCEPT ![n] = [slot |-> slot, machine |-> Executed(slot)]]
    /\ UNCHANGED <<called, log>>
    /\ Answer

LogNext ==
    \/ \E c \in Commands : Call(c)
    \/ \E slot \in Slots, c \in Commands \cup {Noop} : Decide(slot, c)
    \/ \E n \in Nodes, slot \in Slots \cup {0} : Execute(n, slot + 1)

LogSpec == LogInit /\ [][LogNext]_logVars

-----------------------------------------------------------------------------
(* What follows from that, and is checked of this module alone              *)

\* Two copies differ only in how far they are.
OneMachine ==
    \A a, b \in Nodes : copies[a].slot <= copies[b].slot =>
        copies[a].machine = SubSeq(copies[b].machine, 1, Len(copies[a].machine))

\* No command has its effect twice.
EffectOnce ==
    \A n \in Nodes : \A i, j \in DOMAIN copies[n].machine : i # j => copies[n].machine[i] # copies[n].machine[j]

\* A command has one answer, that of its effect.
AnswersFollow ==
    /\ \A a \in answers : log[a.slot] = [clientID |-> a.clientID, seq |-> a.seq]
    /\ \A a, b \in answers : a # b => log[a.slot] # log[b.slot]

\* Nothing is decided that nobody asked for.
OnlyCalled == \A s \in DOMAIN log : log[s] \in called \cup {Noop}

\* What a slot was decided with, it keeps; and an answer was never wrong.
LogOnlyGrows ==
    [][/\ \A s \in DOMAIN log : s \in DOMAIN log' /\ log'[s] = log[s]
       /\ answers \subseteq answers']_logVars
=============================================================================
