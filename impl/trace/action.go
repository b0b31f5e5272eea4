package trace

import "multipaxos/impl/paxos"

// The causes that a step may have.
type cause uint8

const (
	byDurable cause = 1 << iota
	byMessage
	byTimer
	byCommand
)

// receive begins the action of a step that a message causes; the message's type follows.
const receive = "Receive"

// ReceiveAction returns the action that the delivery of m is.
func ReceiveAction(m paxos.Message) string {
	switch m.(type) {
	case paxos.Propose:
		return "ReceivePropose"
	case paxos.Prepare:
		return "ReceivePrepare"
	case paxos.Promise:
		return "ReceivePromise"
	case paxos.Accept:
		return "ReceiveAccept"
	case paxos.Accepted:
		return "ReceiveAccepted"
	case paxos.Preempted:
		return "ReceivePreempted"
	case paxos.Decision:
		return "ReceiveDecision"
	case paxos.Active:
		return "ReceiveActive"
	case paxos.Join:
		return "ReceiveJoin"
	case paxos.Welcome:
		return "ReceiveWelcome"
	}
	return receive + typeName(m)
}

// causes maps every action of a step to its possible causes. All other actions have none.
var causes = map[string]cause{
	Start:                    byDurable,
	Cancel:                   byCommand,
	"RequesterSendInvoke":    byCommand | byTimer,
	"ReplicaFollowNext":      byTimer,
	"ReplicaAskMissing":      byTimer,
	"ReplicaWriteCheckpoint": byTimer,
	"LeaderSendActive":       byTimer,
	"ScoutSendPrepare":       byTimer,
	"CommanderSendAccept":    byTimer,
	"BootstrapSendJoin":      byTimer,
	"ReceivePropose":         byMessage,
	"ReceivePrepare":         byMessage,
	"ReceivePromise":         byMessage,
	"ReceiveAccept":          byMessage,
	"ReceiveAccepted":        byMessage,
	"ReceivePreempted":       byMessage,
	"ReceiveDecision":        byMessage,
	"ReceiveActive":          byMessage,
	"ReceiveJoin":            byMessage,
	"ReceiveWelcome":         byMessage,
	Lose:                     0,
	Duplicate:                0,
	Crash:                    0,
	Wipe:                     0,
	Fault:                    0,
	End:                      0,
}

// alarms maps every action that an alarm may cause to the kind of that alarm.
var alarms = map[string]paxos.TimerKind{
	"RequesterSendInvoke":    paxos.Retransmit,
	"ReplicaFollowNext":      paxos.FollowTimeout,
	"ReplicaAskMissing":      paxos.CatchupTimeout,
	"ReplicaWriteCheckpoint": paxos.CheckpointTimeout,
	"LeaderSendActive":       paxos.Heartbeat,
	"ScoutSendPrepare":       paxos.Retransmit,
	"CommanderSendAccept":    paxos.Retransmit,
	"BootstrapSendJoin":      paxos.Retransmit,
}

// TimerAction returns the action that the alarm t is at node, or "" when the role that asked for it has stopped.
// Call it before the alarm fires: a role may stop in the step.
func TimerAction(node *paxos.Node, t paxos.Timer) string {
	for _, r := range node.Roles() {
		if r.ID() == t.Role {
			return roleAction(r, t.Kind)
		}
	}
	return ""
}

// roleAction knows a role by its methods, because a test may have wrapped it.
func roleAction(r paxos.Role, kind paxos.TimerKind) string {
	switch r.(type) {
	case interface{ FollowNext(*paxos.Out) }:
		return replicaAction(kind)
	case interface{ SendActive(*paxos.Out) }:
		return when(kind == paxos.Heartbeat, "LeaderSendActive")
	case interface{ SendPrepare(*paxos.Out) }:
		return when(kind == paxos.Retransmit, "ScoutSendPrepare")
	case interface{ SendAccept(*paxos.Out) }:
		return when(kind == paxos.Retransmit, "CommanderSendAccept")
	case interface{ SendInvoke(*paxos.Out) }:
		return when(kind == paxos.Retransmit, "RequesterSendInvoke")
	case interface{ SendJoin(*paxos.Out) }:
		return when(kind == paxos.Retransmit, "BootstrapSendJoin")
	}
	return ""
}

func replicaAction(kind paxos.TimerKind) string {
	switch kind {
	case paxos.FollowTimeout:
		return "ReplicaFollowNext"
	case paxos.CatchupTimeout:
		return "ReplicaAskMissing"
	case paxos.CheckpointTimeout:
		return "ReplicaWriteCheckpoint"
	}
	return ""
}

func when(is bool, action string) string {
	if is {
		return action
	}
	return ""
}
