package columnar

// intRange holds for integers from min to max, min not above max.
type intRange span[int64]

func (r intRange) judge(c *column) verdict {
	switch {
	case c.nulls == c.rows, c.intSpan.max < r.min, c.intSpan.min > r.max:
		return noRow
	case c.nulls == 0 && c.intSpan.min >= r.min && c.intSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r intRange) refine(c *column, selected []uint64) {
	for w, before := range selected {
		if before == 0 {
			continue
		}
		values := c.ints[w<<6 : min(w<<6+64, len(c.ints))]
		selected[w] = before & c.present(w) & r.match(values)
	}
}

// match returns a word with a bit for each of up to 64 values. One unsigned
// comparison does for two: what is below min wraps around to far above.
func (r intRange) match(values []int64) uint64 {
	var word uint64
	low, width := uint64(r.min), uint64(r.max)-uint64(r.min)
	for i, v := range values {
		var in uint64
		if uint64(v)-low <= width {
			in = 1
		}
		word |= in << (i & 63)
	}
	return word
}
