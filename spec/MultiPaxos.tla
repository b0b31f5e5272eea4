----------------------------- MODULE MultiPaxos -----------------------------
(***************************************************************************)
(* Multi-Paxos as roles that take messages: the protocol of impl/paxos,    *)
(* action by action and state for state. Read the two side by side:        *)
(*                                                                         *)
(*   Go  Acceptor.HandlePrepare      is here  AcceptorHandlePrepare        *)
(*   Go  Acceptor.BallotNum          is here  acceptor[n].ballotNum        *)
(*   Go  Prepare{BallotNum, Slot}    is here  a record with type, from,    *)
(*                                   to, ballotNum, slot                   *)
(*                                                                         *)
(* A handler maps the record of its node, x, to what it becomes. x.out     *)
(* collects what the handler sends, as Out does in Go, so that handlers    *)
(* compose. One step is one message delivered to all roles of a node that  *)
(* handle it, or one timer. Messages within a node (Invoke, Invoked,       *)
(* Adopted, Decided, Accepting) are calls inside the step. Go queues them  *)
(* to the end of the step; the role that handles one is not touched by the *)
(* rest of the step, so this makes no difference.                          *)
(*                                                                         *)
(* What is abstracted, and why nothing is lost:                            *)
(* - Time: any timer may fire whenever its role exists, and any message    *)
(*   may be delivered at any later time, repeatedly or never. So loss,     *)
(*   duplication, reordering and every choice of timeouts are included.    *)
(* - Replica.heard: it only decides whether FollowNext turns to the next   *)
(*   node. Here FollowNext always turns, and it may fire at any time.      *)
(* - With Follow = FALSE the Leader that a Replica believes in: a Propose  *)
(*   is then sent to every node of Candidates, so it includes any belief.  *)
(* - With Heartbeats = FALSE Active messages: Active only changes the      *)
(*   believed leader and NextSlot.                                         *)
(* - Proposal.Input, Session.Output: nothing is decided on them. Client    *)
(*   and sequence number name a command, the machine is the sequence of    *)
(*   the commands that it executed, and an output depends on nothing else. *)
(* - Session.ClientID is the key of its session here.                      *)
(* - A disk's id: the first of node n is n, and further ones are fresh.    *)
(* - Node.refuse: no role here sends a message that is refused.            *)
(* - A crash and the restart after it are one step: a node that is down    *)
(*   for longer is one that no message reaches.                            *)
(*                                                                         *)
(* Methods of impl/paxos without an operator here, one a line for a test:  *)
(***************************************************************************)
\* Unmodelled: NodeFire - each timer is an action of its own, named Fire and the method it calls

EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Nodes,           \* the members' addresses: 1, 2, ... as in Go, where 1 is N1
    Commands,        \* what clients ask for: records with clientID and seq
    Callers,         \* the nodes that clients turn to
    Candidates,      \* the nodes that a Propose is sent to, unless Follow
    Follow,          \* whether a Replica keeps track of who leads
    Heartbeats,      \* whether a leader sends Active
    CheckpointEvery, \* as in Config
    Window,          \* as in Config
    MaxCrashes,      \* how often nodes crash, all together
    MaxDisks,        \* how many disks a node has, one after another, when a crash may take its disk
    Founder,         \* the node whose Seed founds the cluster, or Nobody: then all nodes have just been welcomed
    Reduced,         \* whether useless messages are dropped, for TLC's sake
    None             \* a role that a node does not play

VARIABLES
    acceptor,   \* per node: None, or ballotNum, accepted (slot -> vote), first. All of it is durable
    replica,    \* per node: None, or slot, nextSlot, proposals, decisions, first, sessions, voters (node -> disk),
                \* machine, leader, checkpoint
    leader,     \* per node: None, or ballotNum, active, proposals (slot -> proposal)
    scout,      \* per node: None, or ballotNum, promised, acceptedProposals (slot -> vote)
    commanders, \* per node: slot -> ballotNum, slot, proposal, accepted
    requester,  \* per node: the commands that Requesters wait for
    bootstrap,  \* per node: None, or peer, decisions
    seed,       \* per node: None, or disks (node -> disk)
    disk,       \* per node, what is durable and not equal to a role's state: disk (its id), scouted, slot and state (the
                \* checkpoint; slot is 0 before the first Welcome)
    msgs,       \* every message that was ever sent
    answers,    \* every answer that a client ever got
    crashes     \* how often nodes crashed

vars == <<acceptor, replica, leader, scout, commanders, requester, bootstrap, seed, disk, msgs, answers, crashes>>

ASSUME Founder \in Nodes \cup {0} /\ MaxDisks >= 1

-----------------------------------------------------------------------------
(* Ballots, proposals, quorums                                              *)

Nobody == 0
NullBallot == [n |-> 0, leader |-> Nobody]
NoopProposal == [caller |-> Nobody, clientID |-> 0, seq |-> 0, disk |-> 0]
CommandProposal(n, c) == [caller |-> n, clientID |-> c.clientID, seq |-> c.seq, disk |-> 0]
\* Makes node n a voter, with the disk whose id is d.
AdmissionProposal(n, d) == [caller |-> n, clientID |-> 0, seq |-> 0, disk |-> d]

Less(b, c) == b.n < c.n \/ (b.n = c.n /\ b.leader < c.leader)

IsQuorum(set) == 2 * Cardinality(set) > Cardinality(Nodes)

Max(a, b) == IF a < b THEN b ELSE a
Min(a, b) == IF a < b THEN a ELSE b
Lowest(set) == CHOOSE a \in set : \A b \in set : a <= b
Highest(set) == CHOOSE a \in set : \A b \in set : a >= b

ConfigNext(a) == Lowest(IF \E b \in Nodes : b > a THEN {b \in Nodes : b > a} ELSE Nodes)

-----------------------------------------------------------------------------
(* Tables from slots to values: Slots in Go                                 *)

Empty == <<>>
Put(table, slot, value) == [s \in DOMAIN table \cup {slot} |-> IF s = slot THEN value ELSE table[s]]
Take(table, slot) == [s \in DOMAIN table \ {slot} |-> table[s]]
From(table, slot) == [s \in {t \in DOMAIN table : t >= slot} |-> table[s]]
Below(table, slot) == [s \in {t \in DOMAIN table : t < slot} |-> table[s]]
Last(table) == IF DOMAIN table = {} THEN 0 ELSE Highest(DOMAIN table)

CatchupBatch == 64

-----------------------------------------------------------------------------
(***************************************************************************)
(* Which messages are kept: all, unless Reduced. Skip this at first.       *)
(*                                                                         *)
(* With Reduced, messages that can have no effect any more are dropped,    *)
(* and those with the same effects are made the same one, so that states   *)
(* with the same future are one state, and TLC can exhaust models that it  *)
(* could not otherwise. What the roles can reach is unchanged; the models  *)
(* learnfull and learnreduced compare, as do joinedfull and joined. In     *)
(* models with checkpoints MayWelcome must hold.                           *)
(*                                                                         *)
(* It leans on BallotsNeverFall and OneValuePerBallot: up to the first     *)
(* violation of one of them nothing is lost, so the violation is found.    *)
(***************************************************************************)
MayCrash == crashes' < MaxCrashes

