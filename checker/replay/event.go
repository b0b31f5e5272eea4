package replay

import (
	"fmt"
	"strings"

	"multipaxos/impl/paxos"
)

// Event is what one step of a behaviour does: the spec's action, and what the action leaves open.
type Event struct {
	Action  string `json:"action"`
	Node    uint64 `json:"node"`
	Message string `json:"message,omitempty"` // what is received: the spec's value, canonical
	Client  uint64 `json:"client,omitempty"`  // of Invoke and FireRequesterSendInvoke
	Seq     uint64 `json:"seq,omitempty"`
	Slot    uint64 `json:"slot,omitempty"` // of FireCommanderSendAccept
}

func (e Event) String() string {
	text := fmt.Sprintf("%-26s N%d", e.Action, e.Node)
	switch {
	case e.Action == lose:
		return fmt.Sprintf("%-26s %s", e.Action, pretty(e.Message))
	case e.Message != "":
		return text + " <- " + pretty(e.Message)
	case e.Client != 0:
		return text + fmt.Sprintf(" client %d seq %d", e.Client, e.Seq)
	case e.Slot != 0:
		return text + fmt.Sprintf(" slot %d", e.Slot)
	}
	return text
}

const (
	lose                       = "Lose" // of Flaws.tla: the network's, not the code's
	receive                    = "Receive"
	invoke                     = "Invoke"
	crashRestart               = "CrashRestart"
	wipeRestart                = "WipeRestart"
	fireRequesterSendInvoke    = "FireRequesterSendInvoke"
	fireScoutSendPrepare       = "FireScoutSendPrepare"
	fireCommanderSendAccept    = "FireCommanderSendAccept"
	fireLeaderSendActive       = "FireLeaderSendActive"
	fireReplicaFollowNext      = "FireReplicaFollowNext"
	fireReplicaAskMissing      = "FireReplicaAskMissing"
	fireReplicaWriteCheckpoint = "FireReplicaWriteCheckpoint"
	fireBootstrapSendJoin      = "FireBootstrapSendJoin"
)

// methods are the methods that an action's step begins with; a step may go on to others.
var methods = map[string][]any{
	"ReceivePropose":           {(*paxos.Replica).HandlePropose, (*paxos.Leader).HandlePropose},
	"ReceivePrepare":           {(*paxos.Acceptor).HandlePrepare, (*paxos.Replica).HandlePrepare},
	"ReceivePromise":           {(*paxos.Scout).HandlePromise, (*paxos.Leader).HandleAdopted},
	"ReceiveAccept":            {(*paxos.Acceptor).HandleAccept, (*paxos.Replica).HandleAccept},
	"ReceiveAccepted":          {(*paxos.Commander).HandleAccepted, (*paxos.Leader).HandleDecided},
	"ReceivePreempted":         {(*paxos.Leader).HandlePreempted},
	"ReceiveDecision":          {(*paxos.Replica).HandleDecision, (*paxos.Leader).HandleDecision, (*paxos.Bootstrap).HandleDecision},
	"ReceiveActive":            {(*paxos.Replica).HandleActive},
	"ReceiveJoin":              {(*paxos.Replica).HandleJoin, (*paxos.Seed).HandleJoin},
	"ReceiveWelcome":           {(*paxos.Replica).HandleWelcome, (*paxos.Leader).HandleWelcome, (*paxos.Bootstrap).HandleWelcome},
	invoke:                     {(*paxos.Node).Invoke, (*paxos.Replica).HandleInvoke},
	crashRestart:               {paxos.NewNode},
	wipeRestart:                {paxos.NewNode},
	fireRequesterSendInvoke:    {(*paxos.Requester).SendInvoke, (*paxos.Replica).HandleInvoke},
	fireScoutSendPrepare:       {(*paxos.Scout).SendPrepare},
	fireCommanderSendAccept:    {(*paxos.Commander).SendAccept},
	fireLeaderSendActive:       {(*paxos.Leader).SendActive},
	fireReplicaFollowNext:      {(*paxos.Replica).FollowNext},
	fireReplicaAskMissing:      {(*paxos.Replica).AskMissing},
	fireReplicaWriteCheckpoint: {(*paxos.Replica).WriteCheckpoint},
	fireBootstrapSendJoin:      {(*paxos.Bootstrap).SendJoin},
	lose:                       nil,
}

