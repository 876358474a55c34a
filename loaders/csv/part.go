package csv

import (
	"fmt"
	"strconv"

	"herbarium/loaders/decode"
	"herbarium/schemas"
)

// part is a run of records.
type part struct {
	reader    *Reader
	text      []byte
	chunk     []byte // the memory of text
	line      int    // of the first record
	lines     int
	truncated bool
}

// Decode gives the records to the checker.
func (p *part) Decode(c *decode.Checker) error {
	c.Expect(p.lines + 1)
	return p.each(&scanner{}, c)
}

// sink takes records one by one: a checker, or the sampler that types are
// inferred from.
type sink interface {
	// Begin starts a record whose first value stands at line and column.
	Begin(line, column int)
	// Value gives the value of one of the columns that are bound.
	Value(column int, v *decode.Value)
	// Fault says what is wrong with the record.
	Fault(line, column int, name, detail string)
	// End closes the record, which is valid until then.
	End(row decode.Row)
}

// each gives the records to a sink, and uses the scanner's memory again.
func (p *part) each(s *scanner, to sink) error {
	s.delimiter = p.reader.delimiter
	s.reset(p.text, p.line, p.truncated, p.reader.chunks.Limits().Record)
	row := &row{s, p.reader}
	width := len(p.reader.header)
	for {
		more, err := s.next()
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		if s.blank && width > 1 {
			s.skipBlank()
			continue
		}
		to.Begin(s.cells[0].Line, 1)
		if len(s.cells) != width {
			row.misfit(to, width)
		} else {
			for _, b := range p.reader.bindings {
				to.Value(b.column, &s.cells[b.cell])
			}
		}
		to.End(row)
	}
}

// row is the record that a scanner stands on.
type row struct {
	*scanner
	reader *Reader
}

// misfit says that a row has too few or too many values.
func (r *row) misfit(to sink, want int) {
	at := &r.cells[min(len(r.cells)-1, want)]
	detail := fmt.Sprintf("the row has %d values, the header %d", len(r.cells), want)
	if len(r.cells) == 1 {
		detail = fmt.Sprintf("the row has 1 value, the header %d", want)
	}
	for i := range r.cells {
		if f := r.cells[i].Fault; f != "" {
			at, detail = &r.cells[i], f
			break
		}
	}
	to.Fault(at.Line, at.Column, "", detail)
}

// AppendJSON appends the record with the header's names; a value that has no name
// goes by its place.
func (r *row) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range r.cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i < len(r.reader.header) {
			dst = schemas.AppendString(dst, string(r.reader.header[i].Text))
		} else {
			dst = append(strconv.AppendInt(append(dst, `"#`...), int64(i)+1, 10), '"')
		}
		dst = append(dst, ':')
		dst = schemas.AppendString(dst, string(r.cells[i].Text))
	}
	return append(dst, '}')
}