\* Nodes that start without memory begin with a state. They may answer any Prepare and any Accept with Welcome.
MayWelcome == Founder # Nobody \/ MaxDisks > 1

\* The lowest ballot that m.to may have from now on.
LowestBallot(n) ==
    LET restarted == [n |-> disk'[n].scouted.n + 1, leader |-> n] IN
    IF leader'[n] = None \/ (MayCrash /\ Less(restarted, leader'[n].ballotNum)) THEN restarted
    ELSE leader'[n].ballotNum

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

\* The Acceptor can still promise, or send another Promise that counts.
PrepareCounts(m, ms) ==
    LET a == acceptor'[m.to]
        promise == [type |-> "Promise", from |-> m.to, to |-> m.from, ballotNum |-> m.ballotNum,
                    acceptedProposals |-> From(a.accepted, m.slot)]
    IN  \/ a = None
        \/ Less(a.ballotNum, m.ballotNum)
        \/ a.ballotNum = m.ballotNum /\ promise \notin ms /\ PromiseCounts(promise)

\* The Acceptor can still accept. Once it has, its Accepted is in msgs, as long as that counts.
AcceptCounts(m) ==
    LET a == acceptor'[m.to] IN
    \/ a = None
    \/ /\ ~Less(m.ballotNum, a.ballotNum)
       /\ ~(m.slot \in DOMAIN a.accepted /\ a.accepted[m.slot].ballotNum = m.ballotNum)

\* The node does not know the decision, or may forget it.
DecisionCounts(m) ==
    \/ MayCrash \/ replica'[m.to] = None
    \/ m.slot \notin DOMAIN replica'[m.to].decisions
    \/ replica'[m.to].decisions[m.slot] # m.proposal
    \/ leader'[m.to] # None /\ m.slot \in DOMAIN leader'[m.to].proposals
    \/ m.slot \in DOMAIN commanders'[m.to]

Counts(m, ms) ==
    CASE m.type = "Prepare"   -> MayWelcome \/ PrepareCounts(m, ms)
      [] m.type = "Promise"   -> PromiseCounts(m)
      [] m.type = "Accept"    -> MayWelcome \/ AcceptCounts(m)
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

Useful(ms) ==
    LET kept == {Same(m) : m \in {m \in ms : Counts(m, ms)}}
        asked == {m \in ms : m.type \in {"Prepare", "Accept"}}
        open == {m \in kept : m.type \in {"Prepare", "Accept"}}
        pairs == {<<m.from, m.to>> : m \in asked} \ {<<m.from, m.to>> : m \in open}
    IN  kept \cup {Refusable(p[1], p[2]) : p \in pairs}

Kept(ms) == IF Reduced THEN Useful(ms) ELSE ms

-----------------------------------------------------------------------------
(* A node: what its handlers read and write, and what they send             *)

Node(n) == [self |-> n, acceptor |-> acceptor[n], replica |-> replica[n], leader |-> leader[n], scout |-> scout[n],
            commanders |-> commanders[n], requester |-> requester[n], bootstrap |-> bootstrap[n], seed |-> seed[n],
            disk |-> disk[n], out |-> {}, answers |-> {}]

Send(x, m) == [x EXCEPT !.out = @ \cup {m}]
SendAll(x, ms) == [x EXCEPT !.out = @ \cup ms]

\* Node n becomes x. (x is bound by \E so that TLC computes it once.)
Become(n, node) ==
    \E x \in {node} :
        /\ acceptor' = [acceptor EXCEPT ![n] = x.acceptor]
        /\ replica' = [replica EXCEPT ![n] = x.replica]
        /\ leader' = [leader EXCEPT ![n] = x.leader]
        /\ scout' = [scout EXCEPT ![n] = x.scout]
        /\ commanders' = [commanders EXCEPT ![n] = x.commanders]
        /\ requester' = [requester EXCEPT ![n] = x.requester]
        /\ bootstrap' = [bootstrap EXCEPT ![n] = x.bootstrap]
        /\ seed' = [seed EXCEPT ![n] = x.seed]
        /\ disk' = [disk EXCEPT ![n] = x.disk]
        /\ answers' = answers \cup x.answers
        /\ msgs' = Kept(msgs \cup x.out)

Step(n, node) == UNCHANGED crashes /\ Become(n, node)
Restart(n, node) == crashes' = crashes + 1 /\ Become(n, node)

-----------------------------------------------------------------------------
(* Requester                                                                *)

\* Passes the answer to its command on to the client.
RequesterHandleInvoked(x, m) ==
    LET c == [clientID |-> m.clientID, seq |-> m.seq] IN
    IF c \notin x.requester
    THEN x
    ELSE [x EXCEPT !.requester = @ \ {c}, !.answers = @ \cup {m}]

-----------------------------------------------------------------------------
(* Replica                                                                  *)

ReplicaDecided(x, slot) == slot < x.replica.slot \/ slot \in DOMAIN x.replica.decisions

\* Whether p has had its effect, in whatever slot, or never will have one.
ReplicaExecuted(x, p) ==
    IF p.disk # 0 THEN p.caller \in DOMAIN x.replica.voters
    ELSE p.clientID \in DOMAIN x.replica.sessions /\ p.seq <= x.replica.sessions[p.clientID].seq

\* Repeats the answer to the command p, at the node that asked for it. (A node that was admitted asks again.)
ReplicaAnswer(x, p) ==
    LET sessions == x.replica.sessions IN
    IF p.clientID \in DOMAIN sessions /\ sessions[p.clientID].seq = p.seq /\ p.caller = x.self
    THEN RequesterHandleInvoked(x, [clientID |-> p.clientID, seq |-> p.seq, slot |-> sessions[p.clientID].slot])
    ELSE x

ReplicaSendPropose(x, slot, p) ==
    SendAll(x, {[type |-> "Propose", from |-> x.self, to |-> a, slot |-> slot, proposal |-> p]
                : a \in IF Follow THEN {x.replica.leader} ELSE Candidates})

\* Sends p to the leader for a slot believed unused, or once more for the slot it was proposed for.
ReplicaPropose(x, p) ==
    LET mine == {s \in DOMAIN x.replica.proposals : x.replica.proposals[s] = p} IN
    IF mine # {}
    THEN ReplicaSendPropose(x, Lowest(mine), p)
    ELSE LET slot == x.replica.nextSlot IN
         ReplicaSendPropose([x EXCEPT !.replica.proposals = Put(@, slot, p), !.replica.nextSlot = slot + 1], slot, p)

\* Proposes p, or answers it when it was executed.
ReplicaRequest(x, p) == IF ReplicaExecuted(x, p) THEN ReplicaAnswer(x, p) ELSE ReplicaPropose(x, p)

ReplicaHandleInvoke(x, m) == ReplicaRequest(x, CommandProposal(m.caller, m))

