package xlsx

import (
	"context"
	"errors"
	"io"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/infer"
)

// others names the sheets other than one, quoted; "" where there are none.
func (w *Workbook) others(but Sheet) string {
	var names []string
	for _, s := range w.Sheets {
		if s != but {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return quoted(names)
}

// Others names the sheets other than the one at hand; "" where there are none.
func (r *Reader) Others() string { return r.book.others(r.sheet) }

// Infer gives the sheet's first rows to a sample, and returns the names of the
// columns.
func (r *Reader) Infer(ctx context.Context, sample *infer.Sample) (names []string, err error) {
	if r.headerRow == 0 {
		sample.Fail(decode.Fault{Line: 1, Column: 1, Detail: "the sheet is empty; its first row has to name the columns" + r.otherSheets()})
		return nil, nil
	}
	s := &sampler{reader: r, sample: sample, values: r.newValues(), columns: map[int]*column{}}
	for i := range r.header {
		if !r.unnamed(i) || r.dialect.Header == datasets.NoHeader {
			s.column(i)
		}
	}
	for read := int64(0); sample.Wants(read); {
		p, err := r.next()
		if errors.Is(err, io.EOF) {
			sample.Whole = true
			break
		}
		if err != nil {
			return s.names(), err
		}
		read += int64(len(p.text))
		if err := p.each(s.add); err != nil {
			return s.names(), err
		}
		r.Recycle(p)
		if err := ctx.Err(); err != nil {
			return s.names(), err
		}
	}
	names = s.names()
	sample.Arrange(names)
	return names, nil
}

// sampler gives rows to a sample.
type sampler struct {
	reader  *Reader
	sample  *infer.Sample
	values  *values
	columns map[int]*column
	row     int64
}

// column is a column of the sample, and the format that was declared of it.
type column struct {
	*infer.Column
	name   string
	format numberFormat
}

// column returns the column at a place, from 0. One without a name is there only if it
// has a value.
func (s *sampler) column(i int) *column {
	c := s.columns[i]
	if c == nil {
		name := header.Place(i)
		if i < len(s.reader.names) {
			name = s.reader.names[i]
		}
		c = &column{Column: s.sample.Column(name), name: name}
		s.columns[i] = c
	}
	return c
}

// names returns the columns' names, in the order of their places.
func (s *sampler) names() (names []string) {
	var places []int
	for i := range s.columns {
		places = append(places, i)
	}
	slices.Sort(places)
	for _, i := range places {
		names = append(names, s.columns[i].name)
	}
	return names
}

// add adds a row.
func (s *sampler) add(r *rows) {
	s.row++
	faulty := false
	for i := range r.cells {
		c := &r.cells[i]
		v := s.values.of(r, c, false)
		to := s.column(c.column - 1)
		switch {
		case c.kind == errorCell && c.fault == "":
			to.AddError(v.Text)
			continue
		case v.Fault != "":
			faulty = true
			s.sample.Fail(decode.Fault{Line: v.Line, Column: v.Column, Row: s.row, Detail: v.Fault})
			continue
		}
		s.declare(to, s.values.shows(c))
		to.Add(&decode.Value{Kind: v.Kind, Text: v.Text, Line: v.Line})
	}
	if !faulty {
		s.sample.EndRow()
	}
}

// declare says what a format shows of a column's values that the values may not.
func (s *sampler) declare(c *column, format numberFormat) {
	if format <= c.format {
		return
	}
	switch format {
	case dateTimeFormat:
		c.Declare(infer.Declaration{Kind: decode.Instant, Type: datasets.DateTime})
	case elapsedFormat:
		c.Declare(infer.Declaration{Kind: decode.Number, Type: datasets.Number, Unit: "s"})
	}
	c.format = format
}
