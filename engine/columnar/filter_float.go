package columnar

import "herbarium/engine/columnar/internal/kernels"

// floatRange holds for numbers from min to max; infinite where open.
type floatRange span[float64]

func (r floatRange) prune(c *column) pruning {
	switch {
	case c.nulls == c.rows, c.floatSpan.max < r.min, c.floatSpan.min > r.max:
		return noRow
	case c.nulls == 0 && c.floatSpan.min >= r.min && c.floatSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r floatRange) refine(c *column, selected []uint64) {
	c.keepPresent(selected)
	if c.byteCodes != nil {
		first, last := c.byteCodes.floatCodeRange(r, c.floatSpan)
		c.byteCodes.refine(selected, first, last)
		return
	}
	kernels.Active().RangeFloats(selected, c.floats, r.min, r.max)
}
