package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"multipaxos/checker/tlc"
)

// Record has TLC walk through a model, and the role code after it, and writes a schedule of each walk into dir. Few
// walks do not meet every action, so none but ReceivePropose must be met.
func Record(ctx context.Context, dir, specDir string, e tlc.Entry, s tlc.Simulation) (files []string, err error) {
	e.Cover = []string{"ReceivePropose"}
	_, err = Simulate(ctx, specDir, e, s, func(h Header, b *Behaviour) error {
		path := filepath.Join(dir, fmt.Sprintf("%s-%03d.ndjson", e.Name, len(files)))
		files = append(files, path)
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(WriteSchedule(file, h, b), file.Close())
	})
	return files, err
}
