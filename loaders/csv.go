package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// readCSV reads RFC 4180 CSV, a header first, into rows. Empty lines are no
// rows, unless the file has one column: there, an empty line is a row whose
// value is missing. What is wrong goes to the rows' faults; the error is for
// what cannot be read.
func readCSV(ctx context.Context, in *bufio.Reader, rows *rows) error {
	s := newCSVScanner(in)
	bindings, err := readHeader(s, rows)
	if err != nil {
		return rows.syntax(err)
	}
	if bindings == nil {
		return nil
	}
	width := len(s.cells)
	for {
		if err := s.next(); err != nil {
			if err == io.EOF {
				return nil
			}
			rows.row++
			return rows.syntax(err)
		}
		if s.blank && width > 1 {
			continue
		}
		rows.begin(s.cells[0].line)
		if len(s.cells) != width {
			rows.width(s, width)
		} else {
			for _, b := range bindings {
				c := &s.cells[b.cell]
				if c.fault != "" {
					rows.fault(c.line, c.column, rows.ds.Fields[b.field].Name, c.fault)
					continue
				}
				rows.text(b.field, s.value(c), c.line, c.column)
			}
		}
		if err := rows.end(ctx); err != nil {
			return err
		}
	}
}

// readHeader reads the first line that is not empty. The bindings are nil where
// the header is wrong.
func readHeader(s *csvScanner, rows *rows) ([]binding, error) {
	err := s.skipMark()
	for s.blank = true; err == nil && s.blank; {
		err = s.next()
	}
	if err == io.EOF {
		rows.fault(1, 1, "", "the file is empty; its first line names the columns: "+columnNames(rows.ds))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return bind(s, rows), nil
}

// width says that a row has too few or too many values.
func (r *rows) width(s *csvScanner, want int) {
	at := s.cells[min(len(s.cells)-1, want)]
	detail := fmt.Sprintf("the row has %d values, the header %d", len(s.cells), want)
	for i := range s.cells {
		if f := s.cells[i].fault; f != "" {
			at, detail = s.cells[i], f
			break
		}
	}
	r.fault(at.line, at.column, "", detail)
}

// syntax makes a fault of an error that says where the text goes wrong, and
// returns any other.
func (r *rows) syntax(err error) error {
	var wrong *syntaxError
	if !errors.As(err, &wrong) {
		return err
	}
	r.fault(wrong.line, wrong.column, "", wrong.detail)
	return nil
}
