package explore

// Protocol is a system of nodes that send each other messages. A node's step is a function of its local state and
// its input alone, so each is executed once and remembered; the search itself handles numbers only. Methods are
// never called concurrently.
type Protocol interface {
	// Nodes is the number of nodes; they are numbered from 0.
	Nodes() int
	// Start returns the local state in which node n starts, and what travels in its name at the start.
	Start(n int) Step
	// Receive delivers m to node m.To in the given state, which it leaves alone. ok is false when the model takes
	// no such step at all; Step.Local may equal the state before, and then nothing happened.
	Receive(local Local, m *Message) (s Step, ok bool)
	// Choices returns the steps that node n may take without a message.
	Choices(n int, local Local) []Choice
}

// Local is the state of one node. Key is its canonical encoding: equal keys are the same state. Nobody changes one.
type Local interface{ Key() string }

// Message is one message, which travels as often as the network likes.
type Message struct {
	From, To int    // To is Client for an answer that leaves the system
	Key      string // canonical encoding of the body; with From and To it is the message's identity
	Action   string // of the receiving node, as in the specification
	Body     any
}

// Client is the destination of what no node receives.
const Client = -1

// Step is what one step does.
type Step struct {
	Local   Local
	Sent    []Message
	Events  []Event
	Blocked bool // the step leaves the bounds of the model, so it is not taken
	Err     error
}

// Event is what a client sees: the call of its command, or its answer.
type Event struct {
	Client int
	Answer string // empty: a call
	Name   string // of the operation that is called or answered
}

// Choice is a step that needs no message: an alarm, a client's call, a crash.
type Choice struct {
	Action string
	Crash  bool // takes one from the crashes that are left
	Step   Step
}

// Checker is a Protocol with invariants. A View is what they need to know of a local state together with all that
// the node ever sent. An invariant of the whole system is put as one over pairs of nodes, or as an obligation of
// one that needs the support of a majority: then each pair is checked once, however many states it is part of.
type Checker interface {
	Protocol
	// View computes a view, or says what is wrong with it alone.
	View(n int, local Local, sent []*Message) (View, error)
	// CheckStep says what is wrong with a step.
	CheckStep(n int, before, after Local, crash bool) error
	// CheckPair says what is wrong with two views together. a and b may be the same.
	CheckPair(a, b View) error
	// Supports returns which of a's obligations b supports.
	Supports(a, b View) uint64
	// Sometimes returns the names of what happened so far, of all that must happen.
	Sometimes() map[string]bool
}

// View is what invariants know of one node.
type View interface {
	// Obligations has a bit for each obligation, and Name says what bit is about.
	Obligations() uint64
	Name(bit int) string
	// Waiting says that something waits at this node that must come, however long it takes.
	Waiting() bool
}

// Recorder is a Protocol whose states include a history of what clients saw. Record appends events to an encoded
// history; the empty string is the empty one.
type Recorder interface {
	Record(history string, events []Event) (string, error)
}

// Symmetric is a Protocol in which some renamings change nothing. Each renaming maps nodes to nodes and messages to
// messages; steps are mapped by executing them under the new names.
type Symmetric interface {
	Renamings() int // besides the one that renames nothing; together they are a group
	RenameNode(r, n int) int
	RenameMessage(r int, m *Message) Message
	RenameChoice(r int, action string) string
}
