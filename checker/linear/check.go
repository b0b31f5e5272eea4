package linear

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"multipaxos/impl/bank"
)

// Options of the judges. The zero value is a good choice.
type Options struct {
	Timeout        time.Duration  // of each search; 0 means 5 s
	KeepPending    bool           // do not settle pending operations from the decided log before a search
	MaxSearch      int            // operations of a bank up to which Check searches it whole; 0 means 1000
	MaxWidth       int            // answered operations open at once up to which Check searches a bank whole; 0 means 10
	MaxOpen        int            // and operations, those that were decided and never answered among them; 0 means 30
	MaxPartitioned int            // operations of a store up to which Check searches it whole; 0 means 100,000
	MaxPartition   int            // and on each of its keys; 0 means 5000
	MaxWindows     int            // windows to search when a history is not searched whole; 0 means 50
	Verifier       *bank.Verifier // remembers verified deposits; nil makes Check remember up to 65,536 by itself
}

func (o Options) withDefaults() Options {
	o.Timeout = o.timeout()
	for _, d := range []struct {
		option *int
		value  int
	}{{&o.MaxSearch, 1000}, {&o.MaxWidth, 10}, {&o.MaxOpen, 30}, {&o.MaxPartitioned, 100_000}, {&o.MaxPartition, 5000}, {&o.MaxWindows, 50}} {
		if *d.option == 0 {
			*d.option = d.value
		}
	}
	if o.Verifier == nil {
		o.Verifier = bank.NewVerifier(1 << 15)
	}
	return o
}

func (o Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return 5 * time.Second
	}
	return o.Timeout
}

// Judgement is what one judge said.
type Judgement struct {
	Judge      string        // certificate, porcupine, brute force
	Scope      string        // what it looked at
	Operations int           // how many operations it checked
	Verdict    Verdict       // what it found
	Took       time.Duration // wall time, for display
	Comment    string
}

// Report is the outcome of Check.
type Report struct {
	Name           string // of the history
	Machine        string
	Seed           uint64
	Nodes          int
	Operations     int // called
	Answered       int
	Clients        int
	Slots          int // decided; 0 when the history has no log
	Width          int // answered operations open at once
	open           int // with those that were decided and never answered: they are open to the end
	Judgements     []Judgement
	Verdict        Verdict
	Reason         string          // why, in a sentence
	Disagreement   string          // two judges contradict each other: a bug of this checker. Empty when they agree
	Counterexample *Counterexample // of the certificate, nil when it has none
}

// Passed reports a linearizable history on which all judges agree. Unknown is not a pass.
func (r *Report) Passed() bool { return r.Verdict == Linearizable && r.Disagreement == "" }

// Check validates a history and has it judged by every judge that fits its size: the certificate always; porcupine
// on the whole when it is short and narrow, else on windows that start from replayed states; brute force when tiny.
// The error is for a history that is not valid.
func Check(h *History, options Options) (*Report, error) {
	if err := Validate(h); err != nil {
		return nil, err
	}
	options, p := options.withDefaults(), parse(h)
	r := describe(p)
	r.open = Width(p.sought(options))
	certificate := r.certify(p, options)
	whole := r.searchWhole(p, options)
	if whole == Unknown {
		r.searchWindows(p, options, certificate)
	}
	brute := r.bruteForce(p, options)
	r.decide(certificate, whole, brute)
	return r, nil
}

func describe(p *parsed) *Report {
	r := &Report{Name: p.Name, Machine: p.Machine, Seed: p.Seed, Nodes: len(p.Nodes), Slots: len(p.log)}
	clients := map[uint64]bool{}
	for i := range p.operations {
		clients[p.operations[i].Client] = true
	}
	answered := slices.DeleteFunc(slices.Clone(p.operations), func(o Operation) bool { return o.Pending() })
	r.Operations, r.Clients, r.Answered, r.Width = len(p.operations), len(clients), len(answered), Width(answered)
	return r
}

func (r *Report) add(judge, scope string, operations int, start time.Time, v Verdict, comment string) {
	r.Judgements = append(r.Judgements, Judgement{judge, scope, operations, v, time.Since(start), comment})
}

func (r *Report) certify(p *parsed, options Options) Verdict {
	start := time.Now()
	v, bad := p.certificate(options)
	r.Counterexample = bad
	comment := "the slots' order explains every answer"
	switch {
	case v == Violation:
		comment = fmt.Sprintf("rule %s is broken in slot %d", bad.Rule, bad.Slot)
	case v == Unknown:
		comment = fmt.Sprintf("slot %d needs an unanswered operation, and there is no log to tell its slot", bad.Slot)
	}
	r.add("certificate", "whole history", r.Operations, start, v, comment)
	return v
}

func (r *Report) searchWhole(p *parsed, options Options) Verdict {
	if !r.searchable(p, options) {
		return Unknown
	}
	start := time.Now()
	v := p.porcupine(options)
	comment := map[Verdict]string{Linearizable: "found an order", Violation: "no order exists", Unknown: fmt.Sprintf("gave up after %v", options.Timeout)}
	r.add("porcupine", "whole history", r.Operations, start, v, comment[v])
	return v
}

// searchable keeps searches to what fits in time and memory: a search remembers a bit set of the partition's length
// for each step it ever took.
func (r *Report) searchable(p *parsed, options Options) bool {
	if p.Machine == "bank" {
		return r.Operations <= options.MaxSearch && r.Width <= options.MaxWidth && r.open <= options.MaxOpen
	}
	if r.Operations > options.MaxPartitioned {
		return false
	}
	parts := map[string]int{}
	for i := range p.Events {
		if e := &p.Events[i]; e.Kind == Call {
			key := partitionKey(p.Machine, e.Input)
			if parts[key]++; parts[key] > options.MaxPartition {
				return false
			}
		}
	}
	return true
}

