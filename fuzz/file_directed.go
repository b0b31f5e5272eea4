package fuzz

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
)

// DirectedSchedule reads a schedule that somebody wrote by hand, runs it, and returns the acts that it came to on the
// protocol of this program. It is for what no search finds. Errors name the line. A line is one of
//
//	cluster kv 3 nodes 3 clients 4 operations 0 checkpoint 0 window    the first line
//	deliver Accept N1->N2         the earliest message of that type on that way; also drop, duplicate
//	fire N3 ReplicaFollowNext     the earliest alarm that is this action, see package trace
//	turn 0                        client 0, at home at N1, calls, or asks again
//	kill N1   wipe N1   restart N1
//	cut 1 deliver Accept N1->N2   as deliver, and the node crashes after its writes and the first message
//	run 5                         the earliest things happen, five of them
//	# a comment
//
// and what is not possible is passed over. When the list ends, faults end.
func DirectedSchedule(name, text string) (Schedule, error) {
	var s Schedule
	var script []happening
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var err error
		if s.Nodes == 0 {
			err = s.readCluster(line)
		} else {
			script, err = appendDirection(script, strings.Fields(line))
		}
		if err != nil {
			return s, fmt.Errorf("%s:%d: %w, found %q", name, i+1, err, line)
		}
	}
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	scheduler := &scripted{script: script}
	if _, err := RunScheduler(s, scheduler, nil); err != nil {
		return s, err
	}
	return scheduler.schedule(s), nil
}

func (s *Schedule) readCluster(line string) error {
	_, err := fmt.Sscanf(line+"\n", "cluster %s %d nodes %d clients %d operations %d checkpoint %d window\n",
		&s.Machine, &s.Nodes, &s.Clients, &s.Operations, &s.Checkpoint, &s.Window)
	if err != nil || s.Nodes == 0 {
		return fmt.Errorf("want cluster MACHINE n nodes n clients n operations n checkpoint n window")
	}
	return nil
}

// messageTypes are those between nodes, by name.
var messageTypes = map[string]paxos.Message{
	"Propose": paxos.Propose{}, "Prepare": paxos.Prepare{}, "Promise": paxos.Promise{}, "Accept": paxos.Accept{},
	"Accepted": paxos.Accepted{}, "Preempted": paxos.Preempted{}, "Decision": paxos.Decision{}, "Active": paxos.Active{},
	"Join": paxos.Join{}, "Welcome": paxos.Welcome{},
}

var way = regexp.MustCompile(`^N([1-7])->N([1-7])$`)

// appendDirection adds what a line means.
func appendDirection(script []happening, words []string) ([]happening, error) {
	h := happening{cut: words[0] == "cut"}
	if h.cut && len(words) > 2 {
		left, err := strconv.ParseUint(words[1], 10, 8)
		if err != nil {
			return nil, fmt.Errorf("want cut and a number of messages")
		}
		h.left, words = int(left), words[2:]
	}
	kinds := map[string]sim.ActKind{
		"deliver": sim.Deliver, "drop": sim.Drop, "duplicate": sim.Duplicate, "fire": sim.Fire, "turn": sim.Turn,
		"kill": sim.Kill, "wipe": sim.Wipe, "restart": sim.Restart, "run": sim.Step,
	}
	kind, ok := kinds[words[0]]
	h.kind = kind
	switch {
	case ok && h.ofMessage() && len(words) == 3 && messageTypes[words[1]] != nil && way.MatchString(words[2]):
		ends := way.FindStringSubmatch(words[2])
		h.envelope = paxos.Envelope{From: address(ends[1]), To: address(ends[2]), Message: messageTypes[words[1]]}
	case ok && kind == sim.Fire && len(words) == 3 && strings.HasPrefix(words[1], "N"):
		h.node, h.action = address(words[1][1:]), words[2]
	case ok && (kind == sim.Turn || kind == sim.Step) && len(words) == 2:
		n, err := strconv.ParseUint(words[1], 10, 10)
		if err != nil {
			return nil, fmt.Errorf("want a number")
		}
		h.client = int(n)
		for range int(n) - 1 {
			if kind == sim.Step {
				script = append(script, h)
			}
		}
	case ok && (kind == sim.Kill || kind == sim.Wipe || kind == sim.Restart) && len(words) == 2 && strings.HasPrefix(words[1], "N"):
		h.node = address(words[1][1:])
	default:
		return nil, fmt.Errorf("want deliver, drop, duplicate, fire, turn, kill, wipe, restart, cut or run, and what")
	}
	return append(script, h), nil
}

// address reads a node's number; 0, which is nobody, stands for all else.
func address(digits string) paxos.Address {
	n, _ := strconv.ParseUint(digits, 10, 6)
	return paxos.Address(n)
}
