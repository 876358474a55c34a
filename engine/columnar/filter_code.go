package columnar

import "herbarium/engine/columnar/internal/kernels"

// codeRange holds for codes from min to max, min not above max.
type codeRange span[uint32]

func (r codeRange) prune(c *column) pruning {
	switch {
	case c.codeSpan.max < r.min || c.codeSpan.min > r.max:
		return noRow
	case c.codeSpan.min >= r.min && c.codeSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r codeRange) refine(c *column, selected []uint64) {
	if c.byteCodes != nil {
		first, last := intCodeRange(c.byteCodes, span[uint32](r), c.codeSpan)
		c.byteCodes.refine(selected, first, last)
		return
	}
	kernels.Active().RangeCodes(selected, c.codes, r.min, r.max)
}

// codeSet holds for the codes in a set.
type codeSet struct {
	span span[uint32] // of the codes in it
	in   *kernels.CodeSet
}

func (s codeSet) prune(c *column) pruning {
	switch {
	case c.codeSpan.max < s.span.min || c.codeSpan.min > s.span.max:
		return noRow
	case c.codeSpan.min == c.codeSpan.max:
		if s.in.Has(c.codeSpan.min) {
			return everyRow
		}
		return noRow
	}
	return someRows
}

func (s codeSet) refine(c *column, selected []uint64) {
	kernels.Active().InCodes(selected, c.codes, s.in)
}
