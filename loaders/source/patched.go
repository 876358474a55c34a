package source

// Patched is a file of which some bytes are read as others.
type Patched struct {
	RandomAccess
	// At is where Bytes stand.
	At    int64
	Bytes []byte
}

// ReadAt reads what stands at a place.
func (f *Patched) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.RandomAccess.ReadAt(p, at)
	from, to := max(at, f.At), min(at+int64(n), f.At+int64(len(f.Bytes)))
	if from < to {
		copy(p[from-at:to-at], f.Bytes[from-f.At:])
	}
	return n, err
}
