package csv

import (
	"encoding/binary"
	"math/bits"
)

// separatorRoom is how much room in its destination separators needs to go on.
const separatorRoom = 64

// separators writes to dst where delimiters and line ends stand in a text, counted
// from base on, as far as dst has room. It returns how many there are in the bytes
// that it has read, and how many bytes these are.
//
// It looks at eight bytes at once: of the word's difference to eight delimiters,
// and of that to eight line ends, the bytes that are 0 are found by arithmetic
// (Knuth, The Art of Computer Programming, 7.1.3).
func separators(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int) {
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
