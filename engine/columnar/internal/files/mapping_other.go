//go:build !unix

package files

import (
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
)

// Map reads a file, which has to have that size, into memory.
func Map(name string, size int64) (*Mapping, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was read only
	if err := checkSize(f, size); err != nil {
		return nil, err
	}
	// Made as words, so that columns are aligned.
	data := arrow.GetBytes(make([]uint64, (size+7)/8))[:size]
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, err
	}
	return &Mapping{Name: name, Data: data}, nil
}
