package model

import "slices"

// An invariant holds of every cell and of every state. Either may be nil.
type invariant struct {
	name  string
	cell  func(*Config, *Cell) bool
	state func(*Config, *State) bool
}

var invariants = []invariant{
	{"TypeOK", (*Config).TypeOK, func(c *Config, s *State) bool { return s.Crashes <= c.MaxCrashes }},
	{"Agreement", nil, (*Config).Agreement},
	{"DecidedChosen", nil, (*Config).DecidedChosen},
	{"OneValuePerBallot", nil, (*Config).OneValuePerBallot},
	{"OneLeaderPerBallot", (*Config).ballotsInOwnName, (*Config).OneLeaderPerBallot},
	{"ExecutedPrefixesAgree", nil, (*Config).ExecutedPrefixesAgree},
	{"ExactlyOnce", (*Config).ExactlyOnce, nil},
	{"AnswersAgree", nil, (*Config).AnswersAgree},
	{"ExecutedAtOnce", (*Config).ExecutedAtOnce, nil},
	{"AdmittedOnce", nil, (*Config).AdmittedOnce},
	{"VotesWithAdmittedDisk", (*Config).VotesWithAdmittedDisk, nil},
	{"NothingDecided", (*Config).NothingDecided, nil},
	{"NobodyPreempted", (*Config).NobodyPreempted, nil},
	{"NothingAdoptedAgain", nil, (*Config).NothingAdoptedAgain},
	{"NoGapFilled", (*Config).NoGapFilled, nil},
	{"NothingAnswered", nil, (*Config).NothingAnswered},
	{"NothingDecidedTwice", nil, (*Config).NothingDecidedTwice},
	{"NothingForgotten", (*Config).NothingForgotten, nil},
	{"NobodyWelcomed", (*Config).NobodyWelcomed, nil},
	{"NothingFounded", (*Config).NothingFounded, nil},
	{"NobodyAdmitted", (*Config).NobodyAdmitted, nil},
	{"NobodyLearns", (*Config).NobodyLearns, nil},
	{"NothingOvertaken", (*Config).NothingOvertaken, nil},
}

func (c *Config) isNode(a Address) bool { return slices.Contains(c.Nodes, a) }
func (c *Config) isBallot(b Ballot) bool {
	return b.N > 0 && c.isNode(b.Leader)
}

func (c *Config) isCommand(p Proposal) bool {
	known := func(part func(Command) int, value int) bool {
		return slices.ContainsFunc(c.Commands, func(k Command) bool { return part(k) == value })
	}
	return p.Disk == 0 && c.isNode(p.Caller) && known(func(k Command) int { return k.ClientID }, p.ClientID) &&
		known(func(k Command) int { return k.Seq }, p.Seq)
}

func (c *Config) isDisk(d int) bool { return 1 <= d && d <= c.MaxDisks*len(c.Nodes) }

func (c *Config) isAdmission(p Proposal) bool {
	return c.isNode(p.Caller) && c.isDisk(p.Disk) && p == AdmissionProposal(p.Caller, p.Disk)
}

func (c *Config) isRequest(p Proposal) bool  { return c.isCommand(p) || c.isAdmission(p) }
func (c *Config) isProposal(p Proposal) bool { return p == NoopProposal || c.isRequest(p) }
func (c *Config) isVote(v Vote) bool         { return c.isBallot(v.BallotNum) && c.isProposal(v.Proposal) }

// AreVoters says whether nodes vote with disks.
func (c *Config) AreVoters(t Table[int]) bool {
	return !slices.ContainsFunc(t, func(e Entry[int]) bool { return !c.isNode(e.Slot) || !c.isDisk(e.Value) })
}

// IsState says whether a machine executed commands only, and nodes vote with disks.
func (c *Config) IsState(s MachineState) bool {
	return c.AreVoters(s.Voters) && !slices.ContainsFunc(s.Machine, func(k Command) bool { return !slices.Contains(c.Commands, k) })
}

// IsTable says whether t maps slots to what is allowed.
func IsTable[V any](t Table[V], allowed func(V) bool) bool {
	return !slices.ContainsFunc(t, func(e Entry[V]) bool { return e.Slot < 1 || !allowed(e.Value) })
}

