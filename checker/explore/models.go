package explore

import "multipaxos/impl/paxos"

// commands returns the commands 1 to seqs of each of the clients 1 to clients.
func commands(clients, seqs int) (list []Command) {
	for c := 1; c <= clients; c++ {
		for s := 1; s <= seqs; s++ {
			list = append(list, Command{paxos.ClientID(c), uint64(s)})
		}
	}
	return list
}

type (
	addresses = []paxos.Address
	slotList  = []paxos.Slot
	most      = []uint64
	kinds     = []string
)

// Models are the named models. Those whose About begins with the name of a file are the model of spec/ with that
// name, without Reduced; TLC needs that, and this search does not.
var Models = []Model{
	{Name: "clients", About: "MCClients: one command is called at two nodes, again and again",
		Nodes: 3, Commands: commands(1, 1), Callers: addresses{1, 2}, Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Steps: kinds{"ReceiveDecision", "Invoke"}, Live: true,
		Sometimes: kinds{ValueDecided, ClientAnswered}, States: 4580},
	{Name: "single", About: "one node leads with two commands for one slot, and all learn",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 0, 0}, Proposed: slotList{1}, Steps: kinds{"ReceiveDecision"}, Live: true,
		Sometimes: kinds{ValueDecided}, States: 1969},
	{Name: "history", About: "two clients call at one node, and what they see is linearizable",
		Nodes: 3, Commands: commands(2, 1), Callers: addresses{1}, Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Steps: kinds{"ReceiveDecision", "Invoke"}, History: true, InFlight: true,
		Sometimes: kinds{ValueDecided, ClientAnswered}, States: 154_581},
	{Name: "once", About: "clients, where messages are delivered once or never",
		Nodes: 3, Commands: commands(1, 1), Callers: addresses{1, 2}, Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Steps: kinds{"ReceiveDecision", "Invoke"}, InFlight: true,
		Sometimes: kinds{ValueDecided}, States: 2748},
	{Name: "duel", About: "two nodes compete for one slot with one command",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 1, 0}, Proposed: slotList{1},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed}, Slow: true},
	{Name: "adopt", About: "duel, where messages are delivered once or never, and what a leader adopts is decided in the end",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 1, 0}, Proposed: slotList{1}, Steps: kinds{"ReceiveDecision"}, InFlight: true, Live: true,
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed}, States: 982_366},
	{Name: "forget", About: "one node leads in two lives, with one command",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 1, MaxBallot: most{2, 0, 0}, Proposed: slotList{1}, Steps: kinds{"CrashRestart"},
		Sometimes: kinds{ValueDecided, AdoptedReproposed, PromiseSurvives, VoteSurvives}, States: 3_925_658, Slow: true},
	{Name: "lead", About: "one node leads with two commands for two slots, and the others learn",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Proposed: slotList{1, 2}, Steps: kinds{"ReceiveDecision"},
		Sometimes: kinds{ValueDecided, DuplicateSkipped}, States: 2_035_201, Slow: true},
	{Name: "reborn", About: "MCReborn: one node leads in two lives",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 1, MaxBallot: most{2, 0, 0}, Proposed: slotList{1}, Steps: kinds{"CrashRestart"},
		Sometimes: kinds{ValueDecided, AdoptedReproposed, PromiseSurvives, VoteSurvives}, States: 8_752_098, Slow: true},
	{Name: "relive", About: "reborn, and Decisions are learned",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 1, MaxBallot: most{2, 0, 0}, Proposed: slotList{1}, Steps: kinds{"ReceiveDecision", "CrashRestart"},
		Sometimes: kinds{ValueDecided, AdoptedReproposed, PromiseSurvives, VoteSurvives}, States: 26_681_922, Slow: true},
	{Name: "votes", About: "MCVotes: two nodes compete for one slot with two commands",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 1, 0}, Proposed: slotList{1},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed}, States: 29_506_721, Slow: true},
	{Name: "ballots", About: "MCBallots: three ballots, node 1, node 2, node 1 again",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{2, 1, 0}, Proposed: slotList{1},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed}, Slow: true},
	{Name: "rivals", About: "two nodes compete with two ballots each, and any one node crashes; far too large to exhaust",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 1, MaxBallot: most{2, 2, 0}, Proposed: slotList{1}, Steps: kinds{"CrashRestart"},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed, PromiseSurvives, VoteSurvives}, Slow: true},
	{Name: "learn", About: "MCLearn: as votes, and Decisions are learned",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 1, 0}, Proposed: slotList{1}, Steps: kinds{"ReceiveDecision"},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed}, States: 104_191_457, Slow: true},
	{Name: "crash", About: "MCCrash: as votes, and any one node crashes",
		Nodes: 3, Commands: commands(2, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 1, MaxBallot: most{1, 1, 0}, Proposed: slotList{1}, Steps: kinds{"CrashRestart"},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed, PromiseSurvives, VoteSurvives}, Slow: true},
	{Name: "gap", About: "MCGap: slot 2 is proposed for, and slot 1 is filled with a no-op",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1, 2}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 1, 0}, Proposed: slotList{2},
		Steps:     kinds{"ReceiveDecision", "FireReplicaAskMissing", "FireScoutSendPrepare"},
		Sometimes: kinds{ValueDecided, LeaderPreempted, AdoptedReproposed, GapFilled}, Slow: true},
	{Name: "fill", About: "one node leads, and fills slot 1 with a no-op when it is asked",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Proposed: slotList{2},
		Steps:     kinds{"ReceiveDecision", "FireReplicaAskMissing", "FireScoutSendPrepare"},
		Sometimes: kinds{ValueDecided, GapFilled}, States: 540_281},
	{Name: "checkpoint", About: "one node leads, and all write checkpoints",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1,
		MaxSlot: 1, MaxBallot: most{1, 0, 0}, Proposed: slotList{1},
		Steps:     kinds{"ReceiveDecision", "ReceiveWelcome", "FireReplicaAskMissing", "FireReplicaWriteCheckpoint"},
		Sometimes: kinds{ValueDecided}, States: 2505},
	{Name: "welcome", About: "MCWelcome: checkpoints, and a node brought up to date by one",
		Nodes: 3, Commands: commands(1, 1), Candidates: addresses{1}, CheckpointEvery: 1, Window: 1, MaxCrashes: 1,
		MaxSlot: 2, MaxBallot: most{1, 0, 0}, Proposed: slotList{1, 2},
		Steps:     kinds{"ReceiveDecision", "ReceiveWelcome", "FireReplicaAskMissing", "FireReplicaWriteCheckpoint", "CrashRestart"},
		Sometimes: kinds{ValueDecided, DuplicateSkipped, GapFilled, SlotsForgotten, NodeWelcomed, VoteSurvives}, Slow: true},
}
