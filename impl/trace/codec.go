package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"multipaxos/impl/paxos"
)

// codec writes lines, or reads them. A line has one spelling, and each type one function that says what it is: writing,
// the function appends its value; reading, it takes from the line exactly what writing would have appended, and fails at
// the first byte that is anything else. So a field that is unknown, missing, out of order or there twice, and any other
// spelling of a value, is found where it stands, and no line is ever read in another way than it is written.
type codec struct {
	header   Header
	states   [paxos.MaxAddress + 1]State // of the nodes, after the last line
	line     []byte                      // as far as it is written; or the whole, to be read
	at       int                         // of the next byte to be read
	reading  bool
	err      error           // the first; nothing is read after it
	scratch  State           // what is read of a state before it is kept; it has all roles
	to       []paxos.Address // with message: one that is sent
	message  Message
	proposed paxos.Proposal              // the last that was read
	decided  paxos.Slots[paxos.Proposal] // in the last event
	recent   [512]spelt                  // short texts that were read of late
}

// read begins to read a line, which does not end in a newline.
func (c *codec) read(line []byte) {
	if c.scratch.Acceptor == nil {
		c.scratch = State{Acceptor: new(Acceptor), Replica: new(Replica), Leader: new(Leader), Scout: new(Scout),
			Bootstrap: new(Bootstrap), Seed: new(Seed)}
	}
	c.line, c.at, c.reading, c.err = line, 0, true, nil
}

// end checks that nothing is left to be read.
func (c *codec) end() error {
	if c.at < len(c.line) {
		c.fail("the end of the line")
	}
	return c.err
}

// written returns the line that code writes, newline included. It is good until the next call.
func (c *codec) written(code func()) ([]byte, error) {
	c.line, c.reading, c.err = c.line[:0], false, nil
	code()
	c.line = append(c.line, '\n')
	if c.err == nil && len(c.line) > MaxLine {
		c.err = fmt.Errorf("want a line of up to %d bytes, found %d", MaxLine, len(c.line))
	}
	return c.line, c.err
}

// stop keeps the first error, and has nothing read after it.
func (c *codec) stop(err error) {
	if c.err == nil {
		c.err = err
	}
	if c.reading {
		c.at = len(c.line)
	}
}

// fail says what is wanted instead of what is next.
func (c *codec) fail(want string) { c.failAt(c.at, want) }

func (c *codec) failAt(at int, want string) {
	c.stop(fmt.Errorf("want at byte %d %s, found %s", at+1, want, excerpt(c.line, at)))
}

// next reads s, if it is what comes next.
func (c *codec) next(s string) bool {
	if end := c.at + len(s); end <= len(c.line) && string(c.line[c.at:end]) == s {
		c.at = end
		return true
	}
	return false
}

// mark is one byte.
func (c *codec) mark(b byte) {
	switch {
	case !c.reading:
		c.line = append(c.line, b)
	case c.at < len(c.line) && c.line[c.at] == b:
		c.at++
	default:
		c.fail("`" + string(rune(b)) + "`")
	}
}

func (c *codec) open()  { c.mark('{') }
func (c *codec) close() { c.mark('}') }

// opened says whether what comes next is the first thing in its object or list.
func (c *codec) opened() bool {
	at := len(c.line)
	if c.reading {
		at = c.at
	}
	return at > 0 && (c.line[at-1] == '{' || c.line[at-1] == '[')
}

// field is the name of a field, after a comma if need be. Writing, it is there if is or must; reading, it says whether it
// is, and it must be if must.
func (c *codec) field(name string, is, must bool) bool {
	switch {
	case c.reading:
		is = c.nextField(name)
		if !is && must {
			c.failField(name)
		}
	case is || must:
		is = true
		if !c.opened() {
			c.line = append(c.line, ',')
		}
		c.line = append(c.line, '"')
		c.line = append(c.line, name...)
		c.line = append(c.line, `":`...)
	}
	return is
}

// nextField reads the name of a field, if it is what comes next.
func (c *codec) nextField(name string) bool {
	at, n := c.at, len(name)
	if !c.opened() {
		if at >= len(c.line) || c.line[at] != ',' {
			return false
		}
		at++
	}
	rest := c.line[at:]
	if len(rest) < n+3 || rest[1] != name[0] || string(rest[1:n+1]) != name || rest[0] != '"' || rest[n+1] != '"' || rest[n+2] != ':' {
		return false
	}
	c.at = at + n + 3
	return true
}

func (c *codec) failField(name string) {
	want := `"` + name + `":`
	if !c.opened() {
		want = "," + want
	}
	c.fail("`" + want + "`")
}

