package explore

import "multipaxos/impl/paxos"

func one(clients, seqs int) (list []Command) {
	for c := 1; c <= clients; c++ {
		for s := 1; s <= seqs; s++ {
			list = append(list, Command{paxos.ClientID(c), uint64(s)})
		}
	}
	return list
}

func nodes(list ...paxos.Address) []paxos.Address { return list }
func slots(list ...paxos.Slot) []paxos.Slot       { return list }

// Models are the named models.
var Models = []Model{
	{Name: "reborn", About: "one node leads in two lives", Nodes: 3, Commands: one(2, 1), Candidates: nodes(1),
		CheckpointEvery: 1, Window: 1, MaxCrashes: 1, MaxSlot: 1, MaxBallot: []uint64{2, 0, 0}, Proposed: slots(1), Steps: []string{"CrashRestart"}},
	{Name: "votes", About: "two nodes compete for one slot with two commands", Nodes: 3, Commands: one(2, 1), Candidates: nodes(1, 2),
		CheckpointEvery: 1, Window: 1, MaxSlot: 1, MaxBallot: []uint64{1, 1, 0}, Proposed: slots(1)},
	{Name: "ballots", About: "three ballots: node 1, node 2, node 1 again", Nodes: 3, Commands: one(1, 1), Candidates: nodes(1, 2),
		CheckpointEvery: 1, Window: 1, MaxSlot: 1, MaxBallot: []uint64{2, 1, 0}, Proposed: slots(1)},
	{Name: "learn", About: "as votes, and Decisions are learned", Nodes: 3, Commands: one(2, 1), Candidates: nodes(1, 2),
		CheckpointEvery: 1, Window: 1, MaxSlot: 1, MaxBallot: []uint64{1, 1, 0}, Proposed: slots(1), Steps: []string{"ReceiveDecision"}},
	{Name: "crash", About: "as votes, and any one node crashes", Nodes: 3, Commands: one(2, 1), Candidates: nodes(1, 2),
		CheckpointEvery: 1, Window: 1, MaxCrashes: 1, MaxSlot: 1, MaxBallot: []uint64{1, 1, 0}, Proposed: slots(1), Steps: []string{"CrashRestart"}},
	{Name: "gap", About: "slot 2 is proposed for, and slot 1 is filled with a no-op", Nodes: 3, Commands: one(1, 1), Candidates: nodes(1, 2),
		CheckpointEvery: 1, Window: 1, MaxSlot: 2, MaxBallot: []uint64{1, 1, 0}, Proposed: slots(2), Steps: []string{"ReceiveDecision", "FireReplicaAskMissing", "FireScoutSendPrepare"}},
	{Name: "clients", About: "one command is called at two nodes, again and again", Nodes: 3, Commands: one(1, 1), Callers: nodes(1, 2), Candidates: nodes(1),
		CheckpointEvery: 1, Window: 1, MaxSlot: 2, MaxBallot: []uint64{1, 0, 0}, Steps: []string{"ReceiveDecision", "Invoke"}},
	{Name: "welcome", About: "checkpoints, and a node brought up to date by one", Nodes: 3, Commands: one(1, 1), Candidates: nodes(1),
		CheckpointEvery: 1, Window: 1, MaxCrashes: 1, MaxSlot: 2, MaxBallot: []uint64{1, 0, 0}, Proposed: slots(1, 2), Steps: []string{"ReceiveDecision", "ReceiveWelcome", "FireReplicaAskMissing", "FireReplicaWriteCheckpoint", "CrashRestart"}},
}
