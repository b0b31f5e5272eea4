package replay

import (
	"fmt"
	"slices"
	"strings"

	"multipaxos/impl/paxos"
)

// properties are the spec's, said again about the code: about a world, and the world before its last step. Each returns
// what violates it, or nothing.
var properties = map[string]func(w, before *world) string{
	"Agreement":             func(w, _ *world) string { return w.agreement() },
	"OneValuePerBallot":     func(w, _ *world) string { return w.oneValuePerBallot() },
	"OneLeaderPerBallot":    func(w, _ *world) string { return w.oneLeaderPerBallot() },
	"ExecutedPrefixesAgree": func(w, _ *world) string { return w.executedPrefixesAgree() },
	"ExactlyOnce":           func(w, _ *world) string { return w.exactlyOnce() },
	"AnswersAgree":          func(w, _ *world) string { return w.answersAgree() },
	"DecidedChosen":         func(w, _ *world) string { return w.decidedNotChosen() },
	"NoCallStuck":           func(w, _ *world) string { return w.stuck(w.callWaits) },
	"NoNodeStuck":           func(w, _ *world) string { return w.stuck(w.nodeBehind) },
	"NoSlotStuck":           func(w, _ *world) string { return w.stuck(w.slotUndecided) },
	"WaitingIsProposed":     func(w, _ *world) string { return w.waitingNotProposed() },
	"PromisesNeverFall":     (*world).promisesFall,
	"BallotsNeverFall":      (*world).ballotsFall,
}

// place is a slot, or a slot in a ballot.
type place struct {
	ballot paxos.Ballot
	slot   paxos.Slot
}

// twoValues collects values of places until a place has two.
type twoValues struct {
	first map[place]string
	found string
}

func (t *twoValues) add(what string, p place, value paxos.Proposal) {
	if t.first == nil {
		t.first = map[place]string{}
	}
	text := value.String()
	if was, ok := t.first[p]; ok && was != text && t.found == "" {
		t.found = fmt.Sprintf("%s: %s and %s", what, was, text)
	}
	t.first[p] = text
}

// members are the nodes that are part of the cluster.
func (w *world) members() []*paxos.Node {
	return slices.DeleteFunc(slices.Clone(w.nodes), func(n *paxos.Node) bool { return n.Replica == nil })
}

// voters are the nodes that vote.
func (w *world) voters() []*paxos.Node {
	return slices.DeleteFunc(slices.Clone(w.nodes), func(n *paxos.Node) bool { return n.Acceptor == nil })
}

// lost counts Lost.
func (w *world) lost() (count int) {
	for i, n := range w.nodes {
		if n.Acceptor == nil && uint64(w.disks[i].Disk) != w.model.Nodes[i] {
			count++
		}
	}
	return count
}

// decided calls f with every decision that a node knows or a message tells.
func (w *world) decided(f func(paxos.Slot, paxos.Proposal)) {
	for _, n := range w.members() {
		for slot, p := range n.Replica.Decisions.All() {
			f(slot, p)
		}
	}
	for _, m := range w.msgs {
		if d, ok := m.Message.(paxos.Decision); ok {
			f(d.Slot, d.Proposal)
		}
	}
}

func (w *world) agreement() string {
	var values twoValues
	w.decided(func(slot paxos.Slot, p paxos.Proposal) {
		values.add(fmt.Sprintf("slot %d is decided twice", slot), place{slot: slot}, p)
	})
	return values.found
}

func (w *world) oneValuePerBallot() string {
	var values twoValues
	add := func(b paxos.Ballot, slot paxos.Slot, p paxos.Proposal) {
		values.add(fmt.Sprintf("ballot %v proposes twice for slot %d", b, slot), place{b, slot}, p)
	}
	for _, n := range w.voters() {
		for slot, v := range n.Acceptor.Accepted.All() {
			add(v.BallotNum, slot, v.Proposal)
		}
		for slot, c := range n.Leader.Commanders.All() {
			add(c.BallotNum, slot, c.Proposal)
		}
	}
	for _, m := range w.msgs {
		if a, ok := m.Message.(paxos.Accept); ok {
			add(a.BallotNum, a.Slot, a.Proposal)
		}
	}
	return values.found
}

