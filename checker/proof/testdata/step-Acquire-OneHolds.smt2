(declare-sort Node 0) ; a process
(declare-fun boss () Node) ; who has it at first
(declare-fun above (Node Node) Bool) ; an order
(declare-fun holds (Node) Bool) ; it has the lock
(declare-fun last (Node) Node) ; who it got the lock after
(declare-fun free () Bool) ; nobody has it
(declare-fun n () Node) ; parameter
(define-fun idle ((n Node)) Bool (not (holds n))) ; it has not got the lock
; Ordered: No process is above itself.
(assert (forall ((n Node)) (not (above n n))))
; the state before satisfies the invariant
; OneHolds: At most one process has the lock.
(assert (forall ((n Node) (m Node)) (=> (and (holds n) (holds m)) (= n m))))
; FreeIsFree: While it is free, nobody has it.
(assert (forall ((n Node)) (=> free (idle n))))
; Acquire: Takes the lock.
; guard Free
(assert free)
(define-fun |free'| () Bool false)
(define-fun |holds'| ((x.1 Node)) Bool (ite (and true (= x.1 n)) true (holds x.1)))
(define-fun |last'| ((?m Node)) Node (ite (idle ?m) n (last ?m)))
(define-fun |idle'| ((n Node)) Bool (not (|holds'| n))) ; it has not got the lock
; there is a counterexample to OneHolds: At most one process has the lock.
(assert (not (forall ((n Node) (m Node)) (=> (and (|holds'| n) (|holds'| m)) (= n m)))))
(check-sat)
