------------------------------ MODULE MCLogAlone ------------------------------
(* Log by itself: what a user may conclude from it *)
EXTENDS Log

LogCommands == [clientID : {1}, seq : 1 .. 2]
NoopCommand == [clientID |-> 0, seq |-> 0]
LogSlots == 1 .. 3
=============================================================================
