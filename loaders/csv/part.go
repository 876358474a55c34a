package csv

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

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

// Decode gives the records to the checker: by columns as far as they are plain
// lines, and the others one by one.
func (p *part) Decode(c *decode.Checker) error {
	c.Expect(p.lines + 1)
	s := &scanner{}
	row := p.begin(s)
	if !row.plain() {
		return p.rest(row, c, 0)
	}
	lines := p.plainLines(c)
	for len(s.text) > 0 {
		left := lines.check(s, c)
		if err := p.rest(row, c, left); err != nil {
			return err
		}
	}
	return nil
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
	// Loose says that the record was not read by the grammar of RFC 4180, but as
	// loosen says.
	Loose(line int)
	// End closes the record, which is valid until then.
	End(row decode.Row)
}

// each gives the records to a sink, and uses the scanner's memory again.
func (p *part) each(s *scanner, to sink) error { return p.rest(p.begin(s), to, 0) }

// begin puts a scanner before the first record.
func (p *part) begin(s *scanner) *row {
	s.syntax = p.reader.syntax
	s.reset(p.text, p.line, p.truncated, p.reader.chunks.Limits().Record)
	return &row{s, p.reader, p.reader.decoded && bytes.Contains(p.text, replacement)}
}

// rest gives the records to a sink until left bytes of the text, or less, are left.
func (p *part) rest(r *row, to sink, left int) error {
	width := len(p.reader.header)
	for len(r.text) > left {
		more, err := r.next()
		if err != nil || !more {
			return err
		}
		if r.blank && width > 1 {
			r.skipBlank()
			continue
		}
		to.Begin(r.cells[0].Line, 1)
		if r.damaged {
			r.findDamage(p.reader.encoding)
		}
		if len(r.cells) == width && !r.faulty {
			for _, b := range p.reader.bindings {
				to.Value(b.Field, &r.cells[b.Cell])
			}
		} else {
			r.unusual(to, width)
		}
		to.End(r)
	}
	return nil
}

// row is the record that a scanner stands on.
type row struct {
	*scanner
	reader  *Reader
	damaged bool // there are bytes that are not of the text's encoding
}

// unusual gives a record that breaks the grammar, or has another number of
// values than the header.
func (r *row) unusual(to sink, want int) {
	if r.faulty && r.loosen(want) {
		r.faulty = false
		to.Loose(r.cells[0].Line)
	}
	have := len(r.cells)
	if r.reader.fill && !r.faulty {
		for have > want && len(r.cells[have-1].Text) == 0 {
			have--
		}
	}
	switch {
	case have == want:
	case have < want && r.reader.fill && !r.faulty:
	default:
		r.misfit(to, want)
		return
	}
	for _, b := range r.reader.bindings {
		if b.Cell < have {
			to.Value(b.Field, &r.cells[b.Cell])
		}
	}
}

// replacement stands for bytes that are not of the text's encoding.
var replacement = []byte(string(utf8.RuneError))

// findDamage makes faults of values with bytes that are not of their encoding.
func (r *row) findDamage(encoding string) {
	for i := range r.cells {
		if c := &r.cells[i]; c.Fault == "" && bytes.Contains(c.Text, replacement) {
			c.Fault = decode.Quote(string(c.Text)) + " has bytes that are not " + encoding
		}
	}
}

// misfit says that a row has too few or too many values.
func (r *row) misfit(to sink, want int) {
	at := &r.cells[min(len(r.cells)-1, want)]
	whose := "the header"
	if r.reader.headless {
		whose = "the first row"
	}
	detail := fmt.Sprintf("the row has %d values, %s %d", len(r.cells), whose, want)
	if len(r.cells) == 1 {
		detail = fmt.Sprintf("the row has 1 value, %s %d", whose, want)
	}
	if len(r.cells) < want {
		detail += "; csv: {ragged: fill} reads missing values at its end"
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
		if i < len(r.reader.header) && !r.reader.headless {
			dst = schemas.AppendString(dst, string(r.reader.header[i].Text))
		} else {
			dst = append(strconv.AppendInt(append(dst, `"#`...), int64(i)+1, 10), '"')
		}
		dst = append(dst, ':')
		dst = schemas.AppendString(dst, string(r.cells[i].Text))
	}
	return append(dst, '}')
}
