-------------------------------- MODULE MCLog --------------------------------
(***************************************************************************)
(* MultiPaxos refines Log: every step that a model of MC takes is, seen by *)
(* a user, a step of Log or no step at all. called and chosen remember     *)
(* what the nodes may forget; they only look on, and hinder no step.       *)
(***************************************************************************)
EXTENDS MC

VARIABLES
    called, \* the commands that clients called
    chosen  \* slot -> proposal that was decided

AsCommand(p) == [clientID |-> p.clientID, seq |-> p.seq]

\* A majority accepts the same proposal in the same ballot. When a vote of that majority was replaced before the last was
\* cast, no state shows it; Decided does then, a little later, and nothing rests on the slot before that.
AcceptedByQuorum ==
    UNION {{<<s, acceptor[n].accepted[s].proposal>> :
        s \in {s \in DOMAIN acceptor[n].accepted : IsQuorum({a \in Nodes :
            s \in DOMAIN acceptor[a].accepted /\ acceptor[a].accepted[s] = acceptor[n].accepted[s]})}} : n \in Nodes}

Chosen == AcceptedByQuorum \cup Decided

\* A second decision for a slot takes the place of the first: that is no step of Log.
Record(table, pairs) ==
    LET new == {p \in pairs : p[1] \notin DOMAIN table \/ table[p[1]] # p[2]} IN
    [s \in DOMAIN table \cup {p[1] : p \in new} |->
        IF \E p \in new : p[1] = s THEN (CHOOSE p \in new : p[1] = s)[2] ELSE table[s]]

LookOnInit ==
    /\ called = {AsCommand(m.proposal) : m \in {m \in msgs : m.type \in {"Propose", "Decision"}}}
    /\ chosen = Record(Empty, Chosen)
LookOn ==
    /\ called' = called \cup UNION {requester'[n] : n \in Nodes}
    /\ chosen' = Record(chosen, Chosen')

LogProposedInit == ProposedInit /\ LookOnInit
LogDecidedInit == DecidedInit /\ LookOnInit
LogClientInit == Init /\ LookOnInit
LogLearnNext == LearnNext /\ LookOn
LogCrashNext == (\E n \in Nodes : Votes(n) \/ ReceiveDecision(n) \/ CrashRestart(n)) /\ LookOn
LogClientNext == ClientNext /\ LookOn
LogWelcomeNext == WelcomeNext /\ LookOn

\* What a user sees of a state.
User == INSTANCE Log WITH
    Noop <- AsCommand(NoopProposal),
    Slots <- 1 .. MaxSlot,
    log <- [s \in DOMAIN chosen |-> AsCommand(chosen[s])],
    copies <- [n \in Nodes |-> [slot |-> replica[n].slot, machine |-> replica[n].machine]]

Refinement == User!LogSpec
\* The same for a model that begins with decided slots.
StepRefinement == [][User!LogNext]_(User!logVars)

-----------------------------------------------------------------------------
(* Rules taken out, to see that the refinement notices                      *)

OneIsQuorum(set) == set # {}
NothingRemembered(x, p) == FALSE

Q11 == <<1, 1>>
Q10 == <<1, 0>>
Q00 == <<0, 0>>
=============================================================================