// IsMessage says whether every field has its type.
func (c *Config) IsMessage(m *Message) bool {
	if !c.isNode(m.From) || !c.isNode(m.To) {
		return false
	}
	switch m.Type {
	case Propose, Decision:
		return m.Slot > 0 && c.isProposal(m.Proposal)
	case Prepare, Accepted:
		return m.Slot > 0 && c.isBallot(m.BallotNum)
	case Promise:
		return c.isBallot(m.BallotNum) && IsTable(m.AcceptedProposals, c.isVote)
	case Accept:
		return m.Slot > 0 && c.isBallot(m.BallotNum) && c.isProposal(m.Proposal)
	case Preempted:
		return m.Slot >= 0 && c.isBallot(m.BallotNum)
	case Active:
		return m.Slot > 0
	case Join:
		return c.isDisk(m.Disk)
	case Welcome:
		return m.Slot > 0 && c.IsState(m.State) && IsTable(m.Decisions, c.isProposal)
	}
	return false
}

// TypeOK says whether every variable has its type, and parts of a node that repeat each other agree.
func (c *Config) TypeOK(at *Cell) bool {
	for _, m := range at.Inbox {
		if !c.IsMessage(m) {
			return false
		}
	}
	x := at.Node
	return c.RolesOK(x) && c.DiskOK(x) && (!x.Acceptor.Running || c.AcceptorOK(x)) &&
		(!x.Replica.Running || c.ReplicaOK(x)) && (!x.Leader.Running || c.LeaderOK(x)) &&
		(!x.Bootstrap.Running || c.isNode(x.Bootstrap.Peer) && IsTable(x.Bootstrap.Decisions, c.isProposal)) &&
		(!x.Seed.Running || c.AreVoters(x.Seed.Disks) && !c.IsQuorum(len(x.Seed.Disks))) &&
		!slices.ContainsFunc(x.Requester, func(k Command) bool { return !slices.Contains(c.Commands, k) })
}

// RolesOK says that a node founds a cluster, or asks to join it, or is part of it; and then it has all roles, or does not
// vote.
func (c *Config) RolesOK(x *Node) bool {
	plays := 0
	for _, running := range []bool{x.Replica.Running, x.Bootstrap.Running, x.Seed.Running} {
		if running {
			plays++
		}
	}
	return plays == 1 && x.Acceptor.Running == x.Leader.Running && (x.Replica.Running || !x.Leader.Running) &&
		(x.Leader.Running || !x.Scout.Running && len(x.Commanders) == 0)
}

// DiskOK says whether the disk holds what a node in its state has written.
func (c *Config) DiskOK(x *Node) bool {
	slot := 0
	if x.Replica.Running {
		slot = x.Replica.Checkpoint
	}
	d := x.Disk
	return c.isDisk(d.Disk) && (d.Scouted == NullBallot || c.isBallot(d.Scouted)) && d.Slot == slot && c.IsState(d.State)
}

// AcceptorOK says whether the fields of an Acceptor have their types and agree.
func (c *Config) AcceptorOK(x *Node) bool {
	a := x.Acceptor
	below := slices.ContainsFunc(a.Accepted, func(e Entry[Vote]) bool { return e.Slot < a.First })
	return (a.BallotNum == NullBallot || c.isBallot(a.BallotNum)) && IsTable(a.Accepted.From(1), c.isVote) && !below &&
		1 <= a.First && a.First <= x.Replica.First
}

// ReplicaOK says whether the fields of a Replica have their types and agree.
func (c *Config) ReplicaOK(x *Node) bool {
	r := x.Replica
	for _, e := range r.Proposals {
		if c.ReplicaDecided(x, e.Slot) {
			return false
		}
	}
	for slot := r.First; slot < r.Slot; slot++ {
		if !r.Decisions.Has(slot) {
			return false
		}
	}
	below := slices.ContainsFunc(r.Decisions, func(e Entry[Proposal]) bool { return e.Slot < r.First })
	return !below && r.First <= r.Slot && r.Slot <= r.NextSlot && c.isNode(r.Leader) && c.IsState(r.MachineState) &&
		IsTable(r.Proposals, c.isRequest) && IsTable(r.Decisions, c.isProposal)
}

