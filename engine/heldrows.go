package engine

import (
	"context"
	"io"
	"strings"

	"herbarium/datasets"
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
		h.rows += batch.Rows
		for i := range h.columns {
			h.columns[i].add(&batch.Columns[i], batch.Rows)
		}
	}
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
