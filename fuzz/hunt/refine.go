package hunt

import (
	"context"

	"multipaxos/checker/refine"
	"multipaxos/fuzz"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
	"multipaxos/impl/workload"
)

// validate runs the seeds of 'check soak', and has each event held against the specification.
func validate(ctx context.Context, _ Options, f *findings) error {
	for seed := uint64(1); !f.done(ctx); seed++ {
		verdict, err := validateRun(fuzz.SoakScenario(seed))
		if err != nil {
			return err
		}
		f.add(Validator, verdict)
	}
	return nil
}

// validateRun runs a scenario, and returns what the trace validator says of its first event that is no step.
func validateRun(s fuzz.Scenario) (verdict string, err error) {
	w, err := workload.New(s.Machine)
	if err != nil {
		return "", err
	}
	chooser := sim.Seeded(s.Seed)
	if s.Swarm {
		s.Faults = sim.Swarm(chooser)
	}
	options := sim.Options{
		Nodes: s.Nodes, Clients: s.Clients, Operations: s.Operations, Faults: s.Faults, NewMachine: w.NewMachine, Next: w.Next,
	}
	header := options.Header(s.Seed, s.Machine, nil)
	v, err := refine.NewWith(header, w.NewMachine)
	if err != nil {
		return "header: " + err.Error(), nil // a wrong quorum is a finding, too
	}
	options.Trace = trace.NewRecorder(nil, header)
	options.Trace.Observe(func(e *trace.Event) {
		if found := v.Step(e); found != nil && verdict == "" {
			verdict = found.Action + ": " + found.Error()
		}
	})
	_, err = sim.Run(options, chooser)
	return verdict, err
}
