package paxos

import "fmt"

// Message is one of the 15 messages below. A message is a value: nobody changes one after it was sent.
type Message interface {
	message() // only this package's types are messages
	fmt.Stringer
}

// Envelope is a message on its way between nodes.
type Envelope struct {
	Config  ConfigID // the sender's configuration: a receiver of another one refuses the message
	From    Address
	To      Address
	Message Message
}

func (e Envelope) String() string { return fmt.Sprintf("%v->%v %v", e.From, e.To, e.Message) }

// The messages between nodes.
type (
	// Propose asks the Leader to have slot decide proposal. With a no-op it asks for slot to be decided at all,
	// and so it is also how a Replica asks for a Decision that it missed. Replica → the Leader it believes in.
	Propose struct {
		Slot     Slot     `json:"slot"`
		Proposal Proposal `json:"proposal"`
	}
	// Prepare asks to be promised a ballot, and for what was accepted from Slot on (Slot is not in the published
	// algorithm; without it a Promise carries the whole log). Scout → every Acceptor.
	Prepare struct {
		BallotNum Ballot `json:"ballot_num"`
		Slot      Slot   `json:"slot"`
	}
	// Promise promises not to accept below BallotNum, and tells what was accepted. Acceptor → Scout.
	Promise struct {
		BallotNum         Ballot      `json:"ballot_num"`
		AcceptedProposals Slots[Vote] `json:"accepted_proposals"`
	}
	// Accept asks to accept a proposal. Commander → every Acceptor.
	Accept struct {
		Slot      Slot     `json:"slot"`
		BallotNum Ballot   `json:"ballot_num"`
		Proposal  Proposal `json:"proposal"`
	}
	// Accepted says that the Acceptor stored the proposal of BallotNum in Slot. Acceptor → Commander.
	Accepted struct {
		Slot      Slot   `json:"slot"`
		BallotNum Ballot `json:"ballot_num"`
	}
	// Preempted refuses a Prepare (Slot is 0) or an Accept: a higher ballot was promised. Acceptor → Leader.
	Preempted struct {
		Slot        Slot   `json:"slot,omitzero"`
		PreemptedBy Ballot `json:"preempted_by"`
	}
	// Decision says what a slot decided. Commander → every Replica; Replica → a Replica that asked.
	Decision struct {
		Slot     Slot     `json:"slot"`
		Proposal Proposal `json:"proposal"`
	}
	// Active is the leader's heartbeat. Slot is the leader's lowest slot not executed, so that a Replica that
	// missed the last Decisions learns of it. Leader → every Replica.
	Active struct {
		Slot Slot `json:"slot"`
	}
	// Join asks to become part of the cluster with this disk. Bootstrap → a Replica or Seed.
	Join struct {
		Disk DiskID `json:"disk"`
	}
	// Welcome brings a node up to Slot: everything below it is executed in State; Decisions are those known
	// from Slot on. Seed or Replica → Bootstrap; Replica → a Replica too far behind for Decisions.
	Welcome struct {
		State     State           `json:"state"`
		Slot      Slot            `json:"slot"`
		Decisions Slots[Proposal] `json:"decisions"`
	}
)

// The messages within a node.
type (
	// Invoke asks for a command to be executed. Requester → Replica.
	Invoke struct {
		Caller     Address  `json:"caller"`
		ClientID   ClientID `json:"client_id"`
		Seq        uint64   `json:"seq"`
		InputValue string   `json:"input_value"`
	}
	// Invoked answers the command Seq of the session: it was executed in Slot. Replica → Requester.
	Invoked struct {
		ClientID ClientID `json:"client_id"`
		Seq      uint64   `json:"seq"`
		Slot     Slot     `json:"slot"`
		Output   string   `json:"output"`
	}
	// Adopted says that a majority promised. Scout → Leader and Replica.
	Adopted struct {
		BallotNum         Ballot      `json:"ballot_num"`
		AcceptedProposals Slots[Vote] `json:"accepted_proposals"`
	}
	// Decided says that a majority accepted. Commander → Leader.
	Decided struct {
		Slot Slot `json:"slot"`
	}
	// Accepting says whose ballot was promised. Acceptor → Replica.
	Accepting struct {
		Leader Address `json:"leader"`
	}
)

func (Propose) message()   {}
func (Prepare) message()   {}
func (Promise) message()   {}
func (Accept) message()    {}
func (Accepted) message()  {}
func (Preempted) message() {}
func (Decision) message()  {}
func (Active) message()    {}
func (Join) message()      {}
func (Welcome) message()   {}
func (Invoke) message()    {}
func (Invoked) message()   {}
func (Adopted) message()   {}
func (Decided) message()   {}
func (Accepting) message() {}

func (m Propose) String() string { return fmt.Sprintf("Propose slot=%d %v", m.Slot, m.Proposal) }
func (m Prepare) String() string { return fmt.Sprintf("Prepare bal=%v slot=%d", m.BallotNum, m.Slot) }
func (m Promise) String() string {
	return fmt.Sprintf("Promise bal=%v accepted=%v", m.BallotNum, m.AcceptedProposals)
}
func (m Accept) String() string {
	return fmt.Sprintf("Accept slot=%d bal=%v %v", m.Slot, m.BallotNum, m.Proposal)
}
func (m Accepted) String() string { return fmt.Sprintf("Accepted slot=%d bal=%v", m.Slot, m.BallotNum) }
func (m Preempted) String() string {
	if m.Slot == 0 {
		return fmt.Sprintf("Preempted by=%v", m.PreemptedBy)
	}
	return fmt.Sprintf("Preempted slot=%d by=%v", m.Slot, m.PreemptedBy)
}
func (m Decision) String() string { return fmt.Sprintf("Decision slot=%d %v", m.Slot, m.Proposal) }
func (m Active) String() string   { return fmt.Sprintf("Active slot=%d", m.Slot) }
func (m Join) String() string     { return fmt.Sprintf("Join disk=%x", uint64(m.Disk)) }
func (m Welcome) String() string {
	return fmt.Sprintf("Welcome slot=%d voters=%v decisions=%v", m.Slot, m.State.voters(), m.Decisions)
}
func (m Invoke) String() string {
	return fmt.Sprintf("Invoke c%d#%d %q", m.ClientID, m.Seq, m.InputValue)
}
func (m Invoked) String() string {
	return fmt.Sprintf("Invoked c%d#%d slot=%d %q", m.ClientID, m.Seq, m.Slot, m.Output)
}
func (m Adopted) String() string {
	return fmt.Sprintf("Adopted bal=%v accepted=%v", m.BallotNum, m.AcceptedProposals)
}
func (m Decided) String() string   { return fmt.Sprintf("Decided slot=%d", m.Slot) }
func (m Accepting) String() string { return fmt.Sprintf("Accepting leader=%v", m.Leader) }
