package columnar

import (
	"math"
	"math/bits"
)

// sum adds float64s exactly. The zero value is an empty sum.
//
// As long as it can, it holds the exact sum as two float64s, hi + lo: each
// addition is Knuth's two-sum (The Art of Computer Programming, volume 2,
// 4.2.2, theorem B), whose error goes into lo by another two-sum. Where that
// one is not exact, two float64s do not suffice, and an accumulator takes over.
type sum struct {
	hi, lo float64
	wide   *accumulator
}

// twoSum returns the rounded sum of a and b and its exact error. Where the sum
// overflows, the error is not a number.
func twoSum(a, b float64) (s, e float64) {
	s = a + b
	v := s - a
	return s, (a - (s - v)) + (b - v)
}

func (s *sum) add(x float64) {
	if s.wide == nil {
		hi, e := twoSum(s.hi, x)
		lo, rest := twoSum(s.lo, e)
		if rest == 0 { // false for NaN too
			s.hi, s.lo = hi, lo
			return
		}
		s.widen()
	}
	s.wide.add(x)
}

func (s *sum) widen() {
	s.wide = &accumulator{}
	s.wide.add(s.hi)
	s.wide.add(s.lo)
}

// merge adds all that o added.
func (s *sum) merge(o *sum) {
	if o.wide == nil {
		s.add(o.hi)
		s.add(o.lo)
		return
	}
	if s.wide == nil {
		s.widen()
	}
	s.wide.merge(o.wide)
}

// round returns the sum, rounded once; a zero is positive.
func (s *sum) round() float64 {
	if s.wide != nil {
		return s.wide.round()
	}
	return s.hi + s.lo + 0
}

// intSum adds int64s exactly, in 128 bits: more than 2^64 of them.
type intSum struct {
	hi int64
	lo uint64
}

func (s *intSum) add(x int64) {
	lo, carry := bits.Add64(s.lo, uint64(x), 0)
	s.lo = lo
	s.hi += x>>63 + int64(carry)
}

func (s *intSum) merge(o *intSum) {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	s.lo = lo
	s.hi += o.hi + int64(carry)
}

// round returns the sum, rounded once to the nearest float64, ties to even.
func (s *intSum) round() float64 {
	hi, lo, sign := uint64(s.hi), s.lo, 1.0
	if s.hi < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
		sign = -1
	}
	if hi == 0 {
		return sign*float64(lo) + 0
	}
	// The top 64 bits, the last of which stands for all those below, round as
	// the whole does: a float64 has 53.
	shift := bits.LeadingZeros64(hi)
	top := hi<<shift | lo>>(64-shift)
	if lo<<shift != 0 {
		top |= 1
	}
	return sign * math.Ldexp(float64(top), 64-shift)
}