func (w *world) oneLeaderPerBallot() string {
	for i, n := range w.nodes {
		if n.Leader == nil {
			continue
		}
		l := n.Leader
		promised := w.lost()
		for _, other := range w.voters() {
			if !other.Acceptor.BallotNum.Less(l.BallotNum) {
				promised++
			}
		}
		switch {
		case (l.Active || l.Scout != nil) && l.BallotNum != w.disks[i].Scouted:
			return fmt.Sprintf("%v uses ballot %v, and %v is on its disk", n.Self, l.BallotNum, w.disks[i].Scouted)
		case l.Active && promised < w.config.Quorum():
			return fmt.Sprintf("%v leads with ballot %v, which %d promised", n.Self, l.BallotNum, promised)
		}
	}
	return ""
}

func (w *world) executed(n *paxos.Node) []string {
	var m machine
	_ = m.Restore(n.Replica.Machine.Snapshot()) // fails never
	return m.inputs
}

func (w *world) executedPrefixesAgree() string {
	for _, a := range w.members() {
		for _, b := range w.members() {
			x, y := w.executed(a), w.executed(b)
			if a.Replica.Slot <= b.Replica.Slot && (len(x) > len(y) || !slices.Equal(x, y[:len(x)])) {
				return fmt.Sprintf("%v executed %v below slot %d, and %v executed %v below slot %d",
					a.Self, x, a.Replica.Slot, b.Self, y, b.Replica.Slot)
			}
		}
	}
	return ""
}

func (w *world) exactlyOnce() string {
	for _, n := range w.members() {
		list := w.executed(n)
		slices.Sort(list)
		if len(slices.Compact(slices.Clone(list))) < len(list) {
			return fmt.Sprintf("%v executed a command twice: %v", n.Self, list)
		}
	}
	return ""
}

func (w *world) answersAgree() string {
	slots := map[string]string{}
	for _, text := range w.answers { // "[clientID |-> c1, seq |-> 1, slot |-> 2]"
		command, slot, _ := strings.Cut(text, ", slot |-> ")
		if was, ok := slots[command]; ok {
			return fmt.Sprintf("%s is answered with slot %s and with slot %s", command, was, slot)
		}
		slots[command] = slot
	}
	wrong := ""
	w.decided(func(slot paxos.Slot, p paxos.Proposal) {
		of := fmt.Sprintf(", slot |-> %d]", slot)
		want := strings.TrimSuffix(w.model.command(p.ClientID, p.Seq).Canonical(), "]") + of
		for _, text := range w.answers {
			if strings.HasSuffix(text, of) && text != want {
				wrong = fmt.Sprintf("the answer %s names a slot that decided %v", text, p)
			}
		}
	})
	return wrong
}

func (w *world) promisesFall(before *world) string {
	for i, n := range w.nodes {
		was, now := before.nodes[i].Acceptor, n.Acceptor
		switch {
		case was == nil:
		case now == nil && w.disks[i].Disk == before.disks[i].Disk:
			return fmt.Sprintf("%v does not vote any more, on the disk with which it promised %v", n.Self, was.BallotNum)
		case now != nil && now.BallotNum.Less(was.BallotNum):
			return fmt.Sprintf("the promise of %v falls from %v to %v", n.Self, was.BallotNum, now.BallotNum)
		}
	}
	return ""
}

func (w *world) ballotsFall(before *world) string {
	for i, n := range w.nodes {
		was, now := before.nodes[i].Leader, n.Leader
		disk := before.disks[i].Scouted
		switch {
		case was == nil || now == nil:
		case w.disks[i].Scouted.Less(disk):
			return fmt.Sprintf("the ballot on the disk of %v falls from %v to %v", n.Self, disk, w.disks[i].Scouted)
		case was.Scout == nil && now.Scout != nil && !disk.Less(now.Scout.BallotNum):
			return fmt.Sprintf("%v scouts with ballot %v, after %v", n.Self, now.Scout.BallotNum, disk)
		case w.crashes == before.crashes && now.BallotNum.Less(was.BallotNum):
			return fmt.Sprintf("the ballot of %v falls from %v to %v", n.Self, was.BallotNum, now.BallotNum)
		}
	}
	return ""
}

