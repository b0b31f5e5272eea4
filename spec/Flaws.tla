------------------------------- MODULE Flaws --------------------------------
(***************************************************************************)
(* The protocol with one rule taken out at a time. Each flaw is an         *)
(* operator that takes the place of one of MultiPaxos, and above it stands *)
(* the rule that it takes out. The model flaw-ID (FlawID.cfg) puts it in   *)
(* place, by lines Operator <- Flaw; its property must then be violated.   *)
(* The same cfg without these lines is its control, which must pass.       *)
(* docs/flaws.md shows the shortest counterexamples.                       *)
(***************************************************************************)
EXTENDS MC

CONSTANTS
    c1, c2,     \* the clients
    Joining,    \* the nodes that were admitted and have not been welcomed yet
    Travelling, \* the messages that travel at the beginning
    Steps,      \* which steps there are: types of messages, and names of actions
    Links,      \* pairs of nodes: the first reaches the second
    Up,         \* the nodes that are up; the others never were
    Losable,    \* the types of messages that the network may lose for good
    MaxLost     \* how many it loses

VARIABLES
    lost,       \* how many it has lost
    step        \* what the last step was, for those who read a counterexample

\* TLC tells states apart by this. step is left out: it changes nothing.
View == <<vars, lost>>

-----------------------------------------------------------------------------
(* The steps of MultiPaxos that a model takes, each written down in step    *)

FlawInit == InitWith(Nodes \ Outside, Outside \cup Joining, Travelling) /\ lost = 0 /\ step = [action |-> "Init"]

Deliver(n) ==
    \E m \in msgs :
        /\ m.to = n /\ m.type \in Steps /\ <<m.from, n>> \in Links
        /\ step' = [action |-> "Receive", node |-> n, message |-> m]
        /\ Step(n, NodeReceive(Node(n), m))
        /\ UNCHANGED lost

Lose ==
    \E m \in msgs :
        /\ lost < MaxLost /\ lost' = lost + 1 /\ m.type \in Losable
        /\ m.from # m.to \* what a node sends itself is never lost
        /\ msgs' = msgs \ {m}
        /\ step' = [action |-> "Lose", message |-> m]
        /\ UNCHANGED <<acceptor, replica, leader, scout, commanders, requester, bootstrap, seed, disk, answers, crashes>>

Fires(n, name) ==
    /\ name \in Steps
    /\ step' = [action |-> name, node |-> n]
    /\ UNCHANGED lost

FlawNext ==
    \/ Lose
    \/ \E n \in Up :
        \/ Deliver(n)
        \/ Fires(n, "Invoke") /\ Invoke(n)
        \/ Fires(n, "FireRequesterSendInvoke") /\ FireRequesterSendInvoke(n)
        \/ Fires(n, "FireScoutSendPrepare") /\ FireScoutSendPrepare(n)
        \/ Fires(n, "FireCommanderSendAccept") /\ FireCommanderSendAccept(n)
        \/ Fires(n, "FireLeaderSendActive") /\ FireLeaderSendActive(n)
        \/ Fires(n, "FireReplicaFollowNext") /\ FireReplicaFollowNext(n)
        \/ Fires(n, "FireReplicaAskMissing") /\ FireReplicaAskMissing(n)
        \/ Fires(n, "FireReplicaWriteCheckpoint") /\ FireReplicaWriteCheckpoint(n)
        \/ Fires(n, "FireBootstrapSendJoin") /\ FireBootstrapSendJoin(n)
        \/ Fires(n, "CrashRestart") /\ CrashRestart(n)
        \/ Fires(n, "WipeRestart") /\ WipeRestart(n)

-----------------------------------------------------------------------------
(* What travels at the beginning, who reaches whom, what may be lost        *)

Propose(n, slot, c) ==
    [type |-> "Propose", from |-> n, to |-> n, slot |-> slot, proposal |-> CommandProposal(n, [clientID |-> c, seq |-> 1])]
