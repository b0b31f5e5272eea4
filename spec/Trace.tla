-------------------------------- MODULE Trace --------------------------------
(***************************************************************************)
(* TLC as the judge of traces: the events of recorded runs, taken one      *)
(* after another as the steps of MultiPaxos that they name.                *)
(*                                                                         *)
(* checker/tracetlc writes a module with the events and has TLC check it   *)
(* with Trace.cfg. A long trace is cut into segments. Each starts from the *)
(* recorded state and the messages in flight, and must end in the state    *)
(* from which the next one starts. TLC walks all segments at once: a state *)
(* has one successor at most, and VIEW tells states apart by their place.  *)
(*                                                                         *)
(* The spec's operators say what the node of an event becomes; the trace   *)
(* says what it became. Where they differ, Report prints the event, the    *)
(* first conjunct that fails, and both values, and the segment ends there. *)
(*                                                                         *)
(* What stands in a trace and not in MultiPaxos:                           *)
(* - Messages have ids, and each copy of one has a fate: flight.           *)
(* - Crash and Start are two events. A node that is down keeps the state   *)
(*   it had: Start is CrashRestart or, when the disk was lost, WipeRestart.*)
(*   A node that has not started yet is in the state that Init gives it.   *)
(* - Replica.heard, which says whether FollowNext turns.                   *)
(* - What a disk without votes has forgotten: firsts.                      *)
(* - Cancel: a client does not wait any longer.                            *)
(* - Alarms that find nothing to do: see Idle.                             *)
(* Lose, Duplicate, Crash, Wipe, Fault and End leave vars alone.           *)
(***************************************************************************)
EXTENDS MultiPaxos, TLC

CONSTANTS
    LastSegment, \* how many segments there are
    Segment(_)   \* each: start, events, whether the next segment goes on from its end, base. (An operator, because what
                 \* a constant without parameter stands for is evaluated before the definitions that it uses.)

VARIABLES
    segment, \* the segment
    at,      \* the index of its next event
    flight,  \* id -> message, of those that have no fate yet
    extra,   \* id -> how many more copies of it than one have none
    lastID,  \* the highest id that was used
    started, \* the nodes that ever started
    up,      \* the nodes that are up
    torn,    \* those of them whose last step lost messages: they crash next
    wiped,   \* the nodes that lost their disk since they started
    heard,   \* the nodes whose leader gave a sign since the last FollowNext
    firsts   \* per node: the lowest slot that its disk has not forgotten

place == <<segment, at>>
net == <<flight, extra, lastID, started, up, torn, wiped, heard, firsts>>

Events == Segment(segment).events

-----------------------------------------------------------------------------
(* How the module of a trace writes values. TLC reads numbers as parameters *)
(* much faster than nested operators.                                       *)

B(n, l) == [n |-> n, leader |-> l]
P(a, c, s, d) == [caller |-> a, clientID |-> c, seq |-> s, disk |-> d]
V(n, l, a, c, s, d) == [ballotNum |-> B(n, l), proposal |-> P(a, c, s, d)]
C(c, s) == [clientID |-> c, seq |-> s]
Session(s, slot) == [seq |-> s, slot |-> slot]
State(m, s, v) == [machine |-> m, sessions |-> s, voters |-> v]

\* What the slots from a to b decided, and votes for that in one ballot; the commands executed as number a to b.
Slots(log, a, b) == [s \in a .. b |-> log.slots[s + 1 - log.from]]
Votes(log, n, l, a, b) == [s \in a .. b |-> [ballotNum |-> B(n, l), proposal |-> log.slots[s + 1 - log.from]]]
Commanded(done, a, b) == SubSeq(done.commands, a + 1 - done.from, b + 1 - done.from)

MPropose(f, t, slot, a, c, s, d) ==
    [type |-> "Propose", from |-> f, to |-> t, slot |-> slot, proposal |-> P(a, c, s, d)]
MPrepare(f, t, n, l, slot) == [type |-> "Prepare", from |-> f, to |-> t, ballotNum |-> B(n, l), slot |-> slot]
MPromise(f, t, n, l, votes) ==
    [type |-> "Promise", from |-> f, to |-> t, ballotNum |-> B(n, l), acceptedProposals |-> votes]
MAccept(f, t, slot, n, l, a, c, s, d) ==
    [type |-> "Accept", from |-> f, to |-> t, slot |-> slot, ballotNum |-> B(n, l), proposal |-> P(a, c, s, d)]
MAccepted(f, t, slot, n, l) == [type |-> "Accepted", from |-> f, to |-> t, slot |-> slot, ballotNum |-> B(n, l)]
MPreempted(f, t, slot, n, l) == [type |-> "Preempted", from |-> f, to |-> t, slot |-> slot, preemptedBy |-> B(n, l)]
MDecision(f, t, slot, a, c, s, d) ==
    [type |-> "Decision", from |-> f, to |-> t, slot |-> slot, proposal |-> P(a, c, s, d)]
MActive(f, t, slot) == [type |-> "Active", from |-> f, to |-> t, slot |-> slot]
MJoin(f, t, d) == [type |-> "Join", from |-> f, to |-> t, disk |-> d]
MWelcome(f, t, state, slot, decisions) ==
    [type |-> "Welcome", from |-> f, to |-> t, state |-> state, slot |-> slot, decisions |-> decisions]

Promised(n, l) == [type |-> "Promised", ballotNum |-> B(n, l)]
Voted(slot, n, l, a, c, s, d) == [type |-> "Voted", slot |-> slot, vote |-> V(n, l, a, c, s, d)]
Scouted(n, l) == [type |-> "Scouted", ballotNum |-> B(n, l)]
Checkpointed(slot, first, state) == [type |-> "Checkpointed", slot |-> slot, first |-> first, state |-> state]

-----------------------------------------------------------------------------
(* An event: seq, action, node, and the fields that say something           *)

Field(e, f, default) == IF f \in DOMAIN e THEN e[f] ELSE default

Sent(e) == Field(e, "sent", Empty)     \* id -> the messages that left
Unsent(e) == Field(e, "unsent", Empty) \* id -> those that a crash kept from leaving
Writes(e) == Field(e, "writes", <<>>)
Changes(e) == Field(e, "state", Empty) \* per variable of the node: what it became

Receives == {"ReceivePropose", "ReceivePrepare", "ReceivePromise", "ReceiveAccept", "ReceiveAccepted",
             "ReceivePreempted", "ReceiveDecision", "ReceiveActive", "ReceiveJoin", "ReceiveWelcome"}
Silent == {"Lose", "Duplicate", "Crash", "Wipe", "Fault", "End"}

Arrived(e) == flight[e.id]
Extra(id) == IF id \in DOMAIN extra THEN extra[id] ELSE 0

-----------------------------------------------------------------------------
(* The fate of messages                                                     *)

\* An id names one message, which arrives as it was sent, and once per copy.
Fate(e) ==
    /\ "id" \in DOMAIN e => e.id \in DOMAIN flight
    /\ "message" \in DOMAIN e => e.message = Arrived(e)
    /\ "last" \in DOMAIN e => \A id \in DOMAIN Sent(e) \cup DOMAIN Unsent(e) : lastID < id /\ id <= e.last
    /\ e.action = "End" => e.inFlight = [id \in DOMAIN flight |-> 1 + Extra(id)]

Network(e) ==
    LET landed == e.action \in Receives \cup {"Lose"}
        last == landed /\ Extra(e.id) = 0
        rest == IF last THEN Take(flight, e.id) ELSE flight
    IN  /\ flight' = IF "sent" \in DOMAIN e THEN e.sent @@ rest ELSE rest
        /\ extra' = IF last THEN Take(extra, e.id)
                    ELSE IF landed THEN [extra EXCEPT ![e.id] = @ - 1]
                    ELSE IF e.action = "Duplicate" THEN Put(extra, e.id, Extra(e.id) + 1)
                    ELSE extra
        /\ lastID' = Field(e, "last", lastID)

-----------------------------------------------------------------------------
(* The steps: when one is allowed, and what the node becomes                *)

Allowed(e) ==
    LET n == e.node
        playing == n \in up /\ n \notin torn
    IN  CASE e.action \in Receives ->
                playing /\ "id" \in DOMAIN e /\ Arrived(e).to = n /\ "Receive" \o Arrived(e).type = e.action
          [] e.action = "RequesterSendInvoke" ->
                playing /\ IF "command" \in DOMAIN e THEN e.command.clientID > 0 /\ e.command.seq > 0 ELSE "request" \in DOMAIN e /\ e.request \in requester[n]
          [] e.action = "ScoutSendPrepare" -> playing /\ scout[n] # None
          [] e.action = "CommanderSendAccept" -> playing /\ Field(e, "slot", 0) \in DOMAIN commanders[n]
          [] e.action = "LeaderSendActive" -> playing /\ leader[n] # None
          [] e.action \in {"ReplicaFollowNext", "ReplicaAskMissing", "ReplicaWriteCheckpoint"} ->
                playing /\ replica[n] # None
          [] e.action = "BootstrapSendJoin" -> playing /\ bootstrap[n] # None
          [] e.action = "Cancel" -> playing /\ "command" \in DOMAIN e
          [] e.action = "Start" -> n \in Nodes \ up /\ "durable" \in DOMAIN e
          [] e.action = "Crash" -> n \in up
          [] e.action = "Wipe" -> n \in started \ up
          [] e.action \in {"Lose", "Duplicate", "Fault"} -> TRUE
          [] e.action = "End" -> torn = {}
          [] OTHER -> FALSE

\* An alarm that goes off though there is nothing to do leaves the node as it is.
Idle(e) ==
    \/ e.action = "LeaderSendActive" /\ ~leader[e.node].active
    \/ e.action = "ReplicaFollowNext" /\ e.node \in heard
    \/ e.action = "ReplicaWriteCheckpoint" /\ replica[e.node].slot < replica[e.node].checkpoint + CheckpointEvery

\* Node n before it started, and at its first start.
NewNode(n) == StartedNode(n, FormattedDisk(n), None, n = Founder)

\* What node n starts with: as CrashRestart, WipeRestart and Init have it.
Started(n) ==
    IF n \in wiped THEN StartedNode(n, FormattedDisk(disk[n].disk + Cardinality(Nodes)), None, FALSE)
    ELSE IF n \in started THEN StartedNode(n, disk[n], acceptor[n], n = Founder /\ disk[n].disk = n)
    ELSE NewNode(n)

\* What the node of e becomes.
Became(e) ==
    LET n == e.node
        x == Node(n)
    IN  CASE e.action \in Receives -> NodeReceive(x, Arrived(e))
          [] e.action = "RequesterSendInvoke" ->
                IF "command" \in DOMAIN e THEN NodeInvoke(x, e.command) ELSE RequesterSendInvoke(x, e.request)
          [] e.action = "Start" -> Started(n)
          [] e.action = "Cancel" -> [x EXCEPT !.requester = @ \ {e.command}]
          [] e.action = "ScoutSendPrepare" -> ScoutSendPrepare(x)
          [] e.action = "CommanderSendAccept" -> CommanderSendAccept(x, e.slot)
          [] e.action = "BootstrapSendJoin" -> BootstrapSendJoin(x)
          [] e.action = "ReplicaAskMissing" -> ReplicaAskMissing(x)
          [] Idle(e) -> x
          [] e.action = "LeaderSendActive" -> LeaderSendActive(x)
          [] e.action = "ReplicaFollowNext" -> ReplicaFollowNext(x)
          [] e.action = "ReplicaWriteCheckpoint" -> ReplicaWriteCheckpoint(x)

\* Whether the leader of node n, which becomes x in e, has given a sign.
Heard(e, n, x) ==
    CASE e.action \in {"Start", "ReplicaFollowNext"} -> FALSE
      [] e.action = "ReceiveActive" -> x.replica # None
      [] e.action \in {"ReceivePrepare", "ReceiveAccept"} /\ x.acceptor # None ->
            n \in heard \/ x.acceptor.ballotNum # acceptor[n].ballotNum
      [] e.action = "ReceivePromise" /\ x.leader # None -> n \in heard \/ (x.leader.active /\ ~leader[n].active)
      [] OTHER -> n \in heard

-----------------------------------------------------------------------------
(***************************************************************************)
(* What the trace says the node became. A role that it did not play before *)
(* has all its fields there; of one that it played those that changed, and *)
(* of a table what is put and what is dropped.                             *)
(***************************************************************************)
Roles == <<"acceptor", "replica", "leader", "scout", "commanders", "requester", "bootstrap", "seed">>
Fields == [acceptor |-> {"ballotNum", "accepted", "first"},
           replica |-> {"slot", "nextSlot", "proposals", "decisions", "first", "sessions", "voters", "leader"},
           leader |-> {"ballotNum", "active", "proposals"},
           scout |-> {"ballotNum", "promised", "acceptedProposals"},
           bootstrap |-> {"peer", "decisions"},
           seed |-> {"disks"}]
Tables == {"accepted", "proposals", "decisions", "sessions", "acceptedProposals"}

\* A node that is down.
Nothing == [acceptor |-> None, replica |-> None, leader |-> None, scout |-> None, commanders |-> Empty,
            requester |-> {}, bootstrap |-> None, seed |-> None]

Patched(table, d) ==
    IF d.drop = {} THEN d.put @@ table ELSE d.put @@ [s \in DOMAIN table \ d.drop |-> table[s]]

\* The field f of a role that was before, and changed as d says.
Recorded(before, d, f) ==
    IF f \notin DOMAIN d THEN before[f]
    ELSE IF before = None \/ f \notin Tables THEN d[f]
    ELSE Patched(before[f], d[f])

RecordedRole(r, before, changes) ==
    IF r \notin DOMAIN changes THEN before
    ELSE IF r = "commanders" THEN Patched(before, changes[r])
    ELSE IF r = "requester" \/ changes[r] = None THEN changes[r]
    ELSE [f \in Fields[r] |-> Recorded(before, changes[r], f)]

\* Replica.machine and Replica.checkpoint are in no trace: they show in checkpoints and Welcomes.
SameRole(r, before, after, changes) ==
    IF r \notin DOMAIN Fields THEN after = RecordedRole(r, before, changes)
    ELSE IF r \notin DOMAIN changes
    THEN after = before \/ (r = "replica" /\ after # None /\ before # None /\ \A f \in Fields[r] : after[f] = before[f])
    ELSE IF changes[r] = None THEN after = None
    ELSE after # None /\ \A f \in Fields[r] : after[f] = Recorded(before, changes[r], f)

-----------------------------------------------------------------------------
(* What the trace says is on the node's disk, and must be                   *)

DiskOf(d, a, first) ==
    [disk |-> d.disk, scouted |-> d.scouted, slot |-> d.slot, state |-> d.state, first |-> first,
     ballotNum |-> IF a = None THEN NullBallot ELSE a.ballotNum,
     accepted |-> IF a = None THEN Empty ELSE a.accepted]

Written(d, w) ==
    CASE w.type = "Promised" -> [d EXCEPT !.ballotNum = w.ballotNum]
      [] w.type = "Voted" -> [d EXCEPT !.ballotNum = w.vote.ballotNum, !.accepted = Put(@, w.slot, w.vote)]
      [] w.type = "Scouted" -> [d EXCEPT !.scouted = w.ballotNum]
      [] w.type = "Checkpointed" -> [d EXCEPT !.slot = w.slot, !.first = w.first, !.state = w.state,
                                              !.accepted = From(@, w.first)]

RECURSIVE WrittenAll(_, _)
WrittenAll(d, ws) == IF ws = <<>> THEN d ELSE WrittenAll(Written(d, Head(ws)), Tail(ws))

\* The lowest slot that is not forgotten on the disk of node n, which becomes x.
First(e, n, x) ==
    IF x.acceptor # None THEN x.acceptor.first
    ELSE IF x.disk.slot = 0 THEN 0
    ELSE IF x.disk.slot # disk[n].slot THEN x.replica.first
    ELSE firsts[n]

RecordedDisk(e, n) ==
    WrittenAll(IF e.action = "Start" THEN e.durable ELSE DiskOf(disk[n], acceptor[n], firsts[n]), Writes(e))

SameDisk(e, n, x) ==
    \/ e.action # "Start" /\ Writes(e) = <<>> /\ x.disk = disk[n] /\ x.acceptor = acceptor[n]
    \/ RecordedDisk(e, n) = DiskOf(x.disk, x.acceptor, First(e, n, x))

-----------------------------------------------------------------------------
(* What the trace says the node sent and answered                           *)

RecordedOut(e) == {Sent(e)[id] : id \in DOMAIN Sent(e)} \cup {Unsent(e)[id] : id \in DOMAIN Unsent(e)}
RecordedAnswers(e) == Field(e, "answers", {})

SameOut(e, x) ==
    /\ RecordedOut(e) = x.out
    /\ Cardinality(DOMAIN Sent(e)) + Cardinality(DOMAIN Unsent(e)) = Cardinality(x.out)

-----------------------------------------------------------------------------
(***************************************************************************)
(* What holds of every step and in every state, under the names that it    *)
(* has in MultiPaxos, in forms that take TLC a hundredth of the time:      *)
(* TraceStrict.cfg checks on small traces that the others hold too.        *)
(***************************************************************************)
Prefix(s, t) == Len(s) <= Len(t) /\ SubSeq(t, 1, Len(s)) = s

SameDecisions(s, t) ==
    \/ s = t
    \/ \A slot \in DOMAIN s \cap DOMAIN t : s[slot] = t[slot]

\* The name of what the step e, in which its node n becomes x, breaks.
BrokenStep(e, n, x) ==
    LET a == acceptor[n]
        r == replica[n]
        fresh == x.disk.disk # disk[n].disk
        living == e.action # "Start"
    IN  CASE a # None /\ (IF x.acceptor = None THEN ~fresh ELSE Less(x.acceptor.ballotNum, a.ballotNum)) ->
                "PromisesNeverFall"
          [] a # None /\ x.acceptor # None /\
                \/ Less(x.disk.scouted, disk[n].scouted)
                \/ scout[n] = None /\ x.scout # None /\ ~Less(disk[n].scouted, x.scout.ballotNum)
                \/ living /\ Less(x.leader.ballotNum, leader[n].ballotNum) -> "BallotsNeverFall"
          [] r # None /\ x.replica # None /\ ~SameDecisions(r.decisions, x.replica.decisions) -> "DecidedNeverChanges"
          [] r # None /\ x.replica # None /\
                \/ ~Prefix(disk[n].state.machine, x.disk.state.machine) \/ x.disk.slot < disk[n].slot
                \/ living /\ ~(Prefix(r.machine, x.replica.machine) /\ r.slot <= x.replica.slot) -> "ExecutedOnlyGrows"
          [] r # None /\ x.replica = None /\ ~fresh -> "MembersStay"
          [] OTHER -> ""

Range(f) == {f[i] : i \in DOMAIN f}

\* Whether a set of tuples has one value of Value for each of Key.
OneFor(set, Key(_), Value(_)) == Cardinality({Key(x) : x \in set}) = Cardinality({<<Key(x), Value(x)>> : x \in set})

AnswersRight ==
    /\ OneFor(answers, LAMBDA a : <<a.clientID, a.seq>>, LAMBDA a : a)
    /\ \A a \in answers : \A d \in {d \in Decided : d[1] = a.slot} : a.clientID = d[2].clientID /\ a.seq = d[2].seq

\* The name of an invariant that does not hold.
Broken ==
    CASE ~TypeOK -> "TypeOK"
      [] ~OneFor(Decided, LAMBDA d : d[1], LAMBDA d : d[2]) -> "Agreement"
      [] ~DecidedChosen -> "DecidedChosen"
      [] ~OneFor(Proposed, LAMBDA p : <<p[1], p[2]>>, LAMBDA p : p[3]) -> "OneValuePerBallot"
      [] ~OneLeaderPerBallot -> "OneLeaderPerBallot"
      [] \E a, b \in Members : replica[a].slot <= replica[b].slot /\ ~Prefix(replica[a].machine, replica[b].machine) ->
            "ExecutedPrefixesAgree"
      [] \E n \in Members : Cardinality(Range(replica[n].machine)) # Len(replica[n].machine) -> "ExactlyOnce"
      [] ~AnswersRight -> "AnswersAgree"
      [] ~ExecutedAtOnce -> "ExecutedAtOnce"
      [] ~AdmittedOnce -> "AdmittedOnce"
      [] ~VotesWithAdmittedDisk -> "VotesWithAdmittedDisk"
      [] OTHER -> ""

-----------------------------------------------------------------------------
(* The verdict                                                              *)

\* Prints what is wrong; the segment ends. Expected is what the spec says, found what the trace says.
Report(seq, conjunct, field, expected, found) ==
    Print(ToString(<<"wrong", segment, at - 1, seq, conjunct, field, ToString(expected), ToString(found)>>), FALSE)

ReportRole(e, r, before, after) ==
    LET recorded == RecordedRole(r, before, Changes(e))
        differs == {f \in Fields[r] : after[f] # recorded[f]}
        field == CHOOSE f \in differs : TRUE
    IN  IF r \notin DOMAIN Fields \/ after = None \/ recorded = None \/ differs = {}
        THEN Report(e.seq, r, "", after, recorded)
        ELSE Report(e.seq, r, field, after[field], recorded[field])

\* Whether the trace says of e what the spec says: its node becomes x.
Agrees(e, n, x) ==
    LET before == IF e.action = "Start" THEN Nothing ELSE Node(n)
        changes == Changes(e)
        wrong == {i \in DOMAIN Roles : ~SameRole(Roles[i], before[Roles[i]], x[Roles[i]], changes)}
        role == Roles[Lowest(wrong)]
    IN  IF wrong # {} THEN ReportRole(e, role, before[role], x[role])
        ELSE IF ~SameDisk(e, n, x)
        THEN Report(e.seq, "disk", "", DiskOf(x.disk, x.acceptor, First(e, n, x)), RecordedDisk(e, n))
        ELSE IF ~SameOut(e, x) THEN Report(e.seq, "msgs", "", x.out, RecordedOut(e))
        ELSE IF x.answers # RecordedAnswers(e) THEN Report(e.seq, "answers", "", x.answers, RecordedAnswers(e))
        ELSE IF BrokenStep(e, n, x) # "" THEN Report(e.seq, BrokenStep(e, n, x), "step", "", "")
        ELSE TRUE

With(set, n, is) == IF is THEN set \cup {n} ELSE set \ {n}

TakeStep(e, n) ==
    \E x \in {Became(e)} :
        /\ Agrees(e, n, x)
        /\ IF e.action = "Start" /\ n \in started THEN Restart(n, x) ELSE Step(n, x)
        /\ started' = IF e.action = "Start" THEN started \cup {n} ELSE started
        /\ up' = IF e.action = "Start" THEN up \cup {n} ELSE up
        /\ wiped' = IF e.action = "Start" THEN wiped \ {n} ELSE wiped
        /\ torn' = IF "unsent" \in DOMAIN e THEN torn \cup {n} ELSE torn
        /\ heard' = With(heard, n, Heard(e, n, x))
        /\ firsts' = [firsts EXCEPT ![n] = First(e, n, x)]

\* What is no step of a node.
TakeSilent(e, n) ==
    /\ up' = IF e.action = "Crash" THEN up \ {n} ELSE up
    /\ torn' = IF e.action = "Crash" THEN torn \ {n} ELSE torn
    /\ wiped' = IF e.action = "Wipe" THEN wiped \cup {n} ELSE wiped
    /\ UNCHANGED <<vars, started, heard, firsts>>

Judge(e) ==
    IF ~Fate(e) THEN Report(e.seq, "fate", "", flight, lastID)
    ELSE IF ~Allowed(e) THEN Report(e.seq, "action", "", e.action, e.node)
    ELSE /\ IF e.action \in Silent THEN TakeSilent(e, e.node) ELSE TakeStep(e, e.node)
         /\ Network(e)

-----------------------------------------------------------------------------
(* The end of a segment                                                     *)

\* Machines are written without what all of them have executed before the segment starts: its first base commands.
Shifted(state, k) == [state EXCEPT !.machine = SubSeq(@, k + 1, Len(@))]
ShiftedDisk(d, k) == [d EXCEPT !.state = Shifted(@, k)]
ShiftedMessage(m, k) == IF m.type = "Welcome" THEN [m EXCEPT !.state = Shifted(@, k)] ELSE m

\* The state in which the segment ends is the one from which the next one, s, starts.
GoesOn(s, k) ==
    /\ k >= 0 \* what all have executed only grows
    /\ \A n \in Nodes :
        LET next == s.nodes[n] IN
        /\ next.acceptor = acceptor[n] /\ next.leader = leader[n] /\ next.scout = scout[n]
        /\ next.commanders = commanders[n] /\ next.requester = requester[n]
        /\ next.bootstrap = bootstrap[n] /\ next.seed = seed[n]
        /\ next.replica = IF replica[n] = None THEN None ELSE Shifted(replica[n], k)
        /\ next.disk = ShiftedDisk(disk[n], k)
    /\ s.flight = [id \in DOMAIN flight |-> ShiftedMessage(flight[id], k)]
    /\ \A id \in DOMAIN flight : Extra(id) = IF id \in DOMAIN s.extra THEN s.extra[id] ELSE 0
    /\ <<s.lastID, s.started, s.up, s.torn, s.wiped, s.heard, s.firsts>>
        = <<lastID, started, up, torn, wiped, heard, firsts>>

Finish ==
    LET s == Segment(segment)
        next == Segment(segment + 1)
        last == s.events[Len(s.events)].seq
    IN  IF Broken # "" THEN Report(last, Broken, "", "", "")
        ELSE IF s.goesOn /\ ~GoesOn(next.start, next.base - s.base) THEN Report(last, "segment", "", "", "")
        ELSE Print(ToString(<<"passed", segment, Len(s.events)>>), FALSE)

-----------------------------------------------------------------------------

TraceInit ==
    /\ segment \in 1 .. LastSegment
    /\ at = 1
    /\ LET s == Segment(segment).start IN
        /\ acceptor = [n \in Nodes |-> s.nodes[n].acceptor]
        /\ replica = [n \in Nodes |-> s.nodes[n].replica]
        /\ leader = [n \in Nodes |-> s.nodes[n].leader]
        /\ scout = [n \in Nodes |-> s.nodes[n].scout]
        /\ commanders = [n \in Nodes |-> s.nodes[n].commanders]
        /\ requester = [n \in Nodes |-> s.nodes[n].requester]
        /\ bootstrap = [n \in Nodes |-> s.nodes[n].bootstrap]
        /\ seed = [n \in Nodes |-> s.nodes[n].seed]
        /\ disk = [n \in Nodes |-> s.nodes[n].disk]
        /\ msgs = {s.flight[id] : id \in DOMAIN s.flight}
                  \cup UNION {NewNode(n).out : n \in Nodes \ s.started}
        /\ answers = {}
        /\ crashes = 0
        /\ flight = s.flight
        /\ extra = s.extra
        /\ lastID = s.lastID
        /\ started = s.started
        /\ up = s.up
        /\ torn = s.torn
        /\ wiped = s.wiped
        /\ heard = s.heard
        /\ firsts = s.firsts

TraceNext ==
    IF at > Len(Events) THEN Finish /\ UNCHANGED <<place, vars, net>>
    ELSE /\ Judge(Events[at])
         /\ at' = at + 1
         /\ UNCHANGED segment

-----------------------------------------------------------------------------
(***************************************************************************)
(* For TraceStrict.cfg: a step is one of the action of MultiPaxos that has *)
(* its name, or leaves vars alone. It takes the events by their messages   *)
(* and not by ids, for the spec's msgs has each message once and for ever. *)
(***************************************************************************)
Named(e, n) ==
    CASE e.action = "ReceivePropose" -> ReceivePropose(n)
      [] e.action = "ReceivePrepare" -> ReceivePrepare(n)
      [] e.action = "ReceivePromise" -> ReceivePromise(n)
      [] e.action = "ReceiveAccept" -> ReceiveAccept(n)
      [] e.action = "ReceiveAccepted" -> ReceiveAccepted(n)
      [] e.action = "ReceivePreempted" -> ReceivePreempted(n)
      [] e.action = "ReceiveDecision" -> ReceiveDecision(n)
      [] e.action = "ReceiveActive" -> ReceiveActive(n)
      [] e.action = "ReceiveJoin" -> ReceiveJoin(n)
      [] e.action = "ReceiveWelcome" -> ReceiveWelcome(n)
      [] e.action = "RequesterSendInvoke" -> Invoke(n) \/ FireRequesterSendInvoke(n)
      [] e.action = "ScoutSendPrepare" -> FireScoutSendPrepare(n)
      [] e.action = "CommanderSendAccept" -> FireCommanderSendAccept(n)
      [] e.action = "LeaderSendActive" -> FireLeaderSendActive(n)
      [] e.action = "ReplicaFollowNext" -> FireReplicaFollowNext(n)
      [] e.action = "ReplicaAskMissing" -> FireReplicaAskMissing(n)
      [] e.action = "ReplicaWriteCheckpoint" -> FireReplicaWriteCheckpoint(n)
      [] e.action = "BootstrapSendJoin" -> FireBootstrapSendJoin(n)
      [] e.action = "Start" -> CrashRestart(n) \/ WipeRestart(n)
      [] e.action = "Cancel" -> requester' = [requester EXCEPT ![n] = @ \ {e.command}]
      [] OTHER -> FALSE

StepsAreNamed == [][Named(Events[at], Events[at].node)]_vars
=============================================================================
