package columnar

import (
	"context"

	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// A condition that is one of several has a selection index of its own, too. Who explores a
// table changes one condition and keeps the others, and asks for rows, groups and counts
// under the same ones. Of all these plans, the first one looks at the values; the others
// intersect bitmaps, which take a bit for a row. (Database cracking and recycling keep
// results of operators for the same reason: Ivanova et al., An Architecture for Recycling
// Intermediates in a Column-store, SIGMOD 2009.)

// minIndexedBlocks is how many blocks a table has at least whose conditions have indexes of
// their own. Conditions on fewer rows are evaluated faster than a page is encoded.
const minIndexedBlocks = 4

// keepAlone gives the plan's filter the selection index of each of its conditions, from the
// cache or new. The conditions within any and not have none: there may be many. Where the
// query has no memory for them, it does without.
func (t *table) keepAlone(ctx context.Context, f *filter, p *plan.Plan) {
	if f.never || len(t.blocks) < minIndexedBlocks {
		return
	}
	for i := range p.Filter.Where {
		if memory.Take(ctx, indexBytes(len(t.blocks))) != nil {
			return
		}
		one := plan.Condition{Where: p.Filter.Where[i : i+1]}
		key := selectionIndexKey{t.id, string(one.AppendCanonical(nil, p.Dataset))}
		index, ok := t.selectionIndexes.Get(key)
		if !ok {
			alone := &filter{fields: f.fields[i : i+1 : i+1], conditions: f.conditions[i : i+1 : i+1]}
			index = t.selectionIndexes.GetOrAdd(key, t.newSelectionIndex(alone))
		}
		f.alone = append(f.alone, index)
	}
}

// intersect clears the bits of rows of a block that are not selected, and reports whether
// it is known which these are. If not, it does nothing.
func (r *selectionIndex) intersect(number int, selected []uint64) bool {
	switch known := r.blocks[number].Load(); {
	case known == nil:
		return false
	case known.rows == 0:
		clear(selected)
	case known.bitmap != nil:
		for w, bits := range known.bitmap {
			selected[w] &= bits
		}
	}
	return true
}

// worthKeeping reports whether a condition on the column should be evaluated for all rows
// of its block and kept, not only for the rows that are still selected. Byte codes are read
// almost as fast as what would be kept, and where few rows are left, few values have to be
// read.
func worthKeeping(c *column, selected []uint64) bool {
	if c.byteCodes != nil {
		return false
	}
	left := 0
	for _, bits := range selected {
		if bits != 0 {
			left++
		}
	}
	return 2*left >= len(selected)
}