ReplicaFollow(x, node) == IF Follow THEN [x EXCEPT !.replica.leader = node] ELSE x

ReplicaState(x) == [machine |-> x.replica.machine, sessions |-> x.replica.sessions, voters |-> x.replica.voters]

ReplicaSendWelcome(x, to) ==
    Send(x, [type |-> "Welcome", from |-> x.self, to |-> to, state |-> ReplicaState(x), slot |-> x.replica.slot,
             decisions |-> From(x.replica.decisions, x.replica.slot)])

\* Tells a Replica that proposes for a decided slot what was decided there and right after it, or, when this is
\* forgotten, brings it up to date.
ReplicaHandlePropose(x, m) ==
    LET decisions == x.replica.decisions
        contiguous == {s \in DOMAIN decisions :
                        m.slot <= s /\ s < m.slot + CatchupBatch /\ \A t \in m.slot .. s : t \in DOMAIN decisions}
    IN  IF m.slot < x.replica.first
        THEN ReplicaSendWelcome(x, m.from)
        ELSE SendAll(x, {[type |-> "Decision", from |-> x.self, to |-> m.from, slot |-> s, proposal |-> decisions[s]]
                         : s \in contiguous})

\* Executes the decision of the lowest slot not executed, unless its command was executed before, or another disk of
\* the node was admitted before.
ReplicaExecute(x) ==
    LET slot == x.replica.slot
        p == x.replica.decisions[slot]
        session == [seq |-> p.seq, slot |-> slot]
    IN  CASE p = NoopProposal -> x
          [] p # NoopProposal /\ ReplicaExecuted(x, p) -> ReplicaAnswer(x, p)
          [] p.disk # 0 /\ ~ReplicaExecuted(x, p) -> [x EXCEPT !.replica.voters = Put(@, p.caller, p.disk)]
          [] OTHER -> ReplicaAnswer([x EXCEPT !.replica.sessions = Put(@, p.clientID, session),
                                              !.replica.machine = Append(@, [clientID |-> p.clientID, seq |-> p.seq])], p)

RECURSIVE ReplicaExecuteAll(_)
ReplicaExecuteAll(x) ==
    IF x.replica.slot \in DOMAIN x.replica.decisions
    THEN ReplicaExecuteAll([ReplicaExecute(x) EXCEPT !.replica.slot = @ + 1])
    ELSE x

\* Stores a decision, executes what can be executed, and proposes again what lost the slot. Go panics when the slot was
\* decided otherwise; here Agreement is violated.
ReplicaHandleDecision(x, m) ==
    LET r == x.replica
        stored == [x EXCEPT !.replica.decisions = Put(@, m.slot, m.proposal),
                            !.replica.nextSlot = Max(@, m.slot + 1)]
        taken == [ReplicaExecuteAll(stored) EXCEPT !.replica.proposals = Take(@, m.slot)]
    IN  IF m.slot \in DOMAIN r.decisions \/ m.slot < r.slot
        THEN x
        ELSE IF m.slot \in DOMAIN r.proposals /\ r.proposals[m.slot] # m.proposal
        THEN ReplicaRequest(taken, r.proposals[m.slot])
        ELSE taken

\* Brings a node that tries to lead up to date when it asks for slots that are forgotten here.
ReplicaHandlePrepare(x, m) == IF m.slot < x.replica.first THEN ReplicaSendWelcome(x, m.from) ELSE x

\* Brings a leader up to date that has a slot decided again which is forgotten here.
ReplicaHandleAccept(x, m) == IF m.slot < x.replica.first THEN ReplicaSendWelcome(x, m.from) ELSE x

\* Welcomes a member whose disk was decided upon, and otherwise has it decided: the first disk that is decided for a
\* member is the one with which it votes.
ReplicaHandleJoin(x, m) ==
    IF m.from \in DOMAIN x.replica.voters
    THEN ReplicaSendWelcome(x, m.from)
    ELSE ReplicaRequest(x, AdmissionProposal(m.from, m.disk))

\* Takes over a state that executing the slots below slot has led to.
ReplicaRestore(r, slot, state) ==
    [r EXCEPT !.slot = slot, !.first = slot, !.checkpoint = slot,
              !.nextSlot = Max(@, slot),
              !.decisions = From(@, slot),
              !.machine = state.machine,
              !.sessions = state.sessions,
              !.voters = state.voters]

AcceptorForget(a, first) == [a EXCEPT !.first = Max(@, first), !.accepted = From(@, Max(a.first, first))]

\* Makes the state durable, and forgets all but the last slots that led to it.
ReplicaWriteCheckpoint(x) ==
    LET r == x.replica
        first == Max(r.first, r.slot - Min(r.slot, Window))
    IN  [x EXCEPT !.replica.checkpoint = r.slot,
                  !.replica.first = first,
                  !.replica.decisions = From(@, first),
                  !.acceptor = IF @ = None THEN None ELSE AcceptorForget(@, first),
                  !.disk.slot = r.slot,
                  !.disk.state = ReplicaState(x)]

RECURSIVE ReplicaRequestAll(_, _), ReplicaHandleDecisions(_, _)
ReplicaRequestAll(x, proposals) ==
    IF DOMAIN proposals = {} THEN x
    ELSE LET s == Lowest(DOMAIN proposals)
         IN  ReplicaRequestAll(ReplicaRequest(x, proposals[s]), Take(proposals, s))
ReplicaHandleDecisions(x, decisions) ==
    IF DOMAIN decisions = {} THEN x
    ELSE LET s == Lowest(DOMAIN decisions)
         IN  ReplicaHandleDecisions(ReplicaHandleDecision(x, [slot |-> s, proposal |-> decisions[s]]),
                                    Take(decisions, s))

\* Jumps ahead to the state in m, and proposes again what that leaves without an answer.
ReplicaHandleWelcome(x, m) ==
    LET overtaken == Below(x.replica.proposals, m.slot)
        restored == ReplicaWriteCheckpoint([x EXCEPT !.replica = ReplicaRestore(@, m.slot, m.state)])
        executed == ReplicaExecuteAll(restored) \* it may have known the next decisions, and waited for the state before
        jumped == ReplicaRequestAll([executed EXCEPT !.replica.proposals = From(@, m.slot)], overtaken)
    IN  ReplicaHandleDecisions(IF x.replica.slot < m.slot THEN jumped ELSE x, m.decisions)

\* Follows the Leader of its own node, which just came to lead.
ReplicaHandleAdopted(x, m) == ReplicaFollow(x, x.self)

\* Follows the node whose ballot the Acceptor of its own node just promised.
ReplicaHandleAccepting(x, m) == ReplicaFollow(x, m.leader)

\* Follows the node that says it leads, and learns how many slots that one executed.
ReplicaHandleActive(x, m) == [ReplicaFollow(x, m.from) EXCEPT !.replica.nextSlot = Max(@, m.slot)]

\* Turns to the next member when the leader gave no sign.
ReplicaFollowNext(x) == ReplicaFollow(x, ConfigNext(x.replica.leader))