// key is the name of a field that is always there.
func (c *codec) key(name string) { c.field(name, true, true) }

// begin opens an object that is left out when it has no fields, unless it must be there. Its end needs start.
func (c *codec) begin(name string, must bool) (start int, is bool) {
	start = len(c.line)
	if !c.field(name, true, must) {
		return start, false
	}
	c.open()
	return start, true
}

func (c *codec) finish(start int, must bool) {
	switch {
	case must || !c.opened():
		c.close()
	case c.reading:
		c.fail("a field")
	default:
		c.line = c.line[:start]
	}
}

// more says whether a list, or what else ends with closing, goes on. Writing, it does if is.
func (c *codec) more(closing byte, is bool) bool {
	if c.reading {
		is = c.err == nil && (c.at == len(c.line) || c.line[c.at] != closing)
	}
	if is && !c.opened() {
		c.mark(',')
	}
	return is && c.err == nil
}

// list is all elements.
func list[E any](c *codec, l *[]E, element func(*codec, *E)) {
	c.mark('[')
	for i := 0; c.more(']', i < len(*l)); i++ {
		if c.reading {
			var next E
			*l = append(*l, next)
		}
		element(c, &(*l)[i])
	}
	c.mark(']')
}

// optional is a field that is left out when it is zero.
func optional[T comparable](c *codec, name string, v *T, code func(*codec, *T)) {
	var zero T
	if c.field(name, *v != zero, false) {
		at := c.at
		code(c, v)
		c.wantAt(at, *v != zero, "what is not zero, or nothing")
	}
}

// optionalList is a field that is left out when the list is empty.
func optionalList[E any](c *codec, name string, l *[]E, element func(*codec, *E)) {
	if c.field(name, len(*l) > 0, false) {
		at := c.at
		list(c, l, element)
		c.wantAt(at, len(*l) > 0, "an element")
	}
}

// nullList is a field that is null when the list is nil.
func nullList[E any, L ~[]E](c *codec, name string, l *L, element func(*codec, *E)) {
	c.key(name)
	if c.null(*l == nil) {
		return
	}
	plain := []E(*l)
	if c.reading {
		plain = []E{}
	}
	list(c, &plain, element)
	*l = plain
}

// null is null. Writing, if is; reading, it says whether it comes next.
func (c *codec) null(is bool) bool {
	if c.reading {
		return c.next("null")
	}
	if is {
		c.line = append(c.line, "null"...)
	}
	return is
}

// wantAt checks what was read from a byte on.
func (c *codec) wantAt(at int, right bool, want string) {
	if c.reading && !right {
		c.failAt(at, want)
	}
}

type integers interface {
	~int | ~int64 | ~uint32 | ~uint64
}

// integer is v. None that is read is negative.
func integer[T integers](c *codec, v *T) {
	if !c.reading {
		if *v < 0 {
			c.line = strconv.AppendInt(c.line, int64(*v), 10)
		} else {
			c.line = strconv.AppendUint(c.line, uint64(*v), 10)
		}
		return
	}
	at := c.at
	n := c.digits()
	*v = T(n)
	if *v < 0 || uint64(*v) != n {
		c.failAt(at, "a smaller integer")
	}
}

// digits reads an integer.
func (c *codec) digits() (n uint64) {
	at := c.at
	for ; c.at < len(c.line) && '0' <= c.line[c.at] && c.line[c.at] <= '9'; c.at++ {
		digit := uint64(c.line[c.at] - '0')
		if n > math.MaxUint64/10 || n == math.MaxUint64/10 && digit > math.MaxUint64%10 {
			c.failAt(at, "a smaller integer")
			return 0
		}
		n = n*10 + digit
	}
	if c.at == at || c.line[at] == '0' && c.at > at+1 {
		c.failAt(at, "an integer from 0 on")
	}
	return n
}

// number is a field that is always there.
func number[T integers](c *codec, name string, v *T) {
	c.key(name)
	integer(c, v)
}

func (c *codec) boolean(v *bool) {
	switch {
	case !c.reading:
		c.line = strconv.AppendBool(c.line, *v)
	case c.next("true"):
		*v = true
	case c.next("false"):
		*v = false
	default:
		c.fail("true or false")
	}
}

// address is "N1", or "" for nobody.
func (c *codec) address(a *paxos.Address) {
	at := c.at
	c.mark('"')
	n := uint64(*a)
	if c.reading && c.next(`"`) {
		*a = 0
		return
	}
	if n > 0 || c.reading {
		c.mark('N')
		integer(c, &n)
	}
	c.mark('"')
	c.wantAt(at, 0 < n && n <= uint64(paxos.MaxAddress), fmtAddress)
	*a = paxos.Address(n)
}

