package json

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/decode"
	"herbarium/loaders/infer"
	"herbarium/loaders/source"
)

// Limits on JSON rows: how deep members of members may be to become columns, and
// how many columns there may be.
const (
	maxDepth   = 8
	maxMembers = 4096
)

// InferArray gives the first rows of an array to a sample; pointer is as in
// OpenArray.
func InferArray(ctx context.Context, in *bufio.Reader, limits source.Limits, pointer string, sample *infer.Sample) error {
	head, err := source.Peek(in)
	if err != nil {
		return err
	}
	arrays := pointer != ""
	if pointer == "" {
		var named bool
		if arrays, named = rowsAreArrays(head); named {
			sample.Fail(decode.Fault{Line: 1, Column: 1, Detail: "rows are arrays, and the first one names the columns, which no descriptor can say; write rows as objects, with jq: jq -c '.[0] as $names | .[1:][] | [$names, .] | transpose | map({(.[0]): .[1]}) | add' FILE"})
			return nil
		}
	}
	r, err := openArray(in, limits, pointer, nil)
	if err != nil {
		return err
	}
	return walk(ctx, r, arrays, sample)
}

// rowsAreArrays reports whether the rows of a document that is a list are lists, and
// whether the first of them seems to name the columns: it has nothing but texts,
// which all differ, where the next has other values.
func rowsAreArrays(head []byte) (arrays, named bool) {
	d := jsontext.NewDecoder(bytes.NewReader(withWords(bytes.TrimPrefix(head, source.ByteOrderMark))))
	if _, err := d.ReadToken(); err != nil || d.PeekKind() != '[' {
		return false, false
	}
	first := readMember(d)
	if first.open || d.PeekKind() != '[' {
		return true, false
	}
	second := readMember(d)
	texts := !slices.ContainsFunc(first.kinds, func(k jsontext.Kind) bool { return k != '"' })
	other := slices.ContainsFunc(second.kinds, func(k jsontext.Kind) bool { return k == '0' || k == 't' })
	return true, texts && other && len(first.kinds) == len(second.kinds)
}

// InferLines gives the first rows of a source that has an object a line to a
// sample. Where the source is a document instead, which has its rows in a list,
// it returns where they are. lines says that the source is known to have a row a
// line.
func InferLines(ctx context.Context, in *bufio.Reader, limits source.Limits, lines bool, sample *infer.Sample) (Guess, error) {
	head, err := source.Peek(in)
	if err != nil {
		return Guess{}, err
	}
	if table := shapeOf(head); table.shape != noTable && !lines {
		return inferTable(ctx, in, limits, table.shape, sample)
	}
	guess, document := findRows(head, lines)
	switch {
	case document && guess.Pointer == "":
		detail := "the document is one object without a list of objects in it, so it has no rows"
		if len(guess.Others) > 0 {
			detail = "the document has no list of rows that can be told from others; --rows names one of " + strings.Join(guess.Others, ", ")
		}
		sample.Fail(decode.Fault{Line: 1, Column: 1, Detail: detail})
		return Guess{}, nil
	case guess.Pointer != "":
		for i, name := range guess.names {
			sample.Column(strconv.Itoa(i)).Name(name)
		}
		return guess, InferArray(ctx, in, limits, guess.Pointer, sample)
	}
	r, err := openLines(in, limits, nil)
	if err != nil {
		return Guess{}, err
	}
	return Guess{}, walk(ctx, r, false, sample)
}

// inferTable gives the rows of a table to the sample that is written by columns, or
// by rows under their names.
func inferTable(ctx context.Context, in *bufio.Reader, limits source.Limits, shape tableShape, sample *infer.Sample) (Guess, error) {
	guess := Guess{Table: "The table stands by columns, as pandas writes it."}
	switch shape {
	case byRows:
		guess.Table = "The rows stand under their names, as pandas writes them with orient=\"index\"."
	case eitherWay:
		sample.Fail(decode.Fault{Line: 1, Column: 1, Detail: "the document is one object, whose members have the same members: it may be a table by rows, a table by columns, or one row; write it with a row a line, with pandas: to_json(FILE, orient=\"records\", lines=True), or say --input-format ndjson if it is one row"})
		return Guess{}, nil
	}
	r, err := openTransposed(in, limits, nil, shape)
	if err != nil {
		return Guess{}, err
	}
	return guess, walk(ctx, r, false, sample)
}

