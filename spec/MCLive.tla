-------------------------------- MODULE MCLive --------------------------------
(***************************************************************************)
(* What happens in the end: every call is answered, and every node that is *)
(* up executes every slot. It needs two assumptions.                       *)
(*                                                                         *)
(* Fairness. For each node: when there are messages whose delivery would   *)
(* change something, one is delivered at last; and when timers would, one  *)
(* fires at last. The network may still lose MaxLost messages, which must  *)
(* then be sent again. One condition for all messages is enough, there     *)
(* need not be one for each: ballots, votes, slots and decisions only rise *)
(* and are bounded, so a node changes only finitely often, and after its   *)
(* last change no message and no timer is left that matters.               *)
(*                                                                         *)
(* A leader that is stable from some point on. Ballots are bounded, by     *)
(* MaxBallot, so nobody preempts the node with the highest ballot; but the *)
(* leaders before it are preempted at any point. With Follow, a Replica    *)
(* turns away only from a node that is down: who is up is heard in time.   *)
(*                                                                         *)
(* Bounds are part of the steps here, and not a constraint: TLC takes a    *)
(* step that a constraint cuts off for one that is enabled and not taken,  *)
(* so that the behaviours that end there would not be fair, and not count. *)
(* For the same reason there is no symmetry and no view.                   *)
(***************************************************************************)
EXTENDS Flaws

LiveInit == InitWith(Nodes \ Joining, Joining, Travelling) /\ lost = 0 /\ step = 0

\* A is a step of this model.
Allowed(A) == A /\ Bounded /\ UNCHANGED <<lost, step>>

Delivers(n, type) ==
    \E m \in msgs : m.to = n /\ m.type = type /\ <<m.from, n>> \in Links /\ Allowed(Step(n, NodeReceive(Node(n), m)))

Receives(n) == \E type \in Steps : Delivers(n, type)

TimesOut(n) ==
    \/ Allowed(FireRequesterSendInvoke(n))
    \/ Allowed(FireScoutSendPrepare(n))
    \/ Allowed(FireCommanderSendAccept(n))
    \/ Allowed(FireLeaderSendActive(n))
    \/ Allowed(FireReplicaAskMissing(n))
    \/ replica[n].leader \notin Up /\ Allowed(FireReplicaFollowNext(n))

Calls(n)   == Allowed(Invoke(n)) \* not fair: no client has to call
Crashes(n) == Allowed(CrashRestart(n)) \* nor has a node to crash

Loses ==
    \E m \in msgs :
        /\ lost < MaxLost /\ lost' = lost + 1 /\ m.type \in Losable
        /\ m.from # m.to \* what a node sends itself is never lost
        /\ msgs' = msgs \ {m}
        /\ UNCHANGED <<acceptor, replica, leader, scout, commanders, requester, bootstrap, seed, disk, answers, crashes,
                       step>>

LiveNext ==
    \/ Loses
    \/ \E n \in Up :
        \/ Receives(n)
        \/ TimesOut(n)
        \/ Calls(n)
        \/ Crashes(n)

Fair == \A n \in Up : WF_vars(Receives(n)) /\ WF_vars(TimesOut(n))

LiveSpec == LiveInit /\ [][LiveNext]_<<vars, lost, step>> /\ Fair

\* What can have no effect need not travel, and neither does what goes to a node that is down.
KeepLive(ms) ==
    {m \in ms : /\ m.type \in Steps /\ <<m.from, m.to>> \in Links
                /\ Counts(m, ms) \/ ("Preempted" \in Steps /\ m.type \in {"Prepare", "Accept"})}

BetweenUp == Up \X Up
\* All nodes sent before some went down.
FromAll == Nodes \X Up

-----------------------------------------------------------------------------
(* What happens in the end                                                  *)

\* Who waits for a command is answered, unless the node crashes.
EveryCallAnswered == \A n \in Callers, c \in Commands : c \in requester[n] ~> c \notin requester[n]

\* What one node has executed, all that are up have.
EverySlotExecuted ==
    \A s \in 1 .. MaxSlot, n \in Up : (\E a \in Up : s < replica[a].slot) ~> s < replica[n].slot

\* A command that is proposed for a slot is not left there undecided.
EveryProposalDecided ==
    \A s \in ProposedSlots, n \in Up :
        (s \in DOMAIN leader[n].proposals) ~> (\E a \in Up : s < replica[a].slot)

-----------------------------------------------------------------------------
L10 == <<1, 0>>
L20 == <<2, 0>>
L200 == <<2, 0, 0>>
L00100 == <<0, 0, 1, 0, 0>>
=============================================================================
