package explore

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
	"multipaxos/impl/paxos"
	"multipaxos/impl/trace"
)

// compareModel compares models of spec/, and returns what is printed.
func compareModel(t *testing.T, o EqualOptions) (string, error) {
	var report strings.Builder
	err := Equal(context.Background(), &report, o)
	if err != nil {
		require.ErrorIs(t, err, ErrDiffers)
	}
	return report.String(), err
}

// TestEqualWithWorkers compares the role code with the specification, on models that take a second: the states and the
// labelled edges are as many as TLC writes for them (docs/model.md), where it can keep every message.
func TestEqualWithWorkers(t *testing.T) {
	for _, workers := range []int{1, 3} {
		report, err := compareModel(t, EqualOptions{Dir: "../../spec", Names: []string{"learnfull", "welcome"}, Workers: workers, chunk: 16})
		require.NoError(t, err, report)
		require.Regexp(t, `learnfull +985 +985 +985 +8575 .* states and edges`, report)
		require.Regexp(t, `welcome +2062 +2062 +2062 +12393 .* states and edges`, report)
	}
}

// TestNoVerdict asks for what cannot be compared.
func TestNoVerdict(t *testing.T) {
	for name, want := range map[string]string{"log-alone": "want one of MC.tla", "clients": "more than 1000 states", "nosuch": "no model"} {
		err := Equal(t.Context(), io.Discard, EqualOptions{Dir: "../../spec", Names: []string{name}, Limit: 1000})
		require.ErrorContains(t, err, want)
		require.NotErrorIs(t, err, ErrDiffers)
	}
}

// TestInterrupted comparisons say so, and not of models that they have too many states.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, o := range []EqualOptions{{Names: []string{"reborn"}}, {Limit: 1000}, {Reduced: true}} {
		o.Dir = "../../spec"
		var report strings.Builder
		require.ErrorIs(t, Equal(ctx, &report, o), context.Canceled)
		require.NotContains(t, report.String(), "more than")
	}
}

// TestEqualSmall compares models that take every action, among them joining a cluster and losing a disk.
func TestEqualSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	report, err := compareModel(t, EqualOptions{Dir: "testdata", Workers: 2})
	require.NoError(t, err, report)
	require.NotContains(t, report, "not compared")
	var took []string
	for _, e := range entriesOf(t, "testdata") {
		config, err := model.ReadConfig(filepath.Join("testdata", e.Module), filepath.Join("testdata", e.Cfg))
		require.NoError(t, err)
		took = append(took, config.Next...)
	}
	for _, a := range model.Actions {
		require.Contains(t, took, a.Name)
	}
}

func entriesOf(t *testing.T, dir string) []tlc.Entry {
	entries, err := tlc.ReadModels(filepath.Join(dir, tlc.ModelsFile))
	require.NoError(t, err)
	return entries
}

// TestStepsAreOfOneMessage holds what the comparison of pairs rests on, along random walks of the specification: a node
// with many messages can do what it can do with each, and nothing else.
func TestStepsAreOfOneMessage(t *testing.T) {
	compared := 0
	for _, name := range []string{"admit", "wipe", "follow"} {
		config, err := model.ReadConfig("../../spec/MC.tla", filepath.Join("testdata", name+".cfg"))
		require.NoError(t, err)
		random := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			cells := starts(config)
			for range 40 {
				at := cells[random.IntN(len(cells))]
				whole, apart := movesOf(config, at, at.Inbox), movesOf(config, at, nil)
				for _, m := range at.Inbox {
					apart = append(apart, movesOf(config, at, []*model.Message{m})...)
				}
				require.Subset(t, apart, whole)
				require.Subset(t, whole, apart)
				compared += len(whole)
				take(config, cells, at, random)
			}
		}
	}
	require.Greater(t, compared, 10_000)
}

// movesOf lists the steps of a node with some messages: each its action and what it leads to.
func movesOf(config *model.Config, at *model.Cell, inbox []*model.Message) (list []string) {
	for _, a := range model.Actions {
		a.Moves(config, &model.Cell{Node: at.Node, Inbox: inbox}, func(m model.Move) {
			list = append(list, a.Name+string(canonical(nil, reflect.ValueOf(m.After))))
		})
	}
	return list
}

// take takes a random step of a node.
func take(config *model.Config, cells []*model.Cell, at *model.Cell, random *rand.Rand) {
	var moves []model.Move
	for _, a := range model.Actions {
		a.Moves(config, at, func(m model.Move) { moves = append(moves, m) })
	}
	after := moves[random.IntN(len(moves))].After
	for _, m := range after.Out {
		cells[m.To-1].Inbox = append(cells[m.To-1].Inbox, &m)
	}
	after.Out, after.Answers = nil, nil
	at.Node = &after
}

// mutant changes a role by its constructor.
type mutant struct {
	name, model, action string
	roles               func(c *paxos.Constructors)
}

