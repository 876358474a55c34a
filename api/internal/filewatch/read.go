package filewatch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// The limits of reading a file.
const (
	patience = 5 * time.Second
	maxBytes = 16 << 20
)

// ReadFile returns what a file of settings contains. Unlike os.ReadFile it ends also where a
// file does not: opening a pipe waits for nobody, so one that nobody writes to is empty, and
// one whose writer is slow is read for five seconds. More than 16 MiB is an error.
func ReadFile(name string) ([]byte, error) { return readFile(name, patience) }

func readFile(name string, patience time.Duration) ([]byte, error) {
	f, err := os.OpenFile(filepath.Clean(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	// Regular files have no deadline, and need none.
	if err := f.SetReadDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxBytes)
	}
	return text, nil
}
