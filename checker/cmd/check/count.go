package main

import (
	"encoding/json"

	"multipaxos/fuzz"
)

// count is what 'soak --count' prints.
type count struct {
	Runs     int            `json:"runs"`
	Failures map[string]int `json:"failures"` // by property
	First    uint64         `json:"first"`    // the lowest seed that failed, or 0
	Detail   string         `json:"detail"`   // of that
}

func newCount(r fuzz.SoakResult) count {
	c := count{Runs: r.Runs, Failures: r.Failures}
	if r.Failure != nil {
		c.First, c.Detail = r.Failure.Seed, r.Failure.Failure()
	}
	return c
}

func (c count) failures() (n int) {
	for _, of := range c.Failures {
		n += of
	}
	return n
}

func printCount(c count) error {
	if err := json.NewEncoder(stdout).Encode(c); err != nil {
		return err
	}
	if c.failures() > 0 {
		return errViolated
	}
	return nil
}
