package exact

import (
	"math"
	"math/big"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// sumOf sums the values in one group, cut into parts that are merged.
func sumOf(values []float64, parts int) float64 {
	total := &FloatSums{}
	total.Grow(1)
	size := max(1, (len(values)+parts-1)/parts)
	for part := range slices.Chunk(values, size) {
		s := &FloatSums{}
		s.Grow(1)
		rows := make([]uint16, len(part))
		for i := range rows {
			rows[i] = uint16(i)
		}
		s.Add(part, rows, make([]uint32, len(part)))
		total.Merge(0, s, 0)
	}
	return total.Total(0)
}

func TestSumsAreExactAndRoundedOnce(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   float64
	}{
		{"nothing", nil, 0},
		{"a small value between large ones that cancel", []float64{1e16, 1, -1e16}, 1},
		{"a value far below those that cancel", []float64{1e300, 1, -1e300}, 1},
		{"subnormals", []float64{5e-324, 5e-324, -5e-324}, 5e-324},
		{"a subnormal below those that cancel", []float64{1e300, 5e-324, -1e300}, 5e-324},
		{"beyond the range", []float64{1.7e308, 1.7e308, 1.7e308}, math.Inf(1)},
		{"below the range", []float64{-1.7e308, -1.7e308}, math.Inf(-1)},
		{"beyond the range and back", []float64{1.7e308, 1.7e308, -1.7e308}, 1.7e308},
		{"the greatest number and half its last place", []float64{math.MaxFloat64, 0x1p969}, math.MaxFloat64},
		{"negative zeros", []float64{math.Copysign(0, -1), math.Copysign(0, -1)}, 0},
		{"a tie, to even below", []float64{0x1p53, 1}, 0x1p53},
		{"a tie, to even above", []float64{0x1p53 + 2, 1}, 0x1p53 + 4},
		{"a tie that a subnormal breaks", []float64{0x1p53, 1, 5e-324}, 0x1p53 + 2},
		{"a tie that a subnormal breaks the other way", []float64{0x1p53 + 2, 1, -5e-324}, 0x1p53 + 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for parts := 1; parts <= 3; parts++ {
				if got := sumOf(test.values, parts); math.Float64bits(got) != math.Float64bits(test.want) {
					t.Errorf("in %d parts: %v, want %v", parts, got, test.want)
				}
			}
		})
	}
}

func TestSumsAgreeWithBigFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
			if f-f != 0 {
				return 0
			}
			return f
		}), 0, 60).Draw(t, "values")
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, 59), 0, 60).Draw(t, "opposites") {
			if i < len(values) {
				values = append(values, -values[i])
			}
		}
		exact := new(big.Float).SetPrec(2300)
		for _, v := range values {
			exact.Add(exact, new(big.Float).SetFloat64(v))
		}
		want, _ := exact.Float64()
		whole := &FloatSums{}
		whole.Grow(1)
		for _, v := range values {
			whole.AddTo(0, v)
		}
		if got := whole.Exact(0); got.Cmp(exact) != 0 {
			t.Fatalf("exactly %v, want %v", got, exact)
		}
		if got := sumOf(values, rapid.IntRange(1, 4).Draw(t, "parts")); got != want || (got == 0 && math.Signbit(got)) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestIntegerSumsAgreeWithBigInts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, -1, 0})), 0, 50).Draw(t, "values")
		s, sum := &IntSums{}, new(big.Int)
		s.Grow(2)
		for i, v := range values {
			sum.Add(sum, big.NewInt(v))
			s.Add([]int64{v}, []uint16{0}, []uint32{uint32(i) % 2})
		}
		s.Merge(0, s, 1)
		want, _ := new(big.Float).SetInt(sum).Float64()
		if got := s.Total(0); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
		if got, ok := s.Int(0); ok != sum.IsInt64() || ok && got != sum.Int64() {
			t.Fatalf("%v, %v, want %v", got, ok, sum)
		}
	})
}

func TestASuperaccumulatorCarriesBeforeItsLimbsOverflow(t *testing.T) {
	w := &superaccumulator{}
	w.add(math.MaxFloat64)
	w.add(-5e-324)
	w.adds = carryAfter - 1
	for i := range w.limbs {
		w.limbs[i] *= carryAfter - 1
	}
	w.add(math.MaxFloat64)
	w.add(-5e-324)
	w.carry()
	for i, limb := range w.limbs {
		if limb < -1<<32 || limb >= 1<<32 {
			t.Errorf("limb %d is %#x", i, limb)
		}
	}
	if got := w.float64(); !math.IsInf(got, 1) {
		t.Errorf("2^30 times the greatest number is %v", got)
	}
}

// TestASuperaccumulatorIsMergedByManyAtOnce holds that a block's sum, which is kept for
// all queries, does not change when one takes it.
func TestASuperaccumulatorIsMergedByManyAtOnce(t *testing.T) {
	kept, before := &superaccumulator{}, &superaccumulator{}
	for range 1000 {
		kept.add(1e300)
		kept.add(math.SmallestNonzeroFloat64)
	}
	*before = superaccumulator{first: kept.first, limbs: slices.Clone(kept.limbs), adds: kept.adds}
	var merging sync.WaitGroup
	sums := make([]superaccumulator, 4)
	for i := range sums {
		merging.Go(func() { sums[i].merge(kept) })
	}
	merging.Wait()
	if kept.adds != before.adds || !slices.Equal(kept.limbs, before.limbs) {
		t.Errorf("it became %v, %d additions since the last carry, from %v, %d", kept.limbs, kept.adds, before.limbs, before.adds)
	}
	want := before.float64()
	for i := range sums {
		if got := sums[i].float64(); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
