package exact

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// superaccumulator is an exact sum of finite float64s: a fixed-point number wide enough
// for every bit of every float64 and for the carries of 2^53 additions (Kulisch and
// Miranker, The Arithmetic of the Digital Computer: A New Approach, SIAM Review 28(1),
// 1986; with signed limbs and delayed carries as in Neal, Fast Exact Summation Using
// Small and Large Superaccumulators, 2015). It allocates only the limbs that were needed
// so far, so that a million groups may have one each. The zero value is 0.
//
// Limb i is worth limbs[i] · 2^(32·(first+i)−1074). Limbs are signed and carry
// into each other only now and then.
type superaccumulator struct {
	first int
	limbs []int64
	adds  int // since the last carry
}

// carryAfter is how many additions the limbs take without overflow: each adds
// less than 2^32 to a limb, which starts below 2^33.
const carryAfter = 1 << 30

// add adds x, which must be finite.
func (w *superaccumulator) add(x float64) {
	if x == 0 {
		return
	}
	b := math.Float64bits(x)
	mantissa, exponent := b&(1<<52-1), int(b>>52&0x7ff)
	if exponent == 0 {
		exponent = 1 // subnormal: the same weight, without the leading bit
	} else {
		mantissa |= 1 << 52
	}
	at, shift := (exponent-1)>>5, uint((exponent-1)&31)
	limbs := w.reach(at, 3)
	low, high := mantissa<<shift, mantissa>>(64-shift) // a shift by 64 gives 0
	if b>>63 == 0 {
		limbs[0] += int64(low & math.MaxUint32)
		limbs[1] += int64(low >> 32)
		limbs[2] += int64(high)
	} else {
		limbs[0] -= int64(low & math.MaxUint32)
		limbs[1] -= int64(low >> 32)
		limbs[2] -= int64(high)
	}
	w.count()
}

// merge adds the other sum, which may be shared and does not change.
func (w *superaccumulator) merge(other *superaccumulator) {
	if len(other.limbs) == 0 {
		return
	}
	if other.adds > 0 {
		other = &superaccumulator{first: other.first, limbs: slices.Clone(other.limbs)}
		other.carry()
	}
	w.carry()
	limbs := w.reach(other.first, len(other.limbs))
	for i, limb := range other.limbs {
		limbs[i] += limb
	}
	w.count()
}

func (w *superaccumulator) count() {
	if w.adds++; w.adds >= carryAfter {
		w.carry()
	}
}

// reach returns the n limbs from number at on, making those that are missing.
func (w *superaccumulator) reach(at, n int) []int64 {
	if len(w.limbs) == 0 {
		w.first, w.limbs = at, make([]int64, n)
		return w.limbs
	}
	first := min(w.first, at)
	end := max(w.first+len(w.limbs), at+n)
	if end-first > len(w.limbs) {
		limbs := make([]int64, end-first)
		copy(limbs[w.first-first:], w.limbs)
		w.first, w.limbs = first, limbs
	}
	return w.limbs[at-first : at-first+n]
}

// carry brings every limb but the last between 0 and 2^32, and the last
// between −2^32 and 2^32; the last has the sign of the sum, or is 0.
func (w *superaccumulator) carry() {
	w.adds = 0
	for i := 0; i < len(w.limbs); i++ {
		limb := w.limbs[i]
		if i == len(w.limbs)-1 {
			if limb>>32 == 0 || limb>>32 == -1 {
				return
			}
			w.limbs = append(w.limbs, 0)
		}
		w.limbs[i+1] += limb >> 32 // rounds down, so that what stays is positive
		w.limbs[i] = limb & math.MaxUint32
	}
}

// superBits are enough for every sum.
const superBits = 2300

// exact returns the sum.
func (w *superaccumulator) exact() *big.Float {
	sum := new(big.Float).SetPrec(superBits)
	for i, limb := range w.limbs {
		x := new(big.Float).SetInt64(limb)
		sum.Add(sum, x.SetMantExp(x, 32*(w.first+i)-1074))
	}
	return sum
}

// float64 returns the sum rounded once, to nearest, ties to even; infinite
// where it is beyond the range.
func (w *superaccumulator) float64() float64 {
	w.carry()
	top := len(w.limbs) - 1
	for top >= 0 && w.limbs[top] == 0 {
		top--
	}
	if top < 0 {
		return 0
	}
	if w.limbs[top] < 0 {
		opposite := &superaccumulator{first: w.first, limbs: make([]int64, len(w.limbs))}
		for i, limb := range w.limbs {
			opposite.limbs[i] = -limb
		}
		return -opposite.float64()
	}
	limb := func(i int) uint64 {
		if i < 0 {
			return 0
		}
		return uint64(w.limbs[i])
	}
	// The 64 bits from the leading one on, and whether anything follows.
	high, low := limb(top)<<32|limb(top-1), limb(top-2)<<32
	zeros := bits.LeadingZeros64(high)
	leading, rest := high<<zeros|low>>(64-zeros), low<<zeros
	for i := top - 3; i >= 0; i-- {
		rest |= limb(i)
	}
	return rounded(leading, rest != 0, 32*(w.first+top-1)-zeros-1074)
}

// rounded returns leading · 2^exponent, and a little more where more says so,
// rounded to nearest, ties to even. The first bit of leading is set. Nothing
// that it is called for has bits below 2^−1074.
func rounded(leading uint64, more bool, exponent int) float64 {
	if more {
		// Eleven bits are rounded off, so the last of them can stand for all
		// that follows.
		leading |= 1
	}
	// The conversion rounds to 53 bits. The scaling is exact: a result below
	// the normal numbers had no more bits than it can hold.
	return math.Ldexp(float64(leading), exponent)
}
