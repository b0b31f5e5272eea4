---- MODULE Refine ----
\* Claims to refine Stop, but takes two at a time.
EXTENDS Naturals
VARIABLE x
Init == x = 0
Jump == x < 3 /\ x' = x + 2
Next == Jump
Spec == Init /\ [][Next]_x
Low == INSTANCE Stop
Refinement == Low!Spec
====