// LeaderOK says whether the fields of a Leader have their types and agree.
func (c *Config) LeaderOK(x *Node) bool {
	l := x.Leader
	for _, e := range x.Commanders {
		if e.Value.Slot != e.Slot || e.Value.BallotNum != l.BallotNum || !l.Active {
			return false
		}
	}
	return c.isBallot(l.BallotNum) && IsTable(l.Proposals, c.isProposal) &&
		(!x.Scout.Running || !l.Active && x.Scout.BallotNum == l.BallotNum)
}

// Lost says that a node had a disk with votes perhaps, and does not vote any more.
func Lost(x *Node) bool { return !x.Acceptor.Running && x.Disk.Disk != x.Self }

// fill computes what the cell adds to Decided and to Proposed.
func (at *Cell) fill() {
	for _, e := range at.Node.Replica.Decisions {
		at.decided = append(at.decided, slotProposal{e.Slot, e.Value})
	}
	for _, e := range at.Node.Acceptor.Accepted {
		at.proposed = append(at.proposed, ballotVote{e.Value.BallotNum, e.Slot, e.Value.Proposal})
	}
	for _, e := range at.Node.Commanders {
		at.proposed = append(at.proposed, ballotVote{e.Value.BallotNum, e.Slot, e.Value.Proposal})
	}
	for _, m := range at.Inbox {
		switch d := (slotProposal{m.Slot, m.Proposal}); {
		case m.Type == Accept:
			at.proposed = append(at.proposed, ballotVote{m.BallotNum, m.Slot, m.Proposal})
		case m.Type == Decision && !slices.Contains(at.decided, d):
			at.decided = append(at.decided, d)
		}
	}
}

// Decided is every slot that is decided anywhere, with its proposal.
func (s *State) Decided(yield func(slotProposal) bool) {
	for _, cell := range s.Cells {
		for _, d := range cell.decided {
			if !yield(d) {
				return
			}
		}
	}
}

// Proposed is every value that a ballot proposed for a slot.
func (s *State) Proposed(yield func(ballotVote) bool) {
	for _, cell := range s.Cells {
		for _, p := range cell.proposed {
			if !yield(p) {
				return
			}
		}
	}
}

// Agreement says that a slot decides one proposal, whoever says so.
func (c *Config) Agreement(s *State) bool {
	for d := range s.Decided {
		for e := range s.Decided {
			if d.slot == e.slot && d != e {
				return false
			}
		}
	}
	return true
}

// DecidedChosen says that what is decided was accepted by a majority, which has voted for nothing else since, or has
// forgotten it in a checkpoint, or with its disk.
func (c *Config) DecidedChosen(s *State) bool {
	for d := range s.Decided {
		accepted := 0
		for _, cell := range s.Cells {
			a := &cell.Node.Acceptor
			vote, ok := a.Accepted.Get(d.slot)
			if d.slot < a.First || ok && vote.Proposal == d.proposal || Lost(cell.Node) {
				accepted++
			}
		}
		if !c.IsQuorum(accepted) {
			return false
		}
	}
	return true
}

// OneValuePerBallot says that a ballot proposes one value for a slot.
func (c *Config) OneValuePerBallot(s *State) bool {
	for p := range s.Proposed {
		for q := range s.Proposed {
			if p.ballot == q.ballot && p.slot == q.slot && p.Proposal != q.Proposal {
				return false
			}
		}
	}
	return true
}

// ballotsInOwnName is what OneLeaderPerBallot says of a cell.
func (c *Config) ballotsInOwnName(at *Cell) bool {
	for _, m := range at.Inbox {
		if (m.Type == Prepare || m.Type == Accept) && m.BallotNum.Leader != m.From {
			return false
		}
	}
	x := at.Node
	return !x.Leader.Running || x.Leader.BallotNum.Leader == x.Self &&
		(!x.Leader.Active && !x.Scout.Running || x.Leader.BallotNum == x.Disk.Scouted)
}

// OneLeaderPerBallot says that a ballot is used by the node in its name alone, only once it is on disk, and to lead only
// once a majority promised it.
func (c *Config) OneLeaderPerBallot(s *State) bool {
	for _, cell := range s.Cells {
		l := &cell.Node.Leader
		promised := 0
		for _, other := range s.Cells {
			if other.Node.Acceptor.Running && !Less(other.Node.Acceptor.BallotNum, l.BallotNum) || Lost(other.Node) {
				promised++
			}
		}
		if l.Active && !c.IsQuorum(promised) {
			return false
		}
	}
	return true
}

