// Package bitmap has sets of rows of a block as bitmaps: bit i&63 of word i>>6 is set for
// row i. Bits past the last row are clear.
package bitmap

import (
	"math/bits"

	"herbarium/engine/columnar/internal/kernels"
)

// Words returns how many words hold n bits.
func Words(n int) int { return (n + 63) >> 6 }

// SetFirst sets the first n bits and clears the others.
func SetFirst(b []uint64, n int) {
	for w := range b {
		left := n - w<<6
		switch {
		case left >= 64:
			b[w] = ^uint64(0)
		case left > 0:
			b[w] = 1<<left - 1
		default:
			b[w] = 0
		}
	}
}

// Count returns how many bits are set.
func Count(b []uint64) int { return kernels.Active().Count(b) }

// Rank returns how many of the first n bits are set.
func Rank(b []uint64, n int) int {
	count := Count(b[:n>>6])
	if n&63 != 0 {
		count += bits.OnesCount64(b[n>>6] & (1<<(n&63) - 1))
	}
	return count
}

// Nth returns the place of the bit that has n set bits before it and is set itself, or -1
// where there is none. It is the operation that goes with Rank and is usually called
// select.
func Nth(b []uint64, n int) int {
	for i, word := range b {
		if here := bits.OnesCount64(word); n >= here {
			n -= here
			continue
		}
		for ; n > 0; n-- {
			word &= word - 1
		}
		return i<<6 + bits.TrailingZeros64(word)
	}
	return -1
}

// AppendRows appends the rows whose bits are set, in ascending order.
func AppendRows(dst []uint16, b []uint64) []uint16 {
	return kernels.Active().AppendRows(dst, b)
}

// Copy writes n bits of src, from bit first on, to the start of dst, and returns the
// words that hold them.
func Copy(dst, src []uint64, first, n int) []uint64 {
	dst = dst[:Words(n)]
	at, shift := first>>6, first&63
	for i := range dst {
		w := src[at+i] >> shift
		if shift > 0 && at+i+1 < len(src) {
			w |= src[at+i+1] << (64 - shift)
		}
		dst[i] = w
	}
	if n&63 != 0 {
		dst[len(dst)-1] &= 1<<(n&63) - 1
	}
	return dst
}

// Gather sets bit i of dst where bit rows[i] of src is set, and clears the others.
func Gather(dst, src []uint64, rows []uint16) {
	clear(dst)
	for i, row := range rows {
		dst[i>>6] |= src[row>>6] >> (row & 63) & 1 << (i & 63)
	}
}
