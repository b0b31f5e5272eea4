package explore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"multipaxos/checker/model"
	"multipaxos/checker/tlc"
	"multipaxos/checker/usage"
	"multipaxos/impl/paxos"
)

// EqualOptions say which models are compared with the specification.
type EqualOptions struct {
	Dir     string   // where models.json and its files are; "" means spec
	Names   []string // of models; none: all that the model can compute
	Limit   int      // states after which a model is given up as too large; 0: never
	Reduced bool     // leave messages out where the model does: the graphs that TLC exhausts. Else every message is kept
	Workers int
	Roles   paxos.Constructors // of the code; the zero value makes those of package paxos

	chunk int // of Options
}

// Compared is the result for one model.
type Compared struct {
	Name     string
	Code     int   // distinct states of the role code
	States   int64 // of the specification that these are
	Edges    int64 // labelled, distinct, between them
	Searched int64 // distinct states that the specification's own search finds, TLC's if Reduced; 0: it did not search
	Pairs    int   // if Reduced: local states of the code, each with each message that was ever sent to the node
	CPU      time.Duration
	Skipped  string // why there is no result
	Differs  string // the first difference; empty: none
}

// ErrDiffers says that code and specification differ.
var ErrDiffers = errors.New("explore: code and specification differ")

// Equal runs the role code exhaustively with the constants of models of the specification, holds each state and each
// labelled step against the specification's, and writes a table. The error is ErrDiffers, or about the input, or says that a
// model that was named could not be compared.
func Equal(ctx context.Context, w io.Writer, o EqualOptions) error {
	if o.Dir == "" {
		o.Dir = "spec"
	}
	entries, err := tlc.ReadModels(filepath.Join(o.Dir, tlc.ModelsFile))
	if err != nil {
		return err
	}
	if entries, err = tlc.Select(entries, tlc.Full, o.Names); err != nil {
		return err
	}
	fmt.Fprintf(w, "%-14s %11s %11s %11s %11s %9s %8s  %s\n", "model", "code", "spec", o.searcher(), "edges", "pairs", "CPU-s", "code = spec")
	for _, e := range entries {
		if asked := len(o.Names) > 0; asked && !model.Modelled(e) {
			return fmt.Errorf("explore: model %s: want one of MC.tla, found one of %s, which has variables of its own", e.Name, e.Module)
		} else if !asked && (!model.Modelled(e) || e.Expect != tlc.ExpectPass) {
			continue
		}
		c, err := equal(ctx, o, e)
		if err == nil && c.Skipped != "" {
			err = ctx.Err() // it has not too many states, it was interrupted
		}
		if err != nil {
			return err
		}
		c.print(w)
		switch {
		case c.Differs != "":
			return ErrDiffers
		case c.Skipped != "" && len(o.Names) > 0:
			return fmt.Errorf("explore: model %s: no verdict: %s", c.Name, c.Skipped)
		}
	}
	return ctx.Err()
}

func equal(ctx context.Context, o EqualOptions, e tlc.Entry) (Compared, error) {
	c := Compared{Name: e.Name}
	config, err := model.ReadConfig(filepath.Join(o.Dir, e.Module), filepath.Join(o.Dir, e.Cfg))
	if err != nil {
		return c, err
	}
	m, err := FromSpec(e.Name, config)
	if err != nil {
		c.Skipped = strings.TrimPrefix(err.Error(), "explore: model "+e.Name+": ")
		return c, nil
	}
	if o.Reduced {
		return c, c.reduced(ctx, o, e, config, m)
	}
	begin := usage.CPU()
	var report strings.Builder
	out, err := Run(ctx, &report, Options{Model: m, Workers: o.Workers, MaxStates: o.Limit, Roles: o.Roles, Equal: config, chunk: o.chunk})
	if errors.Is(err, ErrDiffers) {
		c.Differs = "after 0 steps: " + strings.TrimPrefix(err.Error(), ErrDiffers.Error()+": ")
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.Code, c.States, c.Edges, c.CPU = out.States, out.Mirrored, out.Edges, usage.CPU()-begin
	switch {
	case out.Violation != "":
		_, c.Differs, _ = strings.Cut(report.String(), "VIOLATION ")
	case !out.Complete:
		c.Skipped = fmt.Sprintf("more than %d states", o.Limit)
	case out.States <= countUpTo:
		err = c.search(ctx, config, o.Workers)
	}
	return c, err
}

// searcher is who else counts the states.
func (o EqualOptions) searcher() string {
	if o.Reduced {
		return "TLC"
	}
	return "searched"
}

// reduced compares the graph that TLC exhausts. TLC's numbers are those of models.json, which make spec holds against TLC.
func (c *Compared) reduced(ctx context.Context, o EqualOptions, e tlc.Entry, config *model.Config, m Model) error {
	begin := usage.CPU()
	r := newReducedMirror(newProtocol(m, o.Roles), config)
	depth, complete, err := r.explore(ctx, o.Limit)
	c.Code, c.States, c.Edges, c.CPU = len(r.visited), int64(len(r.states)), r.edges, usage.CPU()-begin
	c.Searched, c.Pairs = int64(e.Distinct), r.pairs
	switch {
	case errors.Is(err, ErrDiffers):
		c.Differs = strings.TrimPrefix(err.Error(), ErrDiffers.Error()+": ")
	case err != nil:
		return err
	case !complete:
		c.Skipped = fmt.Sprintf("more than %d states", o.Limit)
	case e.Distinct > 0 && (len(r.classes) != int(e.Distinct) || depth != e.Depth):
		c.Differs = fmt.Sprintf("after %d steps: the code reaches %d states in a depth of %d, TLC %d in %d", depth-1, len(r.classes), depth, e.Distinct, e.Depth)
	}
	return nil
}

// countUpTo is the number of states up to which they are counted in another way, too: that takes 1 kB a state.
const countUpTo = 1_000_000

// search counts the states of the specification in another way.
func (c *Compared) search(ctx context.Context, config *model.Config, workers int) error {
	result, err := model.Search(ctx, whole(config), max(1, workers))
	c.Searched = result.Distinct
	if err == nil && c.Searched != c.States {
		c.Differs = fmt.Sprintf("the code reaches %d states of the specification, of which a search finds %d", c.States, c.Searched)
	}
	return err
}

// counted is a number, or nothing where nobody counted.
func counted(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func (c *Compared) print(w io.Writer) {
	switch {
	case c.Skipped != "":
		fmt.Fprintf(w, "%-14s %11s %11s %11s %11s %9s %8s  not compared: %s\n", c.Name, "", "", "", "", "", "", c.Skipped)
	case c.Differs != "":
		fmt.Fprintf(w, "%-14s DIFFERENT %s\n", c.Name, c.Differs)
	default:
		fmt.Fprintf(w, "%-14s %11d %11d %11s %11d %9s %8.1f  states and edges\n", c.Name, c.Code, c.States, counted(c.Searched), c.Edges, counted(int64(c.Pairs)), c.CPU.Seconds())
	}
}