var mutants = []mutant{
	{"an Acceptor forgets over a crash", "reborn", "CrashRestart", func(c *paxos.Constructors) {
		c.Acceptor = func(n *paxos.Node, _ *paxos.Durable) paxos.Role {
			return paxos.NewAcceptor(n, &paxos.Durable{First: 1})
		}
	}},
	{"a Leader forgets the ballots of earlier lives", "reborn", "CrashRestart", func(c *paxos.Constructors) {
		c.Leader = func(n *paxos.Node, _ *paxos.Durable) paxos.Role { return paxos.NewLeader(n, &paxos.Durable{}) }
	}},
	{"a Scout counts its own promise in advance", "learnfull", "ReceivePropose", func(c *paxos.Constructors) {
		c.Scout = func(n *paxos.Node, b paxos.Ballot) paxos.Role {
			s := paxos.NewScout(n, b)
			s.Promised = s.Promised.With(n.Self)
			return s
		}
	}},
	{"a Scout takes a ballot that is not on disk", "learnfull", "ReceivePropose", func(c *paxos.Constructors) {
		c.Scout = func(n *paxos.Node, b paxos.Ballot) paxos.Role {
			return paxos.NewScout(n, paxos.Ballot{N: b.N + 1, Leader: b.Leader})
		}
	}},
	{"a Commander counts its own vote in advance", "learnfull", "ReceivePromise", func(c *paxos.Constructors) {
		c.Commander = func(n *paxos.Node, b paxos.Ballot, s paxos.Slot, p paxos.Proposal) paxos.Role {
			m := paxos.NewCommander(n, b, s, p)
			m.Accepted = m.Accepted.With(n.Self)
			return m
		}
	}},
	{"a Commander proposes a no-op", "learnfull", "ReceivePromise", func(c *paxos.Constructors) {
		c.Commander = func(n *paxos.Node, b paxos.Ballot, s paxos.Slot, _ paxos.Proposal) paxos.Role {
			return paxos.NewCommander(n, b, s, paxos.NoopProposal)
		}
	}},
	{"a Requester asks for the command after its own", "clients", "Invoke", func(c *paxos.Constructors) {
		c.Requester = func(n *paxos.Node, client paxos.ClientID, seq uint64, _ string) paxos.Role {
			return paxos.NewRequester(n, client, seq+1, Command{client, seq + 1}.String())
		}
	}},
	{"a Replica starts without its checkpoint's sessions", "welcome", "CrashRestart", func(c *paxos.Constructors) {
		c.Replica = func(n *paxos.Node, d *paxos.Durable) paxos.Role {
			r := paxos.NewReplica(n, d)
			r.Sessions = nil
			return r
		}
	}},
}

// TestTracesOfJoining reads back the traces of random paths on which nodes found a cluster, join it and lose disks.
func TestTracesOfJoining(t *testing.T) {
	for _, name := range []string{"found", "wipe", "admit"} {
		config, err := model.ReadConfig("../../spec/MC.tla", filepath.Join("testdata", name+".cfg"))
		require.NoError(t, err)
		m, err := FromSpec(name, config)
		require.NoError(t, err)
		for seed := range uint64(10) {
			p := newProtocol(m, paxos.Constructors{})
			system := newMonotone(struct{ Protocol }{p}, 1, m.MaxCrashes, false, false)
			path, _ := walk(t, system, rand.New(rand.NewPCG(seed, 1)), 40)
			var text strings.Builder
			require.NoError(t, p.writeTrace(&text, system.memo, path))
			_, err := trace.Read(strings.NewReader(text.String()), name)
			require.NoError(t, err)
		}
	}
}

// TestStartsThatDiffer has a Seed that does not count itself: the initial state shows it.
func TestStartsThatDiffer(t *testing.T) {
	roles := paxos.DefaultRoles()
	roles.Seed = func(n *paxos.Node, d *paxos.Durable) paxos.Role {
		s := paxos.NewSeed(n, d)
		s.Disks = nil
		return s
	}
	for _, reduced := range []bool{false, true} {
		report, err := compareModel(t, EqualOptions{Dir: "testdata", Names: []string{"found"}, Roles: roles, Reduced: reduced})
		require.ErrorIs(t, err, ErrDiffers, report)
		require.Contains(t, report, "DIFFERENT after 0 steps: Init")
	}
}

// TestMutantsAreNoticed changes one role at a time: the first difference names the action in which it shows, whether every
// message is kept or those that TLC keeps.
func TestMutantsAreNoticed(t *testing.T) {
	for _, m := range mutants {
		for _, reduced := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reduced %t", m.name, reduced), func(t *testing.T) {
				roles := paxos.DefaultRoles()
				m.roles(&roles)
				report, err := compareModel(t, EqualOptions{Dir: "../../spec", Names: []string{m.model}, Roles: roles, Limit: 100_000, Reduced: reduced})
				require.ErrorIs(t, err, ErrDiffers, report)
				require.Contains(t, report, m.action+" at N")
				t.Logf("%s", report)
			})
		}
	}
}
