---- MODULE Assume ----
EXTENDS Naturals
CONSTANT Max
ASSUME MaxIsPositive == Max > 0
VARIABLE x
Init == x = 0
Next == x' = x
Spec == Init /\ [][Next]_x
====
