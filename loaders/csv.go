package loaders

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// csvReader reads RFC 4180 CSV, a header first. Empty lines are no rows,
// unless the file has one column: there, an empty line is a row whose value
// is missing.
type csvReader struct {
	chunks    *source.Chunker
	delimiter byte
	// header are the names of the columns and where they stand.
	header []value
	first  *csvPart // what stands behind the header in its block
	line   int      // of the next block

	// bindings say which values of a record are wanted, and as which columns.
	bindings []binding
}

// binding says which value of a record a column has.
type binding struct{ cell, column int }

// openCSV reads the header: the first line that is not empty. choose says
// what stands between the values, going by the text's begin. The header is
// empty where the file is.
func openCSV(in *bufio.Reader, limits source.Limits, choose func(head []byte) byte) (*csvReader, error) {
	r := &csvReader{line: 1}
	r.chunks = source.NewChunker(in, limits, func(text []byte) int { return cutCSV(text, r.delimiter) })
	head, err := source.Peek(in)
	if err != nil {
		return r, r.broken(err)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return r, source.ErrorAt(1, 1, "the file is UTF-16; save it as UTF-8")
	}
	if head, err = source.SkipByteOrderMark(in, head); err != nil {
		return r, r.broken(err)
	}
	r.delimiter = choose(head)
	for r.header == nil {
		p, err := r.read()
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		if err := r.readHeader(p); err != nil {
			return r, err
		}
	}
	return r, nil
}

// readHeader looks for the header in a block.
func (r *csvReader) readHeader(p *csvPart) error {
	s := &csvScanner{delimiter: r.delimiter}
	s.reset(p.text, p.line, p.truncated, r.chunks.Limits().Record)
	for {
		more, err := s.next()
		if err != nil || !more {
			return err
		}
		if !s.blank {
			break
		}
		s.skipBlank()
	}
	for i := range s.cells {
		s.cells[i].text = bytes.Clone(s.cells[i].text)
	}
	r.header = s.cells
	p.text, p.line = s.text, s.line+1
	r.first = p
	return nil
}

// next returns the records of the next block.
func (r *csvReader) next(context.Context) (part, error) {
	if p := r.first; p != nil {
		r.first = nil
		return p, nil
	}
	if r.header == nil {
		return nil, io.EOF
	}
	p, err := r.read()
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (r *csvReader) read() (*csvPart, error) {
	text, truncated, err := r.chunks.Next()
	if err != nil {
		return nil, r.broken(err)
	}
	p := &csvPart{reader: r, text: text, block: text, line: r.line, truncated: truncated}
	p.lines = bytes.Count(text, []byte{'\n'})
	r.line += p.lines
	return p, nil
}

// broken makes the place where compressed text breaks off a *source.SyntaxError.
func (r *csvReader) broken(err error) error { return source.DamagedAt(err, r.line, 1) }

func (r *csvReader) recycle(p part) { r.chunks.Recycle(p.(*csvPart).block) }
func (r *csvReader) close()         {}

// csvPart is a run of records.
type csvPart struct {
	reader    *csvReader
	text      []byte
	block     []byte // the memory of text
	line      int    // of the first record
	lines     int
	truncated bool
}

// decode gives the records to the checker.
func (p *csvPart) decode(c *checker) error {
	c.expect(p.lines + 1)
	return p.each(&c.scanner, c)
}

// each gives the records to a sink. The scanner's memory is used again.
func (p *csvPart) each(s *csvScanner, to sink) error {
	s.delimiter = p.reader.delimiter
	s.reset(p.text, p.line, p.truncated, p.reader.chunks.Limits().Record)
	row := &csvRow{s, p.reader}
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
		to.begin(s.cells[0].line, 1)
		if len(s.cells) != width {
			row.misfit(to, width)
		} else {
			for _, b := range p.reader.bindings {
				to.value(b.column, &s.cells[b.cell])
			}
		}
		to.end(row)
	}
}

// csvRow is the record that a scanner stands on.
type csvRow struct {
	*csvScanner
	reader *csvReader
}

// misfit says that a row has too few or too many values.
func (r *csvRow) misfit(to sink, want int) {
	at := &r.cells[min(len(r.cells)-1, want)]
	detail := fmt.Sprintf("the row has %d values, the header %d", len(r.cells), want)
	if len(r.cells) == 1 {
		detail = fmt.Sprintf("the row has 1 value, the header %d", want)
	}
	for i := range r.cells {
		if f := r.cells[i].fault; f != "" {
			at, detail = &r.cells[i], f
			break
		}
	}
	to.fault(at.line, at.column, "", detail)
}

// appendRow writes the record with the header's names; values that have no
// name go by their place.
func (r *csvRow) appendRow(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range r.cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i < len(r.reader.header) {
			dst = schemas.AppendString(dst, string(r.reader.header[i].text))
		} else {
			dst = append(strconv.AppendInt(append(dst, `"#`...), int64(i)+1, 10), '"')
		}
		dst = append(dst, ':')
		dst = schemas.AppendString(dst, string(r.cells[i].text))
	}
	return append(dst, '}')
}
