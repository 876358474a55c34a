package columnar

import (
	"herbarium/datasets"
	"herbarium/engine"
)

// batchBuilder makes batches from rows of blocks. It reuses its memory for each batch.
type batchBuilder struct {
	fields  []int
	copied  bool // whether what is handed out must not lie in the table's file
	batch   engine.Batch
	scratch []engine.Vector // what gathered columns and shifted bitmaps lie in
}

func (t *table) newBatchBuilder(fields []int) *batchBuilder {
	vectors := make([]engine.Vector, 2*len(fields))
	o := &batchBuilder{fields: fields, copied: t.segment != nil, scratch: vectors[len(fields):]}
	o.batch.Columns = vectors[:len(fields):len(fields)]
	for i, f := range fields {
		o.batch.Columns[i].Type = t.fields[f].Type
		o.batch.Columns[i].Dict = t.dictionary(f)
		o.batch.Columns[i].Unused = 1 // of no value
	}
	return o
}

// slice returns n rows of b from row first on: parts of its columns, not
// copied. Those of a file are: whoever encodes them does not expect that
// reading them may fail, and copying costs a fraction of encoding.
func (o *batchBuilder) slice(b *block, first, n int) *engine.Batch {
	o.batch.Rows = n
	for i, f := range o.fields {
		c, v, room := &b.columns[f], &o.batch.Columns[i], &o.scratch[i]
		c.touch()
		switch v.Type {
		case datasets.Number:
			v.Floats = part(o, &room.Floats, c.floats, first, n)
		case datasets.String:
			v.Codes = part(o, &room.Codes, c.codes, first, n)
		default:
			v.Ints = part(o, &room.Ints, c.ints, first, n)
		}
		v.Valid = nil
		if c.valid != nil {
			room.Valid = extend(room.Valid, words(n))
			v.Valid = copyBits(room.Valid, c.valid, first, n)
		}
	}
	return &o.batch
}

// gather returns the given rows of b, at most engine.BatchRows.
func (o *batchBuilder) gather(b *block, rows []uint16) *engine.Batch {
	o.batch.Rows = len(rows)
	for i, f := range o.fields {
		c, v, room := &b.columns[f], &o.batch.Columns[i], &o.scratch[i]
		c.touch()
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

// part returns n of the values, from first on, in room if they are to be
// copied.
func part[T any](o *batchBuilder, room *[]T, values []T, first, n int) []T {
	values = values[first : first+n : first+n]
	if o.copied {
		*room = append((*room)[:0], values...)
		return *room
	}
	return values
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
