----------------------------- MODULE Inductive -----------------------------
(***************************************************************************)
(* The invariant of MultiPaxos.proof, said of the variables of MultiPaxos. *)
(* There it is proved without bounds of a core of the protocol. Here TLC   *)
(* checks in small models that it holds of the protocol itself, so that    *)
(* the core's state is what the spec's variables say it is. A test holds   *)
(* names and comments of both files together.                              *)
(*                                                                         *)
(* TLC finds MC and MultiPaxos in the directory above when it is started   *)
(* with -DTLA-Library=..                                                   *)
(***************************************************************************)
EXTENDS MC

\* A message that was dropped is a vote that was not cast: these conjuncts need all.
ASSUME ~Reduced

-----------------------------------------------------------------------------
(* The core's names, as far as they are not the spec's                      *)

Slots == 1 .. MaxSlot + 1
Quorums == {q \in SUBSET Nodes : IsQuorum(q)}
BallotsBelow(c) == {b \in [n : 1 .. c.n, leader : Nodes] : Less(b, c)}

\* The ballot of a table's vote: voteBallot, told and heard.
BallotAt(table, s) == IF s \in DOMAIN table THEN table[s].ballotNum ELSE NullBallot
\* What a table's vote says was proposed: the argument of accept.
Claim(table, s) == <<table[s].ballotNum, s, table[s].proposal>>

Sent(type) == {m \in msgs : m.type = type}
\* accept, accepted and decision
Offers == {<<m.ballotNum, m.slot, m.proposal>> : m \in Sent("Accept")}
Cast == {<<m.from, m.ballotNum, m.slot>> : m \in Sent("Accepted")}
Decisions ==
    {<<m.slot, m.proposal>> : m \in Sent("Decision")}
    \cup UNION {{<<s, m.decisions[s]>> : s \in DOMAIN m.decisions} : m \in Sent("Welcome")}
\* The Prepares that a Promise may answer: asked is the slot of one of them.
Asked(m) == {p \in Sent("Prepare") : p.ballotNum = m.ballotNum /\ p.from = m.to /\ p.to = m.from}

Scouting(n) == scout[n] # None
Knows(n, s) == ReplicaDecided([replica |-> replica[n]], s)
Closed(b, s) ==
    \A q \in Quorums : \E a \in q : Less(b, acceptor[a].ballotNum) /\ <<a, b, s>> \notin Cast

-----------------------------------------------------------------------------
(* The conjuncts                                                            *)

\* A node's ballot is its own.
OwnBallot == \A n \in Nodes : leader[n].ballotNum.leader = n

\* A node that leads does not scout.
LeaderScoutsNot == \A n \in Nodes : ~(leader[n].active /\ Scouting(n))

\* A node that neither leads nor scouts has a ballot above all that it ever scouted with.
FreshBallot == \A n \in Nodes : leader[n].active \/ Scouting(n) \/ Less(disk[n].scouted, leader[n].ballotNum)

\* A node that leads or scouts has its ballot on disk.
UsedBallotIsDurable ==
    \A n \in Nodes : leader[n].active \/ Scouting(n) => disk[n].scouted = leader[n].ballotNum

\* A Prepare is sent for a ballot once its owner has it, or a higher one, on disk.
PrepareIsDurable == \A m \in Sent("Prepare") : ~Less(disk[m.ballotNum.leader].scouted, m.ballotNum)

\* So is an Accept.
AcceptIsDurable == \A m \in Sent("Accept") : ~Less(disk[m.ballotNum.leader].scouted, m.ballotNum)

\* Nothing is proposed in the null ballot.
NullBallotIsUnused == \A m \in Sent("Accept") : m.ballotNum # NullBallot

\* As long as a node scouts, it has proposed nothing in its ballot.
ScoutProposesNothing == \A n \in Nodes : Scouting(n) => \A o \in Offers : o[1] # leader[n].ballotNum

\* A Prepare of a node that scouts asks for all slots that the node has not executed.
PrepareAsksForUndecided ==
    \A n \in Nodes : Scouting(n) =>
        \A m \in Sent("Prepare") : m.ballotNum = leader[n].ballotNum => m.slot <= replica[n].slot

