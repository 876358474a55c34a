package mongodb

import (
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// batchBuilder makes batches of rows, in memory that it uses again.
type batchBuilder struct {
	batch engine.Batch
	texts []dictionary // by column
}

func newBatchBuilder(columns []plan.Column) *batchBuilder {
	b := &batchBuilder{texts: make([]dictionary, len(columns))}
	b.batch.Columns = make([]engine.Vector, len(columns))
	for i, c := range columns {
		b.batch.Columns[i].Type = c.Type
	}
	return b
}

// begin starts a batch.
func (b *batchBuilder) begin() {
	b.batch.Rows = 0
	for i := range b.batch.Columns {
		v := &b.batch.Columns[i]
		v.Valid, v.Floats, v.Ints, v.Codes = v.Valid[:0], v.Floats[:0], v.Ints[:0], v.Codes[:0]
		b.texts[i].reset()
	}
}

// add appends a row.
func (b *batchBuilder) add(row []plan.Nullable) {
	i := b.batch.Rows
	b.batch.Rows++
	for c, value := range row {
		v := &b.batch.Columns[c]
		if i%64 == 0 {
			v.Valid = append(v.Valid, 0)
		}
		if !value.Null {
			v.Valid[i/64] |= 1 << (i % 64)
		}
		switch v.Type {
		case datasets.Number:
			v.Floats = append(v.Floats, value.Float)
		case datasets.String:
			v.Codes = append(v.Codes, b.texts[c].code([]byte(value.Str)))
		default:
			v.Ints = append(v.Ints, value.Int)
		}
	}
}

// end returns the batch.
func (b *batchBuilder) end() *engine.Batch {
	for i := range b.batch.Columns {
		if v := &b.batch.Columns[i]; v.Type == datasets.String {
			v.Dict = b.texts[i].strings()
		}
	}
	return &b.batch
}
