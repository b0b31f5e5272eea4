package refine

import (
	"multipaxos/checker/model"
	"multipaxos/checker/project"
	"multipaxos/impl/paxos"
)

// projection keeps what commands ask of the machine. What executing them led to has no name in the model here: package
// refine runs the machine beside it.
var projection = project.Projection{Proposal: project.Proposal, State: func(s paxos.State) model.MachineState {
	return model.MachineState{Sessions: project.Sessions(s.Sessions), Voters: project.Voters(s.Voters)}
}}

// received is a message that is delivered as the model knows it.
func received(e *paxos.Envelope) model.Message {
	m := model.Message{From: int(e.From), To: int(e.To)}
	projection.Message(&m, e.Message)
	return m
}
