package kernels

import (
	"math/bits"
	"slices"
)

// AppendRows appends the rows whose bits are set, ascending.
func (s *Set) AppendRows(dst []uint16, bitmap []uint64) []uint16 {
	n := len(dst)
	dst = slices.Grow(dst, len(bitmap)<<6)
	return dst[:n+s.rows(dst[n:n+len(bitmap)<<6], bitmap)]
}

// Count returns how many bits are set.
func (s *Set) Count(bitmap []uint64) int {
	n := len(bitmap) &^ 7
	return s.count(bitmap[:n]) + count(bitmap[n:])
}

// rows writes the rows whose bits are set to dst and returns their number.
func rows(dst []uint16, bitmap []uint64) int {
	n := 0
	for i, w := range bitmap {
		for base := i << 6; w != 0; w &= w - 1 {
			dst[n] = uint16(base + bits.TrailingZeros64(w))
			n++
		}
	}
	return n
}

func count(bitmap []uint64) int {
	n := 0
	for _, w := range bitmap {
		n += bits.OnesCount64(w)
	}
	return n
}
