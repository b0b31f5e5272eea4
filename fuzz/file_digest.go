package fuzz

import (
	"reflect"

	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// Digest is a hash of numbers, in their order: like FNV-1a, but by words, and with a shift so that high bits matter. It is
// quick and no secret. The zero Digest is that of no numbers.
type Digest uint64

const (
	fnvPrime = 0x100000001b3
	fnvBasis = 0xcbf29ce484222325 // mixed in with each number, so that zeros count, too
)

// Add mixes numbers into the digest.
func (d *Digest) Add(numbers ...uint64) {
	for _, n := range numbers {
		*d = (*d ^ fnvBasis ^ Digest(n)) * fnvPrime
		*d ^= *d >> 29
	}
}

// AddFlags mixes truth values into the digest.
func (d *Digest) AddFlags(flags ...bool) {
	for _, is := range flags {
		d.Add(uint64(same(is)))
	}
}

// value adds a value of any type. The order of a map does not count, nor what a function is.
func (d *Digest) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		d.AddFlags(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.Add(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.Add(v.Uint())
	case reflect.String:
		d.text(v.String())
	case reflect.Slice, reflect.Array:
		d.Add(uint64(v.Len()))
		for i := range v.Len() {
			d.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.value(v.Field(i))
		}
	case reflect.Map:
		sum := Digest(v.Len())
		for entries := v.MapRange(); entries.Next(); {
			var entry Digest
			entry.value(entries.Key())
			entry.value(entries.Value())
			sum += entry
		}
		d.Add(uint64(sum))
	case reflect.Pointer, reflect.Interface:
		d.AddFlags(v.IsNil())
		if !v.IsNil() {
			d.text(v.Elem().Type().Name())
			d.value(v.Elem())
		}
	}
}

func (d *Digest) text(s string) {
	d.Add(uint64(len(s)))
	for i := range len(s) {
		d.Add(uint64(s[i]))
	}
}

// of is the digest of one value.
func of(x any) (d Digest) {
	d.value(reflect.ValueOf(x))
	return d
}

// stateOf is the digest of all that determines what can still happen, but for the time: the nodes, their disks, and what is pending.
// More than two of the same are as two, else messages that are repeated on and on would make ever more states.
func stateOf(v sim.View) (d Digest) {
	for _, a := range v.Members() {
		d.value(reflect.ValueOf(*v.Disk(a)))
		if n := v.Node(a); n != nil {
			d.value(reflect.ValueOf(trace.Of(n)))
		}
	}
	pending, times := Digest(0), map[Digest]int{}
	for i := range v.Len() {
		one := pendingOf(v, v.Pending(i))
		if times[one]++; times[one] <= 2 {
			pending += one
		}
	}
	d.Add(uint64(pending))
	return d
}

// pendingOf is the digest of what a pending thing is about.
func pendingOf(v sim.View, p sim.Pending) Digest {
	switch p.Kind {
	case sim.Message:
		return of(p.Envelope)
	case sim.Alarm:
		return of(struct {
			node   paxos.Address
			action string
		}{p.Node, trace.TimerAction(v.Node(p.Node), p.Timer)})
	}
	return of([3]int{int(p.Kind), int(p.Node), p.Client})
}
