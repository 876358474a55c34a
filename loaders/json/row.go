package json

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
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
	exact   []int // the columns that the row has under their whole names
	matched bool  // a name of the object at hand leads on

	ignores func(name string) bool // columns that are left out; nil for none
	extra   bool                   // other columns that no field reads are faults

	line, lineStart, counted int // as far as lines were counted
}

// AppendJSON appends the row as it stands in the source. If it is not JSON, it
// becomes a string.
func (r *rowDecoder) AppendJSON(dst []byte) []byte {
	if stdjson.Valid(r.written) {
		return append(dst, r.written...)
	}
	return schemas.AppendString(dst, string(r.written))
}

// row gives one row, which begins at line and column, to the checker.
func (r *rowDecoder) row(text []byte, line, column int) {
	r.reset(text)
	if r.words {
		r.readable()
	}
	r.exact = r.exact[:0]
	r.line, r.lineStart, r.counted = line, 1-column, 0
	r.to.Begin(line, column)
	if err := r.whole(r.paths.places, r.columns); err != nil {
		r.fault(err)
	}
	r.to.End(r)
}

// columns reads a row. One that is an array has columns by their places.
func (r *rowDecoder) columns() error {
	if r.decoder.PeekKind() == '[' {
		return r.array(r.paths)
	}
	return r.object(r.paths)
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
		switch {
		case next != nil:
			r.matched = true
		case at == r.paths:
			r.unread(name, int(r.decoder.InputOffset())-len(name)-len(`""`))
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
	places := 0
	for i := 0; r.decoder.PeekKind() != ']'; i++ {
		next := at.children[strconv.Itoa(i)]
		if next != nil {
			places++
		}
		if next == nil && at == r.paths {
			r.unread([]byte(strconv.Itoa(i)), r.ahead())
		} else if next == nil && places == len(at.children) && !at.rest && r.decoder.PeekKind() != 'n' {
			r.excess(at, i)
			err := r.member(nil)
			if err == nil {
				err = r.skipRest()
			}
			return err
		}
		if err := r.member(next); err != nil {
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
		switch kind := r.decoder.PeekKind(); {
		case kind == '{' && at.places && !at.named():
			return r.numbered(at)
		case kind == '{':
			return r.object(at)
		case kind == '[' && at.places:
			return r.array(at)
		case len(at.columns) > 0 && kind != '{' && kind != '[':
		case kind == 'n' || at.loose:
			return r.decoder.SkipValue()
		default:
			return r.misshapen(at)
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

// numbered reads an object where fields are at places, as in a list. It may have
// the places as names.
func (r *rowDecoder) numbered(at *paths) error {
	start := r.ahead()
	r.matched = false
	if err := r.object(at); err != nil {
		return err
	}
	if !r.matched && !at.loose {
		line, column := r.place(max(r.counted, start))
		r.misfit(at, "an object", line, column)
	}
	r.matched = true
	return nil
}

// unread notes a name, or a place, of the row that no field reads.
func (r *rowDecoder) unread(name []byte, offset int) {
	switch {
	case r.ignores != nil && r.ignores(string(name)):
	case r.extra:
		line, column := r.place(max(r.counted, offset))
		r.to.Fault(line, column, "", "no field reads "+decode.Quote(string(name))+"; ignore: names columns to leave out, and extra: ignore leaves out all such")
	default:
		r.to.Unread(name)
	}
}

// misshapen says that another value stands where fields are within an object or a
// list.
func (r *rowDecoder) misshapen(at *paths) error {
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	line, column := r.place(int(r.decoder.InputOffset()) - len(raw))
	r.misfit(at, Describe(raw), line, column)
	return nil
}

// misfit makes a fault for each field within.
func (r *rowDecoder) misfit(at *paths, found string, line, column int) {
	within := "an object"
	if at.places && !at.named() {
		within = "a list"
	}
	for _, f := range at.fields(nil) {
		r.to.Fault(line, column, r.to.FieldName(f), fmt.Sprintf("%s is %s, and not %s with the field in it; shape: loose in the descriptor reads no value there", at.name, found, within))
	}
}

// excess says that a list is longer than its fields.
func (r *rowDecoder) excess(at *paths, n int) {
	line, column := r.place(r.ahead())
	r.to.Fault(line, column, at.name, fmt.Sprintf("the list has more than the %d values that fields read; rest: ignore in the descriptor leaves the others out", n))
}

// ahead returns the offset of the value that follows.
func (r *rowDecoder) ahead() int {
	offset := int(r.decoder.InputOffset())
	return offset + len(r.text[offset:]) - len(bytes.TrimLeft(r.text[offset:], " \t\r\n:,"))
}

// skipRest reads to the end of a list.
func (r *rowDecoder) skipRest() error {
	for r.decoder.PeekKind() != ']' {
		if err := r.decoder.SkipValue(); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// place returns the line and the column of an offset in the row, which grows
// from call to call.
func (r *rowDecoder) place(offset int) (line, column int) {
	for {
		n := bytes.IndexByte(r.text[r.counted:offset], '\n')
		if n < 0 {
			return r.line, offset - r.lineStart + 1 - r.grown(offset)
		}
		r.line++
		r.counted += n + 1
		r.lineStart = r.counted
	}
}

// grown returns by how much words on the line at hand were made longer before an
// offset.
func (r *rowDecoder) grown(offset int) (n int) {
	for _, end := range r.ends {
		if end > r.lineStart && end <= offset {
			n += wordGrown
		}
	}
	return n
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