\* Proposes for the slot that holds up execution, though a higher one is used: what it proposed there before, or a no-op.
ReplicaAskMissing(x) ==
    LET r == x.replica IN
    IF r.slot < r.nextSlot
    THEN ReplicaSendPropose(x, r.slot, IF r.slot \in DOMAIN r.proposals THEN r.proposals[r.slot] ELSE NoopProposal)
    ELSE x

-----------------------------------------------------------------------------
(* Acceptor                                                                 *)

\* Promises a ballot unless a higher one was promised, and tells what was accepted from m.slot on. It does not promise
\* when asked for what it has forgotten.
AcceptorHandlePrepare(x, m) ==
    LET a == x.acceptor
        promise(y) == Send(y, [type |-> "Promise", from |-> x.self, to |-> m.from, ballotNum |-> m.ballotNum,
                               acceptedProposals |-> From(a.accepted, m.slot)])
    IN  IF Less(m.ballotNum, a.ballotNum)
        THEN Send(x, [type |-> "Preempted", from |-> x.self, to |-> m.from, slot |-> 0, preemptedBy |-> a.ballotNum])
        ELSE IF m.slot < a.first
        THEN x
        ELSE IF Less(a.ballotNum, m.ballotNum)
        THEN promise(ReplicaHandleAccepting([x EXCEPT !.acceptor.ballotNum = m.ballotNum], [leader |-> m.from]))
        ELSE promise(x)

\* Accepts a proposal unless a higher ballot was promised. It acknowledges what it stored and nothing else.
AcceptorHandleAccept(x, m) ==
    LET a == x.acceptor
        vote == [ballotNum |-> m.ballotNum, proposal |-> m.proposal]
        voted == m.slot \in DOMAIN a.accepted /\ a.accepted[m.slot].ballotNum = m.ballotNum
        promised == IF Less(a.ballotNum, m.ballotNum)
                    THEN ReplicaHandleAccepting([x EXCEPT !.acceptor.ballotNum = m.ballotNum], [leader |-> m.from])
                    ELSE x
    IN  IF Less(m.ballotNum, a.ballotNum)
        THEN Send(x, [type |-> "Preempted", from |-> x.self, to |-> m.from, slot |-> m.slot,
                      preemptedBy |-> a.ballotNum])
        ELSE IF m.slot < a.first
        THEN x
        ELSE IF voted /\ a.accepted[m.slot] # vote
        THEN x \* two proposals in one ballot: its leader is broken
        ELSE Send([promised EXCEPT !.acceptor.accepted = Put(@, m.slot, vote)],
                  [type |-> "Accepted", from |-> x.self, to |-> m.from, slot |-> m.slot, ballotNum |-> m.ballotNum])

-----------------------------------------------------------------------------
(* Scout and Commander send                                                 *)

\* Asks every Acceptor that has not promised for a promise, and for its votes on all slots that are not executed here.
ScoutSendPrepare(x) ==
    SendAll(x, {[type |-> "Prepare", from |-> x.self, to |-> a, ballotNum |-> x.scout.ballotNum,
                 slot |-> x.replica.slot] : a \in Nodes \ x.scout.promised})

\* Asks every Acceptor that has not accepted to accept the proposal.
CommanderSendAccept(x, slot) ==
    LET c == x.commanders[slot] IN
    SendAll(x, {[type |-> "Accept", from |-> x.self, to |-> a, slot |-> slot, ballotNum |-> c.ballotNum,
                 proposal |-> c.proposal] : a \in Nodes \ c.accepted})

-----------------------------------------------------------------------------
(* Leader                                                                   *)

\* Starts a Commander for slot.
LeaderCommand(x, slot, p) ==
    LET c == [ballotNum |-> x.leader.ballotNum, slot |-> slot, proposal |-> p, accepted |-> {}] IN
    CommanderSendAccept([x EXCEPT !.commanders = Put(@, slot, c)], slot)

\* Starts a Scout, once its ballot is on disk, so that no later life of the node uses it again.
LeaderScout(x) ==
    ScoutSendPrepare([x EXCEPT !.disk.scouted = x.leader.ballotNum,
                               !.scout = [ballotNum |-> x.leader.ballotNum, promised |-> {},
                                          acceptedProposals |-> Empty]])

\* Stops the Commander for slot, if there is one.
LeaderDismiss(x, slot) == [x EXCEPT !.commanders = Take(@, slot)]

\* Takes a proposal for a slot that is neither decided nor taken: it commands it, or it keeps it until it leads. A
\* Propose while inactive always leads to a Scout.
LeaderHandlePropose(x, m) ==
    LET l == x.leader
        put == [x EXCEPT !.leader.proposals = Put(@, m.slot, m.proposal)]
        took == IF m.slot \in DOMAIN l.proposals THEN x
                ELSE IF l.active THEN LeaderCommand(put, m.slot, m.proposal)
                ELSE put
    IN  IF ReplicaDecided(x, m.slot) THEN x
        ELSE IF ~l.active /\ x.scout = None THEN LeaderScout(took)
        ELSE took

\* Tells every Replica that this node leads, and how far it has executed.
LeaderSendActive(x) ==
    IF Heartbeats
    THEN SendAll(x, {[type |-> "Active", from |-> x.self, to |-> a, slot |-> x.replica.slot] : a \in Nodes})
    ELSE x

RECURSIVE LeaderCommandAll(_, _)
LeaderCommandAll(x, proposals) ==
    IF DOMAIN proposals = {} THEN x
    ELSE LET s == Lowest(DOMAIN proposals)
         IN  LeaderCommandAll(LeaderCommand(x, s, proposals[s]), Take(proposals, s))

\* Begins to lead. What a majority accepted comes first: it may be decided already. Holes below it get the proposal that
\* waits for the slot, or a no-op. Proposals for other slots follow.
LeaderHandleAdopted(x, m) ==
    LET waiting == x.leader.proposals
        adopted == From(m.acceptedProposals, x.replica.slot)
        slots == {s \in DOMAIN waiting \cup (x.replica.slot .. Last(adopted)) : ~ReplicaDecided(x, s)}
        proposals == [s \in slots |-> IF s \in DOMAIN adopted THEN adopted[s].proposal
                                      ELSE IF s \in DOMAIN waiting THEN waiting[s]
                                      ELSE NoopProposal]
        leading == [x EXCEPT !.scout = None, !.leader.active = TRUE, !.leader.proposals = proposals]
    IN  IF x.scout = None \/ m.ballotNum # x.leader.ballotNum
        THEN x \* not the current ballot of the current Scout
        ELSE LeaderSendActive(LeaderCommandAll(leading, proposals))

\* Gives up the ballot for a higher one than any it has seen, and stops leading, when a higher ballot than its own was
\* promised.
LeaderHandlePreempted(x, m) ==
    IF Less(x.leader.ballotNum, m.preemptedBy)
    THEN [x EXCEPT !.leader = [ballotNum |-> [n |-> m.preemptedBy.n + 1, leader |-> x.self], active |-> FALSE,
                               proposals |-> Empty],
                   !.scout = None,
                   !.commanders = Empty]
    ELSE x

