--------------------------------- MODULE MC ---------------------------------
(***************************************************************************)
(* The models of MultiPaxos that TLC exhausts: bounds, reductions, and     *)
(* which kinds of steps a model takes. Each model is a file MC*.cfg;       *)
(* models.json says what it is for and pins its result.                    *)
(***************************************************************************)
EXTENDS MultiPaxos, TLC

CONSTANTS
    MaxSlot,  \* the highest slot that a Replica proposes for
    Clients,  \* model values
    MaxSeq    \* commands of each client

MCCommands == [clientID : Clients, seq : 1 .. MaxSeq]

(***************************************************************************)
(* Bounds. A step that leaves them is not taken. Ballots are exact, with   *)
(* the order of their leaders, so nodes are not a symmetry set.            *)
(***************************************************************************)
CONSTANT MaxBallot \* per node, the highest n of the ballots that it scouts with

Bounded ==
    \A n \in Nodes : disk'[n].scouted.n <= MaxBallot[n] /\ replica'[n].nextSlot <= MaxSlot + 1

Symmetry == Permutations(Clients)

(***************************************************************************)
(* Without clients, Replicas have proposed every command for every slot,   *)
(* and then lost their memory in a crash.                                  *)
(***************************************************************************)
EveryPropose ==
    [type : {"Propose"}, from : {Lowest(Nodes)}, to : Candidates, slot : 1 .. MaxSlot,
     proposal : [caller : {Lowest(Nodes)}, clientID : Clients, seq : 1 .. MaxSeq]]

ProposedInit == InitWith(EveryPropose)

(***************************************************************************)
(* Messages that can have no effect any more are dropped, and those with   *)
(* the same effects are made the same one, so that states with the same    *)
(* future are one state. What the roles reach is unchanged: MCFull*.cfg    *)
(* checks small models without it. Not for models with checkpoints.        *)
(*                                                                         *)
(* It leans on what BallotsNeverFall and OneValuePerBallot say: up to a    *)
(* first violation of these nothing is lost, so a violation is found.      *)
(***************************************************************************)
MayCrash == crashes' < MaxCrashes

\* The lowest ballot that m.to may have from now on.
LowestBallot(n) ==
    LET restarted == [n |-> disk'[n].scouted.n + 1, leader |-> n] IN
    IF MayCrash /\ Less(restarted, leader'[n].ballotNum) THEN restarted ELSE leader'[n].ballotNum

\* A Scout waits for this Promise. No ballot is scouted twice, so no later Scout will.
PromiseCounts(m) ==
    /\ scout'[m.to] # None
    /\ scout'[m.to].ballotNum = m.ballotNum
    /\ m.from \notin scout'[m.to].promised

\* A Commander waits for this Accepted.
AcceptedCounts(m) ==
    /\ m.slot \in DOMAIN commanders'[m.to]
    /\ commanders'[m.to][m.slot].ballotNum = m.ballotNum
    /\ m.from \notin commanders'[m.to][m.slot].accepted

\* The Acceptor can still promise, or repeat a Promise that counts.
PrepareCounts(m) ==
    LET promised == acceptor'[m.to].ballotNum IN
    \/ Less(promised, m.ballotNum)
    \/ /\ promised = m.ballotNum
       /\ PromiseCounts([from |-> m.to, to |-> m.from, ballotNum |-> m.ballotNum])

\* The Acceptor can still accept. Once it has, its Accepted is in msgs, as long as that counts.
AcceptCounts(m) ==
    LET a == acceptor'[m.to] IN
    /\ ~Less(m.ballotNum, a.ballotNum)
    /\ ~(m.slot \in DOMAIN a.accepted /\ a.accepted[m.slot].ballotNum = m.ballotNum)

\* The node does not know the decision, or may forget it.
DecisionCounts(m) ==
    \/ MayCrash
    \/ m.slot \notin DOMAIN replica'[m.to].decisions
    \/ replica'[m.to].decisions[m.slot] # m.proposal
    \/ m.slot \in DOMAIN leader'[m.to].proposals \cup DOMAIN commanders'[m.to]

Counts(m) ==
    CASE m.type = "Prepare"   -> PrepareCounts(m)
      [] m.type = "Promise"   -> PromiseCounts(m)
      [] m.type = "Accept"    -> AcceptCounts(m)
      [] m.type = "Accepted"  -> AcceptedCounts(m)
      [] m.type = "Preempted" -> Less(LowestBallot(m.to), m.preemptedBy)
      [] m.type = "Decision"  -> DecisionCounts(m)
      [] OTHER -> TRUE

\* What the handlers do not read: who refused and what, and who tells of a Decision.
Same(m) ==
    CASE m.type = "Preempted" -> [m EXCEPT !.from = m.to, !.slot = 0]
      [] m.type = "Decision"  -> [m EXCEPT !.from = m.to]
      [] OTHER -> m

\* A Prepare or an Accept that does not count can still be refused. One such message from a node to another is as good
\* as all, and as good as one that counts: a refusal matters only when it names a ballot above the receiver's own, which
\* is above that of all that it ever sent. The first Prepare of the node stands for them.
Refusable(n, a) == [type |-> "Prepare", from |-> n, to |-> a, ballotNum |-> [n |-> 1, leader |-> n], slot |-> 1]

MCKept(ms) ==
    LET kept == {Same(m) : m \in {m \in ms : Counts(m)}}
        asked == {m \in ms : m.type \in {"Prepare", "Accept"}}
        open == {m \in kept : m.type \in {"Prepare", "Accept"}}
        pairs == {<<m.from, m.to>> : m \in asked} \ {<<m.from, m.to>> : m \in open}
    IN  kept \cup {Refusable(p[1], p[2]) : p \in pairs}

(***************************************************************************)
(* Parts of Next.                                                          *)
(***************************************************************************)
Vote1(n) ==
    \/ ReceivePropose(n)
    \/ ReceivePrepare(n)
    \/ ReceivePromise(n)
    \/ ReceiveAccept(n)
    \/ ReceiveAccepted(n)
    \/ ReceivePreempted(n)

VotesNext == \E n \in Nodes : Vote1(n)
CrashNext == \E n \in Nodes : Vote1(n) \/ CrashRestart(n)
LearnNext == \E n \in Nodes : Vote1(n) \/ ReceiveDecision(n)
LearnCrashNext == \E n \in Nodes : Vote1(n) \/ ReceiveDecision(n) \/ CrashRestart(n)

B11 == <<1, 1, 0>>
B21 == <<2, 1, 0>>
=============================================================================
