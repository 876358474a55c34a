package columnar

import "herbarium/engine/columnar/internal/kernels"

// A bitmap has bit i&63 of word i>>6 set for row i. Bits past the last row
// are clear.

// words returns how many words hold n bits.
func words(n int) int { return (n + 63) >> 6 }

// setFirst sets the first n bits and clears the others.
func setFirst(bitmap []uint64, n int) {
	for w := range bitmap {
		left := n - w<<6
		switch {
		case left >= 64:
			bitmap[w] = ^uint64(0)
		case left > 0:
			bitmap[w] = 1<<left - 1
		default:
			bitmap[w] = 0
		}
	}
}

// countSet returns how many bits are set.
func countSet(bitmap []uint64) int { return kernels.Active().Count(bitmap) }

// appendRows appends the rows whose bits are set, ascending.
func appendRows(dst []uint16, bitmap []uint64) []uint16 {
	return kernels.Active().AppendRows(dst, bitmap)
}

// copyBits writes n bits of src, from bit first on, to the start of dst and
// returns the words that hold them.
func copyBits(dst, src []uint64, first, n int) []uint64 {
	dst = dst[:words(n)]
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
