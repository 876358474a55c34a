package columnar

import (
	"math"
	"slices"
	"sort"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// rowOrder is a plan's order of rows, compiled for a table.
type rowOrder struct {
	table *table
	parts []orderPart
	words [][]keyPiece // of a row's key
}

// orderPart is one part of a row's key: a field, or whether it has a value.
type orderPart struct {
	codeSpace
	key      int // in the plan's order
	field    int
	kind     datasets.Type
	presence bool // the codes are of null and of any value
	split    bool // presence is the part before; a null has any code
}

// rowOrder compiles the order.
func (t *table) rowOrder(order []plan.SortKey) *rowOrder {
	o := &rowOrder{table: t}
	for i, key := range order {
		part := orderPart{key: i, field: key.By, kind: t.fields[key.By].Type}
		if part.kind == datasets.String {
			// Their code of null is 0 already.
			part.codeSpace = newCodeSpace(0, uint64(len(t.dictionary(key.By))-1), false, key.Descending)
			o.parts = append(o.parts, part)
			continue
		}
		least, greatest, ok := t.spanOfField(key.By)
		nullable := t.nullable(key.By)
		if ok && nullable && greatest-least == math.MaxUint64 {
			// There is no code left for null.
			presence := part
			presence.codeSpace, presence.presence = newCodeSpace(0, 0, true, key.Descending), true
			o.parts = append(o.parts, presence)
			nullable, part.split = false, true
		}
		part.codeSpace = newCodeSpace(least, greatest, nullable, key.Descending)
		o.parts = append(o.parts, part)
	}
	widths := make([]int, len(o.parts))
	for i := range o.parts {
		widths[i] = o.parts[i].bits()
	}
	o.words = keyWords(widths)
	return o
}

// touch verifies the columns of a block that the order reads.
func (o *rowOrder) touch(b *block) {
	for i := range o.parts {
		b.columns[o.parts[i].field].touch()
	}
}

// firstWords writes the first word of the keys of some rows of a block to dst, which is as
// long as rows. The columns have to have been touched.
func (o *rowOrder) firstWords(b *block, rows []uint16, dst []uint64) {
	clear(dst)
	for i := range o.words[0] {
		piece := &o.words[0][i]
		part := &o.parts[piece.part]
		c := &b.columns[part.field]
		switch {
		case part.presence || c.nulls > 0 && part.kind != datasets.String:
			for k, row := range rows {
				dst[k] |= piece.place(part.codeOf(c, int(row)))
			}
		case part.kind == datasets.Number:
			for k, row := range rows {
				dst[k] |= piece.place(part.of(orderedFloat(c.floats[row])))
			}
		case part.kind == datasets.String:
			for k, row := range rows {
				dst[k] |= piece.place(part.of(uint64(c.codes[row])))
			}
		default:
			for k, row := range rows {
				dst[k] |= piece.place(part.of(orderedInt(c.ints[row])))
			}
		}
	}
}

// codeOf returns the code of a row of the column.
func (p *orderPart) codeOf(c *column, row int) uint64 {
	switch {
	case p.split && c.null(row):
		return 0
	case p.nulls > 0 && c.null(row):
		return p.null()
	case p.presence:
		return p.of(p.base)
	case p.kind == datasets.Number:
		return p.of(orderedFloat(c.floats[row]))
	case p.kind == datasets.String:
		return p.of(uint64(c.codes[row]))
	default:
		return p.of(orderedInt(c.ints[row]))
	}
}

// column returns the column of a field that a row of the table is in, verified, and the
// row's place in it.
func (t *table) column(field int, row int64) (c *column, place int) {
	c = &t.blocks[row/int64(t.blockRows)].columns[field]
	c.touch()
	return c, int(row % int64(t.blockRows))
}

// word returns a word of a row's key.
func (o *rowOrder) word(number int, row int64) uint64 {
	word := uint64(0)
	for i := range o.words[number] {
		piece := &o.words[number][i]
		part := &o.parts[piece.part]
		word |= piece.place(part.codeOf(o.table.column(part.field, row)))
	}
	return word
}

// compare compares two rows whose first words are equal. No two rows are equal.
func (o *rowOrder) compare(a, b int64) int {
	for number := 1; number < len(o.words); number++ {
		if x, y := o.word(number, a), o.word(number, b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	if a < b {
		return -1
	}
	return 1
}

// values returns the row's values of the order's fields.
func (o *rowOrder) values(order []plan.SortKey, row int64) []plan.Nullable {
	values := make([]plan.Nullable, len(order))
	for i, key := range order {
		c, place := o.table.column(key.By, row)
		switch v := &values[i]; {
		case c.null(place):
			v.Null = true
		case o.table.fields[key.By].Type == datasets.Number:
			v.Float = c.floats[place] + 0
		case o.table.fields[key.By].Type == datasets.String:
			v.Str = o.table.dictionary(key.By)[c.codes[place]]
		default:
			v.Int = c.ints[place]
		}
	}
	return values
}

// orderBound is a place in an order: that of a row, which may be of another table.
type orderBound struct {
	codes []uint64 // of the first parts
	// exact says that the codes are those of the row in all parts, so that rows with
	// equal ones are after it if their number is above row. Otherwise no row has the
	// last code's value: those are after it whose code is at least that one, or
	// none where past is set.
	exact bool
	past  bool
	row   int64
}

// bound returns the place of a row with these values of the order's fields.
func (o *rowOrder) bound(values []plan.Nullable, row int64) *orderBound {
	b := &orderBound{exact: true, row: row}
	for i := range o.parts {
		part := &o.parts[i]
		code, exact, past := part.codeAt(values[part.key], o.table)
		b.codes = append(b.codes, code)
		if !exact {
			b.exact, b.past = false, past
			break
		}
	}
	return b
}

// codeAt returns the code of a value. Where no row can have the value, exact is false, and
// the code is the first that comes after it; past says that there is none.
func (p *orderPart) codeAt(v plan.Nullable, t *table) (code uint64, exact, past bool) {
	switch {
	case v.Null && p.split:
		return 0, true, false
	case v.Null && (p.nulls > 0 || p.kind == datasets.String):
		return p.null(), true, false
	case v.Null:
		return p.next(0, false)
	case p.presence:
		return p.of(p.base), true, false
	case p.kind == datasets.String:
		at, found := slices.BinarySearch(t.dictionary(p.field)[1:], v.Str)
		if found {
			return p.of(uint64(at) + 1), true, false
		}
		return p.next(uint64(at), true)
	}
	ordered := orderedInt(v.Int)
	if p.kind == datasets.Number {
		ordered = orderedFloat(v.Float)
	}
	switch {
	case ordered < p.base:
		return p.next(0, p.nulls > 0)
	case ordered-p.base > p.last-p.nulls:
		return p.next(p.last, true)
	}
	return p.of(ordered), true, false
}

// next returns the first code after a value that no row has. Of the codes as they ascend,
// the value is above those up to below, or, where some is false, above none.
func (p *orderPart) next(below uint64, some bool) (code uint64, exact, past bool) {
	switch {
	case p.descending && some:
		return p.turn(below), false, false
	case p.descending:
		return 0, false, true
	case some:
		return below + 1, false, below == p.last
	}
	return 0, false, false
}

// after reports whether a row comes after the bound.
func (o *rowOrder) after(b *orderBound, row int64) bool {
	for i, code := range b.codes {
		part := &o.parts[i]
		here := part.codeOf(o.table.column(part.field, row))
		if !b.exact && i == len(b.codes)-1 {
			return here >= code && !b.past
		}
		if here != code {
			return here > code
		}
	}
	return row > b.row
}

// firstAfter returns how many of the rows, which are in order, are not after the bound.
func (o *rowOrder) firstAfter(b *orderBound, rows rowNumbers) int {
	return sort.Search(rows.len(), func(i int) bool { return o.after(b, rows.at(i)) })
}

// firstCodes returns the filter of rows whose code in the first part is from low to high.
func (o *rowOrder) firstCodes(low, high uint64) *filter {
	part := &o.parts[0]
	if high = min(high, part.last); low > high {
		return neverFilter
	}
	if part.descending {
		low, high = part.last-high, part.last-low
	}
	if low == 0 && high >= part.last || part.presence {
		return &filter{}
	}
	if part.kind == datasets.String {
		return &filter{fields: []int{part.field}, conditions: []condition{codeRange{uint32(low), uint32(high)}}}
	}
	nulls := &filter{fields: []int{part.field}, conditions: []condition{missing{}}}
	if part.nulls > 0 && high == 0 {
		return nulls
	}
	first, last := part.base+max(low, part.nulls)-part.nulls, part.base+high-part.nulls
	values := &filter{fields: []int{part.field}}
	if part.kind == datasets.Number {
		values.conditions = []condition{floatRange{floatAt(first), floatAt(last)}}
	} else {
		values.conditions = []condition{intRange{intAt(first), intAt(last)}}
	}
	if part.nulls > 0 && low == 0 {
		return &filter{any: [][]*filter{{nulls, values}}}
	}
	return values
}

// firstCode returns the code of the first part in the first word of a key.
func (o *rowOrder) firstCode(word uint64) uint64 {
	return word >> (64 - o.parts[0].bits()) // 0 where the part has no bits
}

// best returns a code that no row of the block is below in the first part, by its zone map.
func (o *rowOrder) best(b *block) uint64 {
	part := &o.parts[0]
	c := &b.columns[part.field]
	switch {
	case part.presence || part.split:
		return 0
	case part.kind == datasets.String && part.descending:
		return part.of(uint64(c.codeSpan.max))
	case part.kind == datasets.String:
		return part.of(uint64(c.codeSpan.min))
	case c.nulls > 0 && !part.descending || c.nulls == c.rows:
		return part.null()
	case part.kind == datasets.Number && part.descending:
		return part.of(orderedFloat(c.floatSpan.max))
	case part.kind == datasets.Number:
		return part.of(orderedFloat(c.floatSpan.min))
	case part.descending:
		return part.of(orderedInt(c.intSpan.max))
	}
	return part.of(orderedInt(c.intSpan.min))
}
