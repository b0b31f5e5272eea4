package explore

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestQuick(t *testing.T) {
	want := os.Getenv("M")
	workers := 1
	fmt.Sscan(os.Getenv("W"), &workers)
	for _, m := range Models {
		if want != "" && m.Name != want {
			continue
		}
		p := newProtocol(m)
		sys := newMonotone(p, 1, m.MaxCrashes, m.History, m.Live)
		s := newSearch(sys, workers, 1)
		fmt.Sscan(os.Getenv("MAX"), &s.maxStates)
		begin, wall := cpu(), time.Now()
		s.progress = func(d, f int) {
			n, _ := s.table.size()
			fmt.Println("  ", d, f, n, len(sys.extended[0].list), len(sys.extended[1].list), len(sys.extended[2].list))
		}
		err := s.run(context.Background())
		used := cpu() - begin
		n, bytes := s.table.size()
		fmt.Printf("%s: %d states depth %d steps %d stutters %d terminals %d err %v viol %v; cpu %v wall %v, %.0f/s; table %.1f B/state; words %d", m.Name, n, s.depth, s.steps.Load(), s.stutters.Load(), s.terminals.Load(), err, s.violation, used, time.Since(wall), float64(n)/used.Seconds(), float64(bytes)/float64(n), sys.width)
		for i := range sys.extended {
			fmt.Printf(" [%d ext %d base %d sets]", len(sys.extended[i].list), len(sys.memo.nodes[i].bases), len(sys.memo.nodes[i].sent.members))
		}
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		fmt.Println(" messages", len(sys.messages), "executed", sys.executed, "sys MB", ms.Sys>>20, "met", p.met)
	}
}
