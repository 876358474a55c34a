package loaders

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// seekable returns the source as a file that can be read at any place, as
// formats want it whose index stands at the end. A source that is no plain
// file is written to one, which goes when it is closed.
func (c *content) seekable() (from placed, done func(), err error) {
	if c.direct != nil {
		_, err := c.direct.Seek(0, io.SeekStart)
		return &countedFile{c.direct, c.in}, func() {}, err
	}
	file, err := os.CreateTemp("", "herbarium-*")
	if err != nil {
		return nil, nil, fmt.Errorf("keep the source in a file: %w", err)
	}
	done = func() {
		_ = file.Close() // nothing that is needed can be lost
		_ = os.Remove(file.Name())
	}
	if _, err := io.Copy(file, c.text); err != nil {
		done()
		var damaged *damagedError
		if errors.As(err, &damaged) {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("keep the source in a file: %w", err)
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, done, err
}

// placed is a file that can be read at any place.
type placed interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	Stat() (os.FileInfo, error)
}

// countedFile counts what is read of a file at any place.
type countedFile struct {
	*os.File
	in *counter
}

// ReadAt reads what stands at a place.
func (f *countedFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(p, at)
	f.in.n += int64(n)
	f.in.progress.read(n)
	return n, err
}
