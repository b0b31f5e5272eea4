package model

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// dotGraph is the graph that TLC wrote. States are numbered in the order in which they stand in the file.
type dotGraph struct {
	numbers map[int64]uint32 // by TLC's fingerprint
	codes   []code
	initial []uint32
	edges   []dotEdge
}

type dotEdge struct {
	from, to int64 // fingerprints
	action   uint16
}

// maxLine bounds a line of the file: a state.
const maxLine = 16 << 20

var unescape = strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\`, `\`)

// readDot reads a graph. What it cannot read is an *[InputError] with the line.
func readDot(path string, w *worker) (*dotGraph, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &InputError{File: path, Msg: "cannot read"}
	}
	defer func() { _ = file.Close() }()
	g := &dotGraph{numbers: map[int64]uint32{}}
	in := bufio.NewReaderSize(file, 1<<20)
	last := ""
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) && last == "}" {
			return g, nil
		}
		if err == nil {
			err = g.line(w, line)
		}
		if err != nil {
			return nil, &InputError{File: path, Line: n, Msg: err.Error()}
		}
		last = line
	}
}

func readLine(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := in.ReadSlice('\n')
		b.Write(part)
		switch {
		case err == nil:
			return strings.TrimSuffix(b.String(), "\n"), nil
		case errors.Is(err, io.EOF) && b.String() == "}":
			return "}", nil // TLC ends the file without a line feed
		case errors.Is(err, io.EOF) && b.Len() > 0:
			return "", errors.New("the line is cut off")
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case b.Len() > maxLine:
			return "", fmt.Errorf("longer than %d bytes", maxLine)
		}
	}
}

func (g *dotGraph) line(w *worker, line string) error {
	name, rest, _ := strings.Cut(line, " ")
	from, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		for _, decoration := range []string{"strict digraph", "nodesep=", "subgraph", "color=", "{rank = same;", "}"} {
			if strings.HasPrefix(line, decoration) {
				return nil
			}
		}
		return fmt.Errorf("expected a state or an edge, found %.40q", line)
	}
	if label, ok := strings.CutPrefix(rest, `[label="`); ok {
		return g.state(w, from, label)
	}
	target, rest, _ := strings.Cut(strings.TrimPrefix(rest, "-> "), " ")
	to, err := strconv.ParseInt(target, 10, 64)
	action, _, found := strings.Cut(strings.TrimPrefix(rest, `[label="`), `"`)
	if err != nil || !found {
		return fmt.Errorf("expected a state or an edge, found %.40q", line)
	}
	for i, a := range w.actions {
		if a.Name == action {
			g.edges = append(g.edges, dotEdge{from, to, uint16(i)})
			return nil
		}
	}
	return fmt.Errorf("TLC took a step of %s, which the model does not", action)
}

func (g *dotGraph) state(w *worker, fingerprint int64, label string) error {
	at := strings.LastIndexByte(label, '"')
	if at < 0 {
		return fmt.Errorf("expected the end of a state")
	}
	if _, twice := g.numbers[fingerprint]; twice {
		return nil
	}
	s, err := w.c.ParseState(unescape.Replace(label[:at]))
	if err != nil {
		return err
	}
	number := uint32(len(g.codes))
	if strings.Contains(label[at:], "style = filled") {
		g.initial = append(g.initial, number)
	}
	g.numbers[fingerprint] = number
	g.codes = append(g.codes, append(code{}, w.canonical(w.code(&s))...))
	return nil
}

// code is s in numbers.
func (w *worker) code(s *State) code {
	numbers := make(code, len(s.Cells)+1)
	for i, cell := range s.Cells {
		numbers[i] = w.intern(cell)
	}
	set := locked(w.in, func() uint32 { return w.in.answerSet(s.Answers) })
	numbers[len(s.Cells)] = set<<8 | uint32(s.Crashes)
	return numbers
}
