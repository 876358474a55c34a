//go:build unix

package files

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Map maps a file, which has to have that size. The memory is unmapped once the mapping
// is not reachable any more, so whoever reads it has to keep the mapping alive.
func Map(name string, size int64) (*Mapping, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the mapping outlives it
	if err := checkSize(f, size); err != nil {
		return nil, err
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", name, err)
	}
	m := &Mapping{name, data}
	runtime.AddCleanup(m, func(data []byte) { _ = unix.Munmap(data) }, data)
	return m, nil
}
