package columnar

import "herbarium/engine/columnar/internal/kernels"

// codeRange holds for codes from min to max, min not above max.
type codeRange span[uint32]

func (r codeRange) judge(c *column) verdict {
	switch {
	case c.codeSpan.max < r.min || c.codeSpan.min > r.max:
		return noRow
	case c.codeSpan.min >= r.min && c.codeSpan.max <= r.max:
		return everyRow
	}
	return someRows
}

func (r codeRange) refine(c *column, selected []uint64) {
	kernels.Active().RangeCodes(selected, c.codes, r.min, r.max)
}

// codeSet holds for the codes whose entry is 1; the entries are 0 or 1.
type codeSet struct {
	span span[uint32] // of the codes in it
	in   []uint8
}

func (s codeSet) judge(c *column) verdict {
	switch {
	case c.codeSpan.max < s.span.min || c.codeSpan.min > s.span.max:
		return noRow
	case c.codeSpan.min == c.codeSpan.max:
		if s.in[c.codeSpan.min] == 1 {
			return everyRow
		}
		return noRow
	}
	return someRows
}

func (s codeSet) refine(c *column, selected []uint64) {
	for w, before := range selected {
		if before != 0 {
			selected[w] = before & s.match(c.codes[w<<6:min(w<<6+64, len(c.codes))])
		}
	}
}

// match returns a word with a bit for each of up to 64 codes.
func (s codeSet) match(codes []uint32) uint64 {
	var word uint64
	for i, c := range codes {
		word |= uint64(s.in[c]) << (i & 63)
	}
	return word
}