var fmtAddress = fmt.Sprintf("an address from \"N1\" to \"N%d\"", paxos.MaxAddress)

// addresses is a set, as an ascending list.
func (c *codec) addresses(set *paxos.Addresses) {
	left := *set
	if c.reading {
		*set = 0
	}
	c.mark('[')
	for c.more(']', left != 0) {
		at, a := c.at, paxos.Address(bits.TrailingZeros64(uint64(left)))
		c.address(&a)
		c.wantAt(at, *set>>a == 0, "an address above the last")
		*set = set.With(a)
		left &= left - 1
	}
	c.mark(']')
}

// plain are the bytes that a text is written with as they are.
var plain = func() (is [256]bool) {
	for b := byte(' '); b < utf8.RuneSelf; b++ {
		is[b] = !bytes.ContainsRune([]byte(`"\<>&`), rune(b))
	}
	return is
}()

// text is a text, with the escapes of encoding/json.
func (c *codec) text(s *string) {
	if c.reading {
		*s = c.readText()
		return
	}
	i := 0
	for i < len(*s) && plain[(*s)[i]] {
		i++
	}
	switch {
	case i == len(*s):
		c.line = append(c.line, '"')
		c.line = append(c.line, *s...)
		c.line = append(c.line, '"')
	case utf8.ValidString(*s):
		c.line = append(c.line, quoted(*s)...)
	default:
		c.stop(fmt.Errorf("want text in UTF-8, found %q", (*s)[max(0, i-20):min(len(*s), i+20)]))
	}
}

// quoted is s as encoding/json writes it.
func quoted(s string) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("trace: want the text %q as JSON, found %v", s, err))
	}
	return data
}

// spelt is a text, and how it stands between its quotes.
type spelt struct{ text, as string }

func (c *codec) readText() string {
	at := c.at
	c.mark('"')
	for c.at < len(c.line) && plain[c.line[c.at]] {
		c.at++
	}
	isPlain := c.at < len(c.line) && c.line[c.at] == '"'
	for ; c.at < len(c.line) && c.line[c.at] != '"'; c.at++ {
		if c.line[c.at] == '\\' {
			c.at++
		}
	}
	c.at = min(c.at, len(c.line))
	c.mark('"')
	if c.err != nil {
		return ""
	}
	found := c.line[at+1 : c.at-1]
	known := c.known(found)
	switch {
	case known != nil && known.as == string(found):
		return known.text
	case isPlain && known == nil:
		return string(found)
	case isPlain:
		text := string(found)
		*known = spelt{text, text}
		return text
	}
	text := c.unquote(at)
	if known != nil && c.err == nil {
		*known = spelt{text, string(found)}
	}
	return text
}

// known returns where a text that was read of late is kept, if it is short: most come again.
func (c *codec) known(as []byte) *spelt {
	n := len(as)
	if n == 0 || n > 64 {
		return nil
	}
	hash := uint(n)
	for _, b := range [...]byte{as[0], as[n/2], as[n*3/4], as[n-1]} {
		hash = hash*31 + uint(b)
	}
	return &c.recent[hash%uint(len(c.recent))]
}

// unquote returns the text from at on, and checks that encoding/json spells it like that.
func (c *codec) unquote(at int) (s string) {
	found := c.line[at:c.at]
	if err := json.Unmarshal(found, &s); err != nil {
		c.failAt(at, fmt.Sprintf("a text (%v)", err))
	} else if want := quoted(s); !bytes.Equal(found, want) {
		c.failAt(at, "a text as "+excerpt(want, 0))
	}
	return s
}

// textField is a field that is always there.
func (c *codec) textField(name string, s *string) {
	c.key(name)
	c.text(s)
}

// slots is a table by slot.
func slots[T any](c *codec, table *paxos.Slots[T], value func(*codec, *T)) {
	var v T
	c.mark('[')
	for i := 0; c.more(']', i < table.Len()); i++ {
		at, slot, last := c.at, paxos.Slot(0), table.Last()
		if !c.reading {
			was, of := table.At(i)
			slot, v = was, *of
		}
		c.open()
		number(c, "slot", &slot)
		c.key("value")
		value(c, &v)
		c.close()
		if c.wantAt(at, i == 0 || slot > last, "a higher slot"); c.reading && c.err == nil {
			table.Put(slot, v)
		}
	}
	c.mark(']')
}
