package fuzz

import (
	"slices"

	"multipaxos/impl/sim"
	"multipaxos/impl/workload"
)

// Palette says which acts bytes can mean, and how often: a kind that stands in it twice is meant by twice as many
// bytes. The first kind is Step, so that zeros are a run without faults.
//
// A schedule begins with a header of 7 bytes: nodes, machine, clients, operations, checkpoint and window (4 bits
// each), and the seed. Then come 3 bytes for each act: kind, which, how. Each is counted modulo what it can mean, so
// all bytes mean something; bytes that are missing are zeros, an act that is cut short is none.
type Palette []sim.ActKind

const (
	headerBytes = 7
	actBytes    = 3

	fuzzedOperations = 64 // at most: a fuzzer does better with more runs than with longer ones
)

// clusterSizes are the numbers of nodes that the first byte means.
var clusterSizes = []int{3, 5, 4, 7, 2, 1, 6}

// AllActs can mean everything, and most often that a pending thing happens.
var AllActs = Palette{
	sim.Step, sim.Deliver, sim.Fire, sim.Turn, sim.Torn, sim.Cut, sim.Drop, sim.Duplicate, sim.Delay, sim.Partition,
	sim.Mend, sim.Kill, sim.Wipe, sim.Restart, sim.Skew, sim.Retry, sim.Abandon,
	sim.Step, sim.Step, sim.Step, sim.Step, sim.Deliver, sim.Deliver, sim.Deliver, sim.Drop, sim.Delay, sim.Fire, sim.Fire,
	sim.Mend, sim.Restart, sim.Retry, sim.Turn,
}

// DiskActs are those that show what is on disk.
var DiskActs = Palette{
	sim.Step, sim.Kill, sim.Torn, sim.Cut, sim.Wipe, sim.Restart, sim.Fire, sim.Drop, sim.Retry,
	sim.Step, sim.Step, sim.Step, sim.Deliver, sim.Deliver, sim.Restart, sim.Fire,
}

// JoinActs are those that matter while nodes found a cluster, join it, lose their disks and join again.
var JoinActs = Palette{
	sim.Step, sim.Deliver, sim.Drop, sim.Delay, sim.Duplicate, sim.Wipe, sim.Kill, sim.Restart, sim.Fire, sim.Torn,
	sim.Partition, sim.Mend, sim.Step, sim.Step, sim.Deliver, sim.Fire,
}

// Palettes are those of the fuzz targets that run schedules, by their names.
var Palettes = map[string]Palette{
	"FuzzSchedule": AllActs, "FuzzKV": AllActs, "FuzzRestart": DiskActs, "FuzzJoin": JoinActs, "FuzzFive": AllActs, "FuzzThirty": AllActs,
}

// Schedule returns what the bytes mean.
func (p Palette) Schedule(b []byte) Schedule {
	header := [headerBytes]byte{}
	b = b[copy(header[:], b):]
	s := Schedule{
		Nodes:      clusterSizes[int(header[0])%len(clusterSizes)],
		Machine:    workload.Machines[int(header[1])%len(workload.Machines)],
		Clients:    1 + int(header[2])%MaxClients,
		Operations: 1 + int(header[3])%fuzzedOperations,
		Checkpoint: int(header[4] >> 4), Window: int(header[4] & 15),
		Seed: uint16(header[5])<<8 | uint16(header[6]),
	}
	for ; len(b) >= actBytes && len(s.Acts) < MaxActs; b = b[actBytes:] {
		s.Acts = append(s.Acts, sim.Act{Kind: p[int(b[0])%len(p)], Which: b[1], How: b[2]})
	}
	return s.Canonical()
}

// Bytes returns bytes that mean the schedule, or nil when none do: the palette lacks one of its acts, or it has too
// many operations.
func (p Palette) Bytes(s Schedule) []byte {
	if s.Operations > fuzzedOperations {
		return nil
	}
	b := []byte{
		byte(slices.Index(clusterSizes, s.Nodes)), byte(slices.Index(workload.Machines, s.Machine)),
		byte(s.Clients - 1), byte(s.Operations - 1), byte(s.Checkpoint<<4 | s.Window), byte(s.Seed >> 8), byte(s.Seed),
	}
	for _, a := range s.Acts {
		kind := slices.Index(p, a.Kind)
		if kind < 0 {
			return nil
		}
		b = append(b, byte(kind), a.Which, a.How)
	}
	return b
}

// Bytes returns bytes that mean the schedule, in the palette AllActs.
func (s Schedule) Bytes() []byte { return AllActs.Bytes(s) }