Decision(n, slot, c) ==
    [type |-> "Decision", from |-> n, to |-> n, slot |-> slot, proposal |-> CommandProposal(n, [clientID |-> c, seq |-> 1])]

OneAtN1 == {Propose(1, 1, c1)}
TwoAtN1 == {Propose(1, 1, c1), Propose(1, 1, c2)}
OneEach == {Propose(1, 1, c1), Propose(2, 1, c2)}
OneAtN2 == {Propose(2, 1, c2)}
\* N2 began to scout, and is down.
PrepareOfN2 == [type |-> "Prepare", from |-> 2, to |-> 3, ballotNum |-> [n |-> 1, leader |-> 2], slot |-> 1]
OneAgainstN2 == OneAtN1 \cup {PrepareOfN2}
TwoAgainstN2 == TwoAtN1 \cup {PrepareOfN2}
SecondSlot == {Propose(1, 2, c1)}
BothSlots == {Propose(1, 1, c1), Propose(1, 2, c1)}
DecidedForN1 == {Decision(1, 1, c2)}
DecidedForBoth == {Decision(n, 1, c1) : n \in {1, 2}} \cup {Decision(n, 2, c2) : n \in {1, 2}}
Nothing == {}

Everybody == Nodes \X Nodes
\* N1 and N2 do not reach each other, and each makes its majority with N3.
ThroughN3 == {l \in Nodes \X Nodes : l \notin {<<1, 2>>, <<2, 1>>}}

\* The network may lose any message. It loses at once what no step of the model delivers, and what would change nothing.
\* What invariants look at stays, and so does what a node may have to refuse.
KeepUseful(ms) ==
    {m \in ms :
        \/ m.type = "Decision"
        \/ m.type \in Steps /\ <<m.from, m.to>> \in Links
           /\ (Counts(m, ms) \/ ("Preempted" \in Steps /\ m.type \in {"Prepare", "Accept"}))}
\* The same where ballots are used twice: then old messages count again.
KeepDelivered(ms) == {m \in ms : m.type \in {"Accept", "Decision"} \/ (m.type \in Steps /\ <<m.from, m.to>> \in Links)}

