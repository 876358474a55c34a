package separators

import (
	"encoding/binary"
	"math/bits"
)

// find looks at eight bytes at once: of the word's difference to eight delimiters,
// and of that to eight line ends, the bytes that are 0 are found by arithmetic
// (Knuth, The Art of Computer Programming, 7.1.3).
func find(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int) {
	const (
		every = 0x0101010101010101
		low   = 0x7f * every
	)
	first, second := every*uint64(delimiter), uint64(every*'\n')
	for ; read+8 <= len(text) && n+8 <= len(dst); read += 8 {
		word := binary.LittleEndian.Uint64(text[read:])
		a, b := word^first, word^second
		// The high bit of each byte is 1 in what follows where the byte is not 0.
		a, b = (a&low+low)|a, (b&low+low)|b
		for found := ^(a & b) &^ low; found != 0; found &= found - 1 {
			dst[n] = base + uint32(read+bits.TrailingZeros64(found)>>3)
			n++
		}
	}
	for ; read < len(text) && n < len(dst); read++ {
		if c := text[read]; c == delimiter || c == '\n' {
			dst[n] = base + uint32(read)
			n++
		}
	}
	return n, read
}
