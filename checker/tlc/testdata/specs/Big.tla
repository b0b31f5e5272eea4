---- MODULE Big ----
\* More states than anyone will wait for: for runs that are cut off.
EXTENDS Naturals
VARIABLES x, y
Init == x \in 1..1000 /\ y = 0
Next == y' = y + 1 /\ x' = (x * 7919 + y) % 1000003
Spec == Init /\ [][Next]_<<x, y>>
====
