package tracetlc

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// names gives what a trace names by wide numbers the small ones that TLC can count with: clients in order of
// appearance, addresses by rank, the k-th disk of node n as n plus k-1 times the number of nodes, as in the spec.
type names struct {
	nodes   []paxos.Address
	clients map[paxos.ClientID]uint64
	disks   map[paxos.DiskID]uint64
	lost    map[paxos.Address]uint64 // how many disks of each node are gone
	inputs  map[trace.Request]string // of each command, as it was first asked for
	strange uint64                   // disks that no node started on
	forged  uint64                   // commands with another input than they had
	maxSeq  uint64
	err     error // the first number that TLC cannot count to
}

func newNames(nodes []paxos.Address) *names {
	return &names{
		nodes: nodes, clients: map[paxos.ClientID]uint64{}, disks: map[paxos.DiskID]uint64{}, lost: map[paxos.Address]uint64{},
		inputs: map[trace.Request]string{{}: ""},
	}
}

// strangers are the numbers of what only a broken trace has.
const strangers = 1 << 20

// number writes n. TLC's integers have 32 bits, and ballots and slots are counted on from.
func (t *names) number(n uint64) string {
	if n >= math.MaxInt32 && t.err == nil {
		t.err = fmt.Errorf("want numbers below %d, for TLC counts no further, found %d", math.MaxInt32, n)
	}
	return strconv.FormatUint(n, 10)
}

// address writes a; strangers come after the nodes.
func (t *names) address(a paxos.Address) string {
	if a == 0 {
		return "0"
	}
	if i, ok := slices.BinarySearch(t.nodes, a); ok {
		return strconv.Itoa(i + 1)
	}
	return strconv.Itoa(len(t.nodes) + int(a))
}

func (t *names) client(c paxos.ClientID) string {
	if c == 0 {
		return "0"
	}
	if t.clients[c] == 0 {
		t.clients[c] = uint64(len(t.clients) + 1)
	}
	return strconv.FormatUint(t.clients[c], 10)
}

// format names the disk that node a starts on, unless it has a name.
func (t *names) format(a paxos.Address, d paxos.DiskID) {
	if t.disks[d] == 0 {
		i, _ := slices.BinarySearch(t.nodes, a)
		t.disks[d] = uint64(i+1) + t.lost[a]*uint64(len(t.nodes))
	}
}

// wipe notes that the disk of node a is gone.
func (t *names) wipe(a paxos.Address) { t.lost[a]++ }

func (t *names) disk(d paxos.DiskID) string {
	if d == 0 {
		return "0"
	}
	if t.disks[d] == 0 {
		t.strange++
		t.disks[d] = strangers + t.strange
	}
	return strconv.FormatUint(t.disks[d], 10)
}

// maxDisks is the greatest number of disks that a node has had.
func (t *names) maxDisks() uint64 {
	most := uint64(0)
	for _, lost := range t.lost {
		most = max(most, lost)
	}
	return most + 1
}

// command writes which command it is.
func (t *names) command(c paxos.ClientID, seq uint64, input string) string {
	return "C(" + t.commandParts(c, seq, input) + ")"
}

// commandParts writes client and sequence number. A command with another input than the one it first had is another
// command, of a client that does not exist.
func (t *names) commandParts(c paxos.ClientID, seq uint64, input string) string {
	t.maxSeq = max(t.maxSeq, seq)
	q := trace.Request{Client: c, Seq: seq}
	first, ok := t.inputs[q]
	switch {
	case !ok:
		t.inputs[q] = input
	case first != input:
		t.forged++
		return strconv.FormatUint(strangers+t.forged, 10) + ", " + t.number(seq)
	}
	return t.client(c) + ", " + t.number(seq)
}

// inputOf returns the input of a command that a trace names without it.
func (t *names) inputOf(q trace.Request) string { return t.inputs[q] }
