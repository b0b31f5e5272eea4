package linear_test

import (
	"fmt"
	"time"

	"multipaxos/checker/linear"
	"multipaxos/impl/kv"
)

// A cluster answers a read from an old state: a write was acknowledged before the read was called.
func ExampleCertificate() {
	r := linear.NewRecorder(linear.Header{Machine: "kv", Initial: kv.New().Snapshot(), Nodes: []string{"N1", "N2"}})
	r.Call(1*time.Millisecond, 1, 1, "N1", kv.Put("x", "new"))
	r.Decided(2*time.Millisecond, 1, 1, 1, kv.Put("x", "new"))
	r.Return(3*time.Millisecond, 1, 1, "N1", "ok new", 1)
	r.Call(4*time.Millisecond, 2, 1, "N2", kv.Get("x"))
	r.Decided(5*time.Millisecond, 2, 2, 1, kv.Get("x"))
	r.Return(6*time.Millisecond, 2, 1, "N2", "refused unknown-key x", 2)

	history := r.History()
	if err := linear.Validate(history); err != nil {
		fmt.Println(err)
	}
	verdict, bad := linear.Certificate(history, linear.Options{})
	fmt.Println(verdict)
	fmt.Println(bad)
	// Output:
	// violation
	// history:7: rule "output" is broken in slot 2
	//   operation  client 2 seq 1 "get x" -> "refused unknown-key x" (slot 2)
	//   expected   "ok new"
	//   found      "refused unknown-key x"
}
