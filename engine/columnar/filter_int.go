package columnar

import "herbarium/engine/columnar/internal/kernels"

// intRange holds for integers from min to max, min not above max.
type intRange span[int64]

func (r intRange) prune(c *column) pruning {
	switch {
	case c.nulls == c.rows, c.intSpan.max < r.min, c.intSpan.min > r.max:
		return noRow
	case c.nulls == 0 && c.intSpan.min >= r.min && c.intSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r intRange) refine(c *column, selected []uint64) {
	c.keepPresent(selected)
	if c.byteCodes != nil {
		first, last := intCodeRange(c.byteCodes, span[int64](r), c.intSpan)
		c.byteCodes.refine(selected, first, last)
		return
	}
	kernels.Active().RangeInts(selected, c.ints, r.min, r.max)
}
