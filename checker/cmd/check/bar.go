package main

import (
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress: a bar on a terminal, elsewhere a line every few seconds.
type bar struct {
	name   string
	total  int
	drawn  *progressbar.ProgressBar // nil where there is no terminal
	last   time.Time
	atLast int
}

const pause = 5 * time.Second // between lines

// newBar shows how much is done of a total; of 0, which stands for any number, how much is done.
func newBar(name string, total int) *bar {
	b := &bar{name: name, total: total, last: time.Now()}
	if term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("CI") == "" {
		b.drawn = progressbar.NewOptions(cmp.Or(total, -1), progressbar.OptionSetDescription(name),
			progressbar.OptionSetWriter(os.Stderr), progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true))
	}
	return b
}

func (b *bar) set(done int) {
	switch {
	case b.drawn != nil:
		_ = b.drawn.Set(done)
	case done > b.atLast && time.Since(b.last) >= pause:
		b.last, b.atLast = time.Now(), done
		fmt.Fprintf(os.Stderr, "%s: %d%s\n", b.name, done, b.of())
	}
}

func (b *bar) of() string {
	if b.total == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", b.total)
}

func (b *bar) end() {
	if b.drawn != nil {
		_ = b.drawn.Finish()
	}
}