// events lists the ways in which an action may happen in w, in a fixed order.
func (w *world) events(action string) []Event {
	if _, ok := methods[action]; !ok {
		return nil
	}
	name, receives := strings.CutPrefix(action, receive)
	if receives || action == lose {
		return w.deliveries(action, name)
	}
	var list []Event
	for i, n := range w.nodes {
		e := Event{Action: action, Node: w.model.Nodes[i]}
		switch action {
		case invoke:
			list = append(list, w.invocations(e)...)
		case fireRequesterSendInvoke, fireCommanderSendAccept:
			list = append(list, roleEvents(e, n)...)
		default:
			list = append(list, e)
		}
	}
	return list
}

func (w *world) deliveries(action, name string) []Event {
	var list []Event
	for _, m := range w.msgs {
		switch {
		case action == lose:
			list = append(list, Event{Action: action, Message: m.text})
		case m.kind() == name:
			list = append(list, Event{Action: action, Node: uint64(m.To), Message: m.text})
		}
	}
	return list
}

func (w *world) invocations(e Event) []Event {
	var list []Event
	for _, caller := range w.model.Callers {
		if caller != e.Node {
			continue
		}
		for client := range w.model.Clients {
			for seq := uint64(1); seq <= w.model.MaxSeq; seq++ {
				e.Client, e.Seq = uint64(client+1), seq
				list = append(list, e)
			}
		}
	}
	return list
}

// roleEvents are the alarms of roles of which a node may play several.
func roleEvents(e Event, n *paxos.Node) []Event {
	var list []Event
	for _, r := range n.Roles() {
		switch r := r.(type) {
		case *paxos.Requester:
			e.Client, e.Seq = uint64(r.ClientID), r.Seq
		case *paxos.Commander:
			e.Slot = uint64(r.Slot)
		default:
			continue
		}
		if (e.Slot != 0) == (e.Action == fireCommanderSendAccept) {
			list = append(list, e)
		}
		e.Client, e.Seq, e.Slot = 0, 0, 0
	}
	return list
}

// alarm returns the alarm of a node that a timer event is about.
func alarm(e Event, n *paxos.Node) (paxos.Timer, bool) {
	for _, r := range n.Roles() {
		if kind := kindOf(e, r); kind != paxos.Started {
			return paxos.Timer{Role: r.ID(), Kind: kind}, true
		}
	}
	return paxos.Timer{}, false
}

// fits says whether e is the event that want, perhaps in part, describes.
func (e Event) fits(want Event) bool {
	return e.Action == want.Action && (want.Node == 0 || want.Node == e.Node) &&
		(want.Message == "" || want.Message == e.Message) && (want.Client == 0 || want.Client == e.Client) &&
		(want.Seq == 0 || want.Seq == e.Seq) && (want.Slot == 0 || want.Slot == e.Slot)
}

// kindOf says which alarm of r the event e is, or Started for none.
func kindOf(e Event, r paxos.Role) paxos.TimerKind {
	switch r := r.(type) {
	case *paxos.Requester:
		if e.Action == fireRequesterSendInvoke && uint64(r.ClientID) == e.Client && r.Seq == e.Seq {
			return paxos.Retransmit
		}
	case *paxos.Commander:
		if e.Action == fireCommanderSendAccept && uint64(r.Slot) == e.Slot {
			return paxos.Retransmit
		}
	case *paxos.Bootstrap:
		if e.Action == fireBootstrapSendJoin {
			return paxos.Retransmit
		}
	case *paxos.Scout:
		if e.Action == fireScoutSendPrepare {
			return paxos.Retransmit
		}
	case *paxos.Leader:
		if e.Action == fireLeaderSendActive {
			return paxos.Heartbeat
		}
	case *paxos.Replica:
		return map[string]paxos.TimerKind{
			fireReplicaFollowNext: paxos.FollowTimeout, fireReplicaAskMissing: paxos.CatchupTimeout,
			fireReplicaWriteCheckpoint: paxos.CheckpointTimeout,
		}[e.Action]
	}
	return paxos.Started
}
