package columnar

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// exactly returns the sum of xs by math/big, rounded once; a zero is positive.
func exactly(xs []float64) float64 {
	total := new(big.Rat)
	for _, x := range xs {
		total.Add(total, new(big.Rat).SetFloat64(x))
	}
	f, _ := total.Float64()
	return f + 0
}

// spread draws float64s of all sizes and signs, and small ones that cancel.
func spread() *rapid.Generator[float64] {
	nasty := []float64{0, math.Copysign(0, -1), 5e-324, -5e-324, 2.2250738585072014e-308, math.MaxFloat64, -math.MaxFloat64,
		1e16, 1, -1e16, 1e300, -1e300, 5.1, 0.1, 0x1p-1074, 0x1.fffffffffffffp-1022}
	return rapid.OneOf(
		rapid.SampledFrom(nasty),
		rapid.Float64Range(-10, 10),
		rapid.Custom(func(t *rapid.T) float64 {
			f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return 1.5
			}
			return f
		}))
}

func TestSumsAreExactHoweverTheyAreSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(spread(), 0, 60).Draw(t, "xs")
		want := exactly(xs)
		cut := rapid.IntRange(0, len(xs)).Draw(t, "cut")
		var whole, left, right sum
		for _, x := range xs {
			whole.add(x)
		}
		for _, x := range xs[:cut] {
			left.add(x)
		}
		for _, x := range xs[cut:] {
			right.add(x)
		}
		left.merge(&right)
		for name, got := range map[string]float64{"in one": whole.round(), "in two": left.round()} {
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("%s: %v, want %v", name, got, want)
			}
		}
	})
}

func TestSumsKnownByHand(t *testing.T) {
	tests := []struct {
		name string
		xs   []float64
		want float64
	}{
		{"cancelling", []float64{1e16, 1, -1e16}, 1},
		{"cancelling far apart", []float64{1e300, 1, -1e300}, 1},
		{"cancelling twice", []float64{1e300, 1e16, 1, -1e16, -1e300, 1e-300}, 1},
		{"subnormal", []float64{5e-324, 5e-324, -5e-324}, 5e-324},
		{"overflow on the way", []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64},
		{"overflow", []float64{1.7e308, 1.7e308, 1.7e308}, math.Inf(1)},
		{"negative overflow", []float64{-1.7e308, -1.7e308}, math.Inf(-1)},
		{"negative zeros", []float64{math.Copysign(0, -1), math.Copysign(0, -1)}, 0},
		{"nothing", nil, 0},
		{"tie to even", []float64{0x1p53, 1}, 0x1p53},
		{"just above a tie", []float64{0x1p53, 1, 0x1p-1000}, 0x1p53 + 2},
	}
	for _, test := range tests {
		var s sum
		for _, x := range test.xs {
			s.add(x)
		}
		if got := s.round(); math.Float64bits(got) != math.Float64bits(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTheAccumulatorCarriesBeforeItsLimbsOverflow(t *testing.T) {
	a := accumulator{}
	a.add(math.MaxFloat64)
	a.add(-5e-324)
	a.adds = limbAdds // as if so many had been added
	for i := range a.limb {
		a.limb[i] += math.MaxInt64/4*int64(i%2) - math.MaxInt64/4*int64((i+1)%2)
	}
	want := new(big.Int)
	for i := limbs - 1; i >= 0; i-- {
		want.Lsh(want, limbBits).Add(want, big.NewInt(a.limb[i]))
	}
	a.add(0)
	got := new(big.Int)
	for i := limbs - 1; i >= 0; i-- {
		got.Lsh(got, limbBits).Add(got, big.NewInt(a.limb[i]))
	}
	if got.Cmp(want) != 0 {
		t.Error("the carry changed the number")
	}
}

func TestIntegerSumsAreExactAndRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, 1, -1})), 0, 40).Draw(t, "xs")
		want := new(big.Int)
		var left, right intSum
		for i, x := range xs {
			want.Add(want, big.NewInt(x))
			if i%3 == 0 {
				left.add(x)
			} else {
				right.add(x)
			}
		}
		left.merge(&right)
		f, _ := new(big.Rat).SetInt(want).Float64()
		if got := left.round(); got != f || math.Signbit(got) != (f < 0) {
			t.Fatalf("%v, want %v", got, f)
		}
	})
}
