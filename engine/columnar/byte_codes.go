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
	codes []uint8
	base  int64   // what code 0 counts
	scale float64 // how many of what is counted make 1, of numbers
	last  int64   // the code of the greatest value
}

// byteCodeBuffer is room for the codes of a field, block after block: memory gives
// what lies side by side faster than pieces of 8 KiB.
type byteCodeBuffer struct {
	left   []uint8
	blocks int // that have their codes here
}

// maxAhead is for how many blocks there is room at once.
const maxAhead = 64

// next returns room for n codes, the same again until it is taken.
func (r *byteCodeBuffer) next(n int) []uint8 {
	if len(r.left) < n {
		r.left = make([]uint8, n*max(1, min(r.blocks, maxAhead)))
	}
	return r.left[:n:n]
}

// take keeps what next returned.
func (r *byteCodeBuffer) take(n int) {
	r.left = r.left[n:]
	r.blocks++
}

// scales are the scales that are tried for numbers.
var scales = [...]float64{1, 10, 100, 1000}

// exactIntegers is up to where float64 has every integer.
const exactIntegers = 1 << 53

// narrowed returns the column's codes, nil where its values have none. The
// column is sealed, and codes of text are final.
func (r *byteCodeBuffer) encode(c *column) *byteCodes {
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
		r.take(c.rows)
	}
	return n
}

func encodeFloats(c *column, room *byteCodeBuffer) *byteCodes {
	for _, scale := range scales {
		least, greatest := math.RoundToEven(c.floatSpan.min*scale), math.RoundToEven(c.floatSpan.max*scale)
		if greatest-least > math.MaxUint8 || max(-least, greatest) > exactIntegers {
			return nil // and the more so with a larger scale
		}
		n := &byteCodes{base: int64(least), scale: scale, last: int64(greatest - least)}
		// The first few tell mostly, and need no room.
		var few [16]uint8
		if !n.count(few[:], c.floats[:min(len(c.floats), len(few))]) {
			continue
		}
		if n.codes = room.next(c.rows); n.count(n.codes, c.floats) {
			return n
		}
	}
	return nil
}

// count makes the codes, and reports whether they stand for exactly the values.
// The 0 in the place of a value that is missing never fails.
func (n *byteCodes) count(codes []uint8, values []float64) bool {
	for row, v := range values {
		count := math.RoundToEven(v * n.scale)
		if count/n.scale != v {
			return false
		}
		codes[row] = uint8(int64(count) - n.base)
	}
	return true
}

func encodeInts[T int64 | uint32](values []T, all span[T], room *byteCodeBuffer) *byteCodes {
	width := uint64(all.max) - uint64(all.min)
	if width > math.MaxUint8 {
		return nil
	}
	n := &byteCodes{codes: room.next(len(values)), base: int64(all.min), last: int64(width)}
	for row, v := range values {
		n.codes[row] = uint8(v - all.min)
	}
	return n
}

// number returns the number that a code stands for; codes in order stand for
// numbers in order.
func (n *byteCodes) number(code int64) float64 { return float64(n.base+code) / n.scale }

// floatCodes returns the first and the last code of the range; in a range with
// no code, the last is below the first. The range meets all, the column's span.
func (n *byteCodes) floatCodes(r floatRange, all span[float64]) (first, last int64) {
	last = n.last
	if r.min > all.min {
		// What rounding may have moved by one is moved back.
		first = int64(math.Ceil(r.min*n.scale)) - n.base
		for first > 0 && n.number(first-1) >= r.min {
			first--
		}
		for n.number(first) < r.min {
			first++
		}
	}
	if r.max < all.max {
		last = int64(math.Floor(r.max*n.scale)) - n.base
		for last < n.last && n.number(last+1) <= r.max {
			last++
		}
		for n.number(last) > r.max {
			last--
		}
	}
	return first, last
}

// intCodes is floatCodes for integers and codes of text.
func intCodes[T int64 | uint32](n *byteCodes, r, all span[T]) (first, last int64) {
	last = n.last
	if r.min > all.min {
		first = int64(r.min) - n.base
	}
	if r.max < all.max {
		last = int64(r.max) - n.base
	}
	return first, last
}

// keep clears the bits of rows whose code is not from first to last.
func (n *byteCodes) keep(selected []uint64, first, last int64) {
	if first > last {
		clear(selected)
		return
	}
	kernels.Active().RangeBytes(selected, n.codes, uint8(first), uint8(last))
}
