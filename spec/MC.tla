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
    \A n \in Nodes :
        /\ disk'[n].scouted.n <= MaxBallot[n]
        /\ replica'[n] # None => replica'[n].nextSlot <= MaxSlot + 1

Symmetry == Permutations(Clients)

(***************************************************************************)
(* Without clients, Replicas have proposed every command for every slot,   *)
(* and then lost their memory in a crash.                                  *)
(***************************************************************************)
CONSTANT ProposedSlots

EveryPropose ==
    [type : {"Propose"}, from : {Lowest(Nodes)}, to : Candidates, slot : ProposedSlots,
     proposal : [caller : {Lowest(Nodes)}, clientID : Clients, seq : 1 .. MaxSeq, disk : {0}]]

ProposedInit == InitWith(Nodes \ Outside, Outside, EveryPropose)

\* All nodes but the highest are voters, and it asks to join them.
AdmitInit == InitWith(Nodes \ {Highest(Nodes)}, {Highest(Nodes)}, EveryPropose)

(***************************************************************************)
(* To check learners alone: the slots are decided, and Decisions travel.   *)
(***************************************************************************)
DecidedInit ==
    InitWith(Nodes, {},
             {[type |-> "Decision", from |-> 1, to |-> n, slot |-> s,
               proposal |-> CommandProposal(1, [clientID |-> CHOOSE c \in Clients : TRUE, seq |-> s])]
              : n \in Nodes, s \in 1 .. MaxSlot})

(***************************************************************************)
(* Parts of Next: which kinds of steps a model takes.                      *)
(* In a model of one slot without learners FireScoutSendPrepare and        *)
(* FireCommanderSendAccept send only what was sent: they would stutter.    *)
(***************************************************************************)
Votes(n) ==
    \/ ReceivePropose(n)
    \/ ReceivePrepare(n)
    \/ ReceivePromise(n)
    \/ ReceiveAccept(n)
    \/ ReceiveAccepted(n)
    \/ ReceivePreempted(n)

VotesNext == \E n \in Nodes : Votes(n)
CrashNext == \E n \in Nodes : Votes(n) \/ CrashRestart(n)
LearnNext == \E n \in Nodes : Votes(n) \/ ReceiveDecision(n)
CatchUpNext ==
    \E n \in Nodes : Votes(n) \/ ReceiveDecision(n) \/ FireReplicaAskMissing(n) \/ FireScoutSendPrepare(n)
ClientNext ==
    \E n \in Nodes :
        Votes(n) \/ ReceiveDecision(n) \/ Invoke(n) \/ FireLeaderSendActive(n) \/ ReceiveActive(n)
WelcomeNext ==
    \E n \in Nodes :
        \/ ReceivePropose(n)
        \/ ReceiveDecision(n)
        \/ ReceiveWelcome(n)
        \/ FireReplicaAskMissing(n)
        \/ FireReplicaWriteCheckpoint(n)
        \/ CrashRestart(n)

FollowingNext ==
    \E n \in Nodes :
        \/ Votes(n)
        \/ ReceiveDecision(n)
        \/ Invoke(n)
        \/ FireRequesterSendInvoke(n)
        \/ FireCommanderSendAccept(n)
        \/ FireReplicaFollowNext(n)
CheckpointNext ==
    \E n \in Nodes :
        \/ Votes(n)
        \/ ReceiveDecision(n)
        \/ ReceiveWelcome(n)
        \/ FireReplicaWriteCheckpoint(n)

\* A node that starts without memory sends a Join to the node after it. JoinNext adds that it asks all peers, in turn.
FoundNext == \E n \in Nodes : Votes(n) \/ ReceiveDecision(n) \/ ReceiveJoin(n) \/ ReceiveWelcome(n) \/ Invoke(n)
WipeNext == \E n \in Nodes : Votes(n) \/ ReceiveDecision(n) \/ ReceiveJoin(n) \/ ReceiveWelcome(n) \/ WipeRestart(n)
LostNext == \E n \in Nodes : Votes(n) \/ ReceiveJoin(n) \/ ReceiveWelcome(n) \/ WipeRestart(n)
JoinNext ==
    \E n \in Nodes : Votes(n) \/ ReceiveDecision(n) \/ ReceiveJoin(n) \/ ReceiveWelcome(n) \/ FireBootstrapSendJoin(n)
JoinCallNext == JoinNext \/ \E n \in Nodes : Invoke(n)
JoinWipeNext == JoinNext \/ \E n \in Nodes : WipeRestart(n)

B00 == <<0, 0, 0>>
B10 == <<1, 0, 0>>
B20 == <<2, 0, 0>>
B11 == <<1, 1, 0>>
B30 == <<3, 0, 0>>
B21 == <<2, 1, 0>>
B20000 == <<2, 0, 0, 0, 0>>
=============================================================================
