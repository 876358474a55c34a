package arrow

import (
	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/loaders/decode"
	"herbarium/schemas"
)

// part is a record batch.
type part struct {
	reader *Reader
	batch  arrow.RecordBatch
}

// Decode gives the rows to the checker, a column at a time.
func (p *part) Decode(c *decode.Checker) error {
	return guarded(p.reader.format, func() error {
		c.Columns(p, int(p.batch.NumRows()))
		return nil
	})
}

// Fill sets a field's values at once.
func (p *part) Fill(field int, to *decode.Column, first, rows int) bool {
	at := p.reader.fields[field]
	return len(at.path) == 0 && fill(to, p.batch.Column(at.column), first, rows)
}

// Value returns a field's value of one row.
func (p *part) Value(buf []byte, field, row int) ([]byte, decode.Value) {
	at := p.reader.fields[field]
	return valueAt(buf, p.batch.Column(at.column), row, at.path)
}

// Row returns one row.
func (p *part) Row(i int) decode.Row { return row{p, i} }

// row is a row of a batch.
type row struct {
	part  *part
	index int
}

// AppendJSON appends the row as JSON, as far as its types have such a form.
func (r row) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range int(r.part.batch.NumCols()) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(schemas.AppendString(dst, r.part.batch.ColumnName(i)), ':')
		column := r.part.batch.Column(i)
		if column.DataType().ID() == arrow.NULL || column.IsNull(r.index) {
			dst = append(dst, "null"...)
		} else {
			dst = schemas.AppendString(dst, column.ValueStr(r.index))
		}
	}
	return append(dst, '}')
}
