// Package usage says what processor time and memory were used: on a shared machine wall time says little.
package usage

import (
	"syscall"
	"time"
)

// CPU returns the processor time that this process has used so far.
func CPU() time.Duration { return cpu(of(syscall.RUSAGE_SELF)) }

// ChildrenCPU returns the processor time of all processes that this one has waited for.
func ChildrenCPU() time.Duration { return cpu(of(syscall.RUSAGE_CHILDREN)) }

// Peak returns the most memory that this process had at once, in MB.
func Peak() int64 { return peak(of(syscall.RUSAGE_SELF)) }

// ChildrenPeak returns the most memory that the largest process that this one has waited for had at once, in MB.
func ChildrenPeak() int64 { return peak(of(syscall.RUSAGE_CHILDREN)) }

func of(who int) (u syscall.Rusage) {
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err) // it fails only for another who, or a bad address
	}
	return u
}

func cpu(u syscall.Rusage) time.Duration { return time.Duration(u.Utime.Nano() + u.Stime.Nano()) }

func peak(u syscall.Rusage) int64 { return u.Maxrss >> 10 } // from kB, as on Linux
