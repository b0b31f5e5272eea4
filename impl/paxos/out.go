package paxos

import "time"

// The protocol's constants. Measured in each node's own clock.
const (
	JoinRetransmit    = 700 * time.Millisecond
	CatchupInterval   = 600 * time.Millisecond
	AcceptRetransmit  = 1000 * time.Millisecond
	PrepareRetransmit = 1000 * time.Millisecond
	InvokeRetransmit  = 500 * time.Millisecond
	LeaderTimeout     = 1000 * time.Millisecond
)

// Timer is an alarm that one role of one node set. It dies with the role, and with the node's incarnation.
type Timer struct {
	Role RoleID
	Kind TimerKind
}

// TimerKind tells a role's timers apart.
type TimerKind uint8

// The kinds of timers. Started is not set by anybody: a role gets it once, when it starts.
const (
	Started TimerKind = iota
	Retransmit
	FollowTimeout
	CatchupTimeout
	CheckpointTimeout
	Heartbeat
)

func (k TimerKind) String() string {
	return [...]string{"Started", "Retransmit", "FollowTimeout", "CatchupTimeout", "CheckpointTimeout", "Heartbeat"}[k]
}

// Alarm asks for Timer to be fired once, after the given time on the node's clock.
type Alarm struct {
	Timer Timer
	After time.Duration
}

// Answer is the result of a client's command, for the application.
type Answer struct {
	ClientID ClientID
	Seq      uint64
	Slot     Slot // where the command was executed
	Output   string
}

// Out collects the effects of one step, in order. Whoever runs the node writes Writes to disk, together, before
// it sends any of Messages.
type Out struct {
	Writes   []Write
	Messages []Envelope
	Alarms   []Alarm
	Answers  []Answer

	self   Address
	config ConfigID
	role   RoleID    // the role whose handler runs: its alarms are its own
	local  []Message // messages within the node that wait to be handled in this step
}

// Reset empties the Out for the next step and keeps its memory.
func (o *Out) Reset() {
	clear(o.Writes)
	clear(o.Messages)
	o.Writes, o.Messages, o.Alarms, o.Answers = o.Writes[:0], o.Messages[:0], o.Alarms[:0], o.Answers[:0]
}

// Send sends m to another node, or to this one, through the network.
func (o *Out) Send(to Address, m Message) {
	o.Messages = append(o.Messages, Envelope{Config: o.config, From: o.self, To: to, Message: m})
}

// Local hands m to the roles of this node, within this step.
func (o *Out) Local(m Message) { o.local = append(o.local, m) }

// Write makes w durable before any message of this step leaves.
func (o *Out) Write(w Write) { o.Writes = append(o.Writes, w) }

// After has the running role's Fire called with kind after d, unless the role stops before.
func (o *Out) After(d time.Duration, kind TimerKind) {
	o.Alarms = append(o.Alarms, Alarm{Timer{o.role, kind}, d})
}

// Answer gives the application the result of a command.
func (o *Out) Answer(a Answer) { o.Answers = append(o.Answers, a) }
