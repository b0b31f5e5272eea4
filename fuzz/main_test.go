package fuzz

import (
	"os"
	"runtime/debug"
	"testing"
)

// Runs are short and leave little behind, so the collector of garbage would run all the time. The heap stays far below
// what fuzz targets may use: TestHostileSchedulesStayWithinBounds.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}
