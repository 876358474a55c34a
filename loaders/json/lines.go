package json

import (
	"bufio"
	"bytes"
	"context"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// lineReader reads NDJSON, one object on each line. Lines of nothing but spaces
// are skipped. Objects that do not stand on lines of their own are cut by their
// brackets: {…}{…}, objects over several lines, and sequences as in RFC 7464,
// where each begins with the character RS.
type lineReader struct {
	chunks       *source.Chunker
	paths        *paths
	line, column int
	placeless    bool // the rows do not stand in the source as they are read
	values       bool // objects do not stand on lines of their own
}

// OpenLines opens a source that has one object on each line.
func OpenLines(in *bufio.Reader, limits source.Limits, l *decode.Layout) (decode.Reader, error) {
	paths := fieldPaths(l)
	head, err := source.Peek(in)
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	if table := shapeOf(head); table.shape != noTable {
		if shape := table.read(paths); shape != noTable {
			return openTransposed(in, limits, paths, shape)
		}
	}
	r, err := openLines(in, limits, paths)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// openTransposed opens a table by columns, or by rows under their names.
func openTransposed(in *bufio.Reader, limits source.Limits, paths *paths, shape tableShape) (decode.Reader, error) {
	rows, err := transposed(in, shape)
	if err != nil {
		return nil, err
	}
	r, err := openLines(rows, limits, paths)
	if err != nil {
		return nil, err
	}
	r.placeless = true
	return r, nil
}

func openLines(in *bufio.Reader, limits source.Limits, paths *paths) (*lineReader, error) {
	r := &lineReader{paths: paths, line: 1, column: 1}
	head, err := source.Peek(in)
	r.values = err == nil && offLines(head)
	cut := lastLineEnd
	if r.values {
		cut = lastValueEnd
	}
	r.chunks = source.NewChunker(in, limits, cut)
	if err == nil {
		_, err = source.SkipByteOrderMark(in, head)
	}
	return r, source.DamagedAt(err, 1, 1)
}

func lastLineEnd(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 }

// Next returns the next lines.
func (r *lineReader) Next(context.Context) (decode.Part, error) {
	text, truncated, err := r.chunks.Next()
	if err != nil {
		return nil, source.DamagedAt(err, r.line, r.column)
	}
	p := &part{paths: r.paths, text: text, chunk: text, line: r.line, column: r.column, lines: !r.values, values: r.values, placeless: r.placeless}
	if truncated {
		p.text, p.err = nil, tooLongAt(r.line, r.column, r.chunks.Limits().Record)
		return p, nil
	}
	if r.values {
		r.line, r.column = behind(text, r.line, r.column)
	} else {
		r.line += bytes.Count(text, []byte{'\n'})
	}
	return p, nil
}

// Recycle takes back the memory of a part.
func (r *lineReader) Recycle(p decode.Part) { r.chunks.Recycle(p.(*part).chunk) }

// Close does nothing: the reader holds nothing but memory.
func (r *lineReader) Close() {}
