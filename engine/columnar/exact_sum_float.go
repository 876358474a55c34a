package columnar

import "math"

// floatSums are exact sums of numbers, one for each group.
//
// A sum is kept as two float64s whose unrounded total it is. That holds all
// but rare sums: those of numbers whose bits lie more than about 106 places
// apart, and those beyond the range. They spill into a superaccumulator.
type floatSums struct {
	cells  []floatCell
	spills []*superaccumulator // by group, nil where nothing spilled; empty while nothing did
}

type floatCell struct{ high, low float64 }

func (s *floatSums) grow(groups int) { s.cells = extend(s.cells, groups) }

// add adds the values of the rows to the groups beside them.
func (s *floatSums) add(c *column, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		s.addTo(groups[i], c.floats[row])
	}
}

// addTo adds x to a group.
//
// Each step is Knuth's TwoSum (The Art of Computer Programming, volume 2,
// 4.2.2, theorem B), which gives a sum and its rounding error, exactly. The
// error of the second step is what the two float64s cannot hold; it is not a
// number where the first overflowed, and so is not 0 either.
func (s *floatSums) addTo(group uint32, x float64) {
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
func (s *floatSums) spill(group uint32, x float64) {
	w := s.spillOf(group)
	w.add(x)
	s.drain(group, w)
}

func (s *floatSums) drain(group uint32, w *superaccumulator) {
	cell := &s.cells[group]
	w.add(cell.high)
	w.add(cell.low)
	*cell = floatCell{}
}

func (s *floatSums) spillOf(group uint32) *superaccumulator {
	if int(group) >= len(s.spills) {
		s.spills = extend(s.spills, len(s.cells))
	}
	if s.spills[group] == nil {
		s.spills[group] = &superaccumulator{}
	}
	return s.spills[group]
}

// spilled returns the group's superaccumulator, or nil.
func (s *floatSums) spilled(group uint32) *superaccumulator {
	if int(group) >= len(s.spills) {
		return nil
	}
	return s.spills[group]
}

// merge adds a group's sum of other, also a *floatSums, to a group of s.
func (s *floatSums) merge(group uint32, other sums, from uint32) {
	o := other.(*floatSums)
	cell := o.cells[from]
	s.addTo(group, cell.high)
	s.addTo(group, cell.low)
	if w := o.spilled(from); w != nil {
		s.spillOf(group).merge(w)
	}
}

func (s *floatSums) words(group uint32) (high, low uint64, ok bool) {
	cell := s.cells[group]
	return math.Float64bits(cell.high), math.Float64bits(cell.low), s.spilled(group) == nil
}

func (s *floatSums) setWords(group uint32, high, low uint64) {
	s.cells[group] = floatCell{math.Float64frombits(high), math.Float64frombits(low)}
}

// total returns the group's sum, rounded once; it may be infinite.
func (s *floatSums) total(group uint32) float64 {
	w := s.spilled(group)
	if w == nil {
		cell := &s.cells[group]
		return cell.high + cell.low
	}
	s.drain(group, w)
	return w.float64()
}
