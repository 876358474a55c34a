package exact

import "math/bits"

// IntSums are exact sums of int64s, one for each group, in 128 bits: enough for 2^64
// of them.
type IntSums struct{ cells []intCell }

// intCell is high · 2^64 + low.
type intCell struct {
	high int64
	low  uint64
}

// Grow makes room for groups up to, not including, the given one.
func (s *IntSums) Grow(groups int) { s.cells = extend(s.cells, groups) }

// Add adds values[rows[i]] to group groups[i], for each i.
func (s *IntSums) Add(values []int64, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		s.AddTo(groups[i], values[row])
	}
}

// AddTo adds x to a group.
func (s *IntSums) AddTo(group uint32, x int64) {
	cell := &s.cells[group]
	low, carry := bits.Add64(cell.low, uint64(x), 0)
	cell.low = low
	cell.high += x>>63 + int64(carry)
}

// Merge adds a group's sum in other, also an *IntSums, to a group of s.
func (s *IntSums) Merge(group uint32, other Sums, from uint32) {
	cell, o := &s.cells[group], &other.(*IntSums).cells[from]
	low, carry := bits.Add64(cell.low, o.low, 0)
	cell.low = low
	cell.high += o.high + int64(carry)
}

// Words returns the sum's 128 bits. It always reports true.
func (s *IntSums) Words(group uint32) (high, low uint64, ok bool) {
	cell := s.cells[group]
	return uint64(cell.high), cell.low, true
}

// SetWords sets the group's sum to what Words returned.
func (s *IntSums) SetWords(group uint32, high, low uint64) {
	s.cells[group] = intCell{int64(high), low}
}

// Int returns the group's sum, and whether it is in the range of an int64.
func (s *IntSums) Int(group uint32) (sum int64, ok bool) {
	cell := s.cells[group]
	return int64(cell.low), cell.high == int64(cell.low)>>63
}

// Total returns the group's sum, rounded once.
func (s *IntSums) Total(group uint32) float64 {
	high, low := uint64(s.cells[group].high), s.cells[group].low
	if int64(high) < 0 {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
		return -unsigned128(high, low)
	}
	return unsigned128(high, low)
}

// unsigned128 returns high · 2^64 + low, rounded to nearest, ties to even.
func unsigned128(high, low uint64) float64 {
	if high == 0 {
		return float64(low)
	}
	zeros := bits.LeadingZeros64(high)
	return rounded(high<<zeros|low>>(64-zeros), low<<zeros != 0, 64-zeros)
}
