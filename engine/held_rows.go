package engine

import (
	"context"
	"io"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// heldRows are all rows of an answer, in memory.
type heldRows struct {
	rows    int
	columns []heldColumn
}

// heldColumn is a column of them: the slice of its type has an entry for each row.
type heldColumn struct {
	typ    datasets.Type
	nulls  []bool
	floats []float64
	ints   []int64
	texts  []string
}

// hold runs a plan and holds what it answers.
func hold(ctx context.Context, table Table, p *plan.Plan) (*heldRows, error) {
	cursor, err := table.Run(ctx, p)
	if err != nil {
		return nil, err
	}
	h := &heldRows{columns: make([]heldColumn, len(p.Columns))}
	for i := range h.columns {
		h.columns[i].typ = p.Columns[i].Type
	}
	for {
		batch, err := cursor.Next(ctx)
		if err == io.EOF {
			return h, cursor.Close()
		}
		if err != nil {
			_ = cursor.Close() // the first error says more
			return nil, err
		}
		if err := memory.Take(ctx, h.bytes(batch)); err != nil {
			_ = cursor.Close() // the first error says more
			return nil, err
		}
		h.rows += batch.Rows
		for i := range h.columns {
			h.columns[i].add(&batch.Columns[i], batch.Rows)
		}
	}
}

// bytes is about how much memory the rows of a batch take when they are held: slices
// grow by a quarter beyond what is in them, and are copied when they do.
func (h *heldRows) bytes(b *Batch) int64 {
	each, texts := int64(0), int64(0)
	for i := range h.columns {
		each += 1 + 8
		if h.columns[i].typ != datasets.String {
			continue
		}
		each += 8 // the header of a text has twice as many bytes as a number
		v := &b.Columns[i]
		for row := range b.Rows {
			if !v.Null(row) {
				texts += int64(len(v.Dict[v.Codes[row]])) + 8
			}
		}
	}
	return 2*each*int64(b.Rows) + texts
}

// add copies the first values of a vector.
func (c *heldColumn) add(v *Vector, rows int) {
	for i := range rows {
		c.nulls = append(c.nulls, v.Null(i))
	}
	switch c.typ {
	case datasets.Number:
		c.floats = append(c.floats, v.Floats[:rows]...)
	case datasets.String:
		for i := range rows {
			text := ""
			if !v.Null(i) {
				text = strings.Clone(v.Dict[v.Codes[i]])
			}
			c.texts = append(c.texts, text)
		}
	default:
		c.ints = append(c.ints, v.Ints[:rows]...)
	}
}

// value returns a row's value in a column, and the type of the column.
func (h *heldRows) value(row, column int) (plan.Nullable, datasets.Type) {
	c := &h.columns[column]
	switch {
	case c.nulls[row]:
		return plan.Nullable{Null: true}, c.typ
	case c.typ == datasets.Number:
		return plan.Nullable{Value: plan.Value{Float: c.floats[row]}}, c.typ
	case c.typ == datasets.String:
		return plan.Nullable{Value: plan.Value{Str: c.texts[row]}}, c.typ
	default:
		return plan.Nullable{Value: plan.Value{Int: c.ints[row]}}, c.typ
	}
}