// windowSlots is how many executed slots a window has: few when many operations are open at once.
func (r *Report) windowSlots() int { return min(40, max(8, 400/max(r.open, 1))) }

func (r *Report) searchWindows(p *parsed, options Options, certificate Verdict) {
	if certificate == Violation {
		r.searchCounterexample(p, options)
		return
	}
	size := r.windowSlots()
	count := (max(r.Slots, r.Answered) + size - 1) / size
	stride := max(1, (count+options.MaxWindows-1)/options.MaxWindows)
	total, operations, start := map[Verdict]int{}, 0, time.Now()
	p.replay(options, size, func(i int) bool { return i%stride == 0 }, func(w window) bool {
		total[search(p.Machine, w.initial, w.operations, options.Timeout)]++
		operations += len(w.operations)
		return time.Since(start) < 4*options.Timeout
	})
	v := Unknown
	if total[Violation] > 0 {
		v = Violation
	} else if total[Linearizable] > 0 && total[Unknown] == 0 {
		v = Linearizable
	}
	r.add("porcupine", fmt.Sprintf("windows of %d slots", size), operations, start, v, fmt.Sprintf("%d windows linearizable, %d violated, %d unknown",
		total[Linearizable], total[Violation], total[Unknown]))
}

// searchCounterexample asks porcupine about the slots around the certificate's counterexample. Its answer explains but
// decides nothing: another order of earlier slots might lead to another state.
func (r *Report) searchCounterexample(p *parsed, options Options) {
	start, size := time.Now(), r.windowSlots()
	w := p.around(options, r.Counterexample.Slot, size*3/4, size/4, r.Counterexample.Operation)
	v := search(p.Machine, w.initial, w.operations, options.Timeout)
	comment := map[Verdict]string{
		Linearizable: "another order explains these answers: look for the fault in the slots",
		Violation:    "no order of them explains their answers",
		Unknown:      fmt.Sprintf("gave up after %v", options.Timeout)}
	r.add("porcupine", w.String(), len(w.operations), start, v, comment[v])
}

func (r *Report) bruteForce(p *parsed, options Options) Verdict {
	if r.Operations > MaxBruteForce {
		return Unknown
	}
	start := time.Now()
	v := p.bruteForce(options)
	r.add("brute force", "whole history", r.Operations, start, v, "tried every order")
	return v
}

// decide weighs the judges. The certificate's Linearizable is a proof, porcupine's verdicts on the whole are too; the
// certificate's Violation may be one of the slots alone, which is a fault of the cluster all the same.
func (r *Report) decide(certificate, whole, brute Verdict) {
	r.Disagreement = r.contradiction(certificate, whole, brute)
	search := whole
	if search == Unknown {
		search = brute
	}
	switch {
	case r.Disagreement != "":
		r.Verdict, r.Reason = Violation, "judges disagree: this is a bug of the checker, please report it with the history"
	case r.Answered == 0:
		r.Verdict, r.Reason = Unknown, "no operation was answered: nothing was checked"
	case certificate == Linearizable:
		r.Verdict, r.Reason = Linearizable, "one order explains every answer and respects real time"
	case certificate == Violation && search == Linearizable:
		r.Verdict, r.Reason = Violation, "the answers are linearizable, but not in the order of the slots that were decided"
	case certificate == Violation || search == Violation:
		r.Verdict, r.Reason = Violation, "the answers are not what the decided slots give"
	case search == Linearizable:
		r.Verdict, r.Reason = Linearizable, "an order exists, in which an unanswered operation takes effect"
	default:
		r.Verdict, r.Reason = Unknown, "no judge could tell"
	}
	if r.Disagreement == "" && search == Violation {
		r.Reason = "no order of the operations explains every answer"
	}
}

func (r *Report) contradiction(certificate, whole, brute Verdict) string {
	window := slices.IndexFunc(r.Judgements, func(j Judgement) bool { return j.Judge == "porcupine" && j.Verdict == Violation })
	switch {
	case certificate == Linearizable && window >= 0:
		return "the certificate shows an order where porcupine finds none"
	case certificate == Linearizable && brute == Violation:
		return "the certificate shows an order where brute force finds none"
	case whole != Unknown && brute != Unknown && whole != brute:
		return fmt.Sprintf("porcupine says %v, brute force says %v", whole, brute)
	}
	return ""
}

// String is the report as text of several lines, without a final newline.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %d nodes, seed %d\n", r.Name, r.Machine, r.Nodes, r.Seed)
	fmt.Fprintf(&b, "%d operations of %d clients, %d pending, %d answered, up to %d of them open at once; ",
		r.Operations, r.Clients, r.Operations-r.Answered, r.Answered, r.Width)
	if r.Slots == 0 {
		b.WriteString("no decided log\n")
	} else {
		fmt.Fprintf(&b, "%d decided slots\n", r.Slots)
	}
	for _, j := range r.Judgements {
		fmt.Fprintf(&b, "  %-12s %-20s %8d operations %10v  %-12v  %s\n", j.Judge, j.Scope, j.Operations,
			j.Took.Round(10*time.Microsecond), j.Verdict, j.Comment)
	}
	if r.Counterexample != nil {
		b.WriteString(r.Counterexample.String() + "\n")
	}
	if r.Disagreement != "" {
		fmt.Fprintf(&b, "DISAGREEMENT: %s\n", r.Disagreement)
	}
	fmt.Fprintf(&b, "%s: %s", strings.ToUpper(r.Verdict.String()), r.Reason)
	return b.String()
}