\* Ends a Commander that did its work.
LeaderHandleDecided(x, m) == LeaderDismiss(x, m.slot)

\* Forgets a proposal for a slot that is decided, whoever had it decided.
LeaderHandleDecision(x, m) == LeaderDismiss([x EXCEPT !.leader.proposals = Take(@, m.slot)], m.slot)

\* Forgets the proposals for the slots that the Replica beside it has just jumped over.
LeaderHandleWelcome(x, m) == [x EXCEPT !.leader.proposals = From(@, x.replica.slot),
                                       !.commanders = From(@, x.replica.slot)]

-----------------------------------------------------------------------------
(* Scout and Commander receive                                              *)

\* Counts a promise and keeps the highest vote of each slot. With a majority the ballot is adopted.
ScoutHandlePromise(x, m) ==
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
        ELSE IF ~IsQuorum(y.scout.promised) THEN y
        ELSE LeaderHandleAdopted(ReplicaHandleAdopted(y, adopted), adopted)

\* Counts an acceptance in its own ballot. With a majority the proposal is decided.
CommanderHandleAccepted(x, m) ==
    LET c == x.commanders[m.slot]
        y == [x EXCEPT !.commanders[m.slot].accepted = @ \cup {m.from}]
        decisions == {[type |-> "Decision", from |-> x.self, to |-> a, slot |-> m.slot, proposal |-> c.proposal]
                      : a \in Nodes}
    IN  IF m.slot \notin DOMAIN x.commanders THEN x
        ELSE IF m.ballotNum # c.ballotNum \/ m.from \in c.accepted THEN x
        ELSE IF ~IsQuorum(y.commanders[m.slot].accepted) THEN y
        ELSE LeaderHandleDecided(SendAll(y, decisions), [slot |-> m.slot])

-----------------------------------------------------------------------------
(* Starting, with what is on the disk d of node n, and with its Acceptor a  *)

\* A node votes with the disk that was admitted, and with no other: on another it has forgotten its promises.
IsVoter(n, d) == n \in DOMAIN d.state.voters /\ d.state.voters[n] = d.disk

StartedReplica(d, a) ==
    ReplicaRestore([slot |-> 0, nextSlot |-> 1, proposals |-> Empty, decisions |-> Empty, first |-> 0,
                    sessions |-> Empty, voters |-> Empty, machine |-> <<>>,
                    leader |-> IF ~Follow \/ a = None \/ a.ballotNum = NullBallot THEN Lowest(Nodes)
                               ELSE a.ballotNum.leader,
                    checkpoint |-> 0], d.slot, d.state)
StartedLeader(n, d) == [ballotNum |-> [n |-> d.scouted.n + 1, leader |-> n], active |-> FALSE, proposals |-> Empty]

\* Starts the roles of a node that is part of the cluster. One that does not vote learns and serves.
NodePlay(x, d, a) ==
    LET votes == IsVoter(x.self, d) IN
    [x EXCEPT !.acceptor = IF votes THEN a ELSE None,
              !.replica = StartedReplica(d, a),
              !.leader = IF votes THEN StartedLeader(x.self, d) ELSE None]

FormattedAcceptor == [ballotNum |-> NullBallot, accepted |-> Empty, first |-> 1]
FormattedDisk(d) ==
    [disk |-> d, scouted |-> NullBallot, slot |-> 0, state |-> [machine |-> <<>>, sessions |-> Empty, voters |-> Empty]]

\* Starts the roles of a node in the state of m, which becomes its first checkpoint.
NodeWelcomed(x, m) ==
    LET d == [FormattedDisk(x.disk.disk) EXCEPT !.slot = m.slot, !.state = m.state]
        joined == [x EXCEPT !.disk.slot = m.slot, !.disk.state = m.state]
    IN  ReplicaHandleDecisions(NodePlay(joined, d, AcceptorForget(FormattedAcceptor, m.slot)), m.decisions)

-----------------------------------------------------------------------------
(* Bootstrap                                                                *)

\* Asks the next peer.
BootstrapSendJoin(x) ==
    LET next == ConfigNext(x.bootstrap.peer)
        peer == IF next = x.self THEN ConfigNext(next) ELSE next
    IN  Send([x EXCEPT !.bootstrap.peer = peer],
             [type |-> "Join", from |-> x.self, to |-> peer, disk |-> x.disk.disk])

\* Keeps a decision that overtook the Welcome.
BootstrapHandleDecision(x, m) == [x EXCEPT !.bootstrap.decisions = Put(@, m.slot, m.proposal)]

\* Makes the node part of the cluster, durably, and starts its roles.
BootstrapHandleWelcome(x, m) ==
    ReplicaHandleDecisions(NodeWelcomed([x EXCEPT !.bootstrap = None], m), x.bootstrap.decisions)

-----------------------------------------------------------------------------
(* Seed                                                                     *)

\* Founds the cluster, with those that asked as its first voters.
SeedFound(x) ==
    LET state == [machine |-> <<>>, sessions |-> Empty, voters |-> x.seed.disks]
        welcome(a) == [type |-> "Welcome", from |-> x.self, to |-> a, state |-> state, slot |-> 1, decisions |-> Empty]
        sent == SendAll(x, {welcome(a) : a \in DOMAIN x.seed.disks \ {x.self}})
    IN  NodeWelcomed([sent EXCEPT !.seed = None], welcome(x.self))

SeedFoundWithQuorum(x) == IF IsQuorum(DOMAIN x.seed.disks) THEN SeedFound(x) ELSE x

\* Counts a member that asks. With a majority the cluster is founded.
SeedHandleJoin(x, m) == SeedFoundWithQuorum([x EXCEPT !.seed.disks = Put(@, m.from, m.disk)])

-----------------------------------------------------------------------------
(* Requester and Node                                                       *)

\* Asks the Replica of its own node to have the command executed.
RequesterSendInvoke(x, c) ==
    IF x.replica = None THEN x
    ELSE ReplicaHandleInvoke(x, [caller |-> x.self, clientID |-> c.clientID, seq |-> c.seq])

\* Starts a Requester for a client's command.
NodeInvoke(x, c) == RequesterSendInvoke([x EXCEPT !.requester = @ \cup {c}], c)

\* A node that plays no role.
StoppedNode(n, d) ==
    [self |-> n, acceptor |-> None, replica |-> None, leader |-> None, scout |-> None, commanders |-> Empty,
     requester |-> {}, bootstrap |-> None, seed |-> None, disk |-> d, out |-> {}, answers |-> {}]

\* Starts a node: it goes on as part of the cluster, or founds it, or asks to join it.
StartedNode(n, d, a, founds) ==
    LET x == StoppedNode(n, d) IN
    IF d.slot # 0 THEN NodePlay(x, d, a)
    ELSE IF founds THEN SeedFoundWithQuorum([x EXCEPT !.seed = [disks |-> Put(Empty, n, d.disk)]])
    ELSE BootstrapSendJoin([x EXCEPT !.bootstrap = [peer |-> n, decisions |-> Empty]])

