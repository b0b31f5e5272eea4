package fuzz

import (
	"reflect"

	"multipaxos/impl/paxos"
	"multipaxos/impl/sim"
	"multipaxos/impl/trace"
)

// digest is a hash of plain data, whatever its type.
type digest uint64

func (d *digest) add(n uint64) {
	*d = (*d ^ digest(n)) * 0x100000001b3
	*d ^= *d >> 29
}

// value adds a value. The order of a map does not count, nor what a function is.
func (d *digest) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		d.add(uint64(same(v.Bool())))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.add(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.add(v.Uint())
	case reflect.String:
		d.text(v.String())
	case reflect.Slice, reflect.Array:
		d.add(uint64(v.Len()))
		for i := range v.Len() {
			d.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.value(v.Field(i))
		}
	case reflect.Map:
		sum := digest(v.Len())
		for entries := v.MapRange(); entries.Next(); {
			var entry digest
			entry.value(entries.Key())
			entry.value(entries.Value())
			sum += entry
		}
		d.add(uint64(sum))
	case reflect.Pointer, reflect.Interface:
		d.add(uint64(same(v.IsNil())))
		if !v.IsNil() {
			d.text(v.Elem().Type().Name())
			d.value(v.Elem())
		}
	}
}

func (d *digest) text(s string) {
	d.add(uint64(len(s)))
	for i := range len(s) {
		d.add(uint64(s[i]))
	}
}

// of is the digest of one value.
func of(x any) (d digest) {
	d.value(reflect.ValueOf(x))
	return d
}

// stateOf is the digest of all that determines what can still happen, but for the time: the nodes, their disks, and what is pending.
func stateOf(v sim.View) (d digest) {
	for _, a := range v.Members() {
		d.value(reflect.ValueOf(*v.Disk(a)))
		if n := v.Node(a); n != nil {
			d.value(reflect.ValueOf(trace.Of(n)))
		}
	}
	pending := digest(0)
	for i := range v.Len() {
		pending += pendingOf(v, v.Pending(i))
	}
	d.add(uint64(pending))
	return d
}

// pendingOf is the digest of what a pending thing is about.
func pendingOf(v sim.View, p sim.Pending) digest {
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
