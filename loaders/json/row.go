package json

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/decode"
	"herbarium/schemas"
)

// rowDecoder gives the objects of a JSON text to a checker, one by one. It keeps
// memory from one to the next.
type rowDecoder struct {
	paths *paths
	to    *decode.Checker
	lines bool // each row stands on a line

	rowText
	exact []int // the columns that the row has under their whole names

	line, lineStart, counted int // as far as lines were counted
}

// AppendJSON appends the row as it stands in the source. If it is not JSON, it
// becomes a string.
func (r *rowDecoder) AppendJSON(dst []byte) []byte {
	if stdjson.Valid(r.text) {
		return append(dst, r.text...)
	}
	return schemas.AppendString(dst, string(r.text))
}

// row gives one row, which begins at line and column, to the checker.
func (r *rowDecoder) row(text []byte, line, column int) {
	r.reset(text)
	r.exact = r.exact[:0]
	r.line, r.lineStart, r.counted = line, 1-column, 0
	r.to.Begin(line, column)
	if err := r.whole(func() error { return r.object(r.paths) }); err != nil {
		r.fault(err)
	}
	r.to.End(r)
}

// object reads the members of an object that paths know.
func (r *rowDecoder) object(at *paths) error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for r.decoder.PeekKind() != '}' {
		raw, err := r.decoder.ReadValue()
		if err != nil {
			return err
		}
		name := r.unquote(raw)
		next := at.children[string(name)]
		if next == nil && at == r.paths {
			r.to.Unread(name)
		}
		if err := r.member(next); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// array reads the elements of an array that paths know by their places.
func (r *rowDecoder) array(at *paths) error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for i := 0; r.decoder.PeekKind() != ']'; i++ {
		if err := r.member(at.children[strconv.Itoa(i)]); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// member reads the value that follows.
func (r *rowDecoder) member(at *paths) error {
	if at == nil {
		return r.decoder.SkipValue()
	}
	if at.children != nil {
		switch r.decoder.PeekKind() {
		case '{':
			return r.object(at)
		case '[':
			return r.array(at)
		}
		if len(at.columns) == 0 {
			return r.decoder.SkipValue()
		}
	}
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	v := r.value(raw)
	v.Line, v.Column = r.place(int(r.decoder.InputOffset()) - len(raw))
	for _, column := range at.columns {
		if at.exact {
			r.exact = append(r.exact, column)
		} else if slices.Contains(r.exact, column) {
			continue // a whole name goes before a path
		}
		r.to.Value(column, &v)
	}
	return nil
}

// place returns the line and the column of an offset in the row, which grows
// from call to call.
func (r *rowDecoder) place(offset int) (line, column int) {
	for {
		n := bytes.IndexByte(r.text[r.counted:offset], '\n')
		if n < 0 {
			return r.line, offset - r.lineStart + 1
		}
		r.line++
		r.counted += n + 1
		r.lineStart = r.counted
	}
}

// fault says where and why the text is not a row.
func (r *rowDecoder) fault(err error) {
	offset := int(r.decoder.InputOffset())
	var wrong *jsontext.SyntacticError
	if errors.As(err, &wrong) {
		offset = int(wrong.ByteOffset)
	}
	var other *noRowError
	if errors.As(err, &other) {
		offset = other.offset
	}
	line, column := r.place(max(r.counted, min(offset, len(r.text))))
	detail := detailOf(err)
	if r.lines && errors.Is(err, io.ErrUnexpectedEOF) {
		detail += "; a row stands on one line, or in an array: rows: /NAME in the descriptor, or --rows, says where in a document that is"
	}
	r.to.Fault(line, column, "", detail)
}