\* Hands m to every role of a node that is part of the cluster and votes, in the order Acceptor, Replica, Leader.
VoterReceive(x, m) ==
    CASE m.type = "Propose"   -> LeaderHandlePropose(ReplicaHandlePropose(x, m), m)
      [] m.type = "Prepare"   -> ReplicaHandlePrepare(AcceptorHandlePrepare(x, m), m)
      [] m.type = "Promise"   -> ScoutHandlePromise(x, m)
      [] m.type = "Accept"    -> ReplicaHandleAccept(AcceptorHandleAccept(x, m), m)
      [] m.type = "Accepted"  -> CommanderHandleAccepted(x, m)
      [] m.type = "Preempted" -> LeaderHandlePreempted(x, m)
      [] m.type = "Decision"  -> LeaderHandleDecision(ReplicaHandleDecision(x, m), m)
      [] m.type = "Active"    -> ReplicaHandleActive(x, m)
      [] m.type = "Join"      -> ReplicaHandleJoin(x, m)
      [] m.type = "Welcome"   -> LeaderHandleWelcome(ReplicaHandleWelcome(x, m), m)

\* The same for a node that does not vote: it has a Replica only.
LearnerReceive(x, m) ==
    CASE m.type = "Propose"   -> ReplicaHandlePropose(x, m)
      [] m.type = "Prepare"   -> ReplicaHandlePrepare(x, m)
      [] m.type = "Accept"    -> ReplicaHandleAccept(x, m)
      [] m.type = "Decision"  -> ReplicaHandleDecision(x, m)
      [] m.type = "Active"    -> ReplicaHandleActive(x, m)
      [] m.type = "Join"      -> ReplicaHandleJoin(x, m)
      [] m.type = "Welcome"   -> ReplicaHandleWelcome(x, m)
      [] OTHER -> x

\* Hands m to every role of the node that has a handler for it.
NodeReceive(x, m) ==
    CASE x.seed # None -> IF m.type = "Join" THEN SeedHandleJoin(x, m) ELSE x
      [] x.bootstrap # None -> IF m.type = "Decision" THEN BootstrapHandleDecision(x, m)
                               ELSE IF m.type = "Welcome" THEN BootstrapHandleWelcome(x, m)
                               ELSE x
      [] x.leader # None -> VoterReceive(x, m)
      [] OTHER -> LearnerReceive(x, m)

-----------------------------------------------------------------------------
(* The steps                                                                *)

ReceivePropose(n)   == \E m \in msgs : m.to = n /\ m.type = "Propose"   /\ Step(n, NodeReceive(Node(n), m))
ReceivePrepare(n)   == \E m \in msgs : m.to = n /\ m.type = "Prepare"   /\ Step(n, NodeReceive(Node(n), m))
ReceivePromise(n)   == \E m \in msgs : m.to = n /\ m.type = "Promise"   /\ Step(n, NodeReceive(Node(n), m))
ReceiveAccept(n)    == \E m \in msgs : m.to = n /\ m.type = "Accept"    /\ Step(n, NodeReceive(Node(n), m))
ReceiveAccepted(n)  == \E m \in msgs : m.to = n /\ m.type = "Accepted"  /\ Step(n, NodeReceive(Node(n), m))
ReceivePreempted(n) == \E m \in msgs : m.to = n /\ m.type = "Preempted" /\ Step(n, NodeReceive(Node(n), m))
ReceiveDecision(n)  == \E m \in msgs : m.to = n /\ m.type = "Decision"  /\ Step(n, NodeReceive(Node(n), m))
ReceiveActive(n)    == \E m \in msgs : m.to = n /\ m.type = "Active"    /\ Step(n, NodeReceive(Node(n), m))
ReceiveJoin(n)      == \E m \in msgs : m.to = n /\ m.type = "Join"      /\ Step(n, NodeReceive(Node(n), m))
ReceiveWelcome(n)   == \E m \in msgs : m.to = n /\ m.type = "Welcome"   /\ Step(n, NodeReceive(Node(n), m))

\* A client calls. Commands of one client may be called in any order, and again at any time.
Invoke(n) == n \in Callers /\ \E c \in Commands : Step(n, NodeInvoke(Node(n), c))

FireRequesterSendInvoke(n) == \E c \in requester[n] : Step(n, RequesterSendInvoke(Node(n), c))
FireScoutSendPrepare(n) == scout[n] # None /\ Step(n, ScoutSendPrepare(Node(n)))
FireCommanderSendAccept(n) == \E slot \in DOMAIN commanders[n] : Step(n, CommanderSendAccept(Node(n), slot))
FireLeaderSendActive(n) == leader[n] # None /\ leader[n].active /\ Step(n, LeaderSendActive(Node(n)))
FireReplicaFollowNext(n) == Follow /\ replica[n] # None /\ Step(n, ReplicaFollowNext(Node(n)))
FireReplicaAskMissing(n) == replica[n] # None /\ Step(n, ReplicaAskMissing(Node(n)))
FireReplicaWriteCheckpoint(n) ==
    /\ replica[n] # None /\ replica[n].slot >= replica[n].checkpoint + CheckpointEvery
    /\ Step(n, ReplicaWriteCheckpoint(Node(n)))
FireBootstrapSendJoin(n) == bootstrap[n] # None /\ Step(n, BootstrapSendJoin(Node(n)))

\* Node n loses all that is not durable. The Founder founds a cluster only on its first disk.
CrashRestart(n) ==
    crashes < MaxCrashes /\ Restart(n, StartedNode(n, disk[n], acceptor[n], n = Founder /\ disk[n].disk = n))

\* Node n loses all that it has, and starts on another disk.
WipeRestart(n) ==
    LET fresh == disk[n].disk + Cardinality(Nodes) IN
    /\ crashes < MaxCrashes /\ fresh <= MaxDisks * Cardinality(Nodes)
    /\ Restart(n, StartedNode(n, FormattedDisk(fresh), None, FALSE))

\* How node n starts when a cluster with these voters was founded. Those who are joining ask to be welcomed to it.
FirstStart(n, voters, joining) ==
    IF n \notin joining
    THEN StartedNode(n, [FormattedDisk(n) EXCEPT !.slot = 1, !.state.voters = [a \in voters |-> a]], FormattedAcceptor,
                     FALSE)
    ELSE StartedNode(n, FormattedDisk(n), None, n = Founder)

\* All nodes have just started. sent is what travels already: nothing, or, in a model without clients, any Propose that
\* Replicas sent before they lost their memory.
InitWith(voters, joining, sent) ==
    LET x == [n \in Nodes |-> FirstStart(n, voters, joining)] IN
    /\ acceptor = [n \in Nodes |-> x[n].acceptor]
    /\ disk = [n \in Nodes |-> x[n].disk]
    /\ replica = [n \in Nodes |-> x[n].replica]
    /\ leader = [n \in Nodes |-> x[n].leader]
    /\ scout = [n \in Nodes |-> None]
    /\ commanders = [n \in Nodes |-> Empty]
    /\ requester = [n \in Nodes |-> {}]
    /\ bootstrap = [n \in Nodes |-> x[n].bootstrap]
    /\ seed = [n \in Nodes |-> x[n].seed]
    /\ msgs = sent \cup UNION {x[n].out : n \in Nodes}
    /\ answers = {}
    /\ crashes = 0

