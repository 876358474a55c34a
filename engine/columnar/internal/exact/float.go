package exact

import (
	"math"
	"math/big"
)

// FloatSums are exact sums of finite float64s, one for each group.
//
// A sum is the unrounded total of two float64s (a double-double). That holds all but rare
// sums: those of numbers whose bits lie more than about 106 places apart, and those
// beyond the range. They spill into a superaccumulator.
type FloatSums struct {
	cells             []floatCell
	superaccumulators []*superaccumulator // by group, nil where nothing spilled; empty while nothing did
}

type floatCell struct{ high, low float64 }

// Grow makes room for groups up to, not including, the given one.
func (s *FloatSums) Grow(groups int) { s.cells = extend(s.cells, groups) }

// Add adds values[rows[i]] to group groups[i], for each i.
func (s *FloatSums) Add(values []float64, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		s.AddTo(groups[i], values[row])
	}
}

// AddTo adds x, which has to be finite, to a group.
//
// Each step is TwoSum (Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem
// B), which computes a sum and its rounding error exactly. The error of the second step
// is what the two float64s cannot hold. It is NaN where the first step overflowed, which
// is not 0 either.
func (s *FloatSums) AddTo(group uint32, x float64) {
	cell := &s.cells[group]
	high := cell.high + x
	t := high - cell.high
	err := (cell.high - (high - t)) + (x - t)
	low := cell.low + err
	t = low - cell.low
	if (cell.low-(low-t))+(err-t) != 0 {
		s.spill(group, x)
		return
	}
	cell.high, cell.low = high, low
}

// spill moves the group's sum and x into its superaccumulator.
func (s *FloatSums) spill(group uint32, x float64) {
	w := s.superaccumulator(group)
	w.add(x)
	s.drain(group, w)
}

func (s *FloatSums) drain(group uint32, w *superaccumulator) {
	cell := &s.cells[group]
	w.add(cell.high)
	w.add(cell.low)
	*cell = floatCell{}
}

func (s *FloatSums) superaccumulator(group uint32) *superaccumulator {
	if int(group) >= len(s.superaccumulators) {
		s.superaccumulators = extend(s.superaccumulators, len(s.cells))
	}
	if s.superaccumulators[group] == nil {
		s.superaccumulators[group] = &superaccumulator{}
	}
	return s.superaccumulators[group]
}

// spilled returns the group's superaccumulator, or nil.
func (s *FloatSums) spilled(group uint32) *superaccumulator {
	if int(group) >= len(s.superaccumulators) {
		return nil
	}
	return s.superaccumulators[group]
}

// Merge adds a group's sum in other, also a *FloatSums, to a group of s.
func (s *FloatSums) Merge(group uint32, other Sums, from uint32) {
	o := other.(*FloatSums)
	cell := o.cells[from]
	s.AddTo(group, cell.high)
	s.AddTo(group, cell.low)
	if w := o.spilled(from); w != nil {
		s.superaccumulator(group).merge(w)
	}
}

// Words returns the two float64s as bits. It reports false where the sum has spilled.
func (s *FloatSums) Words(group uint32) (high, low uint64, ok bool) {
	cell := s.cells[group]
	return math.Float64bits(cell.high), math.Float64bits(cell.low), s.spilled(group) == nil
}

// SetWords sets the group's sum to what Words returned.
func (s *FloatSums) SetWords(group uint32, high, low uint64) {
	s.cells[group] = floatCell{math.Float64frombits(high), math.Float64frombits(low)}
}

// Total returns the group's sum, rounded once. It may be infinite.
func (s *FloatSums) Total(group uint32) float64 {
	w := s.spilled(group)
	if w == nil {
		cell := &s.cells[group]
		return cell.high + cell.low
	}
	s.drain(group, w)
	return w.float64()
}

// Exact returns the group's sum without rounding.
func (s *FloatSums) Exact(group uint32) *big.Float {
	cell := s.cells[group]
	sum := new(big.Float).SetPrec(53).SetFloat64(cell.high)
	if cell.low != 0 {
		low := big.NewFloat(cell.low)
		sum.SetPrec(uint(max(sum.MantExp(nil)-low.MantExp(nil), 0) + 2*53 + 2))
		sum.Add(sum, low)
	}
	if w := s.spilled(group); w != nil {
		sum.SetPrec(superBits)
		sum.Add(sum, w.exact())
	}
	return sum
}
