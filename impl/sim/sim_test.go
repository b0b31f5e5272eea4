package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"multipaxos/impl/paxos"
)

type logMachine struct{ log []string }

func (l *logMachine) Apply(in string) string { l.log = append(l.log, in); if len(l.log) > 4 { l.log = l.log[1:] }; return "ok " + fmt.Sprint(len(l.log)) }
func (l *logMachine) Snapshot() string        { return strings.Join(l.log, "\n") }
func (l *logMachine) Restore(s string) error  { l.log = nil; if s != "" { l.log = strings.Split(s, "\n") }; return nil }

func options(nodes, ops int, f Faults) Options {
	return Options{Nodes: nodes, Clients: 10, Operations: ops, Faults: f,
		NewMachine: func() paxos.Machine { return &logMachine{} },
		Next:       func(c Chooser, client int) string { return fmt.Sprint("x", client, c.Choose(10)) }}
}

func TestTry(t *testing.T) {
	for seed := uint64(1); seed <= 2000; seed++ {
		f := AllFaults()
		c := Seeded(seed)
		if seed%2 == 0 { f = Swarm(c) }
		start := time.Now()
		r, err := Run(options(3+2*int(seed%2), 300, f), c)
		if err != nil { t.Fatal(err) }
		if r.Violation != nil { t.Errorf("seed %d %v: %v\n%s", seed, f, r.Violation, r.Violation.Stack) }
		if seed < 4 { t.Logf("%+v %v", r.Stats, time.Since(start)) }
	}
}