\* The same as KeepUseful, and a Decision or a Join is delivered once.
KeepOnce(ms) ==
    IF step'.action = "Receive" /\ step'.message.type \in {"Decision", "Join"}
    THEN KeepUseful(ms) \ {step'.message}
    ELSE KeepUseful(ms)

B01 == <<0, 1, 0>>
OnlyN3 == <<0, 0, 1, 0, 0>>

-----------------------------------------------------------------------------
(***************************************************************************)
(* Stuck: nothing that travels, and no timer, changes any node from now on,*)
(* whatever the network does; and yet somebody waits.                      *)
(***************************************************************************)
\* That n becomes x changes nothing, and neither does what it sends.
RECURSIVE Idle(_, _)
Idle(n, x) ==
    /\ x.answers \subseteq answers
    /\ [x EXCEPT !.out = {}, !.answers = {}] = Node(n)
    /\ \A m \in x.out \ msgs : m.to \in Up => Idle(m.to, NodeReceive(Node(m.to), m))

Quiet ==
    /\ \A m \in msgs : m.to \in Up => Idle(m.to, NodeReceive(Node(m.to), m))
    /\ \A n \in Up :
        /\ \A c \in requester[n] : Idle(n, RequesterSendInvoke(Node(n), c))
        /\ scout[n] # None => Idle(n, ScoutSendPrepare(Node(n)))
        /\ \A slot \in DOMAIN commanders[n] : Idle(n, CommanderSendAccept(Node(n), slot))
        /\ leader[n] # None /\ leader[n].active => Idle(n, LeaderSendActive(Node(n)))
        /\ "FireReplicaAskMissing" \in Steps /\ replica[n] # None => Idle(n, ReplicaAskMissing(Node(n)))
        /\ replica[n] # None => Idle(n, ReplicaFollowNext(Node(n)))
        /\ bootstrap[n] # None => Idle(n, BootstrapSendJoin(Node(n)))

DecidedSlots == {d[1] : d \in Decided}

\* No client waits for ever.
NoCallStuck == Quiet => \A n \in Up : requester[n] = {}
\* No node stays behind for ever.
NoNodeStuck == Quiet => \A s \in DecidedSlots, n \in Up : replica[n] # None /\ s < replica[n].slot
\* No slot that is proposed for stays undecided for ever.
NoSlotStuck == Quiet => \A m \in msgs : m.type = "Propose" => m.slot \in DecidedSlots

\* What a client waits for is proposed for an open slot, or decided, or executed: it does not wait for a timer.
WaitingIsProposed ==
    \A n \in Members : \A c \in requester[n] :
        LET p == CommandProposal(n, c)
            r == replica[n]
        IN  \/ ReplicaExecuted(Node(n), p)
            \/ \E s \in DOMAIN r.decisions : r.decisions[s] = p
            \/ \E s \in DOMAIN r.proposals : r.proposals[s] = p

-----------------------------------------------------------------------------
(* Flaws of quorums                                                         *)

\* half: A quorum is more than half of the nodes: two quorums share a node.
QuorumOfHalf(set) == Cardinality(set) >= Cardinality(Nodes) \div 2

\* view: All nodes count the majority of one set, the members of the cluster. Here N1 believes that it is alone.
MembersFor(n) == IF n = 1 THEN {1} ELSE Nodes
IsQuorumFor(n, set) == 2 * Cardinality(set \cap MembersFor(n)) > Cardinality(MembersFor(n))

PromiseCountedByView(x, m) ==
    LET s == x.scout
        mine == s.acceptedProposals
        theirs == m.acceptedProposals
        higher(t) == t \notin DOMAIN mine
                     \/ (t \in DOMAIN theirs /\ Less(mine[t].ballotNum, theirs[t].ballotNum))
        votes == [t \in DOMAIN mine \cup DOMAIN theirs |-> IF higher(t) THEN theirs[t] ELSE mine[t]]
        y == [x EXCEPT !.scout.promised = @ \cup {m.from}, !.scout.acceptedProposals = votes]
        adopted == [ballotNum |-> s.ballotNum, acceptedProposals |-> votes]
    IN  IF s = None THEN x
        ELSE IF m.ballotNum # s.ballotNum \/ m.from \in s.promised THEN x
        ELSE IF ~IsQuorumFor(x.self, y.scout.promised) THEN y
        ELSE LeaderHandleAdopted(ReplicaHandleAdopted(y, adopted), adopted)

AcceptedCountedByView(x, m) ==
    LET c == x.commanders[m.slot]
        y == [x EXCEPT !.commanders[m.slot].accepted = @ \cup {m.from}]
        decisions == {[type |-> "Decision", from |-> x.self, to |-> a, slot |-> m.slot, proposal |-> c.proposal]
                      : a \in Nodes}
    IN  IF m.slot \notin DOMAIN x.commanders THEN x
        ELSE IF m.ballotNum # c.ballotNum \/ m.from \in c.accepted THEN x
        ELSE IF ~IsQuorumFor(x.self, y.commanders[m.slot].accepted) THEN y
        ELSE LeaderHandleDecided(SendAll(y, decisions), [slot |-> m.slot])

-----------------------------------------------------------------------------
(* Flaws of a Leader that takes over                                        *)

\* lowest: Of the votes on a slot, the one in the highest ballot is adopted.
LowestVoteAdopted(x, m) ==
    LET s == x.scout
        mine == s.acceptedProposals
        theirs == m.acceptedProposals
        higher(t) == t \notin DOMAIN mine
                     \/ (t \in DOMAIN theirs /\ Less(theirs[t].ballotNum, mine[t].ballotNum))
        votes == [t \in DOMAIN mine \cup DOMAIN theirs |-> IF higher(t) THEN theirs[t] ELSE mine[t]]
        y == [x EXCEPT !.scout.promised = @ \cup {m.from}, !.scout.acceptedProposals = votes]
        adopted == [ballotNum |-> s.ballotNum, acceptedProposals |-> votes]
    IN  IF s = None THEN x
        ELSE IF m.ballotNum # s.ballotNum \/ m.from \in s.promised THEN x
        ELSE IF ~IsQuorum(y.scout.promised) THEN y
        ELSE LeaderHandleAdopted(ReplicaHandleAdopted(y, adopted), adopted)

\* ignored: What a majority accepted comes first: it may be decided already.
AdoptedIgnored(x, m) ==
    LET waiting == x.leader.proposals
        adopted == Empty
        slots == {s \in DOMAIN waiting \cup (x.replica.slot .. Last(adopted)) : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None \/ m.ballotNum # x.leader.ballotNum
        THEN x
        ELSE LeaderSendActive(LeaderCommandAll(leading, proposals))

\* S1: A Leader adopts the current ballot of its current Scout.
AnyBallotAdopted(x, m) ==
    LET waiting == x.leader.proposals
        adopted == From(m.acceptedProposals, x.replica.slot)
        slots == {s \in DOMAIN waiting \cup (x.replica.slot .. Last(adopted)) : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None
        THEN x
        ELSE LeaderSendActive(LeaderCommandAll(leading, proposals))

\* S1: A preempted Leader stops its Scout.
PreemptedKeepsScout(x, m) ==
    IF Less(x.leader.ballotNum, m.preemptedBy)
    THEN [x EXCEPT !.leader = [ballotNum |-> [n |-> m.preemptedBy.n + 1, leader |-> x.self], active |-> FALSE,
                               proposals |-> @.proposals],
                   !.commanders = Empty]
    ELSE x

\* C: A Leader ignores a preemption by a ballot that is not above its own.
AnyBallotPreempts(x, m) ==
    [x EXCEPT !.leader = [ballotNum |-> [n |-> m.preemptedBy.n + 1, leader |-> x.self], active |-> FALSE,
                          proposals |-> Empty],
              !.scout = None,
              !.commanders = Empty]

\* D: A preempted Leader drops its proposals.
PreemptedKeepsProposals(x, m) ==
    IF Less(x.leader.ballotNum, m.preemptedBy)
    THEN [x EXCEPT !.leader = [ballotNum |-> [n |-> m.preemptedBy.n + 1, leader |-> x.self], active |-> FALSE,
                               proposals |-> @.proposals],
                   !.scout = None,
                   !.commanders = Empty]
    ELSE x

\* D: Adoption begins with what was accepted.
WaitingBeatsAdopted(x, m) ==
    LET waiting == x.leader.proposals
        adopted == From(m.acceptedProposals, x.replica.slot)
        slots == {s \in DOMAIN waiting \cup (x.replica.slot .. Last(adopted)) : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None \/ m.ballotNum # x.leader.ballotNum
        THEN x
        ELSE LeaderSendActive(LeaderCommandAll(leading, proposals))

\* L1: At adoption every accepted, undecided slot gets a Commander.
AdoptedNotCommanded(x, m) ==
    LET waiting == x.leader.proposals
        adopted == From(m.acceptedProposals, x.replica.slot)
        slots == {s \in DOMAIN waiting \cup (x.replica.slot .. Last(adopted)) : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None \/ m.ballotNum # x.leader.ballotNum
        THEN x
        ELSE LeaderSendActive(LeaderCommandAll(leading, [s \in slots \ DOMAIN adopted |-> proposals[s]]))

\* L2: A Propose to a Leader that does not lead starts a Scout, whether or not it knew the slot.
KnownSlotStartsNoScout(x, m) ==
    LET l == x.leader
        put == [x EXCEPT !.leader.proposals = Put(@, m.slot, m.proposal)]
        took == IF m.slot \in DOMAIN l.proposals THEN x
                ELSE IF l.active THEN LeaderCommand(put, m.slot, m.proposal)
                ELSE put
    IN  IF ReplicaDecided(x, m.slot) \/ m.slot \in DOMAIN l.proposals THEN x
        ELSE IF ~l.active /\ x.scout = None THEN LeaderScout(took)
        ELSE took

\* L6: Every hole below the highest accepted slot gets a no-op.
HolesNotAdopted(x, m) ==
    LET waiting == x.leader.proposals
        adopted == From(m.acceptedProposals, x.replica.slot)
        slots == {s \in DOMAIN waiting \cup DOMAIN adopted : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None \/ m.ballotNum # x.leader.ballotNum
        THEN x
        ELSE LeaderSendActive(LeaderCommandAll(leading, proposals))

-----------------------------------------------------------------------------
(* Flaws of an Acceptor                                                     *)

\* B: A refusal is Preempted, never Accepted.
RefusalAccepted(x, m) ==
    LET a == x.acceptor
        vote == [ballotNum |-> m.ballotNum, proposal |-> m.proposal]
        voted == m.slot \in DOMAIN a.accepted /\ a.accepted[m.slot].ballotNum = m.ballotNum
        promised == IF Less(a.ballotNum, m.ballotNum)
                    THEN ReplicaHandleAccepting([x EXCEPT !.acceptor.ballotNum = m.ballotNum], [leader |-> m.from])
                    ELSE x
    IN  IF Less(m.ballotNum, a.ballotNum)
        THEN Send(x, [type |-> "Accepted", from |-> x.self, to |-> m.from, slot |-> m.slot,
                      ballotNum |-> a.ballotNum])
        ELSE IF m.slot < a.first
        THEN x
        ELSE IF voted /\ a.accepted[m.slot] # vote
        THEN x
        ELSE Send([promised EXCEPT !.acceptor.accepted = Put(@, m.slot, vote)],
                  [type |-> "Accepted", from |-> x.self, to |-> m.from, slot |-> m.slot, ballotNum |-> m.ballotNum])

\* S3: An Acceptor that holds another proposal of the same ballot does not acknowledge.
SecondProposalAcknowledged(x, m) ==
    LET a == x.acceptor
        vote == [ballotNum |-> m.ballotNum, proposal |-> m.proposal]
        promised == IF Less(a.ballotNum, m.ballotNum)
                    THEN ReplicaHandleAccepting([x EXCEPT !.acceptor.ballotNum = m.ballotNum], [leader |-> m.from])
                    ELSE x
    IN  IF Less(m.ballotNum, a.ballotNum)
        THEN Send(x, [type |-> "Preempted", from |-> x.self, to |-> m.from, slot |-> m.slot,
                      preemptedBy |-> a.ballotNum])
        ELSE IF m.slot < a.first
        THEN x
        ELSE Send([promised EXCEPT !.acceptor.accepted = Put(@, m.slot, vote)],
                  [type |-> "Accepted", from |-> x.self, to |-> m.from, slot |-> m.slot, ballotNum |-> m.ballotNum])

\* S3: A restarted Leader begins above the ballot that is on its disk.
FirstBallotAgain(n, d) == [ballotNum |-> [n |-> 1, leader |-> n], active |-> FALSE, proposals |-> Empty]

\* What the two crashes below share: n starts again, its Acceptor as a.
CrashWith(n, a) == crashes < MaxCrashes /\ Restart(n, StartedNode(n, disk[n], a, FALSE))

\* S4: A Seed founds a cluster once. When it starts again it goes on as part of that cluster.
FoundsAgain(n, d, a, founds) ==
    LET x == StoppedNode(n, d) IN
    IF founds THEN SeedFoundWithQuorum([x EXCEPT !.seed = [disks |-> Put(Empty, n, d.disk)]])
    ELSE IF d.slot # 0 THEN NodePlay(x, d, a)
    ELSE BootstrapSendJoin([x EXCEPT !.bootstrap = [peer |-> n, decisions |-> Empty]])

\* S2: Promises and votes are written before they are told.
NothingWritten(n) == CrashWith(n, FormattedAcceptor)

\* promise: Promises are written before they are told.
PromiseNotWritten(n) == CrashWith(n, [acceptor[n] EXCEPT !.ballotNum = NullBallot])

-----------------------------------------------------------------------------
(* Flaws of a Replica and a Requester                                       *)

\* order: Decisions are executed in the order of their slots, none left out.
RECURSIVE HolesSkipped(_)
HolesSkipped(x) ==
    LET undone == {s \in DOMAIN x.replica.decisions : s >= x.replica.slot} IN
    IF undone = {} THEN x
    ELSE HolesSkipped([ReplicaExecute([x EXCEPT !.replica.slot = Lowest(undone)]) EXCEPT !.replica.slot = @ + 1])

\* twice: A command that was executed is not executed again.
NothingRemembered(x, p) == FALSE

\* S5: An answer names the command, client and sequence number. Here any Requester of the client takes it for its own.
AnswerByClient(x, m) ==
    LET waits == {c \in x.requester : c.clientID = m.clientID} IN
    IF waits = {}
    THEN x
    ELSE [x EXCEPT !.requester = @ \ waits, !.answers = @ \cup {m}]

\* S5: A call leaves the Requesters of other commands of the client alone.
CallByClient(x, c) ==
    RequesterSendInvoke([x EXCEPT !.requester = {d \in @ : d.clientID # c.clientID} \cup {c}], c)

\* S5: A command that was executed is answered and not executed again.
CommandsForgotten(x, p) ==
    IF p.disk # 0 THEN p.caller \in DOMAIN x.replica.voters
    ELSE FALSE

\* L4: A Propose for a decided slot is answered with the Decision.
DecisionNotRepeated(x, m) == x

\* L5: A repeated command is proposed for the slot that it is proposed for now. Here a slot that was lost stays noted.
LostSlotStaysNoted(x, m) ==
    LET r == x.replica
        stored == [x EXCEPT !.replica.decisions = Put(@, m.slot, m.proposal),
                            !.replica.nextSlot = Max(@, m.slot + 1)]
        taken == ReplicaExecuteAll(stored)
    IN  IF m.slot \in DOMAIN r.decisions \/ m.slot < r.slot
        THEN x
        ELSE IF m.slot \in DOMAIN r.proposals /\ r.proposals[m.slot] # m.proposal
        THEN ReplicaRequest(taken, r.proposals[m.slot])
        ELSE taken

\* L8: What is decided while a node asks to join is kept for it.
OvertakingForgotten(x, m) == x

\* L6: A hole is filled with a no-op.
HolesNotAsked(x) ==
    LET r == x.replica IN
    IF r.slot \in DOMAIN r.proposals /\ r.slot < r.nextSlot
    THEN ReplicaSendPropose(x, r.slot, r.proposals[r.slot])
    ELSE x

\* L7: The leader timeout goes on after each step. Here it goes on only when a leader gave a sign since.
LastSign(x) == IF x.acceptor.ballotNum = NullBallot THEN Lowest(Nodes) ELSE x.acceptor.ballotNum.leader
FollowsOneStep(x) == IF x.replica.leader = LastSign(x) THEN ReplicaFollow(x, ConfigNext(x.replica.leader)) ELSE x

\* L9: The next slot is above all known decisions; what lost its slot is proposed again at once.
LostSlotForgotten(x, m) ==
    LET r == x.replica
        stored == [x EXCEPT !.replica.decisions = Put(@, m.slot, m.proposal)]
        taken == [ReplicaExecuteAll(stored) EXCEPT !.replica.proposals = Take(@, m.slot)]
    IN  IF m.slot \in DOMAIN r.decisions \/ m.slot < r.slot
        THEN x
        ELSE taken

\* L10: A command that was executed is answered again, as often as it is asked.
ExecutedNotAnswered(x, p) == IF ReplicaExecuted(x, p) THEN x ELSE ReplicaPropose(x, p)
=============================================================================
