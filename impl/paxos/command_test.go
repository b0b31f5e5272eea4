package paxos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// command runs one line of a script.
func (w *world) command(line string) error {
	if w.printed == nil {
		w.printed = &strings.Builder{}
	}
	if rest, ok := strings.CutPrefix(line, "quietly "); ok {
		w.quiet = true
		defer func() { w.quiet = false }()
		return w.command(rest)
	}
	words := strings.Fields(line)
	name, words := words[0], words[1:]
	run, ok := w.commands()[name]
	if !ok {
		return fmt.Errorf("want a command, found %q", name)
	}
	if len(words) == 0 && !slices.Contains([]string{"found", "settle"}, name) {
		return fmt.Errorf("want arguments, found none")
	}
	return run(words)
}

func (w *world) commands() map[string]func(words []string) error {
	return map[string]func([]string) error{
		"cluster":   w.doCluster,
		"found":     w.doFound,
		"start":     w.doStart,
		"crash":     func(words []string) error { return w.doCrash(words, false) },
		"wipe":      func(words []string) error { return w.doCrash(words, true) },
		"invoke":    w.doInvoke,
		"abandon":   w.doAbandon,
		"deliver":   w.doDeliver,
		"drop":      func(words []string) error { return w.doTake("dropped", words) },
		"leave":     func(words []string) error { return w.doTake("left in flight", words) },
		"duplicate": w.doDuplicate,
		"settle":    w.doSettle,
		"fire":      w.doFire,
		"inject":    w.doInject,
		"status":    w.doStatus,
		"expect":    w.doExpect,
	}
}

func (w *world) doCluster(words []string) error {
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	fields, _, err := parseFields(words[1:], "checkpoint", "window")
	if err != nil {
		return err
	}
	checkpoint, err := fields.number("checkpoint")
	if err != nil {
		return err
	}
	window, err := fields.number("window")
	if err != nil {
		return err
	}
	return w.cluster(n, max(Slot(checkpoint), 1), Slot(window))
}

func (w *world) doFound([]string) error {
	quiet := w.quiet
	w.quiet = true
	err := w.found()
	w.quiet = quiet
	if err != nil {
		return err
	}
	for _, m := range w.members {
		w.printRoles(m, "Replica")
	}
	w.printRoles(w.members[0], "Leader")
	return nil
}

func (w *world) doStart(words []string) error {
	m, err := w.member(words[0])
	if err != nil {
		return err
	}
	return w.start(m, slices.Contains(words[1:], "seed"))
}

func (w *world) doCrash(words []string, wipe bool) error {
	m, err := w.up(words[0])
	if err != nil {
		return err
	}
	m.node, m.alarms = nil, nil
	if wipe {
		m.format()
	}
	return nil
}

// call reads "N2 c1#1".
func (w *world) call(words []string) (m *member, client ClientID, seq uint64, err error) {
	if m, err = w.up(words[0]); err != nil {
		return
	}
	if len(words) < 2 {
		err = fmt.Errorf("want a command such as c1#1, found none")
		return
	}
	_, err = fmt.Sscanf(words[1], "c%d#%d", &client, &seq)
	return
}

func (w *world) doInvoke(words []string) error {
	m, client, seq, err := w.call(words)
	if err != nil {
		return err
	}
	input, err := strconv.Unquote(strings.Join(words[2:], " "))
	if err != nil {
		return fmt.Errorf("want a quoted input, found %q", strings.Join(words[2:], " "))
	}
	w.print("%v invokes c%d#%d %q", m.address, client, seq, input)
	return w.step(m, func(out *Out) { m.node.Invoke(client, seq, input, out) })
}

func (w *world) doAbandon(words []string) error {
	m, client, seq, err := w.call(words)
	if err == nil {
		m.node.Cancel(client, seq)
	}
	return err
}

func (w *world) doDeliver(words []string) error {
	due, err := w.take(words)
	if err != nil {
		return err
	}
	for _, e := range due {
		if err := w.receive(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) doTake(what string, words []string) error {
	taken, err := w.take(words)
	for _, e := range taken {
		w.print("%v %s", e, what)
	}
	return err
}

func (w *world) doDuplicate(words []string) error {
	n := 0
	for _, e := range slices.Clone(w.flight) {
		if matches(e, words) {
			w.flight = append(w.flight, e)
			w.print("%v duplicated", e)
			n++
		}
	}
	if n == 0 {
		return fmt.Errorf("want such a message, found in flight:\n%s", w.inFlight())
	}
	return nil
}

func (w *world) doSettle(words []string) error {
	among := w.config.Members
	if len(words) > 0 {
		among = nil
		for _, word := range words {
			m, err := w.member(word)
			if err != nil {
				return err
			}
			among = append(among, m.address)
		}
	}
	return w.settle(among)
}

func (w *world) doFire(words []string) error {
	m, err := w.up(words[0])
	if err != nil {
		return err
	}
	return w.fire(m, words[1:])
}

func (w *world) doInject(words []string) error {
	e, err := parseEnvelope(words)
	if err != nil {
		return err
	}
	return w.receive(e)
}

func (w *world) doStatus(words []string) error {
	m, err := w.up(words[0])
	if err != nil {
		return err
	}
	w.printRoles(m, words[1:]...)
	return nil
}

// printRoles shows those roles of m whose description has all words.
func (w *world) printRoles(m *member, words ...string) {
	for _, r := range m.node.roles {
		if hasAll(roleName(r), words) {
			w.print("%v %s", m.address, describe(r))
		}
	}
}

func (w *world) doExpect(words []string) error {
	switch words[0] {
	case "answer":
		want := strings.Join(words[1:], " ")
		if !slices.Contains(w.answers, want) {
			return fmt.Errorf("want this answer, found %v", w.answers)
		}
		return nil
	case "no":
		for _, e := range w.flight {
			if matches(e, words[1:]) {
				return fmt.Errorf("want none, found %v", e)
			}
		}
		return nil
	}
	m, err := w.up(words[0])
	if err != nil {
		return err
	}
	if len(words) > 2 && words[1] == "no" {
		return m.expectNone(words[2:])
	}
	return m.expectSome(words[1:])
}

func (m *member) expectNone(words []string) error {
	for _, r := range m.node.roles {
		if hasAll(describe(r), words) {
			return fmt.Errorf("want none, found %v %s", m.address, describe(r))
		}
	}
	return nil
}

func (m *member) expectSome(words []string) error {
	var found []string
	for _, r := range m.node.roles {
		if hasAll(describe(r), words) {
			return nil
		}
		found = append(found, describe(r))
	}
	return fmt.Errorf("want it, found\n%s", strings.Join(found, "\n"))
}
