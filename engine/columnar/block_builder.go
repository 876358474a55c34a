package columnar

import (
	"context"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// blockBuilder cuts the rows of a load into blocks.
type blockBuilder struct {
	ds      *datasets.Dataset
	maxRows int           // rows of a block
	open    block         // takes rows until it is full
	dicts   []*dictionary // by field; nil where the field is no text
}

func newBlockBuilder(ds *datasets.Dataset, blockRows int) *blockBuilder {
	p := &blockBuilder{ds: ds, maxRows: blockRows, dicts: make([]*dictionary, len(ds.Fields))}
	for i := range ds.Fields {
		if ds.Fields[i].Type == datasets.String {
			p.dicts[i] = newDictionary()
		}
	}
	p.open.columns = make([]column, len(ds.Fields))
	return p
}

// check refuses, with code InvalidData, columns that are not the dataset's and
// numbers that are not finite.
func (p *blockBuilder) check(ctx context.Context, batch *engine.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(batch.Columns) != len(p.ds.Fields) {
		return &fault.Error{Code: fault.InvalidData,
			Detail: fmt.Sprintf("rows of %d columns for %d fields", len(batch.Columns), len(p.ds.Fields))}
	}
	for i := range batch.Columns {
		field, v := &p.ds.Fields[i], &batch.Columns[i]
		if v.Type != field.Type {
			return &fault.Error{Code: fault.InvalidData,
				Detail: fmt.Sprintf("field %s: a column of type %s, not %s", field.Name, v.Type, field.Type)}
		}
		if v.Type != datasets.Number {
			continue
		}
		for row, f := range v.Floats[:batch.Rows] {
			if f-f != 0 && !v.Null(row) {
				return &fault.Error{Code: fault.InvalidData,
					Detail: fmt.Sprintf("field %s: row %d: %v is not finite", field.Name, row, f)}
			}
		}
	}
	return nil
}

// add adds the rows of a batch that was checked. It calls full with each block
// that is full, which returns the block to go on with.
func (p *blockBuilder) add(batch *engine.Batch, full func(block) (block, error)) error {
	codes := make([][]uint32, len(batch.Columns))
	for i, d := range p.dicts {
		if d != nil {
			codes[i] = d.translate(&batch.Columns[i], batch.Rows)
		}
	}
	for first := 0; first < batch.Rows; {
		n := min(batch.Rows-first, p.maxRows-p.open.rows)
		for i := range batch.Columns {
			p.open.columns[i].append(&batch.Columns[i], codes[i], first, n, p.maxRows)
		}
		p.open.rows += n
		first += n
		if p.open.rows < p.maxRows {
			break
		}
		next, err := full(p.open)
		if err != nil {
			return err
		}
		p.open = next
	}
	return nil
}
