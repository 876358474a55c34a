package columnar

import (
	"herbarium/datasets"
	"herbarium/engine"
)

// output makes batches of rows of blocks. Its memory is used again for each.
type output struct {
	fields  []int
	batch   engine.Batch
	scratch []engine.Vector // what gathered columns and shifted bitmaps lie in
}

func (t *table) newOutput(fields []int) *output {
	o := &output{fields: fields, scratch: make([]engine.Vector, len(fields))}
	o.batch.Columns = make([]engine.Vector, len(fields))
	for i, f := range fields {
		o.batch.Columns[i].Type = t.fields[f].Type
		o.batch.Columns[i].Dict = t.texts[f]
		o.batch.Columns[i].Unused = 1 // of no value
	}
	return o
}

// slice returns n rows of b from row first on: parts of its columns, not
// copied.
func (o *output) slice(b *block, first, n int) *engine.Batch {
	o.batch.Rows = n
	for i, f := range o.fields {
		c, v := &b.columns[f], &o.batch.Columns[i]
		switch v.Type {
		case datasets.Number:
			v.Floats = c.floats[first : first+n : first+n]
		case datasets.String:
			v.Codes = c.codes[first : first+n : first+n]
		default:
			v.Ints = c.ints[first : first+n : first+n]
		}
		v.Valid = nil
		if c.valid != nil {
			room := &o.scratch[i].Valid
			*room = extend(*room, words(n))
			v.Valid = copyBits(*room, c.valid, first, n)
		}
	}
	return &o.batch
}

// gather returns the given rows of b, at most engine.BatchRows.
func (o *output) gather(b *block, rows []uint16) *engine.Batch {
	o.batch.Rows = len(rows)
	for i, f := range o.fields {
		c, v, room := &b.columns[f], &o.batch.Columns[i], &o.scratch[i]
		switch v.Type {
		case datasets.Number:
			v.Floats = gathered(&room.Floats, c.floats, rows)
		case datasets.String:
			v.Codes = gathered(&room.Codes, c.codes, rows)
		default:
			v.Ints = gathered(&room.Ints, c.ints, rows)
		}
		v.Valid = nil
		if c.valid != nil {
			room.Valid = extend(room.Valid, words(len(rows)))
			v.Valid = room.Valid[:words(len(rows))]
			gatherBits(v.Valid, c.valid, rows)
		}
	}
	return &o.batch
}

// gathered copies the rows' values into room, which grows as it must.
func gathered[T any](room *[]T, values []T, rows []uint16) []T {
	*room = extend(*room, len(rows))
	out := (*room)[:len(rows)]
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}

// gatherBits copies the rows' bits.
func gatherBits(dst, src []uint64, rows []uint16) {
	clear(dst)
	for i, row := range rows {
		dst[i>>6] |= src[row>>6] >> (row & 63) & 1 << (i & 63)
	}
}
