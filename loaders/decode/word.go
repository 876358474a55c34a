package decode

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Numbers are read eight digits at a time, as Lemire and Mula do ("Parsing series
// of integers with SIMD", and fast_float): a word of eight bytes that ends where
// the text ends has the digits in its last bytes. What stands before them is
// masked, a point is taken out by moving the digits before it, one comparison
// finds bytes that are no digits, and three multiplications add the others up.
// No step depends on how many digits there are, so that numbers of different
// lengths do not mislead the processor's branch prediction.

// wordBytes is how many bytes have to stand in a text up to the end of a number
// that is read in words, its own included.
const wordBytes = 16

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
	zeros     = '0' * everyByte
	points    = ('.' ^ '0') * everyByte
)

// beyondNine reports whether a byte of a word is not from 0 to 9.
func beyondNine(word uint64) bool {
	return (word|(word&^highBits+(0x7f-9)*everyByte))&highBits != 0
}

// eightDigits returns the number that eight digits are, whose first is the lowest
// byte.
func eightDigits(word uint64) uint64 {
	const even = 0x000000ff000000ff
	word = word*10 + word>>8
	return ((word&even)*(100+1000000<<32) + (word>>16&even)*(1+10000<<32)) >> 32
}

// lastDigits returns the last n bytes of a text of eight as digits, with zeros
// before them.
func lastDigits(text []byte, n int) uint64 {
	return (binary.LittleEndian.Uint64(text) ^ zeros) & (^uint64(0) << (64 - 8*n))
}

// pointIn returns the number of the first byte of a word that is a point; 8 where
// none is.
func pointIn(word uint64) int {
	none := word ^ points
	return bits.TrailingZeros64((none-everyByte)&^none&highBits) >> 3
}

// wordNumber does what shortNumber does, for the number text[start:end], of up to
// 16 bytes without its sign. At least wordBytes bytes of text stand before end.
func wordNumber(text []byte, start, end int) (number float64, ok bool) {
	var negative uint64
	if text[start] == '-' {
		start, negative = start+1, 1
	}
	n := end - start
	if n > 8 {
		number, ok = longNumber((*[wordBytes]byte)(text[end-wordBytes:end]), n)
		return math.Float64frombits(math.Float64bits(number) | negative<<63), ok
	}
	word := lastDigits(text[end-8:end], n)
	digits, fraction := n, 0
	if at := pointIn(word); at < 8 {
		digits, fraction = n-1, 7-at
		before := uint64(1)<<(8*at) - 1
		word = word&^(before<<8|0xff) | word&before<<8
	}
	if digits <= 0 || beyondNine(word) {
		return 0, false
	}
	number = float64(eightDigits(word))
	if fraction > 0 {
		number /= tens[fraction]
	}
	return math.Float64frombits(math.Float64bits(number) | negative<<63), true
}

// longNumber reads a number of 9 to 16 bytes, the last of text, without a sign.
func longNumber(text *[wordBytes]byte, n int) (number float64, ok bool) {
	if n > wordBytes {
		return 0, false
	}
	high, low := lastDigits(text[:8], n-8), lastDigits(text[8:], 8)
	digits, fraction := n, 0
	if at := pointIn(low); at < 8 {
		digits, fraction = n-1, 7-at
		before := uint64(1)<<(8*at) - 1
		low = low&^(before<<8|0xff) | low&before<<8 | high>>56
		high <<= 8
	} else if at := pointIn(high); at < 8 {
		digits, fraction = n-1, 15-at
		before := uint64(1)<<(8*at) - 1
		high = high&^(before<<8|0xff) | high&before<<8
	}
	if digits > 15 || beyondNine(low) || beyondNine(high) {
		return 0, false
	}
	number = float64(eightDigits(high)*1e8 + eightDigits(low))
	if fraction > 0 {
		number /= tens[fraction]
	}
	return number, true
}

// wordInteger does what shortInteger does, for the integer text[start:end] of up
// to 16 digits. At least wordBytes bytes of text stand before end.
func wordInteger(text []byte, start, end int) (n int64, ok bool) {
	negative := int64(0)
	if text[start] == '-' {
		start, negative = start+1, -1
	}
	digits := end - start
	if digits < 1 || digits > wordBytes {
		return 0, false
	}
	low := lastDigits(text[end-8:end], min(digits, 8))
	if beyondNine(low) {
		return 0, false
	}
	n = int64(eightDigits(low))
	if digits > 8 {
		high := lastDigits(text[end-wordBytes:end-8], digits-8)
		if beyondNine(high) {
			return 0, false
		}
		n += int64(eightDigits(high)) * 1e8
	}
	return n ^ negative - negative, true
}
