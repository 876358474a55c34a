package kernels

import (
	"fmt"
	"maps"
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
	nastyBytes = []uint8{0, 1, 2, 63, 64, 127, 128, 129, 254, 255}
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
			t.Run("bytes", func(t *testing.T) {
				testRange(t, s.RangeBytes, nastyBytes, func(v, low, high uint8) bool { return v >= low && v <= high }, false)
			})
		})
	}
}

func testRange[T float64 | int64 | uint32 | uint8](t *testing.T, kernel func([]uint64, []T, T, T), nasty []T, within func(v, low, high T) bool, crossed bool) {
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

func checkRange[T float64 | int64 | uint32 | uint8](t *testing.T, kernel func([]uint64, []T, T, T), random *rand.Rand, values []T, low, high T, within func(v, low, high T) bool) {
	t.Helper()
	checkFilter(t, random, values, fmt.Sprintf("from %v to %v", low, high),
		func(selected []uint64) { kernel(selected, values, low, high) },
		func(v T) bool { return within(v, low, high) })
}

// checkFilter holds a kernel that clears bits against a condition on values.
func checkFilter[T any](t *testing.T, random *rand.Rand, values []T, what string, kernel func(selected []uint64), holds func(T) bool) {
	t.Helper()
	for _, selected := range bitmaps(random, len(values)) {
		want := slices.Clone(selected)
		for i, v := range values {
			if !holds(v) {
				want[i>>6] &^= 1 << (i & 63)
			}
		}
		before := slices.Clone(selected)
		kernel(selected)
		if !slices.Equal(selected, want) {
			t.Fatalf("%d values, %s, of %x: %x, want %x", len(values), what, before, selected, want)
		}
	}
}

func TestMembersAreWhatEqualsOneOfThem(t *testing.T) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			t.Run("floats", func(t *testing.T) { testMembers(t, s.InFloats, nastyFloats) })
			t.Run("ints", func(t *testing.T) { testMembers(t, s.InInts, nastyInts) })
		})
	}
}

func testMembers[T float64 | int64](t *testing.T, kernel func([]uint64, []T, []T), nasty []T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range lengths() {
		values, members := pick(random, nasty, n), pick(random, nasty, random.IntN(12))
		checkFilter(t, random, values, fmt.Sprintf("one of %v", members),
			func(selected []uint64) { kernel(selected, values, members) },
			func(v T) bool { return slices.ContainsFunc(members, func(m T) bool { return m == v }) })
	}
}

func TestCodesAreFoundInTheirSet(t *testing.T) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, 6))
			for _, end := range []int{1, 2, 7, 8, 9, 63, 64, 100, 128, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 70_000} {
				all := make([]uint32, end)
				for i := range all {
					all[i] = uint32(i)
				}
				// All in order, so that a code in a wrong place shows, and any.
				checkCodes(t, s, random, end, all, all)
				for range 20 {
					checkCodes(t, s, random, end, pick(random, all, lengths()[random.IntN(len(lengths()))]), all)
				}
			}
		})
	}
}

func checkCodes(t *testing.T, s Set, random *rand.Rand, end int, values, all []uint32) {
	t.Helper()
	members := map[uint32]bool{}
	for _, c := range pick(random, all, random.IntN(end+1)) {
		members[c] = true
	}
	set := NewCodeSet(end, slices.Collect(maps.Keys(members)))
	checkFilter(t, random, values, fmt.Sprintf("%d of %d codes", len(members), end),
		func(selected []uint64) { s.InCodes(selected, values, set) },
		func(v uint32) bool { return members[v] })
	for _, c := range all {
		if set.Has(c) != members[c] {
			t.Fatalf("Has(%d) is %v of a set of %d of %d codes", c, set.Has(c), len(members), end)
		}
	}
}

func TestRowsAreThoseWhoseBitsAreSet(t *testing.T) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 8))
			for _, n := range lengths() {
				for _, bitmap := range bitmaps(random, n) {
					want := []uint16{7, 8}
					for i := range n {
						if bitmap[i>>6]>>(i&63)&1 == 1 {
							want = append(want, uint16(i))
						}
					}
					if got := s.AppendRows([]uint16{7, 8}, bitmap); !slices.Equal(got, want) {
						t.Fatalf("of %x: %d, want %d", bitmap, got, want)
					}
					if got := s.Count(bitmap); got != len(want)-2 {
						t.Fatalf("of %x %d bits are set, want %d", bitmap, got, len(want)-2)
					}
				}
			}
		})
	}
}
