package columnar

import (
	"context"

	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/plan"
)

// pruning is what a zone map tells about a condition.
type pruning uint8

const (
	someRows pruning = iota // look at the rows
	noRow
	everyRow
)

// condition is a predicate that is compiled for the columns of one field.
type condition interface {
	// prune decides from the column's zone map alone.
	prune(c *column) pruning
	// refine clears the bits of rows that do not satisfy the condition.
	refine(c *column, selected []uint64)
}

// filter is a plan.Condition that is compiled for a table: a conjunction of conditions,
// of disjunctions and of negations. Only the conditions look at values; the others are
// operations on bitmaps.
type filter struct {
	never      bool // no row of any block satisfies it
	fields     []int
	conditions []condition // on fields, one each
	// alone are the selection indexes of the first conditions, each of it alone; nil where
	// none are kept.
	alone []*selectionIndex
	any   [][]*filter // of each list, at least one holds
	not   []*filter   // none holds
}

// selection is the rows of one block that satisfy a filter.
type selection struct {
	rows   int        // how many
	full   bool       // all of the block; bitmap has no meaning then
	bitmap []uint64   // of the block's rows
	nested [][]uint64 // scratch bitmaps, for the filters within a filter
	looked int64      // rows of the blocks that were looked at so far
}

func (t *table) newSelection() *selection {
	return &selection{bitmap: make([]uint64, bitmap.Words(t.largestBlock()))}
}

// reset makes it an empty selection of blocks that have so many rows at the most.
func (s *selection) reset(rows int) {
	*s = selection{bitmap: s.bitmap[:bitmap.Words(rows)], nested: s.nested}
}

// scratch returns the scratch bitmap of that number, as long as the selection's own.
// What is in it is undefined.
func (s *selection) scratch(number int) []uint64 {
	for len(s.nested) <= number {
		s.nested = append(s.nested, make([]uint64, cap(s.bitmap)))
	}
	return s.nested[number][:len(s.bitmap)]
}

// prune decides from the zone maps of a block or row group alone.
func (f *filter) prune(b *block) pruning {
	if f.never {
		return noRow
	}
	all := everyRow
	for i, c := range f.conditions {
		switch c.prune(&b.columns[f.fields[i]]) {
		case noRow:
			return noRow
		case someRows:
			all = someRows
		}
	}
	for _, list := range f.any {
		switch pruneAny(list, b) {
		case noRow:
			return noRow
		case someRows:
			all = someRows
		}
	}
	for _, n := range f.not {
		switch n.prune(b) {
		case everyRow:
			return noRow
		case someRows:
			all = someRows
		}
	}
	return all
}

// pruneAny is prune for filters of which one has to hold.
func pruneAny(list []*filter, b *block) pruning {
	none := noRow
	for _, f := range list {
		switch f.prune(b) {
		case everyRow:
			return everyRow
		case someRows:
			none = someRows
		}
	}
	return none
}

// selectRows sets s to the rows of b, the block of that number, that satisfy f.
func (f *filter) selectRows(b *block, number int, s *selection) {
	s.rows, s.full = 0, true
	s.bitmap = s.bitmap[:bitmap.Words(b.rows)]
	// All zone maps come before any row, since the last of them may exclude the block.
	switch f.prune(b) {
	case noRow:
		return
	case someRows:
		bitmap.SetFirst(s.bitmap, b.rows)
		f.refine(b, number, s.bitmap, s, 0)
		s.rows = bitmap.Count(s.bitmap)
		s.full = s.rows == b.rows
	default:
		s.rows = b.rows
	}
	s.looked += int64(b.rows)
}

