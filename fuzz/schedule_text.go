package fuzz

import (
	"fmt"
	"strconv"
	"strings"

	"multipaxos/impl/sim"
)

const scheduleVersion = "schedule 1"

// String writes the schedule as ParseSchedule reads it.
func (s Schedule) String() string { return s.text(nil) }

// text writes a comment behind each act that has one.
func (s Schedule) text(comments map[int]string) string {
	s = s.Canonical()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nmachine %s\n", scheduleVersion, s.Machine)
	for _, f := range s.fields() {
		fmt.Fprintf(&b, "%s %d\n", f.name, *f.value)
	}
	fmt.Fprintf(&b, "seed %d\n", s.Seed)
	for k, a := range s.Acts {
		switch {
		case a == sim.Act{}:
		case comments[k] == "":
			fmt.Fprintf(&b, "%d %v\n", k+1, a)
		default:
			fmt.Fprintf(&b, "%-20s # %s\n", fmt.Sprintf("%d %v", k+1, a), comments[k])
		}
	}
	b.WriteString("end\n")
	return b.String()
}

// ParseSchedule reads the text form, and nothing else. Errors name the line.
//
//	schedule 1
//	machine kv
//	nodes 3
//	clients 2
//	operations 4
//	checkpoint 0
//	window 0
//	seed 7
//	31 deliver 4         # #17 N1->N2 Accept …
//	40 kill 0 2
//	end
//
// A line is an act and when it comes; before and between them the earliest pending thing happens. What follows a #
// is a comment.
func ParseSchedule(name, text string) (Schedule, error) {
	if err := wellFormed(name, text, "schedule"); err != nil {
		return Schedule{}, err
	}
	p := scheduleParser{name: name, lines: strings.Split(text, "\n")}
	p.parse()
	return p.s, p.err
}

// ReadSchedule reads a file that holds the text form. Errors name the file and the line.
func ReadSchedule(path string) (Schedule, error) {
	text, err := readText(path)
	if err != nil {
		return Schedule{}, err
	}
	return ParseSchedule(path, text)
}

type scheduleParser struct {
	name  string
	lines []string
	line  int // the number of the line read last, from 1
	s     Schedule
	err   error // the first
}

func (p *scheduleParser) parse() {
	if text := p.next(); text != scheduleVersion {
		p.fail("want %q, found %q", scheduleVersion, text)
	}
	p.s.Machine = p.value("machine")
	for _, f := range p.s.fields() {
		*f.value = p.number(f.name, p.value(f.name))
	}
	if seed := p.number("seed", p.value("seed")); p.err == nil && seed > 1<<16-1 {
		p.fail("want a seed from 0 to 65535, found %d", seed)
	} else {
		p.s.Seed = uint16(seed)
	}
	for p.err == nil && p.act() {
	}
	if p.err != nil {
		return
	}
	if p.line != len(p.lines)-1 {
		p.fail("want nothing after the end, found %q", p.next())
	} else if err := p.s.Validate(); err != nil {
		p.err = fmt.Errorf("%s: %w", p.name, err)
	}
}

func (p *scheduleParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%s:%d: %s", p.name, p.line, fmt.Sprintf(format, args...))
	}
}

// next returns the next line without its comment.
func (p *scheduleParser) next() string {
	if p.line >= len(p.lines)-1 {
		p.fail("want another line, found the end of the file")
		return ""
	}
	p.line++
	text, _, _ := strings.Cut(p.lines[p.line-1], "#")
	return strings.TrimRight(text, " ")
}

// value reads "name value".
func (p *scheduleParser) value(name string) string {
	text := p.next()
	value, ok := strings.CutPrefix(text, name+" ")
	if !ok {
		p.fail("want %s, found %q", name, text)
	}
	return value
}

func (p *scheduleParser) number(name, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < 0 {
		p.fail("want %s, a number, found %q", name, text)
	}
	return n
}

// act reads "12 deliver 3", and says whether it was not the end.
func (p *scheduleParser) act() bool {
	text := p.next()
	if text == "end" {
		return false
	}
	position, rest, _ := strings.Cut(text, " ")
	k := p.number("the number of an act, or end", position)
	a, err := sim.ParseAct(rest)
	switch {
	case p.err != nil:
	case err != nil:
		p.fail("%v", err)
	case k <= len(p.s.Acts) || k > MaxActs:
		p.fail("want a number from %d to %d, found %d", len(p.s.Acts)+1, MaxActs, k)
	case a == sim.Act{}:
		p.fail("want an act that is not the usual one, found %q", rest)
	default:
		p.s.Acts = append(p.s.Acts, make([]sim.Act, k-len(p.s.Acts))...)
		p.s.Acts[k-1] = a
	}
	return p.err == nil
}

// Explain runs the schedule and returns its text, with what each act was about as a comment.
func Explain(s Schedule) (string, error) {
	s = s.Canonical()
	e := &explainer{follower: follower{acts: s.Acts}, comments: map[int]string{}}
	s.Unrefined, s.Unjudged = true, true
	if _, err := RunScheduler(s, e, nil); err != nil {
		return "", err
	}
	return s.text(e.comments), nil
}

type explainer struct {
	follower
	comments map[int]string
}

func (e *explainer) Next(v sim.View) (sim.Act, bool) {
	a, ok := e.follower.Next(v)
	if !ok || a == (sim.Act{}) {
		return a, ok
	}
	if p, found := v.Target(a); found {
		e.comments[e.next-1] = strings.ReplaceAll(p.String(), "\n", " ")
	}
	return a, ok
}
