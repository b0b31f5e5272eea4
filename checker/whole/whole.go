// Package whole writes files whole or not at all: what is killed, and a full disk, leave the old file as it was.
package whole

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Write writes a file: into another beside it, whose name no other process uses and which ends in .partial, and which then
// takes its place. What is no regular file, like a device or a link, is not replaced but written to.
func Write(path string, write func(io.Writer) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return writeTo(path, write)
	}
	partial := fmt.Sprintf("%s.%d.partial", path, os.Getpid())
	err := writeTo(partial, write)
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}

// WriteText is Write of a text.
func WriteText(path, text string) error {
	return Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func writeTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
