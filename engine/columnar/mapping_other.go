//go:build !unix

package columnar

import (
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
)

// mapFile reads the file, which has to have that size, into memory.
func mapFile(name string, size int64) (*mapping, error) {
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
	return &mapping{name, data}, nil
}
