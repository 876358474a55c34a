package columnar

import "math/bits"

// intSums are exact sums of integers, one for each group, in 128 bits: enough
// for 2^64 of them.
type intSums struct{ cells []intCell }

// intCell is high · 2^64 + low.
type intCell struct {
	high int64
	low  uint64
}

func (s *intSums) grow(groups int) { s.cells = extend(s.cells, groups) }

// add adds the values of the rows to the groups beside them.
func (s *intSums) add(c *column, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		s.addTo(groups[i], c.ints[row])
	}
}

// addTo adds x to a group.
func (s *intSums) addTo(group uint32, x int64) {
	cell := &s.cells[group]
	low, carry := bits.Add64(cell.low, uint64(x), 0)
	cell.low = low
	cell.high += x>>63 + int64(carry)
}

// merge adds a group's sum of other, also an *intSums, to a group of s.
func (s *intSums) merge(group uint32, other sums, from uint32) {
	cell, o := &s.cells[group], &other.(*intSums).cells[from]
	low, carry := bits.Add64(cell.low, o.low, 0)
	cell.low = low
	cell.high += o.high + int64(carry)
}

func (s *intSums) words(group uint32) (high, low uint64, ok bool) {
	cell := s.cells[group]
	return uint64(cell.high), cell.low, true
}

func (s *intSums) setWords(group uint32, high, low uint64) {
	s.cells[group] = intCell{int64(high), low}
}

// total returns the group's sum, rounded once.
func (s *intSums) total(group uint32) float64 {
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
