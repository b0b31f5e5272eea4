package tlc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Codes of TLC's -tool messages (tlc2.output.EC) that this package acts on.
const (
	codeException             = 1000
	codeOutOfMemory           = 1001
	codeOutOfMemoryInit       = 1002
	codeOutOfMemoryLiveness   = 1003
	codeErrorPositions        = 2103
	codeAssumptionFalse       = 2104
	codeInvariantInitial      = 2107
	codePropertyInitial       = 2108
	codeInvariantViolated     = 2110
	codeActionPropertyInvalid = 2112
	codeDeadlock              = 2114
	codeTemporalViolated      = 2116
	codeTraceFollows          = 2121
	codeBackToState           = 2122
	codeFinished              = 2186
	codeNoError               = 2193
	codeDepth                 = 2194
	codeStats                 = 2199
	codeProgress              = 2200
	codeCoverageStart         = 2201
	codeSimulationProgress    = 2209
	codeState                 = 2217
	codeStuttering            = 2218
	codeCounterExample        = 2264
	codeActionCoverage        = 2772
	codeParseFailed           = 3002
	codeConfigMissing         = 5001
	codeConfigSyntax          = 5006
)

// Severities of TLC's -tool messages (tlc2.output.MP).
const (
	severityError   = 1
	severityTLCBug  = 2
	severityWarning = 3
)

const (
	frame       = "@!@!@"
	startPrefix = frame + "STARTMSG "
	endPrefix   = frame + "ENDMSG "

	// maxLine bounds one line of TLC output: a state with thousands of messages fits, a runaway does not.
	maxLine = 16 << 20
)

// message is one framed message of TLC's -tool output. code 0 is text outside any frame, which SANY writes.
type message struct {
	code, severity int
	text           string
}

// readMessages calls handle for every message and every unframed line of r, in order of their ends: TLC nests a
// message in another when an exception carries one.
func readMessages(r io.Reader, handle func(message)) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	var open []message
	for scanner.Scan() {
		line := scanner.Text()
		switch {
		case strings.Contains(line, startPrefix):
			m, err := parseStart(line[strings.Index(line, startPrefix)+len(startPrefix):])
			if err != nil {
				return err
			}
			open = append(open, m)
		case strings.HasPrefix(line, endPrefix):
			if len(open) == 0 {
				return fmt.Errorf("TLC output: %q ends no message", line)
			}
			last := len(open) - 1
			handle(open[last])
			if last > 0 {
				open[last-1].text += open[last].text // what went wrong while it did what the outer message says
			}
			open = open[:last]
		case len(open) > 0:
			open[len(open)-1].text += line + "\n"
		default:
			handle(message{text: line})
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("TLC output: a line is longer than %d bytes", maxLine)
	}
	return scanner.Err()
}

// parseStart reads "2190:0 @!@!@".
func parseStart(s string) (message, error) {
	var m message
	if _, err := fmt.Sscanf(s, "%d:%d "+frame, &m.code, &m.severity); err != nil {
		return m, fmt.Errorf("TLC output: message header: expected code:severity, found %q", s)
	}
	return m, nil
}

// parser turns messages into a Result.
type parser struct {
	result   Result
	progress func(Progress)
	output   func(string)
	cfg      string // path, for error locations
	module   string // path, for error locations

	finished bool // TLC said that it ended, well or not
	noError  bool // TLC said that the search is complete
	hasStats bool
	problem  problem // the first error that is no verdict
	sany     sanyLog
}

// problem is an error TLC reported about its input or itself.
type problem struct {
	code     int
	text     string
	location string // innermost expression, "line 5, column 14 ... in M"
}

