package columnar

import "herbarium/datasets"

// rowGroupBlocks is how many blocks make a row group. The zone map of a row group lets a
// condition skip or take so many blocks at once.
const rowGroupBlocks = 16

// rowGroups returns the row groups of the table: runs of rowGroupBlocks blocks, the last
// of which may be shorter. Each is a block with zone maps but without values.
func (t *table) rowGroups() []block {
	t.rowGroupsOnce.Do(func() {
		n := len(t.fields)
		t.rowGroupMaps = make([]block, (len(t.blocks)+rowGroupBlocks-1)/rowGroupBlocks)
		columns := make([]column, len(t.rowGroupMaps)*n)
		for i := range t.rowGroupMaps {
			s := &t.rowGroupMaps[i]
			s.columns = columns[i*n:][:n:n]
			first, end := t.rowGroup(i)
			for b := first; b < end; b++ {
				s.widen(&t.blocks[b], t.fields)
			}
		}
	})
	return t.rowGroupMaps
}

// rowGroup returns which blocks a row group has: from first up to, not including,
// end.
func (t *table) rowGroup(number int) (first, end int) {
	first = number * rowGroupBlocks
	return first, min(first+rowGroupBlocks, len(t.blocks))
}

// widen makes the zone maps of b cover the rows of other as well.
func (b *block) widen(other *block, fields []datasets.Field) {
	b.rows += other.rows
	for f := range fields {
		b.columns[f].widen(&other.columns[f], fields[f].Type)
	}
}

func (c *column) widen(other *column, t datasets.Type) {
	none := c.nulls == c.rows // no value so far
	switch {
	case t == datasets.String: // whose span counts null
		c.codeSpan = c.codeSpan.with(other.codeSpan, c.rows == 0)
	case other.nulls == other.rows:
	case t == datasets.Number:
		c.floatSpan = c.floatSpan.with(other.floatSpan, none)
	default:
		c.intSpan = c.intSpan.with(other.intSpan, none)
	}
	c.rows += other.rows
	c.nulls += other.nulls
}

// with returns the span of what either spans; other's where s is of nothing.
func (s span[T]) with(other span[T], nothing bool) span[T] {
	if nothing {
		return other
	}
	return span[T]{min(s.min, other.min), max(s.max, other.max)}
}
