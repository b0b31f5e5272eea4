package sim

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// cpu returns the processor time that this process has used. Wall time says little on a shared machine.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func benchmark(b *testing.B, o Options) {
	b.ReportAllocs()
	var total Stats
	start := cpu()
	for i := range b.N {
		add(&total, mustRun(b, o, Seeded(uint64(i))))
	}
	took := (cpu() - start).Seconds()
	b.ReportMetric(float64(total.Steps)/took, "steps/cpu-s")
	b.ReportMetric(float64(total.Slots)/took, "slots/cpu-s")
	b.ReportMetric(took/float64(total.Slots)*1e6, "µs/slot")
	b.ReportMetric(float64(total.Steps)/float64(total.Slots), "steps/slot")
}

// All fault classes on, tracing off.
func BenchmarkFaults(b *testing.B) {
	for _, nodes := range []int{3, 5, 7} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) { benchmark(b, options(nodes, 2000, AllFaults())) })
	}
}

func BenchmarkNoFaults(b *testing.B) {
	for _, nodes := range []int{3, 5, 7} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) { benchmark(b, options(nodes, 2000, Faults{})) })
	}
}

// The cost of a command must not depend on how many came before it. It does depend on the number of sessions, which
// checkpoints carry; clients that give up go on in new ones, so here they do not.
func BenchmarkLogLength(b *testing.B) {
	for _, length := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprintf("slots=%d", length), func(b *testing.B) {
			o := options(5, length, AllFaults())
			o.Limit = 1000 * time.Hour
			o.Faults.Abandon = false
			benchmark(b, o)
		})
	}
}