// refine clears the bits of rows of b, the block of that number, that do not satisfy f. Of
// the scratch bitmaps of s, those from number free on may be used. The zone maps do not
// exclude the whole block.
func (f *filter) refine(b *block, number int, selected []uint64, s *selection, free int) {
	// What is known costs least, and may leave little to look at.
	for _, index := range f.alone {
		index.intersect(number, selected)
	}
	for i, c := range f.conditions {
		column := &b.columns[f.fields[i]]
		if c.prune(column) == everyRow {
			continue
		}
		if i < len(f.alone) {
			// Another query may have found it out since.
			if f.alone[i].intersect(number, selected) {
				continue
			}
			if worthKeeping(column, selected) {
				f.alone[i].selection(b, number, &selection{bitmap: s.scratch(free)})
				f.alone[i].intersect(number, selected)
				continue
			}
		}
		column.touch()
		c.refine(column, selected)
	}
	for _, list := range f.any {
		if pruneAny(list, b) != everyRow {
			refineAny(list, b, number, selected, s, free)
		}
	}
	for _, n := range f.not {
		if n.prune(b) == noRow {
			continue
		}
		excluded := s.scratch(free)
		copy(excluded, selected)
		n.refine(b, number, excluded, s, free+1)
		for w, bits := range excluded {
			selected[w] &^= bits
		}
	}
}

// refineAny clears the bits of rows that satisfy none of the filters. Each filter looks
// only at the rows that those before it left out.
func refineAny(list []*filter, b *block, number int, selected []uint64, s *selection, free int) {
	found, tried := s.scratch(free), s.scratch(free+1)
	clear(found)
	for _, f := range list {
		if f.prune(b) == noRow {
			continue
		}
		left := uint64(0)
		for w, bits := range selected {
			tried[w] = bits &^ found[w]
			left |= tried[w]
		}
		if left == 0 {
			break
		}
		f.refine(b, number, tried, s, free+2)
		for w, bits := range tried {
			found[w] |= bits
		}
	}
	copy(selected, found)
}

// neverFilter is the filter that no row satisfies.
var neverFilter = &filter{never: true}

// always reports whether every row satisfies the filter, whatever the values.
func (f *filter) always() bool {
	return !f.never && len(f.conditions) == 0 && len(f.any) == 0 && len(f.not) == 0
}

// and makes f hold only where other does, too.
func (f *filter) and(other *filter) {
	f.fields = append(f.fields, other.fields...)
	f.conditions = append(f.conditions, other.conditions...)
	f.any = append(f.any, other.any...)
	f.not = append(f.not, other.not...)
}

// filter compiles the condition for the table. What holds for no row, or for all of them,
// is left out.
func (t *table) filter(ctx context.Context, c *plan.Condition) (*filter, error) {
	f := &filter{}
	for i := range c.Where {
		p := &c.Where[i]
		compiled, err := t.condition(ctx, p)
		if err != nil {
			return nil, err
		}
		if compiled == nil {
			return neverFilter, nil
		}
		f.fields = append(f.fields, p.Field)
		f.conditions = append(f.conditions, compiled)
	}
	for _, list := range c.Any {
		alternatives, err := t.alternatives(ctx, list)
		switch {
		case err != nil:
			return nil, err
		case len(alternatives) == 0:
			return neverFilter, nil
		case len(alternatives) == 1:
			f.and(alternatives[0])
		default:
			f.any = append(f.any, alternatives)
		}
	}
	for i := range c.Not {
		n, err := t.filter(ctx, &c.Not[i])
		switch {
		case err != nil:
			return nil, err
		case n.always():
			return neverFilter, nil
		case !n.never:
			f.not = append(f.not, n)
		}
	}
	return f, nil
}

// alternatives compiles conditions of which one has to hold. Where one always does, it is
// the only one.
func (t *table) alternatives(ctx context.Context, list []plan.Condition) ([]*filter, error) {
	var alternatives []*filter
	for i := range list {
		f, err := t.filter(ctx, &list[i])
		switch {
		case err != nil:
			return nil, err
		case f.always():
			return []*filter{f}, nil
		case !f.never:
			alternatives = append(alternatives, f)
		}
	}
	return alternatives, nil
}
