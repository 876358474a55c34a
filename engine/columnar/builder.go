package columnar

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// builder makes a column of batches.
type builder struct {
	column column
	rows   int
	nulls  int
	known  map[string]uint32 // codes in order of first sight
	codes  []uint32          // of the batch's dictionary
}

// add appends a batch's vector.
func (b *builder) add(v *engine.Vector, rows int) {
	c := &b.column
	for len(c.valid)*64 < b.rows+rows {
		c.valid = append(c.valid, 0)
	}
	for i := range rows {
		if v.Null(i) {
			b.nulls++
		} else {
			c.valid[(b.rows+i)>>6] |= 1 << ((b.rows + i) & 63)
		}
	}
	b.rows += rows
	switch c.kind {
	case datasets.Number:
		c.floats = append(c.floats, v.Floats[:rows]...)
		zeroNulls(c.floats[len(c.floats)-rows:], v)
	case datasets.String:
		b.addCodes(v, rows)
	default:
		c.ints = append(c.ints, v.Ints[:rows]...)
		zeroNulls(c.ints[len(c.ints)-rows:], v)
	}
}

func zeroNulls[T float64 | int64](values []T, v *engine.Vector) {
	for i := range values {
		if v.Null(i) {
			values[i] = 0
		}
	}
}

// addCodes translates the batch's codes, each entry of its dictionary once.
func (b *builder) addCodes(v *engine.Vector, rows int) {
	if b.known == nil {
		b.known = map[string]uint32{}
	}
	const untranslated = 1<<32 - 1
	b.codes = slices.Grow(b.codes[:0], len(v.Dict))[:len(v.Dict)]
	for i := range b.codes {
		b.codes[i] = untranslated
	}
	for i := range rows {
		if v.Null(i) {
			b.column.codes = append(b.column.codes, 0)
			continue
		}
		code := &b.codes[v.Codes[i]]
		if *code == untranslated {
			*code = b.code(v.Dict[v.Codes[i]])
		}
		b.column.codes = append(b.column.codes, *code)
	}
}

func (b *builder) code(s string) uint32 {
	if code, ok := b.known[s]; ok {
		return code
	}
	code := uint32(len(b.column.dict))
	// The batch's text may be in memory that is used again.
	s = string([]byte(s))
	b.known[s] = code
	b.column.dict = append(b.column.dict, s)
	return code
}

// finish returns the column; the builder is done with.
func (b *builder) finish() *column {
	c := &b.column
	if b.nulls == 0 {
		c.valid = nil
	}
	if c.kind == datasets.String {
		b.sortDict()
	}
	c.floats, c.ints, c.codes = slices.Clip(c.floats), slices.Clip(c.ints), slices.Clip(c.codes)
	c.summarize(b.rows)
	return c
}

// sortDict puts the dictionary into the order of its bytes.
func (b *builder) sortDict() {
	c := &b.column
	slices.Sort(c.dict)
	translate := make([]uint32, len(c.dict))
	for code, s := range c.dict {
		translate[b.known[s]] = uint32(code)
	}
	for row, code := range c.codes {
		if !c.null(row) {
			c.codes[row] = translate[code]
		}
	}
	b.known = nil
}
