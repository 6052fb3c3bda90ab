package siem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Lines appends entries as lines of JSON to a file, or writes them to standard
// output.
type Lines struct {
	path string
	out  io.Writer // in place of a file; nil for one
}

// NewLines reads where lines go: stdout, or the absolute path of a file, whose
// folder must exist. A file is opened anew each time, so that it may be rotated.
func NewLines(to string, stdout io.Writer) (*Lines, error) {
	if to == "stdout" {
		return &Lines{out: stdout}, nil
	}
	if !filepath.IsAbs(to) {
		return nil, errors.New("is not a place for lines: expected stdout, or the absolute path of a file")
	}
	if info, err := os.Stat(filepath.Dir(to)); err != nil || !info.IsDir() {
		return nil, errors.New("is in a folder that does not exist: expected stdout, or the absolute path of a file")
	}
	if info, err := os.Stat(to); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("is there and is not a file: expected stdout, or the absolute path of a file")
	}
	return &Lines{path: to}, nil
}

// Name is lines.
func (l *Lines) Name() string { return "lines" }

// Send writes the entries and waits until they are on the disk.
func (l *Lines) Send(_ context.Context, entries []Entry) (err error) {
	var out bytes.Buffer
	for _, e := range entries {
		document, err := e.document()
		if err != nil {
			return err
		}
		out.Write(append(document, '\n'))
	}
	if l.out != nil {
		if _, err := out.WriteTo(l.out); err != nil {
			return fmt.Errorf("write lines: %w", err)
		}
		return nil
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	before, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("write lines: %w", err), file.Close())
	}
	defer func() {
		if err != nil {
			// No half line stays: what follows it could not be read.
			err = errors.Join(err, file.Truncate(before.Size()))
		}
		err = errors.Join(err, file.Close())
	}()
	if _, err := out.WriteTo(file); err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	return nil
}