Outside == IF Founder = Nobody THEN {} ELSE Nodes

Init == InitWith(Nodes \ Outside, Outside, {})

Next ==
    \E n \in Nodes :
        \/ ReceivePropose(n)
        \/ ReceivePrepare(n)
        \/ ReceivePromise(n)
        \/ ReceiveAccept(n)
        \/ ReceiveAccepted(n)
        \/ ReceivePreempted(n)
        \/ ReceiveDecision(n)
        \/ ReceiveActive(n)
        \/ ReceiveJoin(n)
        \/ ReceiveWelcome(n)
        \/ Invoke(n)
        \/ FireRequesterSendInvoke(n)
        \/ FireScoutSendPrepare(n)
        \/ FireCommanderSendAccept(n)
        \/ FireLeaderSendActive(n)
        \/ FireReplicaFollowNext(n)
        \/ FireReplicaAskMissing(n)
        \/ FireReplicaWriteCheckpoint(n)
        \/ FireBootstrapSendJoin(n)
        \/ CrashRestart(n)
        \/ WipeRestart(n)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* What holds in every state                                                *)

Ballot == [n : Nat \ {0}, leader : Nodes]
Slot == Nat \ {0}
DiskID == 1 .. MaxDisks * Cardinality(Nodes)
Command == [caller : Nodes, clientID : {c.clientID : c \in Commands}, seq : {c.seq : c \in Commands}, disk : {0}]
Admission == [caller : Nodes, clientID : {0}, seq : {0}, disk : DiskID]
Proposal == Command \cup Admission \cup {NoopProposal}
Vote == [ballotNum : Ballot, proposal : Proposal]
IsTable(table, S) == \A s \in DOMAIN table : s \in Slot /\ table[s] \in S
AreVoters(voters) == \A n \in DOMAIN voters : n \in Nodes /\ voters[n] \in DiskID
IsState(s) == AreVoters(s.voters) /\ \A i \in DOMAIN s.machine : s.machine[i] \in Commands

IsMessage(m) ==
    /\ m.from \in Nodes /\ m.to \in Nodes
    /\ CASE m.type = "Propose"   -> m.slot \in Slot /\ m.proposal \in Proposal
         [] m.type = "Prepare"   -> m.slot \in Slot /\ m.ballotNum \in Ballot
         [] m.type = "Promise"   -> m.ballotNum \in Ballot /\ IsTable(m.acceptedProposals, Vote)
         [] m.type = "Accept"    -> m.slot \in Slot /\ m.ballotNum \in Ballot /\ m.proposal \in Proposal
         [] m.type = "Accepted"  -> m.slot \in Slot /\ m.ballotNum \in Ballot
         [] m.type = "Preempted" -> m.slot \in Nat /\ m.preemptedBy \in Ballot
         [] m.type = "Decision"  -> m.slot \in Slot /\ m.proposal \in Proposal
         [] m.type = "Active"    -> m.slot \in Slot
         [] m.type = "Join"      -> m.disk \in DiskID
         [] m.type = "Welcome"   -> m.slot \in Slot /\ IsState(m.state) /\ IsTable(m.decisions, Proposal)

AcceptorOK(n) ==
    LET a == acceptor[n] IN
    /\ a.ballotNum \in Ballot \cup {NullBallot}
    /\ IsTable(From(a.accepted, 1), Vote)
    /\ \A s \in DOMAIN a.accepted : s >= a.first
    /\ a.first \in 1 .. replica[n].first

ReplicaOK(n) ==
    LET r == replica[n] IN
    /\ r.first <= r.slot /\ r.slot <= r.nextSlot
    /\ IsTable(r.proposals, Command \cup Admission) /\ IsTable(r.decisions, Proposal)
    /\ \A s \in DOMAIN r.proposals : ~ReplicaDecided([replica |-> r], s)
    /\ \A s \in DOMAIN r.decisions : s >= r.first
    /\ \A s \in r.first .. r.slot - 1 : s \in DOMAIN r.decisions
    /\ IsState(r)
    /\ r.leader \in Nodes

LeaderOK(n) ==
    LET l == leader[n] IN
    /\ l.ballotNum \in Ballot
    /\ l.active \in BOOLEAN
    /\ IsTable(l.proposals, Proposal)
    /\ scout[n] # None => ~l.active /\ scout[n].ballotNum = l.ballotNum
    /\ \A s \in DOMAIN commanders[n] :
        commanders[n][s].slot = s /\ commanders[n][s].ballotNum = l.ballotNum /\ l.active

\* A node founds a cluster, or asks to join it, or is part of it; and then it has all roles, or does not vote.
RolesOK(n) ==
    /\ \/ replica[n] # None /\ bootstrap[n] = None /\ seed[n] = None
       \/ replica[n] = None /\ bootstrap[n] # None /\ seed[n] = None
       \/ replica[n] = None /\ bootstrap[n] = None /\ seed[n] # None
    /\ replica[n] = None => acceptor[n] = None /\ leader[n] = None
    /\ leader[n] = None => acceptor[n] = None /\ scout[n] = None /\ commanders[n] = Empty
    /\ leader[n] # None => acceptor[n] # None

DiskOK(n) ==
    /\ disk[n].disk \in DiskID
    /\ disk[n].scouted \in Ballot \cup {NullBallot}
    /\ disk[n].slot = IF replica[n] = None THEN 0 ELSE replica[n].checkpoint
    /\ IsState(disk[n].state)

\* Every variable has the type that its Go field has, and parts of a node that repeat each other agree.
TypeOK ==
    /\ \A m \in msgs : IsMessage(m)
    /\ crashes \in 0 .. MaxCrashes
    /\ \A n \in Nodes :
        /\ RolesOK(n) /\ DiskOK(n)
        /\ acceptor[n] # None => AcceptorOK(n)
        /\ replica[n] # None => ReplicaOK(n)
        /\ leader[n] # None => LeaderOK(n)
        /\ bootstrap[n] # None => bootstrap[n].peer \in Nodes /\ IsTable(bootstrap[n].decisions, Proposal)
        /\ seed[n] # None => AreVoters(seed[n].disks) /\ ~IsQuorum(DOMAIN seed[n].disks)
        /\ requester[n] \subseteq Commands

