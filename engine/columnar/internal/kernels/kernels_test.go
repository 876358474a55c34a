package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lengths are those of slices to try: all up to some words, then around
// multiples of a word and a block.
func lengths() []int {
	var n []int
	for i := range 201 {
		n = append(n, i)
	}
	for _, about := range []int{512, 1024, 4096, 8192} {
		n = append(n, about-65, about-64, about-63, about-1, about)
	}
	return n
}

// bitmaps returns bitmaps of n rows: none set, all set, and some.
func bitmaps(random *rand.Rand, n int) [][]uint64 {
	none, all, some, few := make([]uint64, words(n)), make([]uint64, words(n)), make([]uint64, words(n)), make([]uint64, words(n))
	for i := range n {
		all[i>>6] |= 1 << (i & 63)
		some[i>>6] |= random.Uint64N(2) << (i & 63)
		if random.IntN(100) == 0 {
			few[i>>6] |= 1 << (i & 63)
		}
	}
	return [][]uint64{none, all, some, few}
}

var (
	nastyFloats = []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, 0x1.fffffffffffffp-1023, math.Nextafter(1, 2), math.Nextafter(1, 0)}
	nastyInts = []int64{0, 1, -1, 2, -2, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1,
		math.MaxInt32, math.MinInt32, 1 << 32, -1 << 32, 1<<32 | 1}
	nastyCodes = []uint32{0, 1, 2, 255, 256, 1<<16 - 1, 1 << 16, 1<<31 - 1, 1 << 31, math.MaxUint32, math.MaxUint32 - 1}
)

// pick returns n values of those, which begin at any place in memory that a
// value may begin at.
func pick[T any](random *rand.Rand, from []T, n int) []T {
	shift := random.IntN(8)
	all := make([]T, n+shift)
	for i := range all {
		all[i] = from[random.IntN(len(from))]
	}
	return all[shift:]
}

// TestRangeKeepsWhatGoComparesAsWithin holds every set, the portable one
// too, against a comparison of one value after the other.
func TestRangeKeepsWhatGoComparesAsWithin(t *testing.T) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			t.Run("floats", func(t *testing.T) {
				testRange(t, s.RangeFloats, nastyFloats, func(v, low, high float64) bool { return v >= low && v <= high }, true)
			})
			t.Run("ints", func(t *testing.T) {
				testRange(t, s.RangeInts, nastyInts, func(v, low, high int64) bool { return v >= low && v <= high }, false)
			})
			t.Run("codes", func(t *testing.T) {
				testRange(t, s.RangeCodes, nastyCodes, func(v, low, high uint32) bool { return v >= low && v <= high }, false)
			})
		})
	}
}

func testRange[T float64 | int64 | uint32](t *testing.T, kernel func([]uint64, []T, T, T), nasty []T, within func(v, low, high T) bool, crossed bool) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, low := range nasty {
		for _, high := range nasty {
			if low > high && !crossed {
				continue
			}
			n := lengths()[random.IntN(len(lengths()))]
			checkRange(t, kernel, random, pick(random, nasty, n), low, high, within)
		}
	}
	for _, n := range lengths() {
		checkRange(t, kernel, random, pick(random, nasty, n), nasty[0], nasty[1], within)
	}
}

func checkRange[T float64 | int64 | uint32](t *testing.T, kernel func([]uint64, []T, T, T), random *rand.Rand, values []T, low, high T, within func(v, low, high T) bool) {
	t.Helper()
	for _, selected := range bitmaps(random, len(values)) {
		want := slices.Clone(selected)
		for i, v := range values {
			if !within(v, low, high) {
				want[i>>6] &^= 1 << (i & 63)
			}
		}
		before := slices.Clone(selected)
		kernel(selected, values, low, high)
		if !slices.Equal(selected, want) {
			t.Fatalf("%d values, from %v to %v, of %x: %x, want %x", len(values), low, high, before, selected, want)
		}
	}
}

func BenchmarkRange(b *testing.B) {
	const rows = 8192
	random := rand.New(rand.NewPCG(1, 2))
	floats, ints, codes := make([]float64, rows), make([]int64, rows), make([]uint32, rows)
	for i := range rows {
		floats[i], ints[i], codes[i] = random.Float64(), random.Int64N(1000), random.Uint32N(1000)
	}
	all := bitmaps(random, rows)[1]
	selected := make([]uint64, len(all))
	for _, kernel := range []struct {
		name  string
		bytes int64
		run   func(s *Set)
	}{
		{"floats", 8, func(s *Set) { s.RangeFloats(selected, floats, 0.25, 0.75) }},
		{"ints", 8, func(s *Set) { s.RangeInts(selected, ints, 250, 750) }},
		{"codes", 4, func(s *Set) { s.RangeCodes(selected, codes, 250, 750) }},
	} {
		for _, s := range Sets() {
			b.Run(fmt.Sprintf("%s/%s", kernel.name, s.Name), func(b *testing.B) {
				b.SetBytes(rows * kernel.bytes)
				for b.Loop() {
					copy(selected, all)
					kernel.run(&s)
				}
			})
		}
	}
}