\* A Promise answers a Prepare.
PromiseAnswersPrepare == \A m \in Sent("Promise") : Asked(m) # {}

\* An Acceptor that promised a ballot never goes back behind it.
PromiseIsKept == \A m \in Sent("Promise") : ~Less(acceptor[m.from].ballotNum, m.ballotNum)

\* A Promise tells, for each slot that was asked for, of a vote at least as high as any that its sender will ever cast below the promised ballot.
PromiseTellsVotes ==
    \A m \in Sent("Promise") : \E p \in Asked(m) : \A v \in Cast :
        v[1] = m.from /\ Less(v[2], m.ballotNum) /\ p.slot <= v[3] => ~Less(BallotAt(m.acceptedProposals, v[3]), v[2])

\* The votes that a Promise tells of were proposed.
PromiseTellsProposals ==
    \A m \in Sent("Promise") : \A s \in DOMAIN m.acceptedProposals : Claim(m.acceptedProposals, s) \in Offers

\* What an Acceptor holds as its vote was proposed.
VoteWasProposed == \A n \in Nodes : \A s \in DOMAIN acceptor[n].accepted : Claim(acceptor[n].accepted, s) \in Offers

\* An Acceptor's vote is the highest that it cast in the slot, unless it has forgotten the slot.
VoteIsHighest ==
    \A v \in Cast : v[3] >= acceptor[v[1]].first => ~Less(BallotAt(acceptor[v[1]].accepted, v[3]), v[2])

\* No Acceptor voted above its promise.
PromiseCoversVotes == \A v \in Cast : ~Less(acceptor[v[1]].ballotNum, v[2])

\* A node that a Scout counted has promised its ballot.
ScoutCountsPromises ==
    \A n \in Nodes : Scouting(n) =>
        \A a \in scout[n].promised : ~Less(acceptor[a].ballotNum, leader[n].ballotNum)

\* For each slot not executed, a Scout holds a vote at least as high as any that a counted node will ever cast below its ballot.
ScoutHeardVotes ==
    \A n \in Nodes : Scouting(n) => \A v \in Cast :
        v[1] \in scout[n].promised /\ Less(v[2], leader[n].ballotNum) /\ v[3] >= replica[n].slot =>
            ~Less(BallotAt(scout[n].acceptedProposals, v[3]), v[2])

\* The votes that a Scout holds were proposed.
ScoutHeardProposals ==
    \A n \in Nodes : Scouting(n) =>
        \A s \in DOMAIN scout[n].acceptedProposals : Claim(scout[n].acceptedProposals, s) \in Offers

\* A leader knows the slots in which it has proposed, by its proposal or by a decision.
LeaderKnowsProposals ==
    \A n \in Nodes : leader[n].active => \A o \in Offers :
        o[1] = leader[n].ballotNum => o[2] \in DOMAIN leader[n].proposals \/ Knows(n, o[2])

\* Where a leader may still propose anything, nothing can be chosen in a lower ballot.
FreeSlotIsSafe ==
    \A n \in Nodes : leader[n].active => \A s \in Slots :
        s \in DOMAIN leader[n].proposals \/ Knows(n, s) \/ \A b \in BallotsBelow(leader[n].ballotNum) : Closed(b, s)

\* A ballot proposes one value for a slot.
OneValuePerBallotSlot == \A o, p \in Offers : o[1] = p[1] /\ o[2] = p[2] => o[3] = p[3]

\* When a value is proposed, no other value can be chosen in a lower ballot.
ChosenIsSafe ==
    \A o \in Offers : \A b \in BallotsBelow(o[1]) : <<b, o[2], o[3]>> \in Offers \/ Closed(b, o[2])

\* What is decided was accepted by a quorum in one ballot.
DecisionIsChosen ==
    \A d \in Decisions : \E o \in Offers :
        o[2] = d[1] /\ o[3] = d[2] /\ IsQuorum({a \in Nodes : <<a, o[1], o[2]>> \in Cast})

\* What a Replica knows was decided.
KnownIsDecided ==
    \A n \in Nodes : \A s \in DOMAIN replica[n].decisions : <<s, replica[n].decisions[s]>> \in Decisions
=============================================================================