// walk gives rows to the sample until it is full. arrays says that rows may be
// arrays, whose elements are columns by their places.
func walk(ctx context.Context, r decode.Reader, arrays bool, sample *infer.Sample) error {
	w := &walker{sample: sample, arrays: arrays, list: jsontext.NewDecoder(new(bytes.Buffer)), shapes: map[*infer.Column]*shapes{}}
	defer w.report()
	for read := int64(0); sample.Wants(read); {
		next, err := r.Next(ctx)
		if err == io.EOF {
			sample.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		p := next.(*part)
		read += int64(len(p.text))
		w.words = hasWords(p.text)
		if err := p.each(w.row); err != nil {
			return err
		}
		r.Recycle(p)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// walker gives all values of objects to a sample, along whatever path they are.
type walker struct {
	sample *infer.Sample
	rows   int64
	line   int
	rowText
	list   *jsontext.Decoder
	path   []string
	arrays bool

	shapes             map[*infer.Column]*shapes
	misshapen          []misshapen
	rowLine, rowColumn int
}

var errMembers = errors.New("rows have more than " + strconv.Itoa(maxMembers) + " members of different names; names that are values cannot be columns")

// row gives one row.
func (w *walker) row(text []byte, line, column int) {
	w.rows++
	w.line, w.rowLine, w.rowColumn = line, line, column
	if bytes.IndexByte(text, '\n') >= 0 {
		w.line = 0 // which of its lines a value stands in is not counted
	}
	w.reset(text)
	if w.words {
		w.readable()
	}
	w.path = w.path[:0]
	if err := w.whole(w.arrays, w.columns); err != nil {
		w.sample.Fail(decode.Fault{Line: line, Column: column, Row: w.rows, Detail: detailOf(err)})
		return
	}
	w.sample.EndRow()
}

// columns reads a row.
func (w *walker) columns() error {
	if w.decoder.PeekKind() != '[' {
		return w.object()
	}
	if _, err := w.decoder.ReadToken(); err != nil {
		return err
	}
	for i := 0; w.decoder.PeekKind() != ']'; i++ {
		w.path = append(w.path[:0], strconv.Itoa(i))
		if err := w.member(); err != nil {
			return err
		}
	}
	_, err := w.decoder.ReadToken()
	return err
}

// object reads the object that the path leads to.
func (w *walker) object() error {
	if _, err := w.decoder.ReadToken(); err != nil {
		return err
	}
	for w.decoder.PeekKind() != '}' {
		name, err := w.decoder.ReadToken()
		if err != nil {
			return err
		}
		w.path = append(w.path, name.String())
		if err := w.member(); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	_, err := w.decoder.ReadToken()
	return err
}

// member reads the value that the path leads to.
func (w *walker) member() error {
	column := w.sample.Column(w.path...)
	if w.sample.Width() > maxMembers {
		return errMembers
	}
	kind := byte(w.decoder.PeekKind())
	w.shape(column, kind)
	if kind == '{' && len(w.path) < maxDepth {
		column.Add(&decode.Value{Kind: decode.Nested})
		return w.object()
	}
	raw, err := w.decoder.ReadValue()
	if err != nil {
		return err
	}
	if raw[0] == '[' && len(w.path) < maxDepth {
		return w.places(column, bytes.Clone(raw))
	}
	w.add(column, raw)
	return nil
}

// shape notes of which shape a column's value is, and says what is wrong where it
// was another before: fields within the one would have no value in the other.
func (w *walker) shape(column *infer.Column, kind byte) {
	if kind != '{' && kind != '[' {
		if kind == 'n' || kind == 0 {
			return
		}
		kind = 's'
	}
	of := w.shapes[column]
	if of == nil {
		of = &shapes{first: kind, counts: map[byte]int64{}}
		w.shapes[column] = of
	}
	of.counts[kind]++
	if of.first != kind && !of.differ {
		of.differ = true
		w.misshapen = append(w.misshapen, misshapen{column, decode.Fault{Line: w.rowLine, Column: w.rowColumn, Row: w.rows}, of.first, kind})
	}
}

// shapes counts the shapes of a column's values: { of objects, [ of lists, s of others.
type shapes struct {
	first  byte
	counts map[byte]int64
	differ bool // not all are as the first one
}

// usual returns the shape that most values have; of two, the first one's.
func (s *shapes) usual() byte {
	usual := s.first
	for _, kind := range []byte("{[s") {
		if s.counts[kind] > s.counts[usual] {
			usual = kind
		}
	}
	return usual
}

// misshapen is a value that has another shape than those of its column before.
type misshapen struct {
	column *infer.Column
	at     decode.Fault
	before byte
	now    byte
}

// report makes faults of values of other shapes, where fields would be within one
// of the shapes. Fields are made of the shape that most values have, so that the
// other rows can be left out.
func (w *walker) report() {
	words := map[byte]string{'{': "an object", '[': "a list", 's': "a plain value"}
	for _, m := range w.misshapen {
		if m.column.LeftOut() {
			continue
		}
		m.at.Field = strings.Join(m.column.Path, ".")
		if inner := w.sample.Within(m.column.Path); len(inner) > 0 {
			m.at.Field = inner[0]
		}
		m.at.Detail = fmt.Sprintf("%s is %s here, and %s before, so that no field reads both; leave such rows out with --on-error skip, or write a field for each by hand", strings.Join(m.column.Path, "."), words[m.now], words[m.before])
		w.sample.Fail(m.at)
		if usual := w.shapes[m.column].usual(); usual == 's' {
			m.column.KeepPlain()
		} else {
			w.sample.KeepWithin(m.column, usual == '[')
		}
	}
}

// add gives a value to its column.
func (w *walker) add(column *infer.Column, raw []byte) {
	v := w.value(raw)
	column.Add(&decode.Value{Kind: v.Kind, Text: v.Text, Line: w.line})
}

// places makes columns of the elements of a short list, by their places.
func (w *walker) places(column *infer.Column, raw []byte) error {
	column.Add(&decode.Value{Kind: decode.Nested})
	w.list.Reset(bytes.NewReader(raw))
	if _, err := w.list.ReadToken(); err != nil {
		return err
	}
	var elements [infer.MaxPlaces][]byte
	n := 0
	for ; w.list.PeekKind() != ']'; n++ {
		element, err := w.list.ReadValue()
		if err != nil {
			return err
		}
		if n == infer.MaxPlaces || element[0] == '{' || element[0] == '[' {
			column.LeaveOut()
			return nil
		}
		elements[n] = bytes.Clone(element)
	}
	for i, element := range elements[:n] {
		w.add(w.sample.Column(append(w.path, strconv.Itoa(i))...), element)
	}
	return nil
}
