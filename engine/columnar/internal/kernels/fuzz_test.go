package kernels

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// FuzzSetsAgree takes bytes as values of each type and as the bitmap: what the
// portable set answers, all do.
func FuzzSetsAgree(f *testing.F) {
	f.Add([]byte("a few bytes are too few for a word of values"), uint64(0), uint64(math.MaxUint64), byte(3), byte(1))
	long := make([]byte, 8*200)
	for i := range long {
		long[i] = byte(i * 7919 >> 3)
	}
	f.Add(long, math.Float64bits(-1), math.Float64bits(1), byte(255), byte(0))
	f.Add(long, uint64(1<<63), uint64(1<<63-1), byte(0), byte(5))
	f.Fuzz(func(t *testing.T, data []byte, low, high uint64, selects, few byte) {
		sets := Sets()
		portable := &sets[len(sets)-1]
		for i := range sets[:len(sets)-1] {
			agree(t, portable, &sets[i], data, low, high, selects, int(few))
		}
	})
}

func agree(t *testing.T, portable, s *Set, data []byte, low, high uint64, selects byte, few int) {
	n := min(len(data)/8, 8192)
	floats, ints, codes, small := make([]float64, n), make([]int64, n), make([]uint32, n), make([]uint32, n)
	selected := make([]uint64, words(n))
	for i := range n {
		bits := binary.LittleEndian.Uint64(data[8*i:])
		floats[i], ints[i], codes[i], small[i] = math.Float64frombits(bits), int64(bits), uint32(bits), uint32(bits)%1024
		selected[i>>6] |= uint64(selects) >> (i & 7) & 1 << (i & 63)
	}
	few = min(few, n)
	set := NewCodeSet(1024, small[:few])
	for name, kernel := range map[string]func(s *Set, selected []uint64){
		"RangeFloats": func(s *Set, selected []uint64) {
			s.RangeFloats(selected, floats, math.Float64frombits(low), math.Float64frombits(high))
		},
		"RangeInts": func(s *Set, selected []uint64) {
			s.RangeInts(selected, ints, min(int64(low), int64(high)), max(int64(low), int64(high)))
		},
		"RangeCodes": func(s *Set, selected []uint64) {
			s.RangeCodes(selected, codes, min(uint32(low), uint32(high)), max(uint32(low), uint32(high)))
		},
		"RangeBytes": func(s *Set, selected []uint64) {
			s.RangeBytes(selected, data[:n], min(uint8(low), uint8(high)), max(uint8(low), uint8(high)))
		},
		"InFloats": func(s *Set, selected []uint64) { s.InFloats(selected, floats, floats[:few]) },
		"InInts":   func(s *Set, selected []uint64) { s.InInts(selected, ints, ints[:few]) },
		"InCodes":  func(s *Set, selected []uint64) { s.InCodes(selected, small, set) },
	} {
		want, got := slices.Clone(selected), slices.Clone(selected)
		kernel(portable, want)
		kernel(s, got)
		if !slices.Equal(got, want) {
			t.Errorf("%s, %s: %x, want %x", s.Name, name, got, want)
		}
		if rows, all := s.AppendRows(nil, want), portable.AppendRows(nil, want); !slices.Equal(rows, all) || s.Count(want) != len(all) {
			t.Errorf("%s, rows of %x: %d, want %d; %d counted", s.Name, want, rows, all, s.Count(want))
		}
	}
}
