package csv

import (
	"bytes"
	"context"
	"io"
	"os"
	"unicode/utf8"

	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/infer"
)

// Sampled says how a CSV was sampled.
type Sampled struct {
	// Header are the names of the columns.
	Header []string
	// Pieces is how many pieces the sample is made of; 0 where it is the
	// beginning of the file.
	Pieces int
	// Loose counts the records that RFC 4180 does not allow; LooseLine is the
	// first one's, 0 where it is not known.
	Loose, LooseLine int
}

// Infer gives the file's records to a sample: all of them, or those of pieces
// that are spread over a file which is larger than the sample. file is nil where
// it cannot be read at any place; size is its size.
func (r *Reader) Infer(ctx context.Context, file *os.File, size int64, sample *infer.Sample) (Sampled, error) {
	s := &sampler{reader: r, sample: sample, lines: true}
	if !s.bind() {
		return s.Sampled, nil
	}
	limit := sample.MaxBytes
	if limit <= 0 || file == nil || !r.plain() || size <= limit {
		return s.Sampled, s.begin(ctx, limit)
	}
	piece := max(limit/sampledPieces, minPiece)
	err := s.begin(ctx, piece)
	if err == nil && !sample.Whole {
		err = s.spread(ctx, file, size, piece)
	}
	return s.Sampled, err
}

// sampler gives the records of a CSV to a sample.
type sampler struct {
	Sampled
	reader  *Reader
	sample  *infer.Sample
	columns []*infer.Column
	row     int64
	faulty  bool // the row has a fault
	// lines says that lines are counted from the file's beginning.
	lines bool
}

// Begin counts the record.
func (s *sampler) Begin(int, int) { s.row++ }

// Value gives a value to its column.
func (s *sampler) Value(column int, v *decode.Value) {
	switch {
	case v.Fault != "":
		s.Fault(v.Line, v.Column, "", v.Fault)
		return
	case !utf8.Valid(v.Text):
		s.Fault(v.Line, v.Column, "", decode.Quote(string(v.Text))+" is not valid UTF-8; save the file as UTF-8")
		return
	}
	seen := decode.Value{Text: v.Text}
	if s.lines {
		seen.Line = v.Line
	}
	s.columns[column].Add(&seen)
}

// Fault tells the sample what is wrong with the record.
func (s *sampler) Fault(line, column int, _, detail string) {
	s.faulty = true
	s.sample.Fail(decode.Fault{Line: line, Column: column, Row: s.row, Detail: detail})
}

// Loose counts a record that RFC 4180 does not allow.
func (s *sampler) Loose(line int) {
	if s.Sampled.Loose++; s.lines && s.LooseLine == 0 {
		s.LooseLine = line
	}
}

// End counts the row, unless it is faulty.
func (s *sampler) End(decode.Row) {
	if !s.faulty {
		s.sample.EndRow()
	}
	s.faulty = false
}

// bind makes a column of each name of the header, and reports whether the
// header is right.
func (s *sampler) bind() bool {
	r := s.reader
	if r.header == nil {
		s.sample.Fail(decode.Fault{Line: 1, Column: 1, Detail: "the file is empty; its first line has to name the columns"})
		return false
	}
	names, wrong := r.names()
	for _, f := range wrong {
		s.sample.Fail(f)
	}
	if wrong != nil {
		return false
	}
	s.Header = names
	for i, name := range names {
		s.columns = append(s.columns, s.sample.Column(name))
		r.bindings = append(r.bindings, header.Binding{Cell: i, Field: i})
	}
	return true
}

// begin samples the first bytes of the text, or all of it where limit is 0.
func (s *sampler) begin(ctx context.Context, limit int64) error {
	var scanner scanner
	var read int64
	for limit == 0 || read < limit {
		next, err := s.reader.Next(ctx)
		if err == io.EOF {
			s.sample.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		p := next.(*part)
		read += int64(len(p.text))
		if err := p.each(&scanner, s); err != nil {
			return err
		}
		s.reader.Recycle(p)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A sample is so many pieces of a file, each of so many bytes at least.
const (
	sampledPieces = 64
	minPiece      = 1 << 10
)

// spread samples pieces of the file after its beginning, the last one at its end
// (systematic sampling).
func (s *sampler) spread(ctx context.Context, file *os.File, size, piece int64) error {
	s.Pieces, s.lines = 1, false
	buf := make([]byte, piece)
	for i := int64(1); i < sampledPieces; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := (size - piece) / (sampledPieces - 1) * i
		last := i == sampledPieces-1
		if last {
			at = size - piece
		}
		n, err := file.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return err
		}
		if last && (s.reader.footer != nil || s.reader.dialect.FooterShort) {
			n = footerStart(buf[:n], s.reader.syntax, s.reader.footer, len(s.reader.header))
		}
		if text := wholeRecords(buf[:n], s.reader, last, s.Sampled.Loose > 0); text != nil {
			p := &part{reader: s.reader, text: text, line: 1}
			if err := p.each(&scanner{}, s); err != nil {
				return err
			}
			s.Pieces++
		}
	}
	return nil
}

// maxStarts is how many lines may be within a value in quotes where a piece
// begins.
const maxStarts = 32

// wholeRecords returns the records of a piece cut out of the middle of a file,
// or nil if it cannot tell where they begin: a line may begin within quotes. At
// the right line, every record has as many values as the header. Quotes that RFC
// 4180 does not allow are taken for right only if the beginning has some (loose).
func wholeRecords(text []byte, r *Reader, last, loose bool) []byte {
	for range maxStarts {
		start := bytes.IndexByte(text, '\n') + 1
		if start == 0 {
			return nil
		}
		text = text[start:]
		whole := text
		if !last {
			whole = text[:lastRecordEnd(text, &r.syntax)]
		}
		if len(whole) > 0 && wellFormed(whole, r, loose) {
			return whole
		}
	}
	return nil
}

// wellFormed reports whether each record is right and has as many values as the
// header.
func wellFormed(text []byte, r *Reader, loose bool) bool {
	s := &scanner{syntax: r.syntax}
	s.reset(text, 1, false, r.chunks.Limits().Record)
	for {
		more, err := s.next()
		if err != nil || !more {
			return err == nil
		}
		if len(s.cells) != len(r.header) && !s.blank && (!r.fill || len(s.cells) == 1) {
			return false
		}
		if s.faulty && loose {
			s.loosen(len(r.header))
		}
		for i := range s.cells {
			if s.cells[i].Fault != "" || !utf8.Valid(s.cells[i].Text) {
				return false
			}
		}
	}
}
