package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// Act is what a [Scheduler] has happen. Which and How are counted modulo what there is to choose from, so every
// Act means something, and most often the same after a small change of what went before. An Act that is not
// possible, like the loss of a message where none is in flight, is the zero Act.
type Act struct {
	Kind  ActKind
	Which uint8
	How   uint8
}

// ActKind says what an Act does. Ranks count from the earliest due, from 0.
type ActKind uint8

// The kinds of acts. The first six let a pending thing happen; the clock then shows the time it was due, or stays
// where it is when that has passed.
const (
	Step    ActKind = iota // the pending thing of rank Which happens; the zero Act: the earliest
	Deliver                // the message of rank Which arrives
	Fire                   // the alarm of rank Which goes off
	Turn                   // the client whose turn has rank Which makes its next call, or repeats it where it was made
	Torn                   // as Step, and the node crashes within the step: its writes, if any, are lost, and it sends nothing
	Cut                    // as Step, and the node crashes after its writes, when How of its messages have left

	Drop      // the message of rank Which is lost. Drop, Duplicate and Delay take no message to oneself
	Duplicate // the message of rank Which will arrive once more, How hundredths of a second later
	Delay     // the message of rank Which comes to be due after all that is pending
	Partition // the links between the nodes of the set Which (a bit each) and the others are cut; How: both ways, what the set sends, what it hears
	Mend      // all links are restored
	Kill      // the Which-th of the nodes that are up crashes; it restarts after 200 ms, and 50 ms for each How
	Wipe      // as Kill, and it loses its disk, if a majority of the voters keep theirs
	Restart   // the Which-th of the nodes that are down starts
	Skew      // the alarms of the Which-th node take from 0.8 (How is 0) to 1.2 times as long (255), from the next it sets
	Retry     // the Which-th of the clients that wait asks the How-th node
	Abandon   // the Which-th of the clients that wait gives up and goes on in a new session

	Kinds // how many there are
)

var actNames = [Kinds]string{
	"step", "deliver", "fire", "turn", "torn", "cut",
	"drop", "duplicate", "delay", "partition", "mend", "kill", "wipe", "restart", "skew", "retry", "abandon",
}

func (k ActKind) String() string {
	if k >= Kinds {
		return fmt.Sprintf("ActKind(%d)", uint8(k))
	}
	return actNames[k]
}

// fields is how many of Which and How the kind reads.
func (k ActKind) fields() int {
	switch k {
	case Mend:
		return 0
	case Cut, Duplicate, Partition, Kill, Wipe, Skew, Retry:
		return 2
	}
	return 1
}

// Happens says whether the kind lets a pending thing happen.
func (k ActKind) Happens() bool { return k <= Cut }

// Canonical returns the act without the fields that its kind does not read.
func (a Act) Canonical() Act {
	switch a.Kind.fields() {
	case 0:
		return Act{Kind: a.Kind}
	case 1:
		return Act{Kind: a.Kind, Which: a.Which}
	}
	return a
}

// String writes the act as ParseAct reads it: its name, and the fields that it reads.
func (a Act) String() string {
	switch a.Kind.fields() {
	case 0:
		return a.Kind.String()
	case 1:
		return fmt.Sprintf("%v %d", a.Kind, a.Which)
	}
	return fmt.Sprintf("%v %d %d", a.Kind, a.Which, a.How)
}

// ParseAct reads what String writes, and nothing else.
func ParseAct(text string) (a Act, err error) {
	words := strings.Split(text, " ")
	for a.Kind = 0; a.Kind < Kinds && actNames[a.Kind] != words[0]; a.Kind++ {
	}
	if a.Kind == Kinds {
		return a, fmt.Errorf("act: want one of %v, found %q", actNames, words[0])
	}
	if len(words)-1 != a.Kind.fields() {
		return a, fmt.Errorf("act: want %v with %d numbers, found %q", a.Kind, a.Kind.fields(), text)
	}
	for i, field := range []*uint8{&a.Which, &a.How}[:a.Kind.fields()] {
		n, err := strconv.ParseUint(words[1+i], 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != words[1+i] {
			return a, fmt.Errorf("act: want a number from 0 to 255, found %q in %q", words[1+i], text)
		}
		*field = uint8(n)
	}
	return a, nil
}
