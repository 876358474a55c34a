package mongodb

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestASumIsExactAndRoundedOnce(t *testing.T) {
	finite := rapid.Custom(func(t *rapid.T) float64 {
		f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		if f-f != 0 {
			return rapid.SampledFrom([]float64{math.MaxFloat64, -math.MaxFloat64, 5e-324, 1e16, 1}).Draw(t, "special")
		}
		return f
	})
	rapid.Check(t, func(t *rapid.T) {
		var s, half sum
		exact := new(big.Float).SetPrec(5000)
		for i := range rapid.IntRange(0, 20).Draw(t, "values") {
			x := finite.Draw(t, "x")
			times := rapid.SampledFrom([]int64{1, 1, 2, 3, 1 << 40, math.MaxInt64}).Draw(t, "times")
			into := &s
			if i%3 == 1 {
				into = &half
			}
			into.addTimes(x, times)
			exact.Add(exact, new(big.Float).SetPrec(5000).Mul(big.NewFloat(x), new(big.Float).SetInt64(times)))
		}
		s.merge(&half)
		want, _ := exact.Float64()
		if got := s.float64(); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		if s.big().Cmp(exact) != 0 {
			t.Fatalf("got %v, want %v", s.big(), exact)
		}
	})
}

func TestASumOfIntegersSaysWhetherItFits(t *testing.T) {
	for _, test := range []struct {
		parts []float64
		want  int64
		fits  bool
	}{
		{nil, 0, true},
		{[]float64{1 << 60, 1}, 1<<60 + 1, true},
		{[]float64{1 << 62, 1 << 62}, 0, false},
		{[]float64{1 << 62, 1 << 62, -1}, math.MaxInt64, true},
		{[]float64{-1 << 63}, math.MinInt64, true},
		{[]float64{-1 << 63, -1}, 0, false},
	} {
		var s sum
		for _, part := range test.parts {
			s.add(part)
		}
		if got, fits := s.int64(); fits != test.fits || fits && got != test.want {
			t.Errorf("%v: got %d, %v", test.parts, got, fits)
		}
	}
}
