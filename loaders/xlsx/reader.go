package xlsx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/source"
)

// Reader reads the rows of a sheet. A row without a value is none.
type Reader struct {
	book    *Workbook
	dialect datasets.CSV
	skipTo  *regexp.Regexp // of the first row of the header; nil for none
	footer  *regexp.Regexp // of the first row behind the rows; nil for none
	sheet   Sheet

	part    io.Closer
	data    *items
	chunks  *source.Chunker
	strings *sharedStrings
	row     int // the last of the chunks so far

	// header are the names' texts by column, and headerRow is where they begin; 0
	// before that is known. names are those of the columns up to the last that is
	// known.
	header    []string
	headerRow int
	lines     []headerLine
	names     []string

	first *part              // what stands behind the header in its chunk
	ahead header.Ahead[part] // where there is a footer

	dataset  *datasets.Dataset // whose fields are bound
	bindings []header.Binding
	bound    []bool // by column: a field reads it
}

// Rows opens a sheet and reads its header. What the descriptor's key csv says of
// lines is of the sheet's rows; what it says of text is refused. The reader must be
// closed.
func (w *Workbook) Rows(sheet Sheet, dialect datasets.CSV) (*Reader, error) {
	if key := textKey(&dialect); key != "" {
		return nil, source.ErrorAt(0, 0, "this is an Excel workbook, and csv: {"+key+": …} in the descriptor says how text is written; remove it, or load the sheets as another dataset")
	}
	r, err := w.rows(sheet, dialect)
	if err != nil {
		return nil, err
	}
	if err := r.readHeader(); err != nil {
		r.Close()
		return nil, w.damaged(err, r.row)
	}
	return r, nil
}

// textKey returns the part of a dialect that only a text can have; "" if there is
// none.
func textKey(d *datasets.CSV) string {
	switch {
	case d.Delimiter != "":
		return "delimiter"
	case d.Quote != "" || d.NoQuote:
		return "quote"
	case d.Escape != "":
		return "escape"
	case d.Encoding != "":
		return "encoding"
	}
	return ""
}

// rows opens a sheet before its first row.
func (w *Workbook) rows(sheet Sheet, dialect datasets.CSV) (*Reader, error) {
	r := &Reader{book: w, sheet: sheet, dialect: dialect}
	if dialect.SkipTo != "" {
		r.skipTo = regexp.MustCompile(dialect.SkipTo) // Parse has compiled it
	}
	if dialect.Footer != "" {
		r.footer = regexp.MustCompile(dialect.Footer)
	}
	var err error
	if r.strings, err = w.sharedStrings(); err != nil {
		return nil, w.damaged(err, 0)
	}
	in, err := w.part(sheet.part)
	if err != nil {
		return nil, w.damaged(err, 0)
	}
	r.part = in
	if r.data, err = newRowItems(in); err != nil {
		r.Close()
		return nil, w.damaged(err, 0)
	}
	r.chunks = source.NewChunker(r.data, w.limits, r.data.lastStart)
	return r, nil
}

// Close closes the sheet.
func (r *Reader) Close() { _ = r.part.Close() } // it was only read

// Sheet returns the sheet's name.
func (r *Reader) Sheet() string { return r.sheet.Name }

// Next returns the rows of the next piece of XML.
func (r *Reader) Next(context.Context) (decode.Part, error) {
	p, err := r.next()
	if p == nil {
		return nil, err
	}
	return p, err
}

func (r *Reader) next() (*part, error) {
	if r.footer == nil && !r.dialect.FooterShort {
		return r.nextPart()
	}
	return r.beforeFooter()
}

func (r *Reader) nextPart() (*part, error) {
	if p := r.first; p != nil {
		r.first = nil
		return p, nil
	}
	if r.headerRow == 0 {
		return nil, io.EOF
	}
	return r.read()
}

// read reads the next piece.
func (r *Reader) read() (*part, error) {
	text, truncated, err := r.chunks.Next()
	if errors.Is(err, io.EOF) {
		r.book.content.CountAll()
	}
	if err != nil {
		return nil, r.ended(err)
	}
	p := &part{reader: r, text: text, chunk: text, before: r.row, truncated: truncated}
	r.row = r.data.lastRow(text, r.row)
	return p, nil
}

// ended leaves the end of the sheet as it is, and makes other errors say that the
// workbook is damaged.
func (r *Reader) ended(err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return r.book.damaged(err, r.row+1)
}

// Recycle takes back the memory of a part.
func (r *Reader) Recycle(p decode.Part) { r.chunks.Recycle(p.(*part).chunk) }

// newRows returns a reader of a part's rows.
func (r *Reader) newRows(p *part) *rows {
	return &rows{strings: r.strings, xml: markup{text: p.text}, row: p.before}
}

func (r *Reader) newValues() *values { return &values{formats: r.book.formats, epoch: r.book.epoch} }

// skips reports whether a row is none: a comment.
func (r *Reader) skips(rows *rows) bool {
	return r.dialect.Comment != "" && bytes.HasPrefix(rows.textOf(&rows.cells[0]), []byte(r.dialect.Comment))
}

// line returns the row at hand as a line of text, for patterns: its values from the
// first on, with commas between them.
func (r *Reader) line(rows *rows) string {
	cells := texts(rows, r.newValues())
	return strings.Join(cells[rows.cells[0].column-1:], ",")
}

// texts returns the texts of the row at hand, by column.
func texts(rows *rows, v *values) []string {
	out := make([]string, rows.cells[len(rows.cells)-1].column)
	for i := range rows.cells {
		c := &rows.cells[i]
		value := v.of(rows, c, true)
		out[c.column-1] = string(value.Text)
	}
	return out
}