// IsPrefix says whether t begins with s.
func IsPrefix(s, t []Command) bool { return len(s) <= len(t) && slices.Equal(s, t[:len(s)]) }

// ExecutedPrefixesAgree says that a node that is ahead of another has executed all that the other has, in the same
// order, and then perhaps more.
func (c *Config) ExecutedPrefixesAgree(s *State) bool {
	for _, a := range s.Cells {
		for _, b := range s.Cells {
			ra, rb := &a.Node.Replica, &b.Node.Replica
			if ra.Running && rb.Running && ra.Slot <= rb.Slot && !IsPrefix(ra.Machine, rb.Machine) {
				return false
			}
		}
	}
	return true
}

// ExactlyOnce says that no command is executed twice.
func (c *Config) ExactlyOnce(at *Cell) bool {
	executed := map[Command]bool{}
	for _, k := range at.Node.Replica.Machine {
		if executed[k] {
			return false
		}
		executed[k] = true
	}
	return true
}

// AnswersAgree says that clients get one answer to a command, however often they ask, and that the slot in it decided
// that command.
func (c *Config) AnswersAgree(s *State) bool {
	for _, a := range s.Answers {
		for _, b := range s.Answers {
			if a.ClientID == b.ClientID && a.Seq == b.Seq && a != b {
				return false
			}
		}
		for d := range s.Decided {
			if a.Slot == d.slot && (a.ClientID != d.proposal.ClientID || a.Seq != d.proposal.Seq) {
				return false
			}
		}
	}
	return true
}

// ExecutedAtOnce says that what can be executed is executed in the step that makes it so.
func (c *Config) ExecutedAtOnce(at *Cell) bool {
	return !at.Node.Replica.Decisions.Has(at.Node.Replica.Slot)
}

// AdmittedOnce says that one disk is admitted for a node, for ever, whoever says so.
func (c *Config) AdmittedOnce(s *State) bool {
	var admitted Table[int]
	for voters := range s.VotersTold {
		for _, e := range voters {
			if disk, ok := admitted.Get(e.Slot); ok && disk != e.Value {
				return false
			}
			admitted = admitted.Put(e.Slot, e.Value)
		}
	}
	return true
}

// VotersTold is who says with which disk a node votes: states, on disk and on their way, and Replicas.
func (s *State) VotersTold(yield func(Table[int]) bool) {
	for _, cell := range s.Cells {
		told := []Table[int]{cell.Node.Replica.Voters, cell.Node.Disk.State.Voters}
		for _, m := range cell.Inbox {
			told = append(told, m.State.Voters)
		}
		for _, voters := range told {
			if len(voters) > 0 && !yield(voters) {
				return
			}
		}
	}
}

// VotesWithAdmittedDisk says that a node votes and leads with the disk that was admitted for it, and with no other.
func (c *Config) VotesWithAdmittedDisk(at *Cell) bool {
	x := at.Node
	return !x.Replica.Running || x.Acceptor.Running == IsVoter(x.Self, &x.Disk)
}

// What happens in some state, negated.

// NothingDecided says that no slot is decided.
func (c *Config) NothingDecided(at *Cell) bool { return len(at.decided) == 0 }

// NobodyPreempted says, in a model without crashes, that a node that scouted keeps its ballot.
func (c *Config) NobodyPreempted(at *Cell) bool {
	scouted := at.Node.Disk.Scouted
	return scouted == NullBallot || !at.Node.Leader.Running || at.Node.Leader.BallotNum == scouted
}

// NothingAdoptedAgain says that no slot is decided again in another ballot.
func (c *Config) NothingAdoptedAgain(s *State) bool {
	for d := range s.Decided {
		for _, cell := range s.Cells {
			if cell.Node.Commanders.Has(d.slot) {
				return false
			}
		}
	}
	return true
}

// NoGapFilled says that no slot is decided with a no-op.
func (c *Config) NoGapFilled(at *Cell) bool {
	return !slices.ContainsFunc(at.decided, func(d slotProposal) bool { return d.proposal == NoopProposal })
}

// NothingAnswered says that no client got an answer.
func (c *Config) NothingAnswered(s *State) bool { return len(s.Answers) == 0 }

