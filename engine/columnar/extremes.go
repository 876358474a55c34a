package columnar

import (
	"math"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// extremes are the least and the greatest value of a field, by group. Only the slice
// of the field's type is set; text is its dictionary codes. A group without a value
// has a span whose end is before its beginning.
type extremes struct {
	floats []span[float64]
	ints   []span[int64]
	codes  []span[uint32]
}

// bounds are between what the values of a field lie, in the form of its type.
type bounds struct {
	floats span[float64]
	ints   span[int64]
	codes  span[uint32]
}

var (
	allValues = bounds{span[float64]{math.Inf(-1), math.Inf(1)}, span[int64]{math.MinInt64, math.MaxInt64}, span[uint32]{1, math.MaxUint32}}
	noValues  = bounds{span[float64]{math.Inf(1), math.Inf(-1)}, span[int64]{math.MaxInt64, math.MinInt64}, span[uint32]{math.MaxUint32, 0}}
)

// boundsOf returns bounds of what a condition selects of a field: those of its
// predicates that all rows meet.
func boundsOf(c *plan.Condition, field int, t datasets.Type) bounds {
	b := allValues
	for i := range c.Where {
		p := &c.Where[i]
		if p.Field != field || p.Text != nil || t == datasets.String {
			continue
		}
		least, most := p.Min, p.Max
		if n := len(p.In); n > 0 {
			least, most = &p.In[0], &p.In[n-1]
		}
		if least != nil {
			b.floats.min, b.ints.min = max(b.floats.min, least.Float), max(b.ints.min, least.Int)
		}
		if most != nil {
			b.floats.max, b.ints.max = min(b.floats.max, most.Float), min(b.ints.max, most.Int)
		}
	}
	if t == datasets.Number {
		b.ints = allValues.ints
	} else {
		b.floats = allValues.floats
	}
	return b
}

// grow makes room for groups of a field of that type, up to, not including, n.
func (e *extremes) grow(n int, t datasets.Type) {
	switch t {
	case datasets.Number:
		e.floats = extendBy(e.floats, n, noValues.floats)
	case datasets.String:
		e.codes = extendBy(e.codes, n, noValues.codes)
	default:
		e.ints = extendBy(e.ints, n, noValues.ints)
	}
}

// extendBy returns s with at least n entries, new ones as given.
func extendBy[T any](s []T, n int, entry T) []T {
	for len(s) < n {
		s = append(s, entry)
	}
	return s
}

// merge adds a group of other to a group.
func (e *extremes) merge(group uint32, other *extremes, from uint32) {
	switch {
	case e.floats != nil:
		e.floats[group] = e.floats[group].with(other.floats[from], false)
	case e.ints != nil:
		e.ints[group] = e.ints[group].with(other.ints[from], false)
	case e.codes != nil:
		e.codes[group] = e.codes[group].with(other.codes[from], false)
	}
}

// add adds the values of the rows of a block to the groups beside them. The values lie
// within the bounds, and counts has how many rows groups have, with these: where every
// group that has some has such extremes already that the block's zone map rules out
// others, no row is read.
func (e *extremes) add(c *column, within *bounds, counts []int64, rows []uint16, groups []uint32) {
	look := len(counts) > len(rows)
	switch {
	case c.nulls == c.rows:
	case e.floats != nil:
		if look || !settled(e.floats, c.floatSpan, within.floats, counts) {
			c.touch()
			widen(e.floats, c, c.floats, rows, groups)
		}
	case e.ints != nil:
		if look || !settled(e.ints, c.intSpan, within.ints, counts) {
			c.touch()
			widen(e.ints, c, c.ints, rows, groups)
		}
	case e.codes != nil:
		if look || !settled(e.codes, c.codeSpan, within.codes, counts) {
			c.touch()
			widen(e.codes, c, c.codes, rows, groups)
		}
	}
}

func settled[T float64 | int64 | uint32](spans []span[T], block, within span[T], counts []int64) bool {
	least, most := max(block.min, within.min), min(block.max, within.max)
	for g, n := range counts {
		if n > 0 && (spans[g].min > least || spans[g].max < most) {
			return false
		}
	}
	return true
}

func widen[T float64 | int64 | uint32](spans []span[T], c *column, values []T, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		v, s := values[row], &spans[groups[i]]
		if v >= s.min && v <= s.max || c.null(int(row)) {
			continue
		}
		s.min, s.max = min(s.min, v), max(s.max, v)
	}
}

// of returns the extremes of a group that has a value. The texts are the field's
// dictionary.
func (e *extremes) of(group uint32, texts []string) (least, greatest plan.Value) {
	switch {
	case e.floats != nil:
		s := e.floats[group]
		return plan.Value{Float: s.min + 0}, plan.Value{Float: s.max + 0} // −0 + 0 is 0
	case e.codes != nil:
		s := e.codes[group]
		return plan.Value{Str: texts[s.min]}, plan.Value{Str: texts[s.max]}
	default:
		s := e.ints[group]
		return plan.Value{Int: s.min}, plan.Value{Int: s.max}
	}
}

// ofZone returns the extremes of all rows of a block or row group as those of one
// group, or nil where its zone map does not tell them: the span of codes counts null.
func (c *column) ofZone(t datasets.Type) *extremes {
	switch {
	case t == datasets.String && c.nulls > 0 && c.nulls < c.rows:
		return nil
	case c.nulls == c.rows:
		e := &extremes{}
		e.grow(1, t)
		return e
	case t == datasets.Number:
		return &extremes{floats: []span[float64]{c.floatSpan}}
	case t == datasets.String:
		return &extremes{codes: []span[uint32]{c.codeSpan}}
	default:
		return &extremes{ints: []span[int64]{c.intSpan}}
	}
}
