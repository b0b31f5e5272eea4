---- MODULE Big ----
\* Never ends, with states as big as asked for: for runs that are cut off.
EXTENDS Naturals
CONSTANT Size
VARIABLES x, y
Init == x = 0 /\ y = <<>>
Next == x' = x + 1 /\ y' = [i \in 1..Size |-> x + i]
====
