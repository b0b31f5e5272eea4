---- MODULE Counter ----
\* A counter that wraps round: a small spec with every kind of answer.
EXTENDS Naturals
CONSTANTS Max
VARIABLES x, parity

vars == <<x, parity>>

Init == x = 0 /\ parity = "even"

Flip(p) == IF p = "even" THEN "odd" ELSE "even"

Step == x < Max /\ x' = x + 1 /\ parity' = Flip(parity)

Wrap == x = Max /\ x' = 0 /\ parity' = "even"

Next == Step \/ Wrap

Spec == Init /\ [][Next]_vars
Fair == Spec /\ WF_vars(Next)

NeverThree == x # 3
Parity == (x % 2 = 0) = (parity = "even")

Odd == x % 2 = 1

StartsOdd == Odd /\ [][TRUE]_x
NeverWraps == [][x' > x]_x
ReachesMax == <>(x = Max)
StaysAway == []<>(x = Max + 1)
====
