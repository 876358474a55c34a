package columnar

import (
	"math"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/exact"
)

// column is one field's values in one block, with their zone map: nulls and spans. Only
// the slice of the field's type is set.
type column struct {
	rows  int
	nulls int
	// valid has a bit for each row with a value; nil where every row has one.
	valid  []uint64
	floats []float64 // number; 0 where there is no value
	ints   []int64   // integer, boolean, date and date-time; 0 where there is no value
	// codes index the table's dictionary, which is sorted, so that they are
	// ordered as the text is. 0 stands for no value: it needs no second look
	// at valid, and it puts null before all text.
	codes []uint32

	// The least and the greatest of the values; without meaning where all
	// rows are null. Those of codes count 0 as well.
	floatSpan span[float64]
	intSpan   span[int64]
	codeSpan  span[uint32]
	// minUlp is the exponent of a power of two of which all numbers are multiples; for a
	// stored table's column, stored has it.
	minUlp int

	// byteCodes are the values once more, for conditions on ranges; nil where the values
	// have no such codes, and in files.
	byteCodes *byteCodes

	// stored is what verifies the column of a stored table before its slices are read;
	// nil in memory.
	stored *storedColumn
}

// span is a range of values, inclusive.
type span[T float64 | int64 | uint32] struct{ min, max T }

// block is a run of rows, column by column, in field order.
type block struct {
	rows    int
	columns []column
}

// keepPresent clears the bits of rows without a value.
func (c *column) keepPresent(selected []uint64) {
	for w, valid := range c.valid {
		selected[w] &= valid
	}
}

// null reports whether row i has no value.
func (c *column) null(i int) bool {
	return c.valid != nil && c.valid[i>>6]>>(i&63)&1 == 0
}

// addTo adds the values of the rows to the sums of the groups beside them. A null is
// a 0.
func (c *column) addTo(s exact.Sums, rows []uint16, groups []uint32) {
	switch s := s.(type) {
	case *exact.FloatSums:
		s.Add(c.floats, rows, groups)
	case *exact.IntSums:
		s.Add(c.ints, rows, groups)
	}
}

// append adds rows first to first+n of v. The codes are those of its texts in the
// dictionary of the load. The column never has more than maxRows rows.
func (c *column) append(v *engine.Vector, codes []uint32, first, n, maxRows int) {
	switch v.Type {
	case datasets.Number:
		c.floats = appendWithin(c.floats, v.Floats[first:first+n], maxRows)
	case datasets.String:
		c.codes = appendWithin(c.codes, codes[first:first+n], maxRows)
	default:
		c.ints = appendWithin(c.ints, v.Ints[first:first+n], maxRows)
	}
	start := c.rows
	c.rows += n
	if v.Valid == nil && c.valid == nil {
		return
	}
	if c.valid == nil {
		c.valid = make([]uint64, bitmap.Words(maxRows))
		bitmap.SetFirst(c.valid, start)
	}
	for i := range n {
		at := start + i
		if !v.Null(first + i) {
			c.valid[at>>6] |= 1 << (at & 63)
			continue
		}
		c.nulls++
		// What stands in a null's place has no meaning; one value for all
		// keeps it out of sums and groups.
		switch v.Type {
		case datasets.Number:
			c.floats[at] = 0
		case datasets.String:
			c.codes[at] = 0
		default:
			c.ints[at] = 0
		}
	}
}

// appendWithin appends to s, whose length never exceeds maxRows. The first append
// allocates what it needs, so that small tables stay small; the second allocates a whole
// block.
func appendWithin[T any](s, values []T, maxRows int) []T {
	if need := len(s) + len(values); need > cap(s) {
		room := need
		if len(s) > 0 {
			room = maxRows
		}
		grown := make([]T, len(s), room)
		copy(grown, s)
		s = grown
	}
	return append(s, values...)
}

// seal ends the column's growth: it drops a bitmap that says nothing and
// makes the zone map of numbers. That of codes is made when they are final.
func (c *column) seal() {
	if c.nulls == 0 {
		c.valid = nil
	} else {
		c.valid = c.valid[:bitmap.Words(c.rows)]
	}
	c.floatSpan = spanOf(c, c.floats)
	c.intSpan = spanOf(c, c.ints)
	c.minUlp = minUlpExponentOf(c.floats)
}

// seal ends the growth of all columns.
func (b *block) seal() {
	for i := range b.columns {
		b.columns[i].seal()
	}
}

// touch verifies the values of a stored table's column if nobody has done so yet. It has to
// be called before they are read, on a goroutine that runs under table.guard.
func (c *column) touch() {
	if c.stored != nil && !c.stored.sound.Load() {
		c.stored.verify(c)
	}
}

// minUlpExponent returns the exponent of a power of two of which all numbers in the
// column are multiples. The column has to have been touched.
func (c *column) minUlpExponent() int {
	if c.stored != nil {
		return c.stored.minUlp
	}
	return c.minUlp
}

// minUlpExponentOf returns the exponent of a power of two of which all values are
// multiples: the unit in the last place of the value that is nearest to 0, but not 0.
func minUlpExponentOf(values []float64) int {
	least := ^uint64(0)
	for _, v := range values {
		// Without the sign; less one, so that 0 comes out as the greatest.
		least = min(least, math.Float64bits(v)<<1-1)
	}
	exponent := int((least + 1) >> 53)
	if least == ^uint64(0) {
		return 0 // all are 0, a multiple of anything
	}
	return max(exponent, 1) - 1075
}

// spanOf returns the span of the values that are not null.
func spanOf[T float64 | int64 | uint32](c *column, values []T) span[T] {
	if c.nulls == 0 {
		return wholeSpan(values)
	}
	var s span[T]
	first := true
	for i, v := range values {
		switch {
		case c.null(i):
		case first:
			s, first = span[T]{v, v}, false
		default:
			s.min, s.max = min(s.min, v), max(s.max, v)
		}
	}
	return s
}

// wholeSpan returns the span of values, of which none is null. It compares four at a
// time, which do not wait for each other.
func wholeSpan[T float64 | int64 | uint32](values []T) span[T] {
	if len(values) == 0 {
		return span[T]{}
	}
	first := values[0]
	a, b, c, d := first, first, first, first // least
	e, f, g, h := first, first, first, first // greatest
	for ; len(values) >= 4; values = values[4:] {
		w, x, y, z := values[0], values[1], values[2], values[3]
		a, b, c, d = min(a, w), min(b, x), min(c, y), min(d, z)
		e, f, g, h = max(e, w), max(f, x), max(g, y), max(h, z)
	}
	for _, v := range values {
		a, e = min(a, v), max(e, v)
	}
	return span[T]{min(a, b, c, d), max(e, f, g, h)}
}

// recode replaces each code by its place in a sorted dictionary. It reports
// whether that changed any.
func (c *column) recode(places []uint32) (changed bool) {
	for i, code := range c.codes {
		place := places[code]
		c.codes[i] = place
		changed = changed || place != code
		if i == 0 {
			c.codeSpan = span[uint32]{place, place}
		}
		c.codeSpan.min, c.codeSpan.max = min(c.codeSpan.min, place), max(c.codeSpan.max, place)
	}
	return changed
}
