package source

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// RandomAccess is a file that can be read at any place.
type RandomAccess interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	Stat() (os.FileInfo, error)
}

// RandomAccess returns the source as a file that can be read at any place, as
// formats need it whose index stands at the end. A source that is no plain file
// is copied to a temporary one, which done removes.
func (c *Content) RandomAccess() (file RandomAccess, done func(), err error) {
	if c.file != nil {
		_, err := c.file.Seek(0, io.SeekStart)
		return &countedFile{c.file, c.in}, func() {}, err
	}
	temp, err := os.CreateTemp("", "herbarium-*")
	if err != nil {
		return nil, nil, fmt.Errorf("keep the source in a file: %w", err)
	}
	done = func() {
		_ = temp.Close() // nothing that is needed can be lost
		_ = os.Remove(temp.Name())
	}
	if _, err := io.Copy(temp, c.Text); err != nil {
		done()
		var damaged *DamagedError
		if errors.As(err, &damaged) {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("keep the source in a file: %w", err)
	}
	_, err = temp.Seek(0, io.SeekStart)
	return temp, done, err
}

// countedFile counts what is read of a file at any place.
type countedFile struct {
	*os.File
	in *counter
}

// ReadAt reads what stands at a place.
func (f *countedFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(p, at)
	f.in.add(int64(n))
	return n, err
}
