package decode

import (
	"herbarium/datasets"
	"herbarium/engine"
)

// Batch is a batch of valid rows, and where they stand in their source.
type Batch struct {
	engine.Batch
	Places []Place // where the dataset has a key

	valid    [][]uint64
	capacity int
}

// Place is where a row stands.
type Place struct {
	Row  int64 // of the part
	Line int
	// From and To say where Result.Texts has the row, as it stands in the
	// source.
	From, To int
}

// NewBatch returns an empty batch for up to capacity rows.
func NewBatch(ds *datasets.Dataset, capacity int) *Batch {
	b := &Batch{valid: make([][]uint64, len(ds.Fields)), capacity: capacity}
	b.Columns = make([]engine.Vector, len(ds.Fields))
	for i := range ds.Fields {
		v := &b.Columns[i]
		switch v.Type = ds.Fields[i].Type; v.Type {
		case datasets.Number:
			v.Floats = make([]float64, capacity)
		case datasets.String:
			v.Codes = make([]uint32, capacity)
		default:
			v.Ints = make([]int64, capacity)
		}
	}
	return b
}

// Reset empties the batch.
func (b *Batch) Reset() {
	b.Rows, b.Places = 0, b.Places[:0]
	for i := range b.Columns {
		b.Columns[i].Valid = nil
	}
}

// SetNull says that the row has no value of the field. The bitmap of the rows
// that have one exists from the first null on.
func (b *Batch) SetNull(field, row int) {
	v := &b.Columns[field]
	if v.Valid == nil {
		if b.valid[field] == nil {
			b.valid[field] = make([]uint64, (b.capacity+63)/64)
		}
		v.Valid = b.valid[field]
		for i := range v.Valid {
			v.Valid[i] = ^uint64(0)
		}
	}
	v.Valid[row>>6] &^= 1 << (row & 63)
}

// restore makes a row that is left out ready to be filled again.
func (b *Batch) restore(row int) {
	for i := range b.Columns {
		if v := &b.Columns[i]; v.Valid != nil {
			v.Valid[row>>6] |= 1 << (row & 63)
		}
	}
}

// Drop removes rows from the batch. Their numbers are in ascending order.
func (b *Batch) Drop(rows []int) {
	to := rows[0]
	for i := rows[0]; i < b.Rows; i++ {
		if len(rows) > 0 && rows[0] == i {
			rows = rows[1:]
			continue
		}
		for f := range b.Columns {
			move(&b.Columns[f], to, i)
		}
		if b.Places != nil {
			b.Places[to] = b.Places[i]
		}
		to++
	}
	b.Rows = to
	if b.Places != nil {
		b.Places = b.Places[:to]
	}
}

// move copies the value of row from to row to.
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
