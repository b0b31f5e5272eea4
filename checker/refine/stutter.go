package refine

import "multipaxos/impl/trace"

// Stutters lists the events that are no step of the specification: what happens in them changes nothing that it
// models. Each still has its own checks: of the fate of messages, and that the state is what it was.
var Stutters = map[string]string{
	trace.Fault:              "a partition, a slow node, a clock's skew: of the network and of time, which are open in the specification",
	trace.Lose:               "a message that is lost is one that is never delivered again",
	trace.Duplicate:          "a message may be delivered as often as one likes",
	trace.Crash:              "a crash and the restart after it are one step, which comes with the Start",
	trace.Wipe:               "the disk is lost in the step that comes with the Start",
	trace.Cancel:             "in the specification the command keeps its Requester; its answer goes to nobody",
	trace.End:                "nothing happens any more",
	"ReplicaFollowNext":      "while a sign of the leader was heard since the last timeout: nothing but the sign is forgotten",
	"ReplicaWriteCheckpoint": "until CheckpointEvery slots were executed since the last checkpoint",
	"LeaderSendActive":       "while the Leader does not lead",
}
