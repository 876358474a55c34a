package engine

import (
	"context"
	"io"

	"herbarium/datasets"
)

// fullBatches puts the rows of a cursor into full batches, with dictionaries of the texts
// that they have, so that the batches depend on nothing but the rows. A dictionary grows
// from batch to batch, so that a format finds the same one again, and begins anew when it
// has become large. Where there is no value, there is a zero.
//
// A store's own batches end where blocks of the table end, or where the server ended its
// reply, and their dictionaries are the table's. Formats that write batches as they come
// (Format.Batched) would tell of rows that a view hides, and write other bytes under one
// tag where a store has several ways to run a plan.
type fullBatches struct {
	Cursor

	batch   Batch
	columns []fullColumn
	stored  *Batch // of the store, of which the rows from next on are left; nil: none
	next    int
	ended   bool
}

// fullBatchesName tells the bytes of a format apart, in keys of answers, that writes full
// batches.
const fullBatchesName = ";full"

// inFullBatches reports whether a format is given full batches of the table, so that its
// bytes are the same whichever way a plan is run.
func (i *TableInfo) inFullBatches(format Format) bool { return i.Way != "" && format.Batched }

// Next returns BatchRows rows; fewer are the last.
func (s *fullBatches) Next(ctx context.Context) (*Batch, error) {
	s.batch.Rows = 0
	for s.batch.Rows < BatchRows && !s.ended {
		if s.stored == nil {
			b, err := s.Cursor.Next(ctx)
			if err == io.EOF {
				s.ended = true
				break
			}
			if err != nil {
				return nil, err
			}
			s.stored, s.next = b, 0
		}
		s.take()
	}
	if s.batch.Rows == 0 {
		return nil, io.EOF
	}
	s.batch.Columns = s.batch.Columns[:0]
	for i := range s.columns {
		s.batch.Columns = append(s.batch.Columns, s.columns[i].vector)
	}
	return &s.batch, nil
}

// take takes rows of the store's batch into the one that is returned.
func (s *fullBatches) take() {
	from := s.next
	n := min(s.stored.Rows-from, BatchRows-s.batch.Rows)
	if s.columns == nil {
		s.columns = make([]fullColumn, len(s.stored.Columns))
	}
	for i := range s.columns {
		s.columns[i].take(&s.stored.Columns[i], from, n, s.batch.Rows)
	}
	s.batch.Rows += n
	if s.next += n; s.next == s.stored.Rows {
		s.stored = nil
	}
}

// fullColumn is a column of the batches, with the dictionary of its texts.
type fullColumn struct {
	vector Vector
	valid  []uint64
	places map[string]uint32 // of each text of the dictionary
	// turned has the new code of each of the store's codes, and 1; 0 where it is not known.
	// It is empty where the store's dictionary is large: clearing it would cost more than
	// looking up the texts.
	turned []uint32
}

// maxTurned is the size of the largest dictionary that has turned.
const maxTurned = 4 * BatchRows

// take puts n rows of a column, from the row from on, behind the rows that it has.
func (c *fullColumn) take(v *Vector, from, n, rows int) {
	if rows == 0 {
		c.begin(v)
	}
	c.takeValid(v, from, n, rows)
	to := &c.vector
	switch v.Type {
	case datasets.String:
		c.takeTexts(v, from, n, rows)
	case datasets.Number:
		to.Floats = append(to.Floats[:rows], v.Floats[from:from+n]...)
		clearNulls(to.Floats[rows:], v, from)
	default:
		to.Ints = append(to.Ints[:rows], v.Ints[from:from+n]...)
		clearNulls(to.Ints[rows:], v, from)
	}
}

// begin begins a batch.
func (c *fullColumn) begin(v *Vector) {
	if c.valid == nil {
		c.valid = make([]uint64, BatchRows/64)
	}
	clear(c.valid)
	c.vector.Type, c.vector.Valid = v.Type, nil
	if v.Type == datasets.String && (c.places == nil || len(c.vector.Dict) > BatchRows) {
		c.places, c.vector.Dict, c.turned = map[string]uint32{}, nil, c.turned[:0]
	}
}

// takeValid notes which rows have values. As long as all have, the vector says so.
func (c *fullColumn) takeValid(v *Vector, from, n, rows int) {
	if v.Valid != nil && c.vector.Valid == nil {
		for i := range rows {
			c.valid[i>>6] |= 1 << (i & 63)
		}
		c.vector.Valid = c.valid
	}
	if c.vector.Valid == nil {
		return
	}
	for i := range n {
		if !v.Null(from + i) {
			c.valid[(rows+i)>>6] |= 1 << ((rows + i) & 63)
		}
	}
}

// clearNulls makes zeros of what stands where there is no value.
func clearNulls[T float64 | int64](values []T, v *Vector, from int) {
	if v.Valid == nil {
		return
	}
	for i := range values {
		if v.Null(from + i) {
			values[i] = 0
		}
	}
}

// takeTexts puts texts into the column, and into its dictionary.
func (c *fullColumn) takeTexts(v *Vector, from, n, rows int) {
	if from == 0 || len(c.turned) == 0 {
		c.turned = c.turned[:0]
		if len(v.Dict) <= maxTurned {
			c.turned = append(c.turned, make([]uint32, len(v.Dict))...)
		}
	}
	to := &c.vector
	to.Codes = append(to.Codes[:rows], make([]uint32, n)...)
	if v.Types != nil {
		to.Types = append(to.Types[:rows], v.Types[from:from+n]...)
	}
	for i := range n {
		if v.Null(from + i) {
			continue
		}
		code := v.Codes[from+i]
		switch {
		case len(c.turned) == 0:
			to.Codes[rows+i] = c.place(v.Dict[code])
			continue
		case c.turned[code] == 0:
			c.turned[code] = c.place(v.Dict[code]) + 1
		}
		to.Codes[rows+i] = c.turned[code] - 1
	}
}

// place returns the code of a text, which is new or not.
func (c *fullColumn) place(text string) uint32 {
	code, ok := c.places[text]
	if !ok {
		code = uint32(len(c.vector.Dict))
		c.places[text] = code
		c.vector.Dict = append(c.vector.Dict, text)
	}
	return code
}