func (p *parser) handle(m message) {
	switch m.code {
	case 0:
		p.sany.add(m.text)
		if p.output != nil {
			p.output(m.text)
		}
	case codeFinished:
		p.finished = true
	case codeNoError:
		p.noError = true
	case codeState, codeStuttering, codeBackToState:
		p.addState(m)
	case codeProgress, codeSimulationProgress, codeStats:
		p.addCounts(m)
	case codeDepth:
		p.result.Depth = int(firstNumber(m.text))
	case codeCoverageStart:
		p.result.Coverage = nil // each report holds all counts so far
	case codeActionCoverage:
		p.addCoverage(m.text)
	case codeTraceFollows, codeCounterExample:
	case codeErrorPositions:
		p.problem.location = lastPosition(m.text)
	default:
		p.handleVerdict(m)
	}
}

func (p *parser) handleVerdict(m message) {
	switch m.code {
	case codeInvariantViolated, codeInvariantInitial:
		p.violated(InvariantViolated, wordAfter(m.text, "Invariant "))
	case codeActionPropertyInvalid:
		p.violated(PropertyViolated, wordAfter(m.text, "Action property "))
	case codePropertyInitial:
		p.violated(PropertyViolated, wordAfter(m.text, "Property "))
	case codeTemporalViolated:
		p.violated(PropertyViolated, "")
	case codeDeadlock:
		p.violated(Deadlocked, "Deadlock")
	case codeAssumptionFalse:
		p.violated(AssumptionFalse, wordAfter(m.text, "Assumption "))
	default:
		p.handleProblem(m)
		return
	}
	if m.code == codeInvariantInitial || m.code == codePropertyInitial {
		p.addInitialState(m.text)
	}
}

func (p *parser) violated(v Verdict, property string) {
	if p.result.Verdict == NoVerdict { // the first one found is the one the trace shows
		p.result.Verdict, p.result.Property = v, property
	}
}

// handleProblem keeps the first error, except that the generic 1000 gives way to what it wraps: nested messages end,
// and so arrive, before the one around them. Nested ones have severity 0.
func (p *parser) handleProblem(m message) {
	nested := m.code == codeConfigMissing || m.code == codeConfigSyntax
	switch {
	case m.severity == severityWarning:
		p.result.Warnings = append(p.result.Warnings, oneLine(m.text))
	case m.severity == severityError || m.severity == severityTLCBug || nested:
		if p.problem.code == 0 {
			p.problem.code, p.problem.text = m.code, m.text
		}
	}
}

var (
	stateHeader  = regexp.MustCompile(`^(\d+): (?:<(.*)>|(.*))$`)
	actionRegexp = regexp.MustCompile(`^(\S+(?:\(.*\))?) (line \d+, col \d+ to line \d+, col \d+ of module (\S+?))(?: \((\d+) (\d+) (\d+) (\d+)\))?$`)
	coverRegexp  = regexp.MustCompile(`^<(.*)>: ([\d,]+):([\d,]+)`)
	numberRegexp = regexp.MustCompile(`-?\d[\d,]*`)
)

// addState reads "2: <Step line 1, col 1 to line 1, col 9 of module M>" and the variables below it.
func (p *parser) addState(m message) {
	header, body, _ := strings.Cut(m.text, "\n")
	match := stateHeader.FindStringSubmatch(header)
	if match == nil {
		p.handleProblem(message{code: m.code, severity: severityTLCBug, text: "unreadable state: " + header})
		return
	}
	number, _ := strconv.Atoi(match[1])
	switch {
	case m.code == codeStuttering:
		p.result.Stutters = true
	case m.code == codeBackToState:
		p.result.BackTo = number
	default:
		s := State{Number: number, Vars: parseVars(body)}
		s.Action, s.Location = splitAction(match[2])
		p.result.Trace = append(p.result.Trace, s)
	}
}

// addInitialState reads the state that TLC puts into the text of a violation by an initial state.
func (p *parser) addInitialState(text string) {
	_, body, _ := strings.Cut(text, "\n")
	p.result.Trace = []State{{Number: 1, Action: initialAction, Vars: parseVars(body)}}
}

const initialAction = "Init"