// NothingDecidedTwice says that no command is decided for two slots.
func (c *Config) NothingDecidedTwice(s *State) bool {
	for d := range s.Decided {
		for e := range s.Decided {
			if d.slot != e.slot && d.proposal != NoopProposal && d.proposal.command() == e.proposal.command() {
				return false
			}
		}
	}
	return true
}

// NothingForgotten says that no Acceptor has forgotten a vote.
func (c *Config) NothingForgotten(at *Cell) bool { return at.Node.Acceptor.First <= 1 }

// NobodyWelcomed says that no node was brought up to date with a state.
func (c *Config) NobodyWelcomed(at *Cell) bool {
	r := at.Node.Replica
	return !r.Running || r.First == 1 || r.First+c.Window <= r.Slot
}

// NothingFounded says that no node is part of a cluster.
func (c *Config) NothingFounded(at *Cell) bool {
	return c.Founder == Nobody || !at.Node.Replica.Running
}

// NobodyAdmitted says that no disk is admitted by the log.
func (c *Config) NobodyAdmitted(at *Cell) bool {
	return !slices.ContainsFunc(at.decided, func(d slotProposal) bool { return d.proposal.Disk != 0 })
}

// NobodyLearns says that nobody becomes part of the cluster without a vote.
func (c *Config) NobodyLearns(at *Cell) bool {
	return at.Node.Replica.Running == at.Node.Acceptor.Running
}

// NothingOvertaken says that no Decision comes before the Welcome.
func (c *Config) NothingOvertaken(at *Cell) bool { return len(at.Node.Bootstrap.Decisions) == 0 }

// A step invariant holds of what every step does to the node that it is a step of.
type stepInvariant struct {
	name string
	node func(c *Config, before, after *Node, crash bool) bool
}

var stepInvariants = []stepInvariant{
	{"PromisesNeverFall", (*Config).PromisesNeverFall},
	{"BallotsNeverFall", (*Config).BallotsNeverFall},
	{"DecidedNeverChanges", (*Config).DecidedNeverChanges},
	{"ExecutedOnlyGrows", (*Config).ExecutedOnlyGrows},
	{"MembersStay", (*Config).MembersStay},
}

// PromisesNeverFall says that an Acceptor never goes back behind its promise, not even over a crash. It may stop when its
// disk is lost, for good.
func (c *Config) PromisesNeverFall(before, after *Node, _ bool) bool {
	if before.Acceptor.Running && !after.Acceptor.Running {
		return before.Disk.Disk != after.Disk.Disk
	}
	return !Less(after.Acceptor.BallotNum, before.Acceptor.BallotNum)
}

// BallotsNeverFall says that a node never scouts with the same or a lower ballot again, not even over a crash; within a
// life its ballot only rises.
func (c *Config) BallotsNeverFall(before, after *Node, crash bool) bool {
	return !before.Acceptor.Running || !after.Acceptor.Running || !Less(after.Disk.Scouted, before.Disk.Scouted) &&
		(before.Scout.Running || !after.Scout.Running || Less(before.Disk.Scouted, after.Scout.BallotNum)) &&
		(crash || !Less(after.Leader.BallotNum, before.Leader.BallotNum))
}

// DecidedNeverChanges says that a node that knows what a slot decided never knows it otherwise.
func (c *Config) DecidedNeverChanges(before, after *Node, _ bool) bool {
	for _, e := range before.Replica.Decisions {
		if p, ok := after.Replica.Decisions.Get(e.Slot); ok && p != e.Value {
			return false
		}
	}
	return true
}

// ExecutedOnlyGrows says that what was executed stays executed, but for what a crash takes back to the last checkpoint, or
// to nothing with the disk.
func (c *Config) ExecutedOnlyGrows(before, after *Node, crash bool) bool {
	return !before.Replica.Running || !after.Replica.Running ||
		IsPrefix(before.Disk.State.Machine, after.Disk.State.Machine) && before.Disk.Slot <= after.Disk.Slot &&
			(crash || IsPrefix(before.Replica.Machine, after.Replica.Machine) && before.Replica.Slot <= after.Replica.Slot)
}

// MembersStay says that a node that is part of a cluster stays part of it, as long as it has its disk.
func (c *Config) MembersStay(before, after *Node, _ bool) bool {
	return !before.Replica.Running || after.Replica.Running || before.Disk.Disk != after.Disk.Disk
}
