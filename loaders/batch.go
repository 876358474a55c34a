package loaders

import (
	"herbarium/datasets"
	"herbarium/engine"
)

// reset empties what became of a part, and keeps its memory for the next.
func (d *decoded) reset() {
	d.spare = append(d.spare, d.batches...)
	*d = decoded{batches: d.batches[:0], faults: d.faults[:0], texts: d.texts[:0], seen: d.seen[:0], spare: d.spare}
}

// newBatch returns a batch for up to room rows.
func (d *decoded) newBatch(ds *datasets.Dataset, room int) *batch {
	var b *batch
	if n := len(d.spare); n > 0 && d.spare[n-1].room >= room {
		b, d.spare = d.spare[n-1], d.spare[:n-1]
		b.empty()
	} else {
		b = newBatch(ds, room)
	}
	d.batches = append(d.batches, b)
	return b
}

func newBatch(ds *datasets.Dataset, room int) *batch {
	b := &batch{valid: make([][]uint64, len(ds.Fields)), room: room}
	b.Columns = make([]engine.Vector, len(ds.Fields))
	for i := range ds.Fields {
		v := &b.Columns[i]
		switch v.Type = ds.Fields[i].Type; v.Type {
		case datasets.Number:
			v.Floats = make([]float64, room)
		case datasets.String:
			v.Codes = make([]uint32, room)
		default:
			v.Ints = make([]int64, room)
		}
	}
	return b
}

func (b *batch) empty() {
	b.Rows, b.places = 0, b.places[:0]
	for i := range b.Columns {
		b.Columns[i].Valid = nil
	}
}

// null says that the row has no value of the field. What says which rows have
// one is there from the first null on.
func (b *batch) null(field, row int) {
	v := &b.Columns[field]
	if v.Valid == nil {
		if b.valid[field] == nil {
			b.valid[field] = make([]uint64, (b.room+63)/64)
		}
		v.Valid = b.valid[field]
		for i := range v.Valid {
			v.Valid[i] = ^uint64(0)
		}
	}
	v.Valid[row>>6] &^= 1 << (row & 63)
}

// restore takes back what was said of a row that is not to stand.
func (b *batch) restore(row int) {
	for i := range b.Columns {
		if v := &b.Columns[i]; v.Valid != nil {
			v.Valid[row>>6] |= 1 << (row & 63)
		}
	}
}

// drop takes rows out of the batch; they come in ascending order.
func (b *batch) drop(rows []int) {
	to := rows[0]
	for i := rows[0]; i < b.Rows; i++ {
		if len(rows) > 0 && rows[0] == i {
			rows = rows[1:]
			continue
		}
		for f := range b.Columns {
			move(&b.Columns[f], to, i)
		}
		if b.places != nil {
			b.places[to] = b.places[i]
		}
		to++
	}
	b.Rows = to
	if b.places != nil {
		b.places = b.places[:to]
	}
}

// move gives row to of a column the value of row from.
func move(v *engine.Vector, to, from int) {
	switch v.Type {
	case datasets.Number:
		v.Floats[to] = v.Floats[from]
	case datasets.String:
		v.Codes[to] = v.Codes[from]
	default:
		v.Ints[to] = v.Ints[from]
	}
	if v.Valid == nil {
		return
	}
	if v.Null(from) {
		v.Valid[to>>6] &^= 1 << (to & 63)
	} else {
		v.Valid[to>>6] |= 1 << (to & 63)
	}
}