// decidedNotChosen looks for a decision that no majority of Acceptors has accepted, or forgotten in a checkpoint.
func (w *world) decidedNotChosen() (wrong string) {
	w.decided(func(slot paxos.Slot, p paxos.Proposal) {
		accepted := w.lost()
		for _, n := range w.voters() {
			vote, ok := n.Acceptor.Accepted.Get(slot)
			if slot < n.Acceptor.First || ok && vote.Proposal == p {
				accepted++
			}
		}
		if accepted < w.config.Quorum() && wrong == "" {
			wrong = fmt.Sprintf("slot %d is decided with %v, which %d of %d accepted", slot, p, accepted, len(w.nodes))
		}
	})
	return wrong
}

// stuck says who waits, when no message and no alarm of the code changes anything any more.
func (w *world) stuck(waits func() string) string {
	who := waits()
	if who == "" {
		return ""
	}
	for action := range methods { // in any order: one that is not idle will do
		if action == invoke || action == crashRestart || action == wipeRestart || action == lose || action == fireReplicaWriteCheckpoint ||
			action == fireReplicaAskMissing && !slices.Contains(w.model.Steps, action) {
			continue
		}
		for _, e := range w.events(action) {
			if !w.idle(e) {
				return ""
			}
		}
	}
	return who + ", and nothing changes any more"
}

// idle says whether e changes nothing, now or by what it sends. What the code cannot do changes nothing either.
func (w *world) idle(e Event) bool {
	if !slices.Contains(w.model.Up, e.Node) {
		return true
	}
	next, err := w.try(e)
	if err != nil {
		return true
	}
	if !slices.Equal(next.texts, w.texts) || !slices.Equal(next.answers, w.answers) {
		return false
	}
	for _, m := range next.msgs {
		if _, old := w.find(m.text); old {
			continue
		}
		if !next.idle(Event{Action: receive + m.kind(), Node: uint64(m.To), Message: m.text}) {
			return false
		}
	}
	return true
}

func (w *world) callWaits() string {
	for _, n := range w.nodes {
		if waits := w.model.requests(n); len(waits.Items) > 0 {
			return fmt.Sprintf("a client of %v waits for %v", n.Self, prettyValue(waits))
		}
	}
	return ""
}

func (w *world) nodeBehind() string {
	_, last := w.decidedSlots()
	for i, n := range w.nodes {
		switch {
		case !slices.Contains(w.model.Up, w.model.Nodes[i]):
		case n.Replica == nil && last > 0:
			return fmt.Sprintf("%v is not part of the cluster, and slot %d is decided", n.Self, last)
		case n.Replica != nil && n.Replica.Slot <= last:
			return fmt.Sprintf("%v has executed the slots below %d, and slot %d is decided", n.Self, n.Replica.Slot, last)
		}
	}
	return ""
}

func (w *world) slotUndecided() string {
	decided, _ := w.decidedSlots()
	for _, m := range w.msgs {
		if p, ok := m.Message.(paxos.Propose); ok && !decided[p.Slot] {
			return fmt.Sprintf("slot %d is proposed for and not decided", p.Slot)
		}
	}
	return ""
}

func (w *world) decidedSlots() (decided map[paxos.Slot]bool, last paxos.Slot) {
	decided = map[paxos.Slot]bool{}
	w.decided(func(slot paxos.Slot, _ paxos.Proposal) { decided[slot], last = true, max(last, slot) })
	return decided, last
}

func (w *world) waitingNotProposed() string {
	for _, n := range w.members() {
		for _, r := range n.Roles() {
			q, ok := r.(*paxos.Requester)
			if !ok || n.Replica.Sessions.Of(q.ClientID).Seq >= q.Seq {
				continue
			}
			mine := paxos.Proposal{Caller: n.Self, ClientID: q.ClientID, Seq: q.Seq, Input: q.Input}
			proposed := false
			for _, table := range []paxos.Slots[paxos.Proposal]{n.Replica.Proposals, n.Replica.Decisions} {
				for _, p := range table.All() {
					proposed = proposed || p == mine
				}
			}
			if !proposed {
				return fmt.Sprintf("a client of %v waits for %v, which is proposed for no slot", n.Self, mine)
			}
		}
	}
	return ""
}
