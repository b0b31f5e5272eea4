package tracetlc

import (
	"context"
	"fmt"
	"io"
	"strings"

	"multipaxos/checker/refine"
)

// Disagreement says of which traces the two judges say different things: at least one of them is wrong.
type Disagreement struct {
	Traces []string // what each says of a trace
}

func (d *Disagreement) Error() string {
	return fmt.Sprintf("the judges disagree on %d traces:\n%s", len(d.Traces), strings.Join(d.Traces, "\n"))
}

// Compare has both judges judge the traces: TLC, whose verdicts it returns, and package refine. They agree when both
// accept the trace, or both name the same event and the same conjunct. If they do not the error is a *[Disagreement].
// A trace of a state machine that package refine does not know is judged by TLC alone, and the verdict says so.
func Compare(ctx context.Context, sources []Source, o Options) ([]Verdict, error) {
	verdicts, err := Judge(ctx, sources, o)
	if err != nil {
		return nil, err
	}
	d := &Disagreement{}
	for i, from := range sources {
		judge, err := refine.New(from.Header)
		if verdicts[i].Alone = err != nil; verdicts[i].Alone {
			continue
		}
		other, err := refined(judge, from)
		if err != nil {
			return nil, err
		}
		if v := verdicts[i]; v.Passed() != (other == nil) ||
			other != nil && (v.Seq != other.Seq || v.Conjunct != other.Conjunct) {
			d.Traces = append(d.Traces, fmt.Sprintf("%v\n%s: refine: %v", v, from.Name, verdictText(other)))
		}
	}
	if d.Traces != nil {
		return verdicts, d
	}
	return verdicts, nil
}

func verdictText(v *refine.Verdict) string {
	if v == nil {
		return "each event is a step of the specification"
	}
	return v.Error()
}

// refined returns the verdict of package refine.
func refined(judge *refine.Validator, from Source) (*refine.Verdict, error) {
	next, err := from.Open()
	if err != nil {
		return nil, err
	}
	for {
		e, err := next()
		if err == io.EOF {
			return judge.End(), nil
		}
		if err != nil {
			return nil, err
		}
		if v := judge.Step(&e); v != nil {
			return v, nil
		}
	}
}
