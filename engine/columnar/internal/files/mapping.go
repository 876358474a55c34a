package files

import (
	"os"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// Mapping is a file's content as memory. Where the system can map files, pages are read
// when they are first accessed.
type Mapping struct {
	Name string
	Data []byte
}

// contains reports whether the address lies in the mapping.
func (m *Mapping) contains(address uintptr) bool {
	return len(m.Data) > 0 && m.offset(address) < uintptr(len(m.Data))
}

// offset returns which byte of the file lies at the address.
func (m *Mapping) offset(address uintptr) uintptr {
	return address - uintptr(unsafe.Pointer(unsafe.SliceData(m.Data)))
}

// checkSize refuses a file of another size.
func checkSize(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != size {
		return Corrupt(f.Name(), "it has %d bytes, not %d", info.Size(), size)
	}
	return nil
}

// memoryFault is the runtime's panic where memory cannot be read.
type memoryFault interface {
	runtime.Error
	Addr() uintptr
}

// Guard runs work, which reads the mapping, and returns those of its panics that are
// caused by the file as errors: a page that cannot be read, which raises a signal, and a
// *Corruption that work panics with. Other panics go on.
func (m *Mapping) Guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if met := recover(); met != nil {
			err = m.fault(met)
		}
	}()
	return work()
}

// fault returns a panic that is caused by the file as an error. It panics again with
// another one.
func (m *Mapping) fault(met any) error {
	switch met := met.(type) {
	case *Corruption:
		return met
	case memoryFault:
		if m.contains(met.Addr()) {
			return Corrupt(m.Name, "byte %d cannot be read any more: the file was cut short, or the disk failed", m.offset(met.Addr()))
		}
	}
	panic(met)
}
