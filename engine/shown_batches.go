package engine

import (
	"context"
	"io"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// What a store hands out tells of rows that a view hides. Its batches end where blocks of
// the table end, so their lengths say how many hidden rows lie between others; some formats
// write batches as they come. Its texts are codes into a dictionary of the table, which has
// the texts of hidden rows too, and some formats write it. And whether it knows the total
// of a page depends on how many blocks it looked at.
//
// So the rows of a view are put into full batches, with dictionaries of the texts that they
// have. A dictionary grows from batch to batch, so that a format finds the same one again,
// and begins anew when it has become large. Totals are told by a rule that looks only at
// what is shown.
type shownBatches struct {
	Cursor
	table restrictedTable
	plan  *plan.Plan // over the view

	batch   Batch
	columns []shownColumn
	stored  *Batch // of the store, of which the rows from next on are left; nil: none
	next    int
	ended   bool
}

func newShownBatches(c Cursor, t restrictedTable, p *plan.Plan) Cursor {
	return &shownBatches{Cursor: c, table: t, plan: p}
}

// Next returns BatchRows rows; fewer are the last.
func (s *shownBatches) Next(ctx context.Context) (*Batch, error) {
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
func (s *shownBatches) take() {
	from := s.next
	n := min(s.stored.Rows-from, BatchRows-s.batch.Rows)
	if s.columns == nil {
		s.columns = make([]shownColumn, len(s.stored.Columns))
	}
	for i := range s.columns {
		s.columns[i].take(&s.stored.Columns[i], from, n, s.batch.Rows)
	}
	s.batch.Rows += n
	if s.next += n; s.next == s.stored.Rows {
		s.stored = nil
	}
}

// fewShown is how many rows a view may show at most for the totals of its pages to be
// counted unasked: those of one block.
const fewShown = 8192

// PageEnd returns where the page ends. On a store that runs pipelines, what it knows of the
// total follows from the page alone.
func (s *shownBatches) PageEnd(ctx context.Context) (PageEnd, error) {
	end, err := s.Cursor.PageEnd(ctx)
	if err != nil || s.plan.Groups != nil || s.table.runsPipelines() {
		return end, err
	}
	switch shown := s.table.info.Rows; {
	case s.plan.Filter.Always():
		end.Total = shown
	case (s.plan.After != "" || end.More) && shown > fewShown:
		end.Total = -1
	case end.Total < 0:
		end.Total, err = s.table.Count(ctx, s.plan)
	}
	return end, err
}

// shownColumn is a column of the batches, with the dictionary of its texts.
type shownColumn struct {
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
func (c *shownColumn) take(v *Vector, from, n, rows int) {
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
	default:
		to.Ints = append(to.Ints[:rows], v.Ints[from:from+n]...)
	}
}

// begin begins a batch.
func (c *shownColumn) begin(v *Vector) {
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
func (c *shownColumn) takeValid(v *Vector, from, n, rows int) {
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

// takeTexts puts texts into the column, and into its dictionary.
func (c *shownColumn) takeTexts(v *Vector, from, n, rows int) {
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
func (c *shownColumn) place(text string) uint32 {
	code, ok := c.places[text]
	if !ok {
		code = uint32(len(c.vector.Dict))
		c.places[text] = code
		c.vector.Dict = append(c.vector.Dict, text)
	}
	return code
}
