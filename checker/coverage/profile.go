package coverage

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Block is a basic block of the role code.
type Block struct {
	File               string // without its directory
	Line, Column       int    // where it begins
	EndLine, EndColumn int
	Statements         int
}

// Profile says how often each block was executed.
type Profile map[Block]int64

var profileLine = regexp.MustCompile(`^(\S+\.go):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$`)

// ReadProfile reads the text form of Go's coverage, of the files of one package alone. A block that is there twice was
// executed by two programs.
func ReadProfile(r io.Reader, name, pkg string) (Profile, error) {
	p := Profile{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 && strings.HasPrefix(text, "mode: ") {
			continue
		}
		m := profileLine.FindStringSubmatch(text)
		if n == 1 || m == nil {
			want := "block"
			if n == 1 {
				want = "mode"
			}
			return nil, fmt.Errorf("%s:%d: want a coverage profile's %s, found %q", name, n, want, text)
		}
		var numbers [6]int
		for i := range numbers {
			numbers[i], _ = strconv.Atoi(m[2+i])
		}
		if path.Dir(m[1]) == pkg {
			p[Block{path.Base(m[1]), numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]}] += int64(numbers[5])
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(p) == 0 {
		return nil, fmt.Errorf("%s: want blocks of %s, found none", name, pkg)
	}
	return p, nil
}

func readProfileFile(file, pkg string) (Profile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	defer func() { _ = f.Close() }()
	return ReadProfile(f, file, pkg)
}
