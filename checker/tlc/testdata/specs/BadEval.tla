---- MODULE BadEval ----
EXTENDS Naturals, Sequences
VARIABLE x
Init == x = <<1>>
Next == x' = Tail(Tail(x))
Spec == Init /\ [][Next]_x
====