Members == {n \in Nodes : replica[n] # None}
Voters == {n \in Nodes : acceptor[n] # None}
\* A node that had a disk with votes perhaps, and does not vote any more.
Lost(n) == acceptor[n] = None /\ disk[n].disk # n

Decided ==
    UNION {{<<s, replica[n].decisions[s]>> : s \in DOMAIN replica[n].decisions} : n \in Members}
    \cup {<<m.slot, m.proposal>> : m \in {m \in msgs : m.type = "Decision"}}

\* A slot decides one proposal, whoever says so.
Agreement == \A d, e \in Decided : d[1] = e[1] => d[2] = e[2]

\* What is decided was accepted by a majority, which has voted for nothing else since, or has forgotten it in a
\* checkpoint, or with its disk.
DecidedChosen ==
    \A d \in Decided : IsQuorum({n \in Voters :
        \/ d[1] < acceptor[n].first
        \/ d[1] \in DOMAIN acceptor[n].accepted /\ acceptor[n].accepted[d[1]].proposal = d[2]}
        \cup {n \in Nodes : Lost(n)})

Proposed ==
    UNION {{<<acceptor[n].accepted[s].ballotNum, s, acceptor[n].accepted[s].proposal>>
            : s \in DOMAIN acceptor[n].accepted} : n \in Voters}
    \cup UNION {{<<commanders[n][s].ballotNum, s, commanders[n][s].proposal>> : s \in DOMAIN commanders[n]} : n \in Nodes}
    \cup {<<m.ballotNum, m.slot, m.proposal>> : m \in {m \in msgs : m.type = "Accept"}}

\* A ballot proposes one value for a slot.
OneValuePerBallot == \A p, q \in Proposed : p[1] = q[1] /\ p[2] = q[2] => p[3] = q[3]

\* A ballot is used by the node in its name alone, only once it is on disk, and to lead only once a majority promised it.
OneLeaderPerBallot ==
    /\ \A m \in msgs : m.type \in {"Prepare", "Accept"} => m.ballotNum.leader = m.from
    /\ \A n \in Voters :
        /\ leader[n].ballotNum.leader = n
        /\ leader[n].active \/ scout[n] # None => leader[n].ballotNum = disk[n].scouted
        /\ leader[n].active => IsQuorum({a \in Nodes :
            IF acceptor[a] = None THEN Lost(a) ELSE ~Less(acceptor[a].ballotNum, leader[n].ballotNum)})

IsPrefix(s, t) == Len(s) <= Len(t) /\ \A i \in DOMAIN s : s[i] = t[i]

\* A node that is ahead of another has executed all that the other has, in the same order, and then perhaps more.
ExecutedPrefixesAgree ==
    \A a, b \in Members : replica[a].slot <= replica[b].slot => IsPrefix(replica[a].machine, replica[b].machine)

\* No command is executed twice.
ExactlyOnce ==
    \A n \in Members : \A i, j \in DOMAIN replica[n].machine : i # j => replica[n].machine[i] # replica[n].machine[j]

\* Clients get one answer to a command, however often they ask, and the slot in it decided that command.
AnswersAgree ==
    /\ \A a, b \in answers : a.clientID = b.clientID /\ a.seq = b.seq => a = b
    /\ \A a \in answers, d \in Decided : a.slot = d[1] => a.clientID = d[2].clientID /\ a.seq = d[2].seq

\* What can be executed is executed in the step that makes it so.
ExecutedAtOnce == \A n \in Members : replica[n].slot \notin DOMAIN replica[n].decisions

\* Who says with which disk a node votes: states, on disk and on their way, and Replicas.
VotersTold ==
    {replica[n].voters : n \in Members} \cup {disk[n].state.voters : n \in Nodes}
    \cup {m.state.voters : m \in {m \in msgs : m.type = "Welcome"}}

\* One disk is admitted for a node, for ever, whoever says so.
AdmittedOnce == \A v, w \in VotersTold : \A n \in DOMAIN v \cap DOMAIN w : v[n] = w[n]

\* A node votes and leads with the disk that was admitted for it, and with no other.
VotesWithAdmittedDisk == \A n \in Members : acceptor[n] # None <=> IsVoter(n, disk[n])

-----------------------------------------------------------------------------
(* What holds of every step                                                 *)

\* An Acceptor never goes back behind its promise, not even over a crash. It may stop when its disk is lost, for good.
PromisesNeverFall ==
    [][\A n \in Voters :
        IF acceptor'[n] = None THEN disk'[n].disk # disk[n].disk
        ELSE ~Less(acceptor'[n].ballotNum, acceptor[n].ballotNum)]_vars

\* A node never scouts with the same or a lower ballot again, not even over a crash; within a life its ballot only rises.
BallotsNeverFall ==
    [][\A n \in Voters \cap Voters' :
        /\ ~Less(disk'[n].scouted, disk[n].scouted)
        /\ scout[n] = None /\ scout'[n] # None => Less(disk[n].scouted, scout'[n].ballotNum)
        /\ crashes' = crashes => ~Less(leader'[n].ballotNum, leader[n].ballotNum)]_vars

\* A node that knows what a slot decided never knows it otherwise.
DecidedNeverChanges ==
    [][\A n \in Members \cap Members' : \A s \in DOMAIN replica[n].decisions \cap DOMAIN replica'[n].decisions :
        replica'[n].decisions[s] = replica[n].decisions[s]]_vars

\* What was executed stays executed, but for what a crash takes back to the last checkpoint, or to nothing with the disk.
ExecutedOnlyGrows ==
    [][\A n \in Members \cap Members' :
        /\ IsPrefix(disk[n].state.machine, disk'[n].state.machine) /\ disk[n].slot <= disk'[n].slot
        /\ crashes' = crashes =>
            IsPrefix(replica[n].machine, replica'[n].machine) /\ replica[n].slot <= replica'[n].slot]_vars

\* A node that is part of a cluster stays part of it, as long as it has its disk.
MembersStay == [][\A n \in Members : n \in Members' \/ disk'[n].disk # disk[n].disk]_vars

-----------------------------------------------------------------------------
(* What happens in some state, negated: a model in which one of these holds *)
(* proves nothing about it.                                                 *)

NothingDecided == Decided = {}
\* In a model without crashes: a node that scouted keeps its ballot.
NobodyPreempted == \A n \in Voters : disk[n].scouted # NullBallot => leader[n].ballotNum = disk[n].scouted
\* No slot is decided again in another ballot. (In the ballot that decided it, it has no Commander any more.)
NothingAdoptedAgain == \A d \in Decided, n \in Nodes : d[1] \notin DOMAIN commanders[n]
NoGapFilled == \A d \in Decided : d[2] # NoopProposal
NothingAnswered == answers = {}
\* No command is decided for two slots.
NothingDecidedTwice ==
    \A d, e \in Decided : d[1] # e[1] /\ d[2] # NoopProposal =>
        d[2].clientID # e[2].clientID \/ d[2].seq # e[2].seq
NothingForgotten == \A n \in Voters : acceptor[n].first = 1
\* No node was brought up to date with a state.
NobodyWelcomed == \A n \in Members : replica[n].first = 1 \/ replica[n].first + Window <= replica[n].slot
NothingFounded == Founder # Nobody => Members = {}
\* No disk is admitted by the log.
NobodyAdmitted == \A d \in Decided : d[2].disk = 0
\* Nobody becomes part of the cluster without a vote.
NobodyLearns == Members = Voters
\* No Decision comes before the Welcome.
NothingOvertaken == \A n \in Nodes : bootstrap[n] # None => bootstrap[n].decisions = Empty
=============================================================================
