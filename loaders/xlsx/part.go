package xlsx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/source"
	"herbarium/schemas"
)

// part is a piece of a sheet's XML, of whole rows.
type part struct {
	reader    *Reader
	text      []byte
	chunk     []byte // the memory of text
	before    int    // the row that it stands behind
	until     int    // the first row that is no row of data; 0 if all are
	truncated bool
}

// tooLong says that a row is longer than the limit.
func (p *part) tooLong() error {
	if !p.truncated {
		return nil
	}
	return source.ErrorAt(p.before+1, 1, fmt.Sprintf("the row takes more than %d MiB", p.reader.book.limits.Record>>20))
}

// each calls f for each row that has a value.
func (p *part) each(f func(r *rows)) error {
	if err := p.tooLong(); err != nil {
		return err
	}
	rows := p.reader.newRows(p)
	for {
		more, err := rows.next()
		if err != nil {
			return err
		}
		if !more || p.until > 0 && rows.row >= p.until {
			return nil
		}
		if !p.reader.skips(rows) {
			f(rows)
		}
	}
}

// Decode gives the rows to the checker.
func (p *part) Decode(c *decode.Checker) error {
	c.Expect(bytes.Count(p.text, p.reader.data.item) + 1)
	values := p.reader.newValues()
	return p.each(func(r *rows) { p.check(c, r, values) })
}

// check gives a row to the checker. Bindings and cells are both in the order of
// columns.
func (p *part) check(c *decode.Checker, r *rows, v *values) {
	c.Begin(r.row, r.cells[0].column)
	at := 0
	for _, b := range p.reader.bindings {
		for ; at < len(r.cells) && r.cells[at].column <= b.Cell; at++ {
			p.unbound(c, r, &r.cells[at])
		}
		value := decode.Value{Kind: decode.Null, Line: r.row, Column: b.Cell + 1}
		if at < len(r.cells) && r.cells[at].column == b.Cell+1 {
			value = p.value(r, &r.cells[at], v, &p.reader.dataset.Fields[b.Field])
		}
		c.Value(b.Field, &value)
	}
	for ; at < len(r.cells); at++ {
		p.unbound(c, r, &r.cells[at])
	}
	c.End(&row{r, p.reader})
}

// value returns the value that a field has of a cell. An error is none where the
// field says so.
func (p *part) value(r *rows, c *cell, v *values, f *datasets.Field) decode.Value {
	value := v.of(r, c, f.Type == datasets.String)
	if c.kind == errorCell && slices.Contains(f.Missing, string(value.Text)) {
		value.Kind, value.Fault = decode.Null, ""
	}
	return value
}

// unbound says that a cell has a value whose column has no name and no field, unless
// the descriptor leaves the column out.
func (p *part) unbound(c *decode.Checker, r *rows, of *cell) {
	i := of.column - 1
	if i < len(p.reader.bound) && p.reader.bound[i] || !p.reader.unnamed(i) || p.reader.dataset.Extra == "ignore" {
		return
	}
	name := header.Place(i)
	if p.reader.dataset.Ignores(name) {
		return
	}
	c.Fault(r.row, of.column, "", fmt.Sprintf("the cell has the value %s, and its column no name in the header; column: %q in a field reads it, and ignore: [%q] leaves it out", decode.Quote(string(r.textOf(of))), name, name))
}

// row is the row that a reader of rows stands on.
type row struct {
	*rows
	reader *Reader
}

// AppendJSON appends the row's values with the names of their columns; one without a
// name goes by its place.
func (r *row) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	values := r.reader.newValues()
	for i := range r.cells {
		c := &r.cells[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		name := header.Place(c.column - 1)
		if !r.reader.unnamed(c.column - 1) {
			name = r.reader.names[c.column-1]
		}
		dst = append(schemas.AppendString(dst, name), ':')
		v := values.of(r.rows, c, true)
		if (v.Kind == decode.Number || v.Kind == decode.Boolean) && json.Valid(v.Text) {
			dst = append(dst, v.Text...)
		} else {
			dst = schemas.AppendString(dst, string(v.Text))
		}
	}
	return append(dst, '}')
}
