package replay

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"multipaxos/checker/tlc"
)

// graph is a state graph as TLC dumped it. TLC writes an edge for each way to take an action: for each message, say.
type graph struct {
	first  string
	states map[string]*State
	edges  map[string][]edge // by source, in TLC's order
	count  int
}

type edge struct{ action, to string }

var (
	dotState = regexp.MustCompile(`^(-?\d+) \[label="(.*)"(,style = filled)?\];?$`)
	dotEdge  = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[label="(\w+)"`)
	unescape = strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\`, `\`)
)

// maxDotLine bounds a line of a dumped graph: a state.
const maxDotLine = 16 << 20

// readGraph reads what tlc -dump dot,actionlabels wrote.
func readGraph(r io.Reader, m *Model) (*graph, error) {
	g := &graph{states: map[string]*State{}, edges: map[string][]edge{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxDotLine)
	for n := 1; lines.Scan(); n++ {
		if err := g.add(lines.Text(), m); err != nil {
			return nil, fmt.Errorf("dumped graph: line %d: %w", n, err)
		}
	}
	if lines.Err() == nil && g.first == "" {
		return nil, fmt.Errorf("dumped graph: want an initial state, found none")
	}
	return g, lines.Err()
}

func (g *graph) add(line string, m *Model) error {
	if match := dotEdge.FindStringSubmatch(line); match != nil {
		g.edges[match[1]] = append(g.edges[match[1]], edge{match[3], match[2]})
		g.count++
		return nil
	}
	match := dotState.FindStringSubmatch(line)
	if match == nil {
		return nil // layout
	}
	state, err := ParseState(tlc.ParseState(unescape.Replace(match[2])), len(m.Nodes))
	if err != nil {
		return err
	}
	if match[3] != "" {
		if g.first != "" {
			return fmt.Errorf("want one initial state, found a second")
		}
		g.first = match[1]
	}
	g.states[match[1]] = &state
	return nil
}

// Graph has TLC dump the graph of a model and replays every edge of it, each from its source as some path led there.
// Edges of one action between the same two states are replayed by as many different events. The errors are those of
// [Simulate].
func Graph(ctx context.Context, specDir string, e tlc.Entry) (*Coverage, error) {
	p, err := prepare(specDir, e, false)
	if err != nil {
		return nil, err
	}
	defer p.remove()
	p.run.DotFile, p.run.Short = filepath.Join(p.dir, "graph.dot"), e.Generated < tlc.ShortRun
	result, err := tlc.Run(ctx, p.run)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(p.run.DotFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	g, err := readGraph(file, &p.model)
	if err != nil {
		return nil, err
	}
	if len(g.states) != int(result.Distinct) {
		return nil, fmt.Errorf("dumped graph: want the %d states that TLC found, found %d", result.Distinct, len(g.states))
	}
	c := newCoverage(e.Name, p.actions)
	if err := g.replay(ctx, &p.model, c); err != nil {
		return c, err
	}
	if never := c.NeverReplayed(e.Cover); len(never) > 0 {
		return c, &CoverageError{e.Name, never}
	}
	return c, nil
}

// replay goes through the graph breadth first.
func (g *graph) replay(ctx context.Context, m *Model, c *Coverage) error {
	first, err := newPlayer(m, "graph of "+c.Model, g.states[g.first])
	if err != nil {
		return err
	}
	reached := map[string]*player{g.first: first}
	for queue := []string{g.first}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := g.replayFrom(from, reached, c)
		if err != nil {
			return err
		}
		queue = append(queue, found...)
		reached[from] = nil // its memory
	}
	if c.Total() != g.count {
		return fmt.Errorf("graph of %s: want all %d edges replayed, found %d", c.Model, g.count, c.Total())
	}
	c.Walks = 1
	return nil
}

// replayFrom replays the edges of one state, and returns the states that it reached first.
func (g *graph) replayFrom(from string, reached map[string]*player, c *Coverage) (found []string, err error) {
	p := reached[from]
	outcomes := map[string][]outcome{}
	for _, e := range g.edges[from] {
		list, ok := outcomes[e.action]
		if !ok {
			list = p.outcomes(e.action)
			outcomes[e.action] = list
		}
		after := g.states[e.to]
		next := pick(list, after)
		if next == nil {
			return nil, p.mismatch(Event{Action: e.action}, p.world.events(e.action), after)
		}
		c.count(e.action, e.to != from)
		if _, ok := reached[e.to]; !ok {
			ladder := append(p.ladder[:len(p.ladder):len(p.ladder)], next.event)
			reached[e.to] = &player{next.world, p.name, ladder}
			found = append(found, e.to)
		}
	}
	return found, nil
}

// outcome is what an event led to; its world is nil once an edge was found for it.
type outcome struct {
	event Event
	world *world
}

// outcomes tries all ways to take an action.
func (p *player) outcomes(action string) []outcome {
	var list []outcome
	for _, e := range p.world.events(action) {
		if next, err := p.world.take(e); err == nil {
			list = append(list, outcome{e, next})
		}
	}
	return list
}

// pick takes an outcome in the state after off the list.
func pick(list []outcome, after *State) *outcome {
	for i := range list {
		if list[i].world != nil && list[i].world.is(after) {
			picked := list[i]
			list[i].world = nil
			return &picked
		}
	}
	return nil
}
