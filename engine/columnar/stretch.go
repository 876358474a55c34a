package columnar

import "herbarium/datasets"

// stretchBlocks is how many blocks make a stretch. Summaries of stretches judge
// as those of blocks do, for so many at once.
const stretchBlocks = 16

// stretches returns a summary of each run of stretchBlocks blocks, the last
// of which may be shorter, as that of one block. They have no values.
func (t *table) stretches() []block {
	t.summed.Do(func() {
		n := len(t.fields)
		t.summaries = make([]block, (len(t.blocks)+stretchBlocks-1)/stretchBlocks)
		columns := make([]column, len(t.summaries)*n)
		for i := range t.summaries {
			s := &t.summaries[i]
			s.columns = columns[i*n:][:n:n]
			first, end := t.stretch(i)
			for b := first; b < end; b++ {
				s.cover(&t.blocks[b], t.fields)
			}
		}
	})
	return t.summaries
}

// stretch returns which blocks a stretch has: from first to, not including,
// end.
func (t *table) stretch(number int) (first, end int) {
	first = number * stretchBlocks
	return first, min(first+stretchBlocks, len(t.blocks))
}

// cover makes s a summary of b too.
func (s *block) cover(b *block, fields []datasets.Field) {
	s.rows += b.rows
	for f := range fields {
		s.columns[f].cover(&b.columns[f], fields[f].Type)
	}
}

func (s *column) cover(c *column, t datasets.Type) {
	none := s.nulls == s.rows // no value so far
	switch {
	case t == datasets.String: // whose span counts null
		s.codeSpan = s.codeSpan.with(c.codeSpan, s.rows == 0)
	case c.nulls == c.rows:
	case t == datasets.Number:
		s.floatSpan = s.floatSpan.with(c.floatSpan, none)
	default:
		s.intSpan = s.intSpan.with(c.intSpan, none)
	}
	s.rows += c.rows
	s.nulls += c.nulls
}

// with returns the span of what either spans; other's where s is of nothing.
func (s span[T]) with(other span[T], nothing bool) span[T] {
	if nothing {
		return other
	}
	return span[T]{min(s.min, other.min), max(s.max, other.max)}
}
