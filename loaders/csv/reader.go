package csv

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"regexp"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/source"
)

// Reader reads CSV as a descriptor declares it, by default as RFC 4180 with a
// header says. Empty lines are no rows, unless the file has one column: there, an
// empty line is a row whose value is missing.
type Reader struct {
	syntax
	dialect datasets.CSV
	chunks  *source.Chunker
	// header are the names of the columns and where they stand; of a file without
	// a header, values without text.
	header   []decode.Value
	lacking  int // lines of the header that were not read yet
	headless bool
	// quotedName says that the header begins with a quote, as R writes it.
	quotedName bool
	fill       bool           // rows may lack their last values
	footer     *regexp.Regexp // of the first line behind the rows; nil for none
	returns    bool           // lines ended in a carriage return alone
	decoded    bool           // the text was not UTF-8, but encoding
	encoding   string

	head  []byte             // how the text begins, where no columns are known
	first *part              // what stands behind the header in its chunk
	ahead header.Ahead[part] // where there is a footer
	line  int                // of the next chunk

	// bindings say which values of a record are read, and into which columns.
	bindings []header.Binding
	cells    []int // by column; -1 for one that no value is read into
}

// Open reads up to the first record: the header, which is the first line that is
// not empty, and what the dialect says stands before it. Where that names no
// delimiter it is guessed from the header, in which known columns tell more than
// others. An empty file has no header; Bind reports that.
func Open(in *bufio.Reader, limits source.Limits, dialect datasets.CSV, known func(name string) bool) (*Reader, error) {
	r := &Reader{line: 1, dialect: dialect, syntax: syntaxOf(&dialect), fill: dialect.Fill, headless: dialect.Header == datasets.NoHeader}
	if dialect.Footer != "" {
		r.footer = regexp.MustCompile(dialect.Footer) // Parse has compiled it
	}
	head, err := source.Peek(in)
	if err != nil {
		return r, source.DamagedAt(err, 1, 1)
	}
	text, err := r.decode(in, head)
	if err != nil {
		return r, err
	}
	if head, err = source.Peek(text); err != nil {
		return r, source.DamagedAt(err, 1, 1)
	}
	r.chunks = source.NewChunker(text, limits, func(text []byte) int { return lastRecordEnd(text, &r.syntax) })
	preamble, err := preambleOf(head, &dialect)
	if err != nil {
		return r, err
	}
	if r.delimiter == 0 {
		r.setDelimiter(preamble.delimiter)
	}
	if _, err := text.Discard(preamble.size); err != nil {
		return r, err
	}
	r.line += preamble.lines
	if r.delimiter == 0 {
		r.delimiter = guessDelimiter(head[preamble.size:], r.syntax, func(name string) bool { return known != nil && known(name) })
	}
	if known == nil {
		r.head = bytes.Clone(head[preamble.size:])
	}
	return r, r.open(known)
}

// open reads the header.
func (r *Reader) open(known func(name string) bool) error {
	for r.header == nil || r.lacking > 0 {
		p, err := r.read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.readHeader(p, known); err != nil {
			return err
		}
	}
	return nil
}

// Delimiter returns what stands between values.
func (r *Reader) Delimiter() string {
	if r.wide != nil {
		return string(r.wide)
	}
	return string(rune(r.delimiter))
}

// Declared returns what a descriptor has to say of the dialect, once the columns
// are known that it reads: the delimiter only where the header does not show it.
func (r *Reader) Declared(dialect datasets.CSV) datasets.CSV {
	if r.first == nil && r.header == nil || r.headless {
		if dialect.Delimiter == "," {
			dialect.Delimiter = ""
		}
		return dialect
	}
	names, _ := r.names()
	in := syntaxOf(&dialect)
	known := func(name string) bool { return slices.Contains(names, name) }
	if in.wide == nil && string(rune(guessDelimiter(r.head, in, known))) == dialect.Delimiter {
		dialect.Delimiter = ""
	}
	return dialect
}

// readHeader looks for the header in a chunk.
func (r *Reader) readHeader(p *part, known func(name string) bool) error {
	s := &scanner{syntax: r.syntax}
	s.reset(p.text, p.line, p.truncated, r.chunks.Limits().Record)
	if r.header != nil {
		return r.readBelow(p, s, known)
	}
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
	r.quotedName = r.quote != 0 && len(p.text) > 0 && p.text[0] == r.quote
	if s.faulty {
		s.loosen(0)
	}
	if r.headless {
		r.header = make([]decode.Value, len(s.cells))
		for i, c := range s.cells {
			r.header[i] = decode.Value{Line: c.Line, Column: c.Column}
		}
		r.first = p
		return nil
	}
	r.header = cloned(s.cells)
	r.lacking = r.dialect.Header - 1
	return r.readBelow(p, s, known)
}

// readBelow reads the other lines of the header, as far as the chunk has them.
func (r *Reader) readBelow(p *part, s *scanner, known func(name string) bool) error {
	for ; r.lacking > 0; r.lacking-- {
		if more, err := s.next(); err != nil || !more {
			return err
		}
		r.header = joined(r.header, s.cells)
	}
	p.text, p.line = s.text, s.line+1
	r.first = p
	if (len(r.header) > 1 || r.quotedName) && r.namesRows(p) && (known == nil || known("#1") || known("#1#2")) {
		first := r.header[0]
		r.header = append([]decode.Value{{Line: first.Line, Column: first.Column}}, r.header...)
	}
	return nil
}

func cloned(cells []decode.Value) []decode.Value {
	out := make([]decode.Value, len(cells))
	for i, c := range cells {
		c.Text = bytes.Clone(c.Text)
		out[i] = c
	}
	return out
}

// joined adds a line of a header to those before it: the parts of a name stand
// below each other, and spaces between them. A group stands above the first of its
// columns, and nothing above the others.
func joined(header, below []decode.Value) []decode.Value {
	for i := 1; i < min(len(header), len(below)); i++ {
		if h := &header[i]; len(h.Text) == 0 && len(below[i].Text) > 0 {
			h.Text = bytes.Clone(header[i-1].Text)
		}
	}
	for i, c := range below {
		if i == len(header) {
			header = append(header, decode.Value{Line: c.Line, Column: c.Column})
		}
		h := &header[i]
		if len(h.Text) > 0 && len(c.Text) > 0 {
			h.Text = append(h.Text, ' ')
		}
		h.Text = append(h.Text, c.Text...)
	}
	return header
}

// maxNamed is how many rows are looked at for names of rows.
const maxNamed = 1000

// namesRows reports whether every row has one value more than the header, as R's
// write.table writes it: the first is the row's name.
func (r *Reader) namesRows(p *part) bool {
	s := &scanner{syntax: r.syntax}
	s.reset(p.text, p.line, p.truncated, r.chunks.Limits().Record)
	rows := 0
	for ; rows < maxNamed; rows++ {
		more, err := s.next()
		if err != nil || !more {
			break
		}
		if s.blank {
			rows--
			continue
		}
		if len(s.cells) != len(r.header)+1 || s.faulty || len(s.cells[len(s.cells)-1].Text) == 0 {
			return false
		}
	}
	return rows > 0
}

// Next returns the records of the next chunk.
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
	if r.header == nil {
		return nil, io.EOF
	}
	return r.read()
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
