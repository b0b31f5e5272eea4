package model

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"multipaxos/checker/tlc"
	"multipaxos/checker/usage"
)

// Bench runs both searches, with equally many workers and all properties, on the selected models, and writes for each
// how many distinct states a second of CPU each finds, how much memory each had at most, and the ratios.
func Bench(ctx context.Context, w io.Writer, o Options) tlc.Outcome {
	entries, err := o.entries()
	if err != nil {
		_, _ = fmt.Fprintf(w, "error: %v\n", err)
		return tlc.BadInput
	}
	_, _ = fmt.Fprintf(w, "%-20s %10s %12s %12s %7s %8s %8s\n", "model", "distinct", "TLC /CPU s", "Go /CPU s", "ratio",
		"TLC MB", "Go MB")
	for _, e := range slices.DeleteFunc(entries, func(e tlc.Entry) bool { return !Modelled(e) }) {
		if err := bench(ctx, w, o, e); err != nil {
			_, _ = fmt.Fprintf(w, "error: %v\n", err)
			return tlc.BadInput
		}
	}
	return tlc.OK
}

func bench(ctx context.Context, w io.Writer, o Options, e tlc.Entry) error {
	c, err := o.config(e)
	if err != nil {
		return err
	}
	start := usage.CPU() // reported, never judged
	mine, err := newSearch(c, o.workers()).run(ctx)
	if err != nil {
		return err
	}
	cpu := usage.CPU() - start
	memory := usage.Peak()
	theirs, err := tlc.Run(ctx, tlc.Model{Module: filepath.Join(o.dir(), e.Module), Config: filepath.Join(o.dir(), e.Cfg),
		Workers: o.workers()})
	if err != nil {
		return err
	}
	goRate := float64(mine.Distinct) / cpu.Seconds()
	tlcRate := float64(theirs.Distinct) / theirs.CPU.Seconds()
	_, err = fmt.Fprintf(w, "%-20s %10d %12.0f %12.0f %7.0f %8d %8d\n", e.Name, mine.Distinct, tlcRate, goRate,
		goRate/tlcRate, usage.ChildrenPeak(), memory)
	return err
}
