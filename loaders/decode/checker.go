package decode

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// Options say what a Checker keeps of faulty rows.
type Options struct {
	// MaxFaults is how many faults of a part are kept.
	MaxFaults int
	// Skip leaves out rows that have faults. All faults are kept then, each
	// with its row.
	Skip bool
	// KeepValues keeps the values of rows that are left out.
	KeepValues bool
	// KeepTexts keeps those of all rows of a dataset that has a key, since a row
	// may be rejected for its key later.
	KeepTexts bool
	// Constants are the values that fields have in all rows.
	Constants map[int]Value
}

// Checker checks the rows of one part at a time against a dataset's fields and
// gathers the valid ones in batches. A field for which a row gives no value is
// missing in it.
type Checker struct {
	ds      *datasets.Dataset
	options Options

	columns  []Column
	out      *Result
	batch    *Batch
	capacity int // of a batch, in rows

	row          int64 // of the part, from 1
	line, column int   // where it begins
	before       int64 // faults before it
	keyed        bool
	grid         Grid
}

// NewChecker returns a checker of a dataset's rows.
func NewChecker(ds *datasets.Dataset, options Options) *Checker {
	c := &Checker{ds: ds, options: options, columns: make([]Column, len(ds.Fields)), keyed: len(ds.Key) > 0}
	for i := range c.columns {
		f := &ds.Fields[i]
		c.columns[i] = Column{Field: f, index: i, needed: Needed(ds, i), parser: NewParser(f)}
	}
	return c
}

// Check decodes a part and puts the result into out.
func (c *Checker) Check(p Part, out *Result) {
	c.start(out)
	c.finish(p.Decode(c))
}

// start begins a part.
func (c *Checker) start(out *Result) {
	out.reset()
	c.out, c.row, c.batch, c.capacity = out, 0, nil, engine.BatchRows
	for i := range c.columns {
		col := &c.columns[i]
		col.set, col.seen, col.batch, col.Vector = 0, false, nil, nil
		// The dictionary goes on while it is small, since the same few texts
		// come again.
		if len(col.entries) > engine.BatchRows {
			col.entries = nil
			clear(col.codes)
			col.cache = nil
		}
	}
}

// Expect says that the part has at most so many rows.
func (c *Checker) Expect(rows int) { c.capacity = max(1, min(rows, engine.BatchRows)) }

// Begin starts a row whose first value stands at line and column.
func (c *Checker) Begin(line, column int) {
	if c.batch == nil || c.batch.Rows == c.batch.capacity {
		c.newBatch()
	}
	c.row++
	c.before, c.line, c.column = c.out.Total, line, column
}

func (c *Checker) newBatch() {
	c.batch = c.out.newBatch(c.ds, c.capacity)
	for i := range c.columns {
		c.columns[i].batch, c.columns[i].Vector = c.batch, &c.batch.Columns[i]
	}
}

// Fault says what is wrong with the row; name is the field's or "".
func (c *Checker) Fault(line, column int, name, detail string) {
	c.out.Total++
	if len(c.out.Faults) < c.options.MaxFaults || c.options.Skip {
		c.out.Faults = append(c.out.Faults, Fault{Line: line, Column: column, Row: c.row, Field: name, Detail: detail})
	}
}

// Value gives the row's value of a field.
func (c *Checker) Value(field int, v *Value) {
	col := &c.columns[field]
	col.seen = true
	if v.Fault != "" {
		col.set = c.row
		c.Fault(v.Line, v.Column, col.Field.Name, v.Fault)
		return
	}
	if col.parser.Missing(v) {
		if col.needed != "" {
			col.set = c.row
			c.Fault(v.Line, v.Column, col.Field.Name, col.needed)
		}
		return
	}
	// A faulty value counts as set, so that it is not missed too.
	col.set = c.row
	if detail := col.put(c.batch.Rows, v); detail != "" {
		c.Fault(v.Line, v.Column, col.Field.Name, detail)
	}
}

// FieldName returns the name of a field.
func (c *Checker) FieldName(field int) string { return c.ds.Fields[field].Name }

// MaxUnread is how many columns that no field reads are remembered.
const MaxUnread = 100

// Unread says that rows have a column that no field reads.
func (c *Checker) Unread(name []byte) {
	if _, ok := c.out.Unread[string(name)]; ok || len(c.out.Unread) == MaxUnread {
		return
	}
	if c.out.Unread == nil {
		c.out.Unread = map[string]struct{}{}
	}
	c.out.Unread[string(name)] = struct{}{}
}

// constants gives the row the values that all rows have.
func (c *Checker) constants() {
	for f, v := range c.options.Constants {
		v.Line, v.Column = c.line, min(c.line, 1)
		c.Value(f, &v)
	}
}

// Loose says that a row was not read by the grammar of its format.
func (c *Checker) Loose(line int) {
	if c.out.Loose++; c.out.Loose == 1 {
		c.out.LooseLine = line
	}
}

// End closes the row, which is kept where nothing is wrong with it.
func (c *Checker) End(row Row) {
	if len(c.options.Constants) > 0 {
		c.constants()
	}
	i := c.batch.Rows
	for f := range c.columns {
		col := &c.columns[f]
		if col.set == c.row {
			continue
		}
		c.batch.SetNull(f, i)
		if col.needed != "" && c.out.Total == c.before {
			c.Fault(c.line, c.column, col.Field.Name, col.needed)
		}
	}
	c.out.Rows++
	if c.out.Total > c.before {
		c.reject(row)
		c.batch.restore(i)
		return
	}
	if c.keyed {
		p := Place{Row: c.row, Line: c.line, From: len(c.out.Texts)}
		if c.options.KeepTexts {
			c.out.Texts = row.AppendJSON(c.out.Texts)
		}
		p.To = len(c.out.Texts)
		c.batch.Places = append(c.batch.Places, p)
	}
	c.batch.Rows++
}

// reject counts the row as wrong, and keeps it where it is to be written.
func (c *Checker) reject(row Row) {
	c.out.Wrong++
	if !c.options.Skip {
		return
	}
	n := int(c.out.Total - c.before)
	r := Reject{Row: c.row, Faults: slices.Clone(c.out.Faults[len(c.out.Faults)-n:])}
	if c.options.KeepValues {
		r.Values = row.AppendJSON(nil)
	}
	c.out.Rejects = append(c.out.Rejects, r)
}

// finish ends the part, with the error that ended it.
func (c *Checker) finish(err error) {
	c.out.Err = err
	c.out.Seen = c.out.Seen[:0]
	for i := range c.columns {
		c.out.Seen = append(c.out.Seen, c.columns[i].seen)
	}
	for _, b := range c.out.Batches {
		for i := range b.Columns {
			if c.columns[i].codes != nil {
				b.Columns[i].Dict = c.columns[i].entries
			}
		}
	}
}
