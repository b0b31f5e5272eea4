package main

import (
	"cmp"
	"os"
	"sync"
)

// stdout is standard output.
var stdout = new(output)

// output remembers that not all could be written: a report that a full disk did not take is no report.
type output struct {
	mu  sync.Mutex
	err error
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := os.Stdout.Write(b)
	o.err = cmp.Or(o.err, err)
	return n, err
}

// Fd is for those who draw on a terminal.
func (o *output) Fd() uintptr { return os.Stdout.Fd() }

// failed returns the first error, once.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.err
	o.err = nil
	return err
}
