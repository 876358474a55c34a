package columnar

// Kernels of ranges. Each is written without a branch on the data, so that its
// time does not depend on how many rows pass.

// floatRange passes numbers from min to max.
type floatRange struct {
	*column
	min, max float64
}

func (t *floatRange) judge(block, rows int) verdict {
	s := &t.summaries[block]
	switch {
	case s.nulls == rows || s.maxFloat < t.min || s.minFloat > t.max:
		return none
	case s.nulls == 0 && s.minFloat >= t.min && s.maxFloat <= t.max:
		return all
	}
	return some
}

func (t *floatRange) apply(selected []uint64, start, end int) {
	lower, upper := t.min, t.max
	values := t.floats[start:end]
	for w := range selected {
		var word uint64
		for i, v := range values[w*64 : min(w*64+64, len(values))] {
			word |= (bit(v >= lower) & bit(v <= upper)) << i
		}
		selected[w] &= word
	}
	t.dropNulls(selected, start)
}

// intRange passes integers, dates and instants from min to max.
type intRange struct {
	*column
	min, max int64
}

func (t *intRange) judge(block, rows int) verdict {
	return judgeInts(&t.summaries[block], rows, t.min, t.max)
}

func judgeInts(s *summary, rows int, lower, upper int64) verdict {
	switch {
	case s.nulls == rows || s.maxInt < lower || s.minInt > upper:
		return none
	case s.nulls == 0 && s.minInt >= lower && s.maxInt <= upper:
		return all
	}
	return some
}

func (t *intRange) apply(selected []uint64, start, end int) {
	lower, upper := t.min, t.max
	values := t.ints[start:end]
	for w := range selected {
		var word uint64
		for i, v := range values[w*64 : min(w*64+64, len(values))] {
			word |= (bit(v >= lower) & bit(v <= upper)) << i
		}
		selected[w] &= word
	}
	t.dropNulls(selected, start)
}

// codeRange passes texts whose codes are from min to max.
type codeRange struct {
	*column
	min, max int64
}

func (t *codeRange) judge(block, rows int) verdict {
	return judgeInts(&t.summaries[block], rows, t.min, t.max)
}

func (t *codeRange) apply(selected []uint64, start, end int) {
	// One comparison: what is below min wraps around to above the width.
	lower, width := uint32(t.min), uint32(t.max-t.min)
	values := t.codes[start:end]
	for w := range selected {
		var word uint64
		for i, v := range values[w*64 : min(w*64+64, len(values))] {
			word |= bit(v-lower <= width) << i
		}
		selected[w] &= word
	}
	t.dropNulls(selected, start)
}

// dropNulls clears the bits of rows without a value. Blocks begin at a
// multiple of 64 rows.
func (c *column) dropNulls(selected []uint64, start int) {
	if c.valid == nil {
		return
	}
	valid := c.valid[start/64:]
	for w := range selected {
		selected[w] &= valid[w]
	}
}

// bit is 1 for true; the compiler makes it a flag's copy, not a branch.
func bit(b bool) uint64 {
	var i uint64
	if b {
		i = 1
	}
	return i
}
