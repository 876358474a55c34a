package columnar

import (
	"math"
	"math/big"
)

// The accumulator's limbs have 32 bits each. The lowest bit of limb 0 is worth
// 2^-1074, the smallest float64. 66 limbs hold the largest float64, and two
// more the sum of 2^64 of them.
const (
	limbBits = 32
	limbs    = 68
	// limbAdds is how many numbers a limb takes before carries must move on:
	// each adds less than 2^32 to it, and an int64 has 63 bits.
	limbAdds = 1 << 30
)

// accumulator is a fixed-point number wide enough to hold any sum of float64s
// exactly. Limbs are signed and carry late.
type accumulator struct {
	limb [limbs]int64
	adds int
}

// add adds a finite number.
func (a *accumulator) add(x float64) {
	if a.adds == limbAdds {
		a.carry()
	}
	a.adds++
	b := math.Float64bits(x)
	mantissa := b & (1<<52 - 1)
	// A subnormal number has the exponent of the smallest normal one, and no
	// implicit bit.
	shift := uint(b >> 52 & 0x7ff)
	if shift > 0 {
		mantissa |= 1 << 52
		shift--
	}
	at, offset := shift/limbBits, shift%limbBits
	low := int64(mantissa << offset & (1<<limbBits - 1))
	rest := mantissa >> (limbBits - offset)
	middle, high := int64(rest&(1<<limbBits-1)), int64(rest>>limbBits)
	if b>>63 != 0 {
		low, middle, high = -low, -middle, -high
	}
	limb := a.limb[at : at+3]
	limb[0] += low
	limb[1] += middle
	limb[2] += high
}

// carry brings every limb but the last back to 32 bits.
func (a *accumulator) carry() {
	for i := range limbs - 1 {
		a.limb[i+1] += a.limb[i] >> limbBits
		a.limb[i] &= 1<<limbBits - 1
	}
	a.adds = 1
}

// merge adds all that o added.
func (a *accumulator) merge(o *accumulator) {
	a.carry()
	o.carry()
	for i := range a.limb {
		a.limb[i] += o.limb[i]
	}
	a.adds++
}

// round returns the number, rounded once to the nearest float64, ties to even;
// infinite beyond the largest. A zero is positive.
func (a *accumulator) round() float64 {
	a.carry()
	z, limb := new(big.Int), new(big.Int)
	for i := limbs - 1; i >= 0; i-- {
		z.Lsh(z, limbBits).Add(z, limb.SetInt64(a.limb[i]))
	}
	if z.Sign() == 0 {
		return 0
	}
	exact := new(big.Float).SetInt(z) // as precise as z is long
	f, _ := exact.SetMantExp(exact, -1074).Float64()
	return f
}
