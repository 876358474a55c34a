package decode

import "slices"

// Columns are rows that come column by column.
type Columns interface {
	// Fill sets a field's values of rows first to first+rows at once, if it
	// can, in the rows of the column from 0 on. If not, it returns false.
	Fill(field int, to *Column, first, rows int) bool
	// Value returns a field's value of one row. Its text may be in buf's
	// memory, which is returned to be used again.
	Value(buf []byte, field, row int) ([]byte, Value)
	// Row returns one row.
	Row(row int) Row
}

// Columns checks so many rows that come column by column: all values of a column
// at once where its source can give them so, else one by one.
func (c *Checker) Columns(from Columns, rows int) {
	for first := 0; first < rows; first += c.capacity {
		c.columnar(from, first, min(rows-first, c.capacity))
	}
}

// columnar checks the rows of one batch.
func (c *Checker) columnar(from Columns, first, rows int) {
	c.newBatch()
	var wrong []invalid
	for f := range c.columns {
		col := &c.columns[f]
		col.seen = true
		if v, ok := c.options.Constants[f]; ok { // a lookup for each column of a batch
			wrong = col.each(constant{v}, first, rows, wrong)
			continue
		}
		if !from.Fill(f, col, first, rows) {
			wrong = col.each(from, first, rows, wrong)
		} else if col.needed != "" {
			wrong = col.lacking(rows, wrong)
		}
	}
	c.batch.Rows = rows
	if c.keyed {
		for i := range rows {
			c.batch.Places = append(c.batch.Places, Place{Row: c.row + int64(i) + 1})
		}
	}
	if len(wrong) > 0 {
		c.refuse(from, first, wrong)
	}
	c.row += int64(rows)
	c.out.Rows += int64(rows)
}

// constant is the value that a field has in all rows.
type constant struct{ value Value }

// Fill leaves the values to Value.
func (constant) Fill(int, *Column, int, int) bool { return false }

// Value returns the value.
func (c constant) Value(buf []byte, _, _ int) ([]byte, Value) { return buf, c.value }

// Row returns nothing, since rows are not made of constants alone.
func (constant) Row(int) Row { return nil }

// invalid is a value that is wrong.
type invalid struct {
	row    int // of the batch
	field  string
	detail string
}

// each reads values one by one.
func (col *Column) each(from Columns, first, rows int, wrong []invalid) []invalid {
	var buf []byte
	for i := range rows {
		var v Value
		buf, v = from.Value(buf[:0], col.index, first+i)
		if col.parser.Missing(&v) {
			col.SetNull(i)
			if col.needed != "" {
				wrong = append(wrong, invalid{i, col.Field.Name, col.needed})
			}
			continue
		}
		if detail := col.put(i, &v); detail != "" {
			wrong = append(wrong, invalid{i, col.Field.Name, detail})
		}
	}
	return wrong
}

// lacking adds the rows without a value of a field that needs one.
func (col *Column) lacking(rows int, wrong []invalid) []invalid {
	for i := 0; col.Vector.Valid != nil && i < rows; i++ {
		if col.Vector.Null(i) {
			wrong = append(wrong, invalid{i, col.Field.Name, col.needed})
		}
	}
	return wrong
}

// refuse takes rows with wrong values out of the batch.
func (c *Checker) refuse(from Columns, first int, wrong []invalid) {
	slices.SortStableFunc(wrong, func(a, b invalid) int { return a.row - b.row })
	before := c.row
	var out []int
	for len(wrong) > 0 {
		i := wrong[0].row
		c.row, c.before = before+int64(i)+1, c.out.Total
		for len(wrong) > 0 && wrong[0].row == i {
			c.Fault(0, 0, wrong[0].field, wrong[0].detail)
			wrong = wrong[1:]
		}
		c.reject(from.Row(first + i))
		out = append(out, i)
	}
	c.batch.Drop(out)
	c.row = before
}
