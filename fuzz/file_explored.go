package fuzz

import (
	"bytes"
	"context"
	"io"
	"math"
	"slices"

	"multipaxos/checker/explore"
	"multipaxos/checker/linear"
	"multipaxos/checker/model"
	"multipaxos/impl/sim"
)

// What takes more steps than breadth-first search by whole runs reaches, package explore may find: it executes each step of a
// node once, and to it a state of the cluster is a few numbers. It knows one property only, that each step is one of the
// specification's. And its network forgets nothing, and a node in it crashes once at most, so not each of its paths is a run.

// Bounds are those within which small clusters are explored, by shrinking and by 'check shortest': one node with one client or two, and
// two nodes, with all that can happen to them, a crash included. A client waits for its answer before it calls again, as in a run.
func Bounds() map[string]*model.Config {
	bounds := map[string]*model.Config{
		"one":     {Nodes: []model.Address{1}, Clients: []string{"c1"}, MaxSeq: 2, Heartbeats: true, MaxBallot: []int{2}},
		"clients": {Nodes: []model.Address{1}, Clients: []string{"c1", "c2"}, MaxSeq: 1, Heartbeats: true, MaxBallot: []int{2}},
		"two":     {Nodes: []model.Address{1, 2}, Clients: []string{"c1"}, MaxSeq: 1, MaxBallot: []int{1, 1}},
	}
	for _, c := range bounds {
		c.Callers, c.Candidates, c.Waits, c.Follow = []model.Address{1}, []model.Address{1}, true, true
		c.CheckpointEvery, c.Window, c.MaxSlot = 1, 1, 2
		c.MaxCrashes, c.MaxDisks, c.Founder = 1, 1, 1
		c.Start, c.IsBounded = "Init", true
		for client := range c.Clients {
			for seq := range c.MaxSeq {
				c.Commands = append(c.Commands, model.Command{ClientID: client + 1, Seq: seq + 1})
			}
		}
		for _, a := range model.Actions {
			c.Next = append(c.Next, a.Name)
		}
	}
	return bounds
}

// The exploration of a cluster ends when the steps of so many states are known. Each state costs as much, and some times as many are met.
const (
	exploredStates = 20_000
	stateCost      = 20
)

// exploreAll explores all, and keeps the shortest path. It says whether that is known to be the shortest: what was given up, or no run
// can go, is no shorter.
func (m *minimizer) exploreAll(of Schedule) bool {
	if !explore.Knows(of.Roles) {
		return false
	}
	bounds := Bounds()
	gone, open := math.MaxInt, math.MaxInt
	for _, name := range []string{"one", "clients", "two"} {
		if !m.more() {
			return false
		}
		c, before := bounds[name], m.bestSize
		f := founding{cluster: Schedule{Nodes: len(c.Nodes), Clients: len(c.Clients), Operations: len(c.Commands),
			Checkpoint: c.CheckpointEvery, Window: c.Window}}
		out := m.explored(f.with(of), c)
		switch {
		case out.Violation != "" && !slices.Equal(before, m.bestSize):
			gone = len(out.Path)
		case out.Violation != "":
			open = min(open, len(out.Path))
		case !out.Complete:
			open = min(open, out.Depth)
		}
	}
	return gone <= open
}

// explored has a cluster explored within bounds, and goes the shortest path to a wrong step, if a run can.
func (m *minimizer) explored(cluster Schedule, bounds *model.Config) explore.Outcome {
	small, err := explore.FromSpec("founding", bounds)
	if err != nil {
		panic(err)
	}
	var path bytes.Buffer
	out, err := explore.Run(context.Background(), io.Discard,
		explore.Options{Model: small, Equal: bounds, MaxStates: min(exploredStates, 1+(m.Budget-m.Spent)/(4*stateCost)), Roles: cluster.Roles, Trace: &path})
	m.Spent += stateCost * out.States
	if err != nil || out.Violation == "" {
		return out // that the initial states differ, runs show
	}
	script, err := scriptOf(&path, &linear.History{}, cluster.Clients, math.MaxUint64)
	if err != nil {
		return out // a step panics, which no trace tells
	}
	s := &scriptMinimizer{minimizer: m, cluster: cluster, by: byActs}
	b := &breadth{scriptMinimizer: s, cluster: cluster, seen: map[Digest]bool{}, runs: 1000}
	before := walk{script: repeatable(script)}
	if _, found := b.explore(&before); !found {
		b.deeper([]walk{before}) // the path ends before the step that is wrong
	}
	return out
}

// repeatable returns the script with each message between nodes duplicated before it arrives, so that it may arrive once more.
func repeatable(script []happening) (longer []happening) {
	for _, h := range script {
		if h.kind == sim.Deliver && h.envelope.From != h.envelope.To {
			twice := h
			twice.kind = sim.Duplicate
			longer = append(longer, twice)
		}
		if h.kind != sim.Duplicate {
			longer = append(longer, h)
		}
	}
	return longer
}
