// Package separators finds where the values of a text end: as Mison and simdcsv
// do, many bytes at once (Li et al., "Mison: A Fast JSON Parser for Data
// Analytics", VLDB 2017). There is a way in Go, which says what is found, and one
// in assembly for CPUs with AVX2, which asm writes (go generate).
package separators

//go:generate go run -C asm . ..

// Room is how much room in its destination Find needs to go on.
const Room = 64

// Find writes to dst where delimiters and line ends stand in a text, counted from
// base on, as far as dst has room. It returns how many there are in the bytes that
// it has read, and how many bytes these are. It may write beyond what it returns.
func Find(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int) {
	if fast {
		n, read = findWide(dst, text, delimiter, base)
	}
	rest, more := find(dst[n:], text[read:], delimiter, base+uint32(read))
	return n + rest, read + more
}
