package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkKernels runs each kernel over a block, which lies in L2, in each
// set, beside a read of the same block.
func BenchmarkKernels(b *testing.B) {
	const rows = 8192
	random := rand.New(rand.NewPCG(1, 2))
	floats, ints, codes := make([]float64, rows), make([]int64, rows), make([]uint32, rows)
	narrow := make([]uint8, rows)
	for i := range rows {
		narrow[i] = uint8(random.Uint32())
		floats[i], ints[i], codes[i] = float64(random.IntN(1000)), random.Int64N(1000), random.Uint32N(1000)
	}
	drawn := make([]uint64, rows/64)
	for i := range rows {
		if random.IntN(4) == 0 {
			drawn[i>>6] |= 1 << (i & 63)
		}
	}
	var odd []uint32
	for c := uint32(1); c < 1000; c += 2 {
		odd = append(odd, c)
	}
	few, many := NewCodeSet(1000, odd), NewCodeSet(2000, odd)
	selected, at := make([]uint64, rows/64), make([]uint16, 0, rows)
	for _, kernel := range []struct {
		name string
		size int // bits of a row
		run  func(s *Set)
	}{
		{"RangeFloats", 64, func(s *Set) { s.RangeFloats(selected, floats, 250, 750) }},
		{"RangeInts", 64, func(s *Set) { s.RangeInts(selected, ints, 250, 750) }},
		{"RangeCodes", 32, func(s *Set) { s.RangeCodes(selected, codes, 250, 750) }},
		{"RangeBytes", 8, func(s *Set) { s.RangeBytes(selected, narrow, 64, 192) }},
		{"InFloats, 3", 64, func(s *Set) { s.InFloats(selected, floats, floats[:3]) }},
		{"InFloats, 8", 64, func(s *Set) { s.InFloats(selected, floats, floats[:8]) }},
		{"InInts, 3", 64, func(s *Set) { s.InInts(selected, ints, ints[:3]) }},
		{"InInts, 8", 64, func(s *Set) { s.InInts(selected, ints, ints[:8]) }},
		{"InCodes of 1,000", 32, func(s *Set) { s.InCodes(selected, codes, few) }},
		{"InCodes of 2,000", 32, func(s *Set) { s.InCodes(selected, codes, many) }},
		{"AppendRows, a quarter", 1, func(s *Set) { at = s.AppendRows(at[:0], drawn) }},
		{"Count", 1, func(s *Set) { s.Count(drawn) }},
	} {
		for _, s := range Sets() {
			b.Run(fmt.Sprintf("%s/%s", kernel.name, s.Name), func(b *testing.B) {
				b.SetBytes(int64(rows * kernel.size / 8))
				for b.Loop() {
					for i := range selected {
						selected[i] = ^uint64(0)
					}
					kernel.run(&s)
				}
			})
		}
	}
	b.Run("read", func(b *testing.B) {
		b.SetBytes(8 * rows)
		var sums [4]float64
		for b.Loop() {
			// A word of each line of the cache.
			for i := 0; i < rows; i += 32 {
				sums[0] += floats[i]
				sums[1] += floats[i+8]
				sums[2] += floats[i+16]
				sums[3] += floats[i+24]
			}
		}
	})
}
