package arrow

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/loaders/source"
)

// MaxAllocation is the most memory that a file of columns may ask for at once.
const MaxAllocation = 512 << 20

// Allocator returns what allocates the memory of record batches. It panics where
// more than MaxAllocation is asked for at once, which Open and Reader make an
// error.
func Allocator() memory.Allocator { return boundedMemory{memory.DefaultAllocator} }

// boundedMemory refuses to allocate more at once than any table needs, since a
// damaged file can claim any size.
type boundedMemory struct{ memory.Allocator }

// errTooLarge is what boundedMemory panics with, since the interface has no
// error to return.
var errTooLarge = fmt.Errorf("it asks for more than %d MiB of memory at once", MaxAllocation>>20)

// Allocate returns memory of the size.
func (m boundedMemory) Allocate(size int) []byte {
	if size > MaxAllocation || size < 0 {
		panic(errTooLarge)
	}
	return m.Allocator.Allocate(size)
}

// Reallocate returns memory of the size with what b holds.
func (m boundedMemory) Reallocate(size int, b []byte) []byte {
	if size > MaxAllocation || size < 0 {
		panic(errTooLarge)
	}
	return m.Allocator.Reallocate(size, b)
}

// guarded calls read and returns a panic as an error: the libraries panic if a
// file is damaged in a way that they do not check for.
func guarded(format string, read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damagedFile(format, fmt.Errorf("%v", p))
		}
	}()
	return read()
}

// damagedFile says that a file of columns cannot be read. It has no lines.
func damagedFile(format string, err error) error {
	return source.ErrorAt(0, 0, "this is not a readable "+format+" file: "+source.InPlainWords(err))
}
