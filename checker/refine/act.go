package refine

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/checker/model"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// actionOf names the action of the specification that the event is.
func (v *Validator) actionOf(e *trace.Event) string {
	switch {
	case e.Action == trace.Start:
		return v.startsBy
	case e.Action == "RequesterSendInvoke" && e.Command != nil:
		return "Invoke"
	case e.Timer != nil:
		return "Fire" + e.Action
	}
	return e.Action
}

// headline says what happened.
func headline(e *trace.Event) string {
	switch {
	case e.Message != nil:
		return fmt.Sprintf("%s #%d %v", e.Action, e.Message.ID, e.Message.Envelope)
	case e.Timer != nil && e.Timer.Slot != 0:
		return fmt.Sprintf("%v %s slot=%d", e.Node, e.Action, e.Timer.Slot)
	case e.Command != nil:
		return fmt.Sprintf("%v %s c%d#%d %q", e.Node, e.Action, e.Command.Client, e.Command.Seq, e.Command.Input)
	case e.ID != 0:
		return fmt.Sprintf("%s #%d %s", e.Action, e.ID, e.Text)
	case e.Node != 0:
		return strings.TrimSpace(fmt.Sprintf("%v %s %s", e.Node, e.Action, e.Text))
	}
	return e.Action
}

// act takes the event as a step of node n.
func (v *Validator) act(n *node, e *trace.Event) *Verdict {
	switch e.Action {
	case trace.Crash:
		n.crash()
		return nil
	case trace.Wipe:
		n.wiped, n.durable = true, paxos.Durable{}
		return nil
	}
	before := n.model
	failed := v.take(n, e)
	n.hear(&before, e)
	idle := untouched(&before, &n.model) // then there is nothing to execute, and what held before holds
	if failed == nil && !idle {
		failed = v.execute(n, &before, e)
	}
	if failed == nil {
		failed = v.compare(n, &before, e)
	}
	if failed == nil && !idle {
		failed = v.hold(n, &before, e)
	}
	if failed == nil {
		failed = v.commit(n, e)
	}
	return failed
}

// compare compares all that the step left behind.
func (v *Validator) compare(n *node, before *model.Node, e *trace.Event) *Verdict {
	failed := n.compare(&e.State)
	if failed == nil {
		failed = v.compareDisk(n, before, e)
	}
	if failed == nil {
		failed = v.compareSent(n, e)
	}
	if failed == nil {
		failed = v.compareAnswers(n, e)
	}
	return failed
}

func (n *node) crash() {
	n.up, n.torn, n.heard = false, false, false
	n.calls = nil
}

// take has the model take the step.
func (v *Validator) take(n *node, e *trace.Event) *Verdict {
	switch {
	case e.Durable != nil && e.Action == trace.Start:
		return v.start(n, e)
	case e.Message != nil:
		if want := trace.ReceiveAction(e.Message.Message); e.Action != want {
			return fails(Guard, "action", want, e.Action)
		}
		m := received(&e.Message.Envelope)
		v.config.NodeReceive(&n.model, &m)
		return nil
	case e.Command != nil && e.Action == trace.Cancel:
		n.cancel(commandOf(e.Command.Client, e.Command.Seq))
		return nil
	case e.Command != nil && e.Action == "RequesterSendInvoke":
		return v.invoke(n, e)
	case e.Timer != nil:
		return v.fire(n, e)
	}
	return fails(Guard, "action", "an action and its cause", e.Action)
}

func commandOf(client paxos.ClientID, seq uint64) model.Command {
	return model.Command{ClientID: int(client), Seq: int(seq)}
}

func (n *node) cancel(c model.Command) {
	if of := n.call(c); of != nil {
		of.cancelled = true
	}
}

// call returns the command that a client waits for, or has waited for, or nil.
func (n *node) call(c model.Command) *call {
	for i := range n.calls {
		if n.calls[i].command == c {
			return &n.calls[i]
		}
	}
	return nil
}

// invoke is model.NodeInvoke with what the command asks of the machine.
func (v *Validator) invoke(n *node, e *trace.Event) *Verdict {
	client, seq, input := e.Command.Client, e.Command.Seq, e.Command.Input
	if client == 0 || seq == 0 || int(seq) < 0 {
		return fails(Guard, "command", "a client and a seq from 1 to 2^63-1", fmt.Sprintf("%d and %d", client, seq))
	}
	c := commandOf(client, seq)
	of := call{command: c, input: input}
	if i, waits := slices.BinarySearchFunc(n.calls, of, compareCalls); waits {
		n.calls[i] = of
	} else {
		n.calls = slices.Insert(n.calls, i, of)
		at, _ := slices.BinarySearchFunc(n.model.Requester, c, model.CompareCommands)
		n.model.Requester = slices.Insert(slices.Clip(n.model.Requester), at, c)
	}
	v.sendInvoke(n, &of)
	return nil
}

