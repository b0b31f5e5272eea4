// The player replays schedules against the role code that it was built with. Tests build it with planted bugs.
package main

import (
	"context"
	"os"

	"multipaxos/checker/replay"
)

func main() {
	worst := replay.Fine
	for _, path := range os.Args[1:] {
		worst = max(worst, replay.File(context.Background(), os.Stdout, path))
	}
	os.Exit(int(worst))
}
