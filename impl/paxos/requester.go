package paxos

// Requester asks for one command of a client to be executed, until it has the answer.
type Requester struct {
	role
	ClientID ClientID
	Seq      uint64
	Input    string
}

// NewRequester returns a Requester for the command seq of the client.
func NewRequester(n *Node, client ClientID, seq uint64, input string) *Requester {
	return &Requester{role: newRole(n), ClientID: client, Seq: seq, Input: input}
}

// Deliver hands m to its handler.
func (q *Requester) Deliver(out *Out, from Address, m Message) {
	if m, ok := m.(Invoked); ok {
		q.HandleInvoked(from, m, out)
	}
}

// Fire sends Invoke, at first and again.
func (q *Requester) Fire(out *Out, _ TimerKind) {
	q.SendInvoke(out)
	out.After(InvokeRetransmit, Retransmit)
}

// SendInvoke asks the Replica of its own node to have the command executed.
//
// Spec: RequesterSendInvoke.
func (q *Requester) SendInvoke(out *Out) {
	out.Local(Invoke{Caller: q.node.Self, ClientID: q.ClientID, Seq: q.Seq, InputValue: q.Input})
}

// HandleInvoked passes the answer to its command on to the client.
//
// Spec: RequesterHandleInvoked.
func (q *Requester) HandleInvoked(from Address, m Invoked, out *Out) {
	if !q.Requests(m.ClientID, m.Seq) {
		return
	}
	out.Answer(Answer(m))
	q.node.stop(q.id)
}

// Requests says whether the Requester asks for this command.
func (q *Requester) Requests(client ClientID, seq uint64) bool {
	return q.ClientID == client && q.Seq == seq
}
