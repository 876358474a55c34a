package columnar

import (
	"math"

	"herbarium/engine/columnar/internal/kernels"
)

// byteCodes is a second copy of a block's column, in frame-of-reference encoding: one
// byte a row, the value's distance from the least value of the block (Goldstein,
// Ramakrishnan and Shaft, Compressing Relations and Indexes, ICDE 1998). Conditions on
// ranges compare the codes, which memory delivers up to eight times as fast as the
// values.
//
// Integers and dictionary codes of text are counted in ones. Numbers are counted in
// ones, tenths, hundredths or thousandths, as in ALP (Afroozeh, Kuffó and Boncz, ALP:
// Adaptive Lossless floating-Point Compression, SIGMOD 2023). A block has codes only if
// they represent each of its values exactly. The code of a null has no meaning.
type byteCodes struct {
	codes    []uint8
	base     int64   // what code 0 counts
	scale    float64 // how many of what is counted make 1, of numbers
	lastCode int64   // the code of the greatest value
}

// byteCodesArena allocates the codes of a field, block after block in one piece of
// memory, which is read faster than separate pieces of 8 KiB.
type byteCodesArena struct {
	left   []uint8
	blocks int // that have their codes here
}

// maxArenaBlocks is for how many blocks an arena allocates at once.
const maxArenaBlocks = 64

// reserve returns memory for n codes. It returns the same memory until commit takes it.
func (r *byteCodesArena) reserve(n int) []uint8 {
	if len(r.left) < n {
		r.left = make([]uint8, n*max(1, min(r.blocks, maxArenaBlocks)))
	}
	return r.left[:n:n]
}

// commit takes the n bytes that reserve returned.
func (r *byteCodesArena) commit(n int) {
	r.left = r.left[n:]
	r.blocks++
}

// scales are the scales that are tried for numbers.
var scales = [...]float64{1, 10, 100, 1000}

// exactIntegers is up to where float64 has every integer.
const exactIntegers = 1 << 53

// encode returns the column's byte codes, or nil where its values have none. The
// column has to be sealed, and dictionary codes of text have to be final.
func (r *byteCodesArena) encode(c *column) *byteCodes {
	var n *byteCodes
	switch {
	case c.nulls == c.rows:
	case c.floats != nil:
		n = encodeFloats(c, r)
	case c.ints != nil:
		n = encodeInts(c.ints, c.intSpan, r)
	default:
		n = encodeInts(c.codes, c.codeSpan, r)
	}
	if n != nil {
		r.commit(c.rows)
	}
	return n
}

func encodeFloats(c *column, room *byteCodesArena) *byteCodes {
	for _, scale := range scales {
		least, most := math.RoundToEven(c.floatSpan.min*scale), math.RoundToEven(c.floatSpan.max*scale)
		if most-least > math.MaxUint8 || max(-least, most) > exactIntegers {
			return nil // and the more so with a larger scale
		}
		n := &byteCodes{base: int64(least), scale: scale, lastCode: int64(most - least)}
		// The first few tell mostly, and need no room.
		var few [16]uint8
		if !n.encode(few[:], c.floats[:min(len(c.floats), len(few))]) {
			continue
		}
		if n.codes = room.reserve(c.rows); n.encode(n.codes, c.floats) {
			return n
		}
	}
	return nil
}

// encode writes the codes of the values and reports whether they represent them
// exactly. The 0 in the place of a null never fails.
func (n *byteCodes) encode(codes []uint8, values []float64) bool {
	for row, v := range values {
		count := math.RoundToEven(v * n.scale)
		if count/n.scale != v {
			return false
		}
		codes[row] = uint8(int64(count) - n.base)
	}
	return true
}

func encodeInts[T int64 | uint32](values []T, all span[T], room *byteCodesArena) *byteCodes {
	width := uint64(all.max) - uint64(all.min)
	if width > math.MaxUint8 {
		return nil
	}
	n := &byteCodes{codes: room.reserve(len(values)), base: int64(all.min), lastCode: int64(width)}
	for row, v := range values {
		n.codes[row] = uint8(v - all.min)
	}
	return n
}

// decode returns the number that a code stands for. The order of codes is that of
// numbers.
func (n *byteCodes) decode(code int64) float64 { return float64(n.base+code) / n.scale }

// floatCodeRange returns the first and the last code of the range; in a range with
// no code, the last is below the first. The range meets all, the column's span.
func (n *byteCodes) floatCodeRange(r floatRange, all span[float64]) (first, last int64) {
	last = n.lastCode
	if r.min > all.min {
		// What rounding may have moved by one is moved back.
		first = int64(math.Ceil(r.min*n.scale)) - n.base
		for first > 0 && n.decode(first-1) >= r.min {
			first--
		}
		for n.decode(first) < r.min {
			first++
		}
	}
	if r.max < all.max {
		last = int64(math.Floor(r.max*n.scale)) - n.base
		for last < n.lastCode && n.decode(last+1) <= r.max {
			last++
		}
		for n.decode(last) > r.max {
			last--
		}
	}
	return first, last
}

// intCodeRange is floatCodeRange for integers and codes of text.
func intCodeRange[T int64 | uint32](n *byteCodes, r, all span[T]) (first, last int64) {
	last = n.lastCode
	if r.min > all.min {
		first = int64(r.min) - n.base
	}
	if r.max < all.max {
		last = int64(r.max) - n.base
	}
	return first, last
}

// refine clears the bits of rows whose code is not from first to last.
func (n *byteCodes) refine(selected []uint64, first, last int64) {
	if first > last {
		clear(selected)
		return
	}
	kernels.Active().RangeBytes(selected, n.codes, uint8(first), uint8(last))
}