// sendInvoke is model.RequesterSendInvoke with what the command asks of the machine.
func (v *Validator) sendInvoke(n *node, of *call) {
	if n.model.Replica.Running {
		p := model.CommandProposal(n.model.Self, of.command)
		p.Input = of.input
		v.config.ReplicaHandleInvoke(&n.model, p)
	}
}

// fire takes a timer: one for each action whose name begins with Fire.
func (v *Validator) fire(n *node, e *trace.Event) (failed *Verdict) {
	x, plays := &n.model, true
	switch e.Action {
	case "RequesterSendInvoke":
		of := n.call(commandOf(e.Timer.Request.Client, e.Timer.Request.Seq))
		if of == nil || of.cancelled {
			return fails(Guard, "requester", "one that asks for "+e.Timer.Request.String(), "none")
		}
		v.sendInvoke(n, of)
	case "ScoutSendPrepare":
		if plays = x.Scout.Running; plays {
			v.config.ScoutSendPrepare(x)
		}
	case "CommanderSendAccept":
		if plays = x.Commanders.Has(int(e.Timer.Slot)); plays {
			v.config.CommanderSendAccept(x, int(e.Timer.Slot))
		}
	case "LeaderSendActive":
		if plays = x.Leader.Running; x.Leader.Active {
			v.config.LeaderSendActive(x)
		}
	case "BootstrapSendJoin":
		if plays = x.Bootstrap.Running; plays {
			v.config.BootstrapSendJoin(x)
		}
	default:
		if plays = x.Replica.Running; plays {
			failed = v.fireReplica(n, e)
		}
	}
	if !plays {
		failed = fails(Guard, "role", fmt.Sprintf("%v to play the role whose timer fires", e.Node), "it does not")
	}
	return failed
}

func (v *Validator) fireReplica(n *node, e *trace.Event) *Verdict {
	r := &n.model.Replica
	switch e.Action {
	case "ReplicaFollowNext":
		if !n.heard {
			v.config.ReplicaFollowNext(&n.model)
		}
		n.heard = false
	case "ReplicaAskMissing":
		v.config.ReplicaAskMissing(&n.model)
	case "ReplicaWriteCheckpoint":
		if r.Slot >= r.Checkpoint+v.config.CheckpointEvery {
			v.config.ReplicaWriteCheckpoint(&n.model)
		}
	default:
		return fails(Guard, "action", "that of a timer", e.Action)
	}
	return nil
}

// start takes a Start as the first of the node, or as its CrashRestart, or as its WipeRestart.
func (v *Validator) start(n *node, e *trace.Event) *Verdict {
	found := e.Durable
	fresh := !n.started || n.wiped
	switch {
	case !n.started:
		v.startsBy = "FirstStart"
	case n.wiped:
		v.startsBy = "WipeRestart"
	default:
		v.startsBy = "CrashRestart"
	}
	if fresh {
		if owner, used := v.disks[found.Disk]; used || found.Disk == 0 {
			return fails(Disk, "disk", "one that was just formatted", fmt.Sprintf("disk %x of %v", uint64(found.Disk), owner))
		}
		v.disks[found.Disk] = e.Node
		n.durable = paxos.Durable{Disk: found.Disk}
	}
	if !n.started {
		n.firstDisk = found.Disk
		if v.founder == 0 && (e.State.Seed != nil || e.State.Replica != nil) {
			v.founder = e.Node
		}
	}
	d, a := n.model.Disk, n.model.Acceptor
	if fresh {
		d, a = model.FormattedDisk(int(found.Disk)), model.Acceptor{}
		n.checkpoint, n.machine, n.outputs = paxos.State{}, nil, nil
	}
	founds := v.founder == e.Node && found.Disk == n.firstDisk
	n.model = v.config.StartedNode(n.model.Self, d, a, founds)
	n.started, n.up, n.wiped = true, true, false
	return nil
}

// commit makes the step's effects those of the past.
func (v *Validator) commit(n *node, e *trace.Event) *Verdict {
	n.torn = e.Left < len(e.Sent)
	n.model.Out, n.model.Answers = n.model.Out[:0], n.model.Answers[:0]
	for i := range e.Sent {
		if err := v.messages.Send(e.Sent[i].ID, e.Sent[i].Envelope, i < e.Left); err != nil {
			return fails(Fate, "id", "a new one", err)
		}
	}
	return nil
}
