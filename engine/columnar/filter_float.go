package columnar

// floatRange holds for numbers from min to max; infinite where open.
type floatRange span[float64]

func (r floatRange) judge(c *column) verdict {
	switch {
	case c.nulls == c.rows, c.floatSpan.max < r.min, c.floatSpan.min > r.max:
		return noRow
	case c.nulls == 0 && c.floatSpan.min >= r.min && c.floatSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r floatRange) refine(c *column, selected []uint64) {
	for w, before := range selected {
		if before == 0 {
			continue
		}
		values := c.floats[w<<6 : min(w<<6+64, len(c.floats))]
		selected[w] = before & c.present(w) & r.match(values)
	}
}

// match returns a word with a bit for each of up to 64 values.
func (r floatRange) match(values []float64) uint64 {
	var word uint64
	for i, v := range values {
		var above, below uint64
		if v >= r.min {
			above = 1
		}
		if v <= r.max {
			below = 1
		}
		word |= (above & below) << (i & 63)
	}
	return word
}
