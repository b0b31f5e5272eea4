package sim

import (
	"fmt"
	"strings"
	"time"
)

// Faults says what goes wrong. The zero value is a network without faults but for its delay.
type Faults struct {
	Loss      float64 // probability that a message between nodes is lost
	Duplicate float64 // probability that it arrives twice
	Straggle  float64 // probability that it takes up to two seconds longer, and so is overtaken

	Partition bool // split the nodes into two groups that do not hear of each other
	OneWay    bool // have one node not hear another, which does hear it
	Crash     bool // crash nodes between steps, and restart them from their disks
	Torn      bool // crash nodes within a step: its writes are lost or torn, its messages sent in part
	Wipe      bool // crash nodes and lose their disks, of a minority in all
	Slow      bool // have all that a node receives take longer, for a while
	Skew      bool // have a node's alarms go off early or late by up to a fifth
	Elsewhere bool // have clients that wait too long ask another node
	Abandon   bool // have clients give up an operation when their node crashes
}

// AllFaults switches every class of faults on.
func AllFaults() Faults {
	return Faults{
		Loss: 0.05, Duplicate: 0.02, Straggle: 0.02,
		Partition: true, OneWay: true, Crash: true, Torn: true, Wipe: true,
		Slow: true, Skew: true, Elsewhere: true, Abandon: true,
	}
}

// Swarm switches each class of faults on or off, and draws its strength. Runs that lack some faults reach what
// runs with all of them do not (Groce et al., Swarm Testing, 2012).
func Swarm(c Chooser) Faults {
	on := func() bool { return c.Choose(2) == 1 }
	rate := func(of ...float64) float64 { return of[c.Choose(len(of))] }
	return Faults{
		Loss: rate(0, 0.01, 0.05, 0.2), Duplicate: rate(0, 0.02, 0.2), Straggle: rate(0, 0.02, 0.2),
		Partition: on(), OneWay: on(), Crash: on(), Torn: on(), Wipe: on(),
		Slow: on(), Skew: on(), Elsewhere: on(), Abandon: on(),
	}
}

// classes lists the switches under the names that flags give them.
func (f *Faults) classes() []struct {
	name string
	rate *float64
	on   *bool
} {
	return []struct {
		name string
		rate *float64
		on   *bool
	}{
		{"loss", &f.Loss, nil}, {"duplicate", &f.Duplicate, nil}, {"straggle", &f.Straggle, nil},
		{"partition", nil, &f.Partition}, {"oneway", nil, &f.OneWay}, {"crash", nil, &f.Crash},
		{"torn", nil, &f.Torn}, {"wipe", nil, &f.Wipe}, {"slow", nil, &f.Slow}, {"skew", nil, &f.Skew},
		{"elsewhere", nil, &f.Elsewhere}, {"abandon", nil, &f.Abandon},
	}
}

// Validate says which probability is none.
func (f Faults) Validate() error {
	for _, c := range f.classes() {
		if c.rate != nil && !(*c.rate >= 0 && *c.rate <= 1) {
			return fmt.Errorf("faults: %s: want a probability from 0 to 1, found %v", c.name, *c.rate)
		}
	}
	return nil
}

// String lists what is switched on, as ParseFaults reads it.
func (f Faults) String() string {
	var on []string
	for _, c := range f.classes() {
		switch {
		case c.rate != nil && *c.rate > 0:
			on = append(on, fmt.Sprintf("%s=%v", c.name, *c.rate))
		case c.on != nil && *c.on:
			on = append(on, c.name)
		}
	}
	if len(on) == 0 {
		return "none"
	}
	return strings.Join(on, ",")
}

// ParseFaults reads "none", "all", or classes like "loss=0.1,crash,torn".
func ParseFaults(text string) (f Faults, err error) {
	switch text {
	case "none":
		return f, nil
	case "all":
		return AllFaults(), nil
	}
	for _, part := range strings.Split(text, ",") {
		if err := f.set(part); err != nil {
			return f, err
		}
	}
	return f, f.Validate()
}

func (f *Faults) set(part string) error {
	name, value, hasValue := strings.Cut(part, "=")
	var names []string
	for _, c := range f.classes() {
		names = append(names, c.name)
		switch {
		case c.name != name:
		case c.on != nil && !hasValue:
			*c.on = true
			return nil
		case c.rate != nil && hasValue:
			if _, err := fmt.Sscanf(value+"\n", "%g\n", c.rate); err != nil {
				return fmt.Errorf("faults: %s: want a probability from 0 to 1, found %q", name, value)
			}
			return nil
		}
	}
	return fmt.Errorf("faults: want none, all, or some of %s (the first three as in loss=0.05), found %q",
		strings.Join(names, " "), part)
}

// The network's propagation delay, and what a slow node adds to it.
const (
	minDelay   = 10 * time.Millisecond
	jitter     = 40 * time.Millisecond
	selfDelay  = 100 * time.Microsecond
	straggling = 2 * time.Second
	slowness   = 300 * time.Millisecond
)
