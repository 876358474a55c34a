package loaders

import (
	"bytes"
	"context"
	"io"
	"os"
	"unicode/utf8"

	"herbarium/loaders/infer"
	"herbarium/loaders/source"
)

// surveyor gives the records of a CSV to the table of a survey.
type surveyor struct {
	survey  *survey
	columns []*infer.Column
	row     int64
	// lines says that lines are counted from the file's begin.
	lines bool
}

func (s *surveyor) begin(int, int) { s.row++ }

func (s *surveyor) value(column int, v *value) {
	switch {
	case v.fault != "":
		s.fault(v.line, v.column, "", v.fault)
		return
	case !utf8.Valid(v.text):
		s.fault(v.line, v.column, "", quote(string(v.text))+" is not valid UTF-8; save the file as UTF-8")
		return
	}
	seen := infer.Value{Kind: infer.Text, Text: v.text}
	if s.lines {
		seen.Line = v.line
	}
	s.columns[column].Add(&seen)
}

func (s *surveyor) fault(line, column int, _, detail string) {
	s.survey.fail(Fault{Line: line, Column: column, Row: s.row, Detail: detail})
}

func (s *surveyor) end(written) { s.survey.table.EndRow() }

// readCSV looks at the whole file, or at pieces of one that is larger than
// the sample.
func (s *survey) readCSV(ctx context.Context, c *source.Content) error {
	r, err := openCSV(c.Text, s.options.limits, func(head []byte) byte {
		if s.options.Delimiter != 0 {
			return s.options.Delimiter
		}
		return guessDelimiter(head, func(string) bool { return false })
	})
	if err != nil {
		return err
	}
	to := s.surveyor(r)
	if to == nil {
		return nil
	}
	most := s.options.Sample
	if most > 0 && c.File() != nil && s.source.Size > most {
		s.size = s.source.Size
		piece := max(most/sampledPieces, minPiece)
		if err := s.begin(ctx, r, to, piece); err != nil || s.table.Whole {
			return err
		}
		return s.spread(ctx, r, c.File(), to, piece)
	}
	return s.begin(ctx, r, to, most)
}

// surveyor makes a column of each name of the header; it is nil where the
// header is wrong.
func (s *survey) surveyor(r *csvReader) *surveyor {
	if r.header == nil {
		s.fail(Fault{Line: 1, Column: 1, Detail: "the file is empty; its first line has to name the columns"})
		return nil
	}
	names, wrong := headerNames(r.header)
	for _, f := range wrong {
		s.fail(f)
	}
	if wrong != nil {
		return nil
	}
	s.header = names
	to := &surveyor{survey: s, lines: true}
	for i, name := range names {
		to.columns = append(to.columns, s.table.Column(name))
		r.bindings = append(r.bindings, binding{i, i})
	}
	return to
}

// begin looks at so many bytes of text from the begin on, or at all where
// that is 0.
func (s *survey) begin(ctx context.Context, r *csvReader, to *surveyor, most int64) error {
	var scanner csvScanner
	var read int64
	for most == 0 || read < most {
		p, err := r.next(ctx)
		if err == io.EOF {
			s.table.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		part := p.(*csvPart)
		read += int64(len(part.text))
		if err := part.each(&scanner, to); err != nil {
			return err
		}
		r.recycle(p)
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

// spread looks at pieces of the file behind its begin, the last one at its end.
func (s *survey) spread(ctx context.Context, r *csvReader, file *os.File, to *surveyor, piece int64) error {
	s.pieces, to.lines = 1, false
	buf := make([]byte, piece)
	for i := int64(1); i < sampledPieces; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := (s.size - piece) / (sampledPieces - 1) * i
		last := i == sampledPieces-1
		if last {
			at = s.size - piece
		}
		n, err := file.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return err
		}
		if text := wholeRecords(buf[:n], r, last); text != nil {
			p := &csvPart{reader: r, text: text, line: 1}
			if err := p.each(&csvScanner{}, to); err != nil {
				return err
			}
			s.pieces++
		}
	}
	return nil
}

// maxStarts is how many lines may be within a value in quotes where a piece
// begins.
const maxStarts = 32

// wholeRecords returns the records of a piece cut out of the middle of a file,
// or nil where it cannot be told where they begin: a line may begin within
// quotes. Records that begin at the right line have all their values.
func wholeRecords(text []byte, r *csvReader, last bool) []byte {
	for range maxStarts {
		start := bytes.IndexByte(text, '\n') + 1
		if start == 0 {
			return nil
		}
		text = text[start:]
		whole := text
		if !last {
			whole = text[:cutCSV(text, r.delimiter)]
		}
		if len(whole) > 0 && wellFormed(whole, r) {
			return whole
		}
	}
	return nil
}

// wellFormed reports whether each record has as many values as the header.
func wellFormed(text []byte, r *csvReader) bool {
	s := &csvScanner{delimiter: r.delimiter}
	s.reset(text, 1, false, r.chunks.Limits().Record)
	for {
		more, err := s.next()
		if err != nil || !more {
			return err == nil
		}
		if len(s.cells) != len(r.header) && !s.blank {
			return false
		}
		for i := range s.cells {
			if s.cells[i].fault != "" || !utf8.Valid(s.cells[i].text) {
				return false
			}
		}
	}
}
