package loaders

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/schemas"
)

// decode gives the rows to the checker, a column at a time.
func (p *columnsPart) decode(c *checker) error {
	return guarded(p.reader.what, func() error {
		rows := int(p.batch.NumRows())
		for first := 0; first < rows; first += c.room {
			c.columnar(p, first, min(rows-first, c.room))
		}
		return nil
	})
}

// columnar checks rows that come column by column.
func (c *checker) columnar(p *columnsPart, first, rows int) {
	c.newBatch()
	var wrong []misread
	for f := range c.columns {
		col, at := &c.columns[f], p.reader.fields[f]
		col.seen = true
		from := p.batch.Column(at.column)
		before := len(wrong)
		if len(at.path) > 0 || !col.fill(c.batch, f, from, first, rows) {
			wrong = col.each(c.batch, f, from, at.path, first, rows, wrong)
		} else if col.needed != "" {
			wrong = c.lacking(f, rows, wrong)
		}
		for i := before; i < len(wrong); i++ {
			wrong[i].field = f
		}
	}
	c.batch.Rows = rows
	if c.keyed {
		for i := range rows {
			c.batch.places = append(c.batch.places, place{row: c.row + int64(i) + 1})
		}
	}
	if len(wrong) > 0 {
		c.refuse(p, first, wrong)
	}
	c.row += int64(rows)
	c.out.rows += int64(rows)
}

// misread is a value that is wrong.
type misread struct {
	row, field int
	detail     string
}

// lacking adds the rows without a value of a field that needs one.
func (c *checker) lacking(f, rows int, wrong []misread) []misread {
	v := &c.batch.Columns[f]
	for i := 0; v.Valid != nil && i < rows; i++ {
		if v.Null(i) {
			wrong = append(wrong, misread{row: i, detail: c.columns[f].needed})
		}
	}
	return wrong
}

// refuse takes rows with wrong values out of the batch.
func (c *checker) refuse(p *columnsPart, first int, wrong []misread) {
	slices.SortStableFunc(wrong, func(a, b misread) int { return a.row - b.row })
	before := c.row
	var out []int
	for len(wrong) > 0 {
		i := wrong[0].row
		c.row, c.before = before+int64(i)+1, c.out.total
		for len(wrong) > 0 && wrong[0].row == i {
			c.fault(0, 0, c.columns[wrong[0].field].field.Name, wrong[0].detail)
			wrong = wrong[1:]
		}
		c.reject(arrowRow{p, first + i})
		out = append(out, i)
	}
	c.batch.drop(out)
	c.row = before
}

// arrowRow is a row of a batch.
type arrowRow struct {
	part *columnsPart
	row  int
}

// appendRow writes the row as JSON, as far as its types have such a form.
func (r arrowRow) appendRow(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range int(r.part.batch.NumCols()) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(schemas.AppendString(dst, r.part.batch.ColumnName(i)), ':')
		column := r.part.batch.Column(i)
		if column.IsNull(r.row) {
			dst = append(dst, "null"...)
		} else {
			dst = schemas.AppendString(dst, column.ValueStr(r.row))
		}
	}
	return append(dst, '}')
}

// each reads values one by one.
func (col *column) each(b *batch, f int, from arrow.Array, path []string, first, rows int, wrong []misread) []misread {
	var buf []byte
	for i := range rows {
		var v value
		buf, v = arrowValue(buf[:0], from, first+i, path)
		if col.reading.missing(&v) {
			b.null(f, i)
			if col.needed != "" {
				wrong = append(wrong, misread{row: i, detail: col.needed})
			}
			continue
		}
		if detail := col.put(i, &v); detail != "" {
			wrong = append(wrong, misread{row: i, detail: detail})
		}
	}
	return wrong
}
