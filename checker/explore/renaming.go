package explore

import (
	"slices"
	"strings"

	"multipaxos/impl/paxos"
)

// renaming is the symmetry of a model: clients with the same commands, and nodes that neither lead nor are called.
// Other nodes are not alike, because ballots are ordered by their leaders' addresses.
type renaming struct{ list []names }

// names maps every node and every client to the one whose name it takes.
type names struct {
	node   []int
	client map[paxos.ClientID]paxos.ClientID
}

// newRenaming returns the symmetry of a model; it has none with checkpoints or when Replicas follow leaders.
func newRenaming(m Model) *renaming {
	r := &renaming{}
	if m.Follow || m.Heartbeats || m.takes("FireReplicaWriteCheckpoint") {
		return r
	}
	for _, nodes := range permutations(passive(m)) {
		for _, clients := range permutations(alike(m)) {
			n := names{client: clients}
			for i := range m.Nodes {
				if to, ok := nodes[paxos.Address(i+1)]; ok {
					n.node = append(n.node, int(to)-1)
				} else {
					n.node = append(n.node, i)
				}
			}
			r.list = append(r.list, n)
		}
	}
	r.list = r.list[1:] // the first renames nothing
	return r
}

// passive returns the nodes that neither lead nor are called. N1 proposes before the start.
func passive(m Model) (list []paxos.Address) {
	for a := paxos.Address(2); int(a) <= m.Nodes; a++ {
		if !slices.Contains(m.Callers, a) && !slices.Contains(m.Candidates, a) {
			list = append(list, a)
		}
	}
	return list
}

// alike returns the clients that have as many commands as the first.
func alike(m Model) (list []paxos.ClientID) {
	count := map[paxos.ClientID]int{}
	for _, c := range m.Commands {
		count[c.Client]++
	}
	for _, c := range m.Commands {
		if count[c.Client] == count[m.Commands[0].Client] && !slices.Contains(list, c.Client) {
			list = append(list, c.Client)
		}
	}
	return list
}

// permutations returns all maps of a list onto itself, the identity first.
func permutations[T comparable](list []T) (all []map[T]T) {
	var place func(i int, rest []T, so map[T]T)
	place = func(i int, rest []T, so map[T]T) {
		if i == len(list) {
			done := map[T]T{}
			for k, v := range so {
				done[k] = v
			}
			all = append(all, done)
			return
		}
		for k, to := range rest {
			so[list[i]] = to
			place(i+1, slices.Concat(rest[:k], rest[k+1:]), so)
		}
	}
	place(0, list, map[T]T{})
	return all
}

// address returns an address under the new names.
func (n *names) address(a paxos.Address) paxos.Address {
	if a == 0 {
		return 0
	}
	return paxos.Address(n.node[a-1] + 1)
}

func (n *names) ballot(b paxos.Ballot) paxos.Ballot {
	return paxos.Ballot{N: b.N, Leader: n.address(b.Leader)}
}

func (n *names) proposal(p paxos.Proposal) paxos.Proposal {
	if p == paxos.NoopProposal {
		return p
	}
	client, ok := n.client[p.ClientID]
	if !ok {
		client = p.ClientID
	}
	return paxos.Proposal{Caller: n.address(p.Caller), ClientID: client, Seq: p.Seq, Input: Command{client, p.Seq}.String()}
}

// body returns a message under the new names.
func (n *names) body(m paxos.Message) paxos.Message {
	switch m := m.(type) {
	case paxos.Propose:
		return paxos.Propose{Slot: m.Slot, Proposal: n.proposal(m.Proposal)}
	case paxos.Prepare:
		return paxos.Prepare{BallotNum: n.ballot(m.BallotNum), Slot: m.Slot}
	case paxos.Promise:
		var votes paxos.Slots[paxos.Vote]
		for slot, v := range m.AcceptedProposals.All() {
			votes.Put(slot, paxos.Vote{BallotNum: n.ballot(v.BallotNum), Proposal: n.proposal(v.Proposal)})
		}
		return paxos.Promise{BallotNum: n.ballot(m.BallotNum), AcceptedProposals: votes}
	case paxos.Accept:
		return paxos.Accept{Slot: m.Slot, BallotNum: n.ballot(m.BallotNum), Proposal: n.proposal(m.Proposal)}
	case paxos.Accepted:
		return paxos.Accepted{Slot: m.Slot, BallotNum: n.ballot(m.BallotNum)}
	case paxos.Preempted:
		return paxos.Preempted{Slot: m.Slot, PreemptedBy: n.ballot(m.PreemptedBy)}
	case paxos.Decision:
		return paxos.Decision{Slot: m.Slot, Proposal: n.proposal(m.Proposal)}
	}
	panic("explore: want a message that can be renamed, found " + m.String())
}

// text returns a text in which commands are named, under the new names.
func (n *names) text(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		for from, to := range n.client {
			old, renamed := Command{from, 0}.String(), Command{to, 0}.String()
			old, renamed = strings.TrimSuffix(old, "0"), strings.TrimSuffix(renamed, "0")
			if strings.HasPrefix(w, old) {
				words[i] = renamed + strings.TrimPrefix(w, old)
				break
			}
		}
	}
	return strings.Join(words, " ")
}

// symmetric is a protocol with its symmetry.
type symmetric struct {
	*protocol
	renaming *renaming
}

func (s symmetric) Renamings() int          { return len(s.renaming.list) }
func (s symmetric) RenameNode(r, n int) int { return s.renaming.list[r].node[n] }
func (s symmetric) RenameChoice(r int, action string) string {
	return s.renaming.list[r].text(action)
}

func (s symmetric) RenameMessage(r int, m *Message) Message {
	n := &s.renaming.list[r]
	if a, ok := m.Body.(paxos.Answer); ok {
		p := n.proposal(paxos.Proposal{Caller: 1, ClientID: a.ClientID, Seq: a.Seq})
		return s.answer(n.node[m.From], paxos.Answer{ClientID: p.ClientID, Seq: p.Seq, Slot: a.Slot, Output: n.text(a.Output)})
	}
	return s.message(paxos.Envelope{From: n.address(paxos.Address(m.From + 1)), To: n.address(paxos.Address(m.To + 1)),
		Message: n.body(m.Body.(paxos.Message))})
}
