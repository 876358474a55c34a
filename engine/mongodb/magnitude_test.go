package mongodb

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
)

func TestExtentsBoundValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
			if f-f != 0 {
				return 0
			}
			return f
		}), 1, 5).Draw(t, "values")
		var e extent
		e.observe(&engine.Vector{Type: datasets.Number, Floats: values}, len(values))
		for _, x := range values {
			unit := new(big.Float).SetMantExp(big.NewFloat(1), e.low)
			multiple := new(big.Float).SetPrec(5000).Quo(big.NewFloat(x), unit)
			if !multiple.IsInt() {
				t.Fatalf("%v is no multiple of 2^%d", x, e.low)
			}
			if bound := new(big.Float).SetMantExp(big.NewFloat(1), e.high); new(big.Float).Abs(big.NewFloat(x)).Cmp(bound) > 0 {
				t.Fatalf("%v is above 2^%d", x, e.high)
			}
		}
	})
	for x, want := range map[int64]int{0: 0, 1: 1, -1: 0, 7: 3, -8: 3, math.MaxInt64: 63, math.MinInt64: 63} {
		var e extent
		e.observe(&engine.Vector{Type: datasets.Integer, Ints: []int64{x}}, 1)
		if e.high != want {
			t.Errorf("%d: 2^%d, want 2^%d", x, e.high, want)
		}
	}
}
