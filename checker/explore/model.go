package explore

import (
	"fmt"
	"slices"

	"multipaxos/impl/paxos"
)

// Command is what a client asks for.
type Command struct {
	Client paxos.ClientID
	Seq    uint64
}

func (c Command) String() string { return fmt.Sprintf("c%d#%d", c.Client, c.Seq) }

// Model says which system of the protocol's nodes is explored: the constants of spec/MultiPaxos.tla and of spec/MC.tla
// under their names, and the kinds of steps.
type Model struct {
	Name  string
	About string

	Nodes           int
	Commands        []Command
	Callers         []paxos.Address // the nodes that clients turn to
	Waits           bool            // a client waits until its command was executed where it calls
	Candidates      []paxos.Address // the nodes that a Propose is sent to, unless Follow
	Follow          bool            // whether a Replica keeps track of who leads
	Heartbeats      bool            // whether a leader sends Active
	CheckpointEvery paxos.Slot
	Window          paxos.Slot
	MaxCrashes      int
	MaxDisks        int             // of each node, one after another, when WipeRestart is taken
	Founder         paxos.Address   // the node whose Seed founds the cluster, if it is joining; 0: nobody
	Joining         []paxos.Address // the nodes that are not part of the cluster at the start; the others are its voters

	MaxSlot   paxos.Slot // the highest slot that a Replica proposes for
	MaxBallot []uint64   // per node, the highest n of the ballots that it scouts with
	// Proposed are the slots for which every command was proposed, at N1, before the start; none: clients call.
	Proposed []paxos.Slot
	Decided  bool // the slots up to MaxSlot are decided, each with a command of client 1, and all nodes are told so

	// Steps are the kinds of steps beside those that vote: ReceiveDecision, ReceiveActive, ReceiveWelcome, Invoke,
	// ReceiveJoin, CrashRestart, WipeRestart, and the alarms by their names in the specification, from FireRequesterSendInvoke on.
	Steps []string
	Exact bool // Steps lacks nothing: those that vote are in it too, if they are taken

	InFlight bool // messages are delivered once or never, instead of any number of times
	History  bool // states include what clients saw, and it is checked for linearizability
	Live     bool // in a state from which no step leads, and not for the model's bounds, no client or leader waits

	Sometimes []string // what must happen
	States    int      // distinct states, with all reductions off; 0 is not known
	Slow      bool     // takes more than some seconds
}

const maxNodes = 20

// votes are the steps that every model takes, unless it is Exact.
var votes = []string{"ReceivePropose", "ReceivePrepare", "ReceivePromise", "ReceiveAccept", "ReceiveAccepted", "ReceivePreempted"}

// choices are the steps without a message.
var choices = []string{"Invoke", "CrashRestart", "WipeRestart", "FireRequesterSendInvoke", "FireScoutSendPrepare",
	"FireCommanderSendAccept", "FireLeaderSendActive", "FireReplicaFollowNext", "FireReplicaAskMissing", "FireReplicaWriteCheckpoint",
	"FireBootstrapSendJoin"}

// takes says whether the model takes a kind of step.
func (m *Model) takes(action string) bool {
	return !m.Exact && slices.Contains(votes, action) || slices.Contains(m.Steps, action)
}

// joins says whether nodes are outside of the cluster at some time. The invariants here know nothing of that.
func (m *Model) joins() bool { return len(m.Joining) > 0 || m.takes("WipeRestart") }

// Validate says what is wrong with a model.
func (m *Model) Validate() error {
	known := slices.Concat(votes, choices, []string{"ReceiveDecision", "ReceiveActive", "ReceiveJoin", "ReceiveWelcome"})
	for _, s := range m.Steps {
		if !slices.Contains(known, s) {
			return fmt.Errorf("explore: model %s: want steps of %v, found %q", m.Name, known, s)
		}
	}
	for _, s := range m.Sometimes {
		if !slices.Contains(happenings, s) {
			return fmt.Errorf("explore: model %s: want happenings of %q, found %q", m.Name, happenings, s)
		}
	}
	if m.Nodes < 1 || m.Nodes > maxNodes || len(m.MaxBallot) != m.Nodes {
		return fmt.Errorf("explore: model %s: want 1 to %d nodes with a highest ballot each, found %d and %v", m.Name, maxNodes, m.Nodes, m.MaxBallot)
	}
	for _, a := range slices.Concat(m.Callers, m.Candidates) {
		if a == 0 || int(a) > m.Nodes {
			return fmt.Errorf("explore: model %s: want callers and candidates of N1 to N%d, found %v", m.Name, m.Nodes, a)
		}
	}
	if (m.takes("CrashRestart") || m.takes("WipeRestart")) != (m.MaxCrashes > 0) {
		return fmt.Errorf("explore: model %s: want CrashRestart or WipeRestart and MaxCrashes together, found %d crashes", m.Name, m.MaxCrashes)
	}
	return nil
}