// splitAction splits "Step line 1, col 1 to line 1, col 9 of module M" into name and location. A disjunct that is no
// operator of its own, as `\E m \in msgs : Handle(m)`, goes under the name of the operator around it, its own place in
// brackets: "(5 8 5 30)".
func splitAction(s string) (name, location string) {
	if s == "Initial predicate" {
		return initialAction, ""
	}
	m := actionRegexp.FindStringSubmatch(s)
	switch {
	case m == nil:
		return s, ""
	case m[4] != "":
		return m[1], fmt.Sprintf("line %s, col %s to line %s, col %s of module %s", m[4], m[5], m[6], m[7], m[3])
	default:
		return m[1], m[2]
	}
}

// parseVars reads "/\ x = 1" lines; a value may go on over several lines, and a single variable has no "/\".
func parseVars(body string) []Variable {
	var vars []Variable
	var value []string // the lines of the last variable's
	end := func() {
		if len(vars) > 0 {
			vars[len(vars)-1].Value = strings.TrimSpace(strings.Join(value, " "))
		}
		value = value[:0]
	}
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		conjunct, isVar := strings.CutPrefix(line, `/\ `)
		name, first, hasValue := strings.Cut(conjunct, " =")
		switch {
		case strings.TrimSpace(line) == "":
		case hasValue && (isVar || len(vars) == 0):
			end()
			vars = append(vars, Variable{Name: strings.TrimSpace(name)})
			value = append(value, strings.TrimSpace(first))
		case len(vars) > 0:
			value = append(value, strings.TrimSpace(line))
		}
	}
	end()
	return vars
}

// addCounts reads "[Progress(6) at <time>: ]7 states generated, 6 distinct states found, 0 states left on queue."
func (p *parser) addCounts(m message) {
	_, counts, isProgress := strings.Cut(m.text, "Progress(")
	depth := 0
	if isProgress {
		depth = int(firstNumber(counts))
		_, counts, _ = strings.Cut(m.text, ": ")
	} else {
		counts, p.hasStats = m.text, true
	}
	r := &p.result
	r.Generated = numberBefore(counts, " states generated")
	r.Distinct = numberBefore(counts, " distinct states found")
	r.Queue = numberBefore(counts, " states left on queue")
	if isProgress && p.progress != nil {
		p.progress(Progress{Depth: max(depth, 0), Generated: r.Generated, Distinct: r.Distinct, Queue: r.Queue})
	}
}

func (p *parser) addCoverage(text string) {
	m := coverRegexp.FindStringSubmatch(text)
	if m == nil {
		return // a property listed without counts
	}
	name, location := splitAction(m[1])
	found := ActionCoverage{Action: name, Location: location, Distinct: number(m[2]), Generated: number(m[3])}
	for i := range p.result.Coverage {
		if c := &p.result.Coverage[i]; c.Action == name && c.Location == location {
			c.Distinct += found.Distinct
			c.Generated += found.Generated
			return
		}
	}
	p.result.Coverage = append(p.result.Coverage, found)
}

// number reads "2,034"; the caller's regular expression has checked the digits.
func number(s string) int64 {
	n, _ := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	return max(n, 0) // simulation prints -1 for what it does not count
}

func firstNumber(s string) int64 { return number(numberRegexp.FindString(s)) }

// numberBefore returns the number just before unit in s; a rate in brackets may stand after the unit.
func numberBefore(s, unit string) int64 {
	before, _, ok := strings.Cut(s, unit)
	if !ok {
		return 0
	}
	return number(before[strings.LastIndexAny(before, " \n")+1:])
}

// wordAfter returns what stands between prefix and the verb in "Invariant X is violated".
func wordAfter(text, prefix string) string {
	_, rest, _ := strings.Cut(text, prefix)
	word, _, _ := strings.Cut(rest, " is ")
	return strings.TrimSpace(word)
}

// oneLine joins the words of a text that TLC broke over lines.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
