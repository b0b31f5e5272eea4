package explore

import (
	"context"
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	m, err := Find(os.Getenv("M"))
	if err != nil {
		t.Skip(err)
	}
	if os.Getenv("FLIGHT") != "" {
		m.InFlight = true
	}
	_, err = Run(context.Background(), os.Stdout, Options{Model: m, Workers: 2, Progress: true, Symmetry: os.Getenv("SYM") != "", Reduction: os.Getenv("POR") != "", Ladder: true})
	t.Log(err)
}
