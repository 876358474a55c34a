package csv

import (
	"bufio"
	"bytes"
	"context"
	"io"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// Reader reads RFC 4180 CSV, a header first. Empty lines are no rows, unless the
// file has one column: there, an empty line is a row whose value is missing.
type Reader struct {
	chunks    *source.Chunker
	delimiter byte
	// header are the names of the columns and where they stand.
	header []decode.Value
	first  *part // what stands behind the header in its chunk
	line   int   // of the next chunk

	// bindings say which values of a record are read, and into which columns.
	bindings []binding
}

// binding says which value of a record a column has.
type binding struct{ cell, column int }

// Open reads the header: the first line that is not empty. Where delimiter is 0
// it is guessed from the header, in which known columns tell more than others.
// An empty file has no header; Bind reports that.
func Open(in *bufio.Reader, limits source.Limits, delimiter byte, known func(name string) bool) (*Reader, error) {
	r := &Reader{line: 1, delimiter: delimiter}
	r.chunks = source.NewChunker(in, limits, func(text []byte) int { return lastRecordEnd(text, r.delimiter) })
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
	if r.delimiter == 0 {
		r.delimiter = guessDelimiter(head, known)
	}
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

// readHeader looks for the header in a chunk.
func (r *Reader) readHeader(p *part) error {
	s := &scanner{delimiter: r.delimiter}
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
		s.cells[i].Text = bytes.Clone(s.cells[i].Text)
	}
	r.header = s.cells
	p.text, p.line = s.text, s.line+1
	r.first = p
	return nil
}

// Next returns the records of the next chunk.
func (r *Reader) Next(context.Context) (decode.Part, error) {
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

func (r *Reader) read() (*part, error) {
	text, truncated, err := r.chunks.Next()
	if err != nil {
		return nil, r.broken(err)
	}
	p := &part{reader: r, text: text, chunk: text, line: r.line, truncated: truncated}
	p.lines = bytes.Count(text, []byte{'\n'})
	r.line += p.lines
	return p, nil
}

// broken reports compressed text that breaks off at its place.
func (r *Reader) broken(err error) error { return source.DamagedAt(err, r.line, 1) }

// Recycle takes back the memory of a part.
func (r *Reader) Recycle(p decode.Part) { r.chunks.Recycle(p.(*part).chunk) }

// Close does nothing: the reader holds nothing but memory.
func (r *Reader) Close() {}
