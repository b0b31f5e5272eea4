---- MODULE Stop ----
\* Stops after three steps; Skip can never happen.
EXTENDS Naturals
VARIABLE x

Init == x = 0
Step == x < 3 /\ x' = x + 1
Skip == x > 3 /\ x' = x + 2
Next == Step \/ Skip
Spec == Init /\ [][Next]_x
InRange == x \in 0..3
====
