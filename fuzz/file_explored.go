package fuzz

import (
	"bytes"
	"context"
	"io"
	"math"

	"multipaxos/checker/explore"
	"multipaxos/checker/linear"
	"multipaxos/checker/model"
	"multipaxos/impl/sim"
)

// What takes more steps than breadth-first search by whole runs reaches, package explore may find: it executes each step of a
// node once, and to it a state of the cluster is a few numbers. It knows one property only, that each step is one of the
// specification's. And its network forgets nothing, and a node in it crashes once at most, so not each of its paths is a run.

// Bounds are those of the clusters on which Founded searches, and which 'check shortest' explores: one node and two, with all that
// can happen to them, a crash included. A client waits for its answer before it calls again, as in a run.
func Bounds() map[string]*model.Config {
	one := &model.Config{Nodes: []model.Address{1}, MaxSeq: 2, Heartbeats: true, MaxBallot: []int{2}}
	two := &model.Config{Nodes: []model.Address{1, 2}, MaxSeq: 1, MaxBallot: []int{1, 1}}
	for _, c := range []*model.Config{one, two} {
		c.Clients, c.Callers, c.Candidates, c.Waits, c.Follow = []string{"c1"}, []model.Address{1}, []model.Address{1}, true, true
		c.CheckpointEvery, c.Window, c.MaxSlot = 1, 1, 2
		c.MaxCrashes, c.MaxDisks, c.Founder = 1, 1, 1
		c.Start, c.IsBounded = "Init", true
		for seq := range c.MaxSeq {
			c.Commands = append(c.Commands, model.Command{ClientID: 1, Seq: seq + 1})
		}
		for _, a := range model.Actions {
			c.Next = append(c.Next, a.Name)
		}
	}
	return map[string]*model.Config{"one": one, "two": two}
}

// The exploration of a cluster ends after so many states, each of which costs as much.
const (
	exploredStates = 30_000
	stateCost      = 20
)

// explored has a cluster explored within bounds, and goes the shortest path to a wrong step, if a run can.
func (m *minimizer) explored(cluster Schedule, bounds *model.Config) {
	small, err := explore.FromSpec("founding", bounds)
	if err != nil {
		panic(err)
	}
	var path bytes.Buffer
	out, err := explore.Run(context.Background(), io.Discard,
		explore.Options{Model: small, Equal: bounds, MaxStates: exploredStates, Roles: cluster.Roles, Trace: &path})
	m.Spent += stateCost * out.States
	if err != nil || out.Violation == "" {
		return // that the initial states differ, runs show
	}
	script, err := scriptOf(&path, &linear.History{}, cluster.Clients, math.MaxUint64)
	if err != nil {
		return // a step panics, which no trace tells
	}
	s := &scriptMinimizer{minimizer: m, cluster: cluster, by: byActs}
	b := &breadth{scriptMinimizer: s, cluster: cluster, seen: map[Digest]bool{}, runs: 1000}
	before := walk{script: repeatable(script)}
	if _, found := b.explore(&before); !found {
		b.deeper([]walk{before}) // the path ends before the step that is wrong
	}
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
