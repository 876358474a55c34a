package columnar

import (
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
)

// batchBuilder makes batches from rows of blocks. It reuses its memory for each batch.
type batchBuilder struct {
	fields  []int
	copied  bool // whether batches must not point into the table's file
	batch   engine.Batch
	scratch []engine.Vector // what gathered columns and shifted bitmaps lie in
	places  []rowPlace      // of picked rows
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
			v.Floats = slicePart(o, &room.Floats, c.floats, first, n)
		case datasets.String:
			v.Codes = slicePart(o, &room.Codes, c.codes, first, n)
		default:
			v.Ints = slicePart(o, &room.Ints, c.ints, first, n)
		}
		v.Valid = nil
		if c.valid != nil {
			room.Valid = extend(room.Valid, bitmap.Words(n))
			v.Valid = bitmap.Copy(room.Valid, c.valid, first, n)
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
			v.Floats = gatherValues(&room.Floats, c.floats, rows)
		case datasets.String:
			v.Codes = gatherValues(&room.Codes, c.codes, rows)
		default:
			v.Ints = gatherValues(&room.Ints, c.ints, rows)
		}
		v.Valid = nil
		if c.valid != nil {
			room.Valid = extend(room.Valid, bitmap.Words(len(rows)))
			v.Valid = room.Valid[:bitmap.Words(len(rows))]
			bitmap.Gather(v.Valid, c.valid, rows)
		}
	}
	return &o.batch
}

// pick returns the given rows of the table, at most engine.BatchRows, whichever blocks
// they are in.
func (o *batchBuilder) pick(t *table, numbers []int64) *engine.Batch {
	o.batch.Rows = len(numbers)
	o.places = o.places[:0]
	for _, row := range numbers {
		o.places = append(o.places, rowPlace{int(row / int64(t.blockRows)), int(row % int64(t.blockRows))})
	}
	for i, f := range o.fields {
		v, room := &o.batch.Columns[i], &o.scratch[i]
		nulls := false
		for _, p := range o.places {
			c := &t.blocks[p.block].columns[f]
			c.touch()
			nulls = nulls || c.valid != nil
		}
		switch v.Type {
		case datasets.Number:
			v.Floats = pickValues(&room.Floats, t, f, floatsOf, o.places)
		case datasets.String:
			v.Codes = pickValues(&room.Codes, t, f, codesOf, o.places)
		default:
			v.Ints = pickValues(&room.Ints, t, f, intsOf, o.places)
		}
		v.Valid = nil
		if nulls {
			room.Valid = extend(room.Valid, bitmap.Words(len(numbers)))
			v.Valid = room.Valid[:bitmap.Words(len(numbers))]
			clear(v.Valid)
			for k, p := range o.places {
				if !t.blocks[p.block].columns[f].null(p.row) {
					v.Valid[k>>6] |= 1 << (k & 63)
				}
			}
		}
	}
	return &o.batch
}

// rowPlace is a row of a block.
type rowPlace struct{ block, row int }

// pickValues copies a field's values of the rows into room, which grows as it must.
func pickValues[T any](room *[]T, t *table, field int, valuesOf func(*column) []T, places []rowPlace) []T {
	*room = extend(*room, len(places))
	out := (*room)[:len(places)]
	for i, p := range places {
		out[i] = valuesOf(&t.blocks[p.block].columns[field])[p.row]
	}
	return out
}

func codesOf(c *column) []uint32 { return c.codes }

// slicePart returns n of the values, from first on, in room if they are to be
// copied.
func slicePart[T any](o *batchBuilder, room *[]T, values []T, first, n int) []T {
	values = values[first : first+n : first+n]
	if o.copied {
		*room = append((*room)[:0], values...)
		return *room
	}
	return values
}

// gatherValues copies the rows' values into room, which grows as it must.
func gatherValues[T any](room *[]T, values []T, rows []uint16) []T {
	*room = extend(*room, len(rows))
	out := (*room)[:len(rows)]
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}

// extend returns s with at least n entries, new ones zero.
func extend[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}
