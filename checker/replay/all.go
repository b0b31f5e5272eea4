package replay

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"multipaxos/checker/tlc"
)

// The models that only random walks go through: nothing in them is bounded or switched off.
var (
	// Everything has every action and option of MultiPaxos. Cover is empty: each action must be replayed.
	Everything = tlc.Entry{Name: "everything", Module: "MC.tla", Cfg: "../checker/replay/walks/Everything.cfg"}
	// Pair has two nodes, which get as far as checkpoints, Welcome, and Prepares for what is forgotten.
	Pair = tlc.Entry{Name: "pair", Module: "MC.tla", Cfg: "../checker/replay/walks/Pair.cfg",
		Cover: []string{"CrashRestart", "FireReplicaWriteCheckpoint", "ReceiveDecision", "ReceivePropose"}}
)

// maxGraph is the number of states up to which All replays a whole graph.
const maxGraph = 20_000

// All replays the whole graph of each quick model of specDir/models.json that passes and is small, and walks random
// walks through the other models, through Everything and through Pair. It writes tables of the steps replayed, an
// action a row, on w. The errors are those of [Simulate].
func All(ctx context.Context, w io.Writer, specDir string, walks tlc.Simulation) error {
	entries, err := tlc.ReadModels(filepath.Join(specDir, "models.json"))
	if err != nil {
		return err
	}
	var graphs, walked []*Coverage
	for _, e := range append(entries, Everything, Pair) {
		ours := e.Module == "MC.tla" && e.Property == ""
		var c *Coverage
		switch {
		case !ours:
			continue // a violation is replayed by its counterexample; other modules are not MultiPaxos
		case e.Tier == tlc.Quick && e.Distinct > 0 && e.Distinct <= maxGraph:
			c, err = Graph(ctx, specDir, e)
			graphs = append(graphs, c)
		default:
			if e.Name != Everything.Name && e.Name != Pair.Name {
				e.Cover = []string{"ReceivePrepare"} // a few walks through a large model need not meet every action
			}
			c, err = Simulate(ctx, specDir, e, walks, nil)
			walked = append(walked, c)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %d steps replayed\n", e.Name, c.Total())
	}
	fmt.Fprintf(w, "\nEvery edge of a graph: steps, and in brackets those that changed the state\n")
	PrintCoverage(w, graphs)
	fmt.Fprintf(w, "\n%d random walks of up to %d states, seed %d\n", walks.Traces, walks.Depth, walks.Seed)
	PrintCoverage(w, walked)
	return nil
}
