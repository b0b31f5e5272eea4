(declare-sort Node 0) ; a process
(declare-fun boss () Node) ; who has it at first
(declare-fun above (Node Node) Bool) ; an order
(declare-fun holds (Node) Bool) ; it has the lock
(declare-fun last (Node) Node) ; who it got the lock after
(declare-fun free () Bool) ; nobody has it
(declare-fun n () Node) ; parameter
; a bounded scope: whatever is found in it is a counterexample without bounds too
(declare-const Node.1 Node)
(declare-const Node.2 Node)
(assert (or (= Node.1 Node.2) (above Node.1 Node.2)))
(assert (or false (= boss Node.1) (= boss Node.2)))
(assert (or false (= (last Node.1) Node.1) (= (last Node.1) Node.2)))
(assert (or false (= (last Node.2) Node.1) (= (last Node.2) Node.2)))
(assert (or false (= n Node.1) (= n Node.2)))
(define-fun idle ((n Node)) Bool (not (holds n))) ; it has not got the lock
; Ordered: No process is above itself.
(assert (and (not (above Node.1 Node.1)) (not (above Node.2 Node.2))))
; the state before satisfies the invariant
; OneHolds: At most one process has the lock.
(assert (and (=> (and (holds Node.1) (holds Node.1)) (= Node.1 Node.1)) (=> (and (holds Node.1) (holds Node.2)) (= Node.1 Node.2)) (=> (and (holds Node.2) (holds Node.1)) (= Node.2 Node.1)) (=> (and (holds Node.2) (holds Node.2)) (= Node.2 Node.2))))
; FreeIsFree: While it is free, nobody has it.
(assert (and (=> free (idle Node.1)) (=> free (idle Node.2))))
; Acquire: Takes the lock.
; guard Free
(assert free)
(define-fun |holds'| ((x.1 Node)) Bool (ite (and true (= x.1 n)) true (holds x.1)))
(define-fun |last'| ((?m Node)) Node (ite (idle ?m) n (last ?m)))
(define-fun |free'| () Bool free)
(define-fun |idle'| ((n Node)) Bool (not (|holds'| n))) ; it has not got the lock
; there is a counterexample to FreeIsFree: While it is free, nobody has it.
(assert (not (and (=> |free'| (|idle'| Node.1)) (=> |free'| (|idle'| Node.2)))))
(check-sat)
(get-value (Node.1 Node.2 boss n (holds Node.1) (holds Node.2) (last Node.1) (last Node.2) free (|holds'| Node.1) (|holds'| Node.2) (|last'| Node.1) (|last'| Node.2) |free'|))
