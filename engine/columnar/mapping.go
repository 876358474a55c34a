package columnar

import (
	"os"
	"unsafe"
)

// mapping is a file's content as memory. Where the system can, pages are read
// when they are touched.
type mapping struct {
	name string
	data []byte
}

// contains reports whether the address lies in the mapping.
func (m *mapping) contains(address uintptr) bool {
	return len(m.data) > 0 && m.offset(address) < uintptr(len(m.data))
}

// offset returns which byte of the file lies at the address.
func (m *mapping) offset(address uintptr) uintptr {
	return address - uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
}

// checkSize refuses a file of another size.
func checkSize(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != size {
		return corrupt(f.Name(), "it has %d bytes, not %d", info.Size(), size)
	}
	return nil
}
