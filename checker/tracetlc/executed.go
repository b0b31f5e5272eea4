package tracetlc

import (
	"multipaxos/checker/refine"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// executed is what executing the decisions of a trace leads to. In the spec a machine is the sequence of the commands
// that it executed; in a trace it is a snapshot, and a session holds an output. So the decisions are executed here
// once more: a snapshot or an output is right when it is the one found here.
//
// The decision of a slot is the first that the trace tells of; a second one breaks Agreement in TLC's judgement.
// A machine of another name than bank and kv cannot be executed: there the first snapshot and the first output that
// the trace shows of a slot stand for the right ones.
type executed struct {
	machine  paxos.Machine // nil: of another name
	log      map[paxos.Slot]paxos.Proposal
	slot     paxos.Slot // the lowest not executed
	commands []trace.Request
	count    []int // how many of commands are executed below the slot
	sessions map[paxos.ClientID]uint64
	texts    map[paxos.Slot]string // snapshots, with all slots below executed
	outputs  map[paxos.Slot]string
}

func newExecuted(machine string) *executed {
	x := &executed{
		log: map[paxos.Slot]paxos.Proposal{}, slot: 1, count: []int{0, 0}, sessions: map[paxos.ClientID]uint64{},
		texts: map[paxos.Slot]string{0: ""}, outputs: map[paxos.Slot]string{},
	}
	if known, err := refine.MachineOf(machine); err == nil {
		x.machine = known()
	}
	return x
}

// decide notes what a slot decided, and executes what can be executed.
func (x *executed) decide(slot paxos.Slot, p paxos.Proposal) {
	if _, ok := x.log[slot]; ok || slot == 0 {
		return
	}
	x.log[slot] = p
	for p, ok := x.log[x.slot]; ok; p, ok = x.log[x.slot] {
		x.execute(p)
		x.slot++
		x.count = append(x.count, len(x.commands))
		if x.machine != nil {
			x.texts[x.slot] = x.machine.Snapshot()
		}
	}
}

func (x *executed) execute(p paxos.Proposal) {
	if p.ClientID == 0 || p.Seq <= x.sessions[p.ClientID] {
		return
	}
	x.sessions[p.ClientID] = p.Seq
	x.commands = append(x.commands, trace.Request{Client: p.ClientID, Seq: p.Seq})
	if x.machine != nil {
		x.outputs[x.slot] = x.machine.Apply(p.Input)
	}
}

// below returns how many commands are executed below slot, when that is known.
func (x *executed) below(slot paxos.Slot) (int, bool) {
	if slot > x.slot {
		return 0, false
	}
	return x.count[slot], true
}

// snapshot says whether text is the machine's snapshot below slot.
func (x *executed) snapshot(slot paxos.Slot, text string) bool {
	right, ok := x.texts[slot]
	if !ok && (x.machine == nil || slot == 1) {
		x.texts[slot], right = text, text
		if x.machine != nil && x.machine.Restore(text) != nil {
			x.machine = nil
		}
	}
	return text == right
}

// output says whether text is what the command of the slot put out.
func (x *executed) output(slot paxos.Slot, text string) bool {
	right, ok := x.outputs[slot]
	if !ok && x.machine == nil {
		x.outputs[slot], right = text, text
	}
	return text == right
}
