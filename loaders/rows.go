package loaders

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// rows checks rows against a dataset's fields and gathers them in batches. A
// reader of a format calls begin, then text for each field, then end; a field
// that it leaves out is missing in the row.
type rows struct {
	ds    *datasets.Dataset
	write func(context.Context, *engine.Batch) error
	// faults are of all sources. From the first one on nothing is written,
	// since nothing can be published.
	faults *faults

	file    string
	row     int64 // of the file, from 1
	total   int64 // of all files
	before  int64 // faults before the current row
	place   int   // the line of the current row's first value
	columns []column
	keys    *keys // nil where the dataset has no key
	batch   engine.Batch
}

// column is one field's values in the batch being filled.
type column struct {
	field *datasets.Field
	// valid has a bit for each row; it stays out of the batch while no value
	// is missing.
	valid   []uint64
	nulls   bool
	present bool   // the current row's value was set, or its lack was faulted
	needed  string // why no row may miss the value; "" where rows may
	codes   map[string]uint32
	values  engine.Vector
}

func newRows(ds *datasets.Dataset, most int, write func(context.Context, *engine.Batch) error) *rows {
	r := &rows{ds: ds, write: write, faults: &faults{most: most}, columns: make([]column, len(ds.Fields))}
	r.batch.Columns = make([]engine.Vector, len(ds.Fields))
	if len(ds.Key) > 0 {
		r.keys = newKeys(ds.Key)
	}
	for i := range r.columns {
		c := &r.columns[i]
		c.field = &ds.Fields[i]
		c.values.Type = c.field.Type
		c.needed = needed(ds, i)
		c.valid = make([]uint64, (engine.BatchRows+63)/64)
		switch c.field.Type {
		case datasets.Number:
			c.values.Floats = make([]float64, engine.BatchRows)
		case datasets.String:
			c.values.Codes = make([]uint32, engine.BatchRows)
			c.codes = map[string]uint32{}
		default:
			c.values.Ints = make([]int64, engine.BatchRows)
		}
	}
	return r
}

func needed(ds *datasets.Dataset, field int) string {
	switch {
	case ds.Fields[field].Required:
		return "the value is missing, and the field requires one"
	case slices.Contains(ds.Key, field):
		return "the value is missing, and the field is part of the key"
	}
	return ""
}

// source begins a source; its rows count from 1.
func (r *rows) source(name string) { r.file, r.row = name, 0 }

// fault adds what is wrong at a place of the source.
func (r *rows) fault(line, column int, field, detail string) {
	r.faults.add(Fault{File: r.file, Line: line, Column: column, Row: r.row, Field: field, Detail: detail})
}

// begin starts a row, whose first value stands on the line.
func (r *rows) begin(line int) {
	r.row++
	r.before, r.place = r.faults.total, line
	for i := range r.columns {
		r.columns[i].present = false
	}
}

// text sets a field's value from its text, which stands at line and column.
func (r *rows) text(field int, text []byte, line, column int) {
	c := &r.columns[field]
	if missing(c.field.Type, text) {
		if c.needed != "" {
			c.present = true
			r.fault(line, column, c.field.Name, c.needed)
		}
		return
	}
	// A faulty value counts as present, so that it is not missed too.
	c.present = true
	i := r.batch.Rows
	var detail string
	switch c.field.Type {
	case datasets.Number:
		c.values.Floats[i], detail = parseNumber(text)
	case datasets.String:
		c.values.Codes[i], detail = c.code(text)
	default:
		c.values.Ints[i], detail = parseInt(c.field, text)
	}
	if detail != "" {
		r.fault(line, column, c.field.Name, detail)
	}
}

// code returns the dictionary's code of a text. A text is checked once, when
// it enters the dictionary.
func (c *column) code(text []byte) (code uint32, detail string) {
	if code, ok := c.codes[string(text)]; ok {
		return code, ""
	}
	s := string(text)
	if !utf8.ValidString(s) {
		return 0, quote(s) + " is not valid UTF-8"
	}
	if c.field.Enum != nil && !slices.Contains(c.field.Enum, s) {
		return 0, fmt.Sprintf("%s is not allowed%s; allowed: %s", quote(s), schemas.DidYouMean(s, c.field.Enum), list(c.field.Enum))
	}
	code = uint32(len(c.values.Dict))
	c.values.Dict = append(c.values.Dict, s)
	c.codes[s] = code
	return code, ""
}

// end closes the row: it stands where nothing is wrong with it.
func (r *rows) end(ctx context.Context) error {
	r.total++
	i := r.batch.Rows
	for f := range r.columns {
		c := &r.columns[f]
		if c.present {
			c.valid[i>>6] |= 1 << (i & 63)
			continue
		}
		c.nulls = true
		c.valid[i>>6] &^= 1 << (i & 63)
		if c.needed != "" && r.faults.total == r.before {
			r.fault(r.place, 1, c.field.Name, c.needed)
		}
	}
	if r.keys != nil && r.faults.total == r.before {
		r.keys.check(r)
	}
	if r.faults.total == r.before {
		r.batch.Rows++
	}
	// Once there are faults, batches are not written and need not fill.
	if r.batch.Rows < engine.BatchRows && r.faults.total == 0 {
		return nil
	}
	return r.flush(ctx)
}

// flush writes the batch and empties it.
func (r *rows) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.faults.total == 0 && r.batch.Rows > 0 {
		for i := range r.columns {
			c := &r.columns[i]
			r.batch.Columns[i] = c.values
			if c.nulls {
				r.batch.Columns[i].Valid = c.valid
			}
		}
		if err := r.write(ctx, &r.batch); err != nil {
			return err
		}
	}
	r.batch.Rows = 0
	for i := range r.columns {
		r.columns[i].empty()
	}
	return nil
}

// empty readies the column for the next batch. Its dictionary goes on while
// it is small, since the same few texts come again.
func (c *column) empty() {
	c.nulls = false
	if len(c.values.Dict) > engine.BatchRows {
		c.values.Dict = nil
		clear(c.codes)
	}
}
