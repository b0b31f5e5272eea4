package refine

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"multipaxos/impl/paxos"
)

// method is a method of impl/paxos that is part of a step, and the conjunct that it is to blame for.
type method struct {
	conjunct string
	code     any
}

// methods are those that take the step of an event's action, in the order in which they do.
var methods = map[string][]method{
	"ReceivePropose": {{Replica, (*paxos.Replica).HandlePropose}, {Leader, (*paxos.Leader).HandlePropose}},
	"ReceivePrepare": {{Acceptor, (*paxos.Acceptor).HandlePrepare}, {Replica, (*paxos.Replica).HandlePrepare}},
	"ReceivePromise": {{Scout, (*paxos.Scout).HandlePromise}, {Leader, (*paxos.Leader).HandleAdopted},
		{Replica, (*paxos.Replica).HandleAdopted}},
	"ReceiveAccept":    {{Acceptor, (*paxos.Acceptor).HandleAccept}, {Replica, (*paxos.Replica).HandleAccept}},
	"ReceiveAccepted":  {{Commanders, (*paxos.Commander).HandleAccepted}, {Leader, (*paxos.Leader).HandleDecided}},
	"ReceivePreempted": {{Leader, (*paxos.Leader).HandlePreempted}},
	"ReceiveDecision": {{Replica, (*paxos.Replica).HandleDecision}, {Leader, (*paxos.Leader).HandleDecision},
		{Bootstrap, (*paxos.Bootstrap).HandleDecision}},
	"ReceiveActive": {{Replica, (*paxos.Replica).HandleActive}},
	"ReceiveJoin":   {{Replica, (*paxos.Replica).HandleJoin}, {Seed, (*paxos.Seed).HandleJoin}},
	"ReceiveWelcome": {{Replica, (*paxos.Replica).HandleWelcome}, {Leader, (*paxos.Leader).HandleWelcome},
		{Bootstrap, (*paxos.Bootstrap).HandleWelcome}},
	"RequesterSendInvoke": {{Requesters, (*paxos.Node).Invoke}, {Replica, (*paxos.Replica).HandleInvoke},
		{Answers, (*paxos.Requester).HandleInvoked}},
	"Cancel":                 {{Requesters, (*paxos.Node).Cancel}},
	"ReplicaFollowNext":      {{Replica, (*paxos.Replica).FollowNext}},
	"ReplicaAskMissing":      {{Replica, (*paxos.Replica).AskMissing}},
	"ReplicaWriteCheckpoint": {{Replica, (*paxos.Replica).WriteCheckpoint}},
	"LeaderSendActive":       {{Leader, (*paxos.Leader).SendActive}},
	"ScoutSendPrepare":       {{Scout, (*paxos.Scout).SendPrepare}},
	"CommanderSendAccept":    {{Commanders, (*paxos.Commander).SendAccept}},
	"BootstrapSendJoin":      {{Bootstrap, (*paxos.Bootstrap).SendJoin}},
	"Start": {{Acceptor, paxos.NewAcceptor}, {Replica, paxos.NewReplica}, {Leader, paxos.NewLeader},
		{Bootstrap, paxos.NewBootstrap}, {Seed, paxos.NewSeed}, {"", paxos.NewNode}},
}

// codeOf lists the methods of the action with file and line, the one to blame for the conjunct first.
func codeOf(action, conjunct string) (list []string) {
	for _, m := range methods[action] {
		text := describe(m.code)
		if m.conjunct == conjunct && len(list) > 0 {
			list = append([]string{text}, list...)
		} else {
			list = append(list, text)
		}
	}
	return list
}

// describe names a function as the source does, and says where it is.
func describe(function any) string {
	f := runtime.FuncForPC(reflect.ValueOf(function).Pointer())
	file, line := f.FileLine(f.Entry())
	if i := strings.LastIndex(file, "impl/paxos/"); i >= 0 {
		file = file[i:]
	}
	_, name, _ := strings.Cut(f.Name(), "paxos.")
	return fmt.Sprintf("%s (%s:%d)", name, file, line)
}
