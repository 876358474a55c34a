package loaders

import (
	"encoding/json"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// checker checks the rows of one part at a time against a dataset's fields
// and gathers those that are right in batches. A field that a row does not
// give is missing in it.
type checker struct {
	ds      *datasets.Dataset
	options *Options
	scanner csvScanner // memory of the readers'
	json    *jsonRows  // likewise

	columns []column
	out     *decoded
	batch   *batch
	room    int // rows that a batch is made for

	row          int64 // of the part, from 1
	line, column int   // where it begins
	before       int64 // faults before it
	keyed        bool
	texts        bool // of rows are kept: keys are looked up later
}

// column is one field while its values are gathered.
type column struct {
	field   *datasets.Field
	needed  string // why no row may miss the value; "" where rows may
	set     int64  // the row that has set it, or whose lack of it was faulted
	seen    bool   // a row of the source has the column
	reading reading
	vector  *engine.Vector // of the batch being filled
	codes   map[string]uint32
	dict    []string
}

// batch is rows that are right, and where they stand in their source.
type batch struct {
	engine.Batch
	places []place // where the dataset has a key
	valid  [][]uint64
	room   int
}

// place is where a row stands.
type place struct {
	row  int64 // of the part, later of the source
	line int
	// from and to say where the part's texts have it, as it stands in the source.
	from, to int
}

// decoded is what became of a part.
type decoded struct {
	batches []*batch
	rows    int64 // that it has, right or wrong
	wrong   int64 // of them
	faults  []Fault
	total   int64
	rejects []reject
	texts   []byte              // of rows that may still be rejected for their keys
	err     error               // a *source.SyntaxError where the source goes wrong for good
	seen    []bool              // the fields that rows have
	unread  map[string]struct{} // columns that rows have and no field reads
	spare   []*batch
}

// reject is a row with its faults, for the file of rejected rows.
type reject struct {
	row    int64
	faults []Fault
	values json.RawMessage
}

func newChecker(ds *datasets.Dataset, options *Options) *checker {
	c := &checker{ds: ds, options: options, columns: make([]column, len(ds.Fields)), keyed: len(ds.Key) > 0}
	c.texts = c.keyed && options.Mode != Upsert && options.Skip && options.Rejects != nil
	for i := range c.columns {
		f := &ds.Fields[i]
		c.columns[i] = column{field: f, needed: needed(ds, i), reading: newReading(f)}
	}
	return c
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

// start begins a part, of which out is to tell.
func (c *checker) start(out *decoded) {
	out.reset()
	c.out, c.row, c.batch, c.room = out, 0, nil, engine.BatchRows
	for i := range c.columns {
		col := &c.columns[i]
		col.set, col.seen, col.vector = 0, false, nil
		// The dictionary goes on while it is small, since the same few texts
		// come again.
		if len(col.dict) > engine.BatchRows {
			col.dict = nil
			clear(col.codes)
		}
	}
}

// expect says that the part has at most so many rows.
func (c *checker) expect(rows int) { c.room = max(1, min(rows, engine.BatchRows)) }

// begin starts a row.
func (c *checker) begin(line, column int) {
	if c.batch == nil || c.batch.Rows == c.batch.room {
		c.newBatch()
	}
	c.row++
	c.before, c.line, c.column = c.out.total, line, column
}

func (c *checker) newBatch() {
	c.batch = c.out.newBatch(c.ds, c.room)
	for i := range c.columns {
		c.columns[i].vector = &c.batch.Columns[i]
	}
}

// fault says what is wrong with the row.
func (c *checker) fault(line, column int, name, detail string) {
	c.out.total++
	if len(c.out.faults) < c.options.MaxFaults || c.options.Skip {
		c.out.faults = append(c.out.faults, Fault{Line: line, Column: column, Row: c.row, Field: name, Detail: detail})
	}
}

// value sets a field.
func (c *checker) value(field int, v *value) {
	col := &c.columns[field]
	col.seen = true
	if v.fault != "" {
		col.set = c.row
		c.fault(v.line, v.column, col.field.Name, v.fault)
		return
	}
	if col.reading.missing(v) {
		if col.needed != "" {
			col.set = c.row
			c.fault(v.line, v.column, col.field.Name, col.needed)
		}
		return
	}
	// A faulty value counts as set, so that it is not missed too.
	col.set = c.row
	if detail := col.put(c.batch.Rows, v); detail != "" {
		c.fault(v.line, v.column, col.field.Name, detail)
	}
}

// put gives row i of the batch a value; detail says why the field does not take
// it.
func (col *column) put(i int, v *value) (detail string) {
	switch col.field.Type {
	case datasets.Number:
		col.vector.Floats[i], detail = col.reading.number(v)
	case datasets.String:
		var text []byte
		if text, detail = col.reading.text(v); detail == "" {
			col.vector.Codes[i], detail = col.code(text)
		}
	default:
		col.vector.Ints[i], detail = col.reading.int(v)
	}
	return detail
}

// unread takes in that rows have a column that no field reads.
func (c *checker) unread(name []byte) {
	if _, ok := c.out.unread[string(name)]; ok || len(c.out.unread) == maxUnread {
		return
	}
	if c.out.unread == nil {
		c.out.unread = map[string]struct{}{}
	}
	c.out.unread[string(name)] = struct{}{}
}

// end closes the row: it stands where nothing is wrong with it.
func (c *checker) end(row written) {
	i := c.batch.Rows
	for f := range c.columns {
		col := &c.columns[f]
		if col.set == c.row {
			continue
		}
		c.batch.null(f, i)
		if col.needed != "" && c.out.total == c.before {
			c.fault(c.line, c.column, col.field.Name, col.needed)
		}
	}
	c.out.rows++
	if c.out.total > c.before {
		c.reject(row)
		c.batch.restore(i)
		return
	}
	if c.keyed {
		p := place{row: c.row, line: c.line, from: len(c.out.texts)}
		if c.texts {
			c.out.texts = row.appendRow(c.out.texts)
		}
		p.to = len(c.out.texts)
		c.batch.places = append(c.batch.places, p)
	}
	c.batch.Rows++
}

// reject counts the row out, and keeps it where it is to be written down.
func (c *checker) reject(row written) {
	c.out.wrong++
	if !c.options.Skip {
		return
	}
	n := int(c.out.total - c.before)
	r := reject{row: c.row, faults: slices.Clone(c.out.faults[len(c.out.faults)-n:])}
	if c.options.Rejects != nil && row != nil {
		r.values = row.appendRow(nil)
	}
	c.out.rejects = append(c.out.rejects, r)
}

// finish ends the part.
func (c *checker) finish(err error) {
	c.out.err = err
	c.out.seen = c.out.seen[:0]
	for i := range c.columns {
		c.out.seen = append(c.out.seen, c.columns[i].seen)
	}
	for _, b := range c.out.batches {
		for i := range b.Columns {
			if c.columns[i].codes != nil {
				b.Columns[i].Dict = c.columns[i].dict
			}
		}
	}
}
