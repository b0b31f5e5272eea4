package trace

import (
	"io"
	"time"

	"multipaxos/impl/paxos"
)

// Header is the first line.
type Header struct {
	Format          string
	Version         int
	Nodes           []paxos.Address
	Quorum          int
	Seed            uint64
	Machine         string
	CheckpointEvery paxos.Slot
	Window          paxos.Slot
	Config          paxos.ConfigID
	Run             map[string]string
}

// Command is a client's command.
type Command struct {
	Client paxos.ClientID
	Seq    uint64
	Input  string
}

// Cause is what made a node take a step. Exactly one of the fields after Action is set.
type Cause struct {
	Action  string
	ID      uint64
	Message *paxos.Envelope
	Timer   *paxos.Timer
	Command *Command
	Durable *paxos.Durable
}

// Recorder writes a trace.
type Recorder struct{}

// NewRecorder returns a Recorder that writes to w.
func NewRecorder(w io.Writer, h Header) *Recorder { return &Recorder{} }

// Step records a step of a node.
func (r *Recorder) Step(at time.Duration, node *paxos.Node, c Cause, out *paxos.Out, firstID uint64, sent int) {
}

// Lose records that a message is lost.
func (r *Recorder) Lose(at time.Duration, id uint64, why string) {}

// Duplicate records that one more copy of a message will be delivered or lost.
func (r *Recorder) Duplicate(at time.Duration, id uint64) {}

// Crash records that a node crashed.
func (r *Recorder) Crash(at time.Duration, node paxos.Address, note string) {}

// Wipe records that a node's disk is lost.
func (r *Recorder) Wipe(at time.Duration, node paxos.Address) {}

// Fault records a fault without effect on modelled state.
func (r *Recorder) Fault(at time.Duration, node paxos.Address, text string) {}

// Close writes the End line.
func (r *Recorder) Close(at time.Duration) error { return nil }

// TimerAction returns the action that an alarm of this role and kind is.
func TimerAction(node *paxos.Node, t paxos.Timer) string { return "" }
