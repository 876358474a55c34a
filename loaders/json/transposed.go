package json

import (
	"bufio"
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// A document that is a table by columns, or by rows under their names, is read into
// memory and written again as rows.

// transposed reads a table and returns its rows, a line each.
func transposed(in *bufio.Reader, shape tableShape) (*bufio.Reader, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxEnvelope+1))
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	if len(text) > maxEnvelope {
		return nil, source.ErrorAt(1, 1, fmt.Sprintf("the document is one object, which is a table of more than %d MiB; write it by rows, with pandas: to_json(FILE, orient=\"records\", lines=True)", maxEnvelope>>20))
	}
	text = bytes.TrimPrefix(text, source.ByteOrderMark)
	t := &table{decoder: jsontext.NewDecoder(bytes.NewReader(text))}
	read := t.readColumns
	if shape == byRows {
		read = t.readRows
	}
	if err := t.read(read); err != nil {
		line, column := behind(text[:min(int(t.decoder.InputOffset()), len(text))], 1, 1)
		return nil, source.ErrorAt(line, column, "this is not JSON, or no table by columns: "+reasonOf(err))
	}
	return bufio.NewReader(t.lines()), nil
}

// table is a table by columns, or by rows.
type table struct {
	decoder *jsontext.Decoder
	columns []string
	keys    []string   // the rows' names
	values  [][][]byte // of each column, by row
	rows    [][]byte   // where it is by rows: each as it stands
	indexed bool       // rows have a member index of their own
}

// read reads the document, with a function that reads its members.
func (t *table) read(members func() error) error {
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	if err := members(); err != nil {
		return err
	}
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	if _, err := t.decoder.ReadToken(); err != io.EOF {
		return errors.New("there is more data after the table")
	}
	return nil
}

// readColumns reads the members where each is a column.
func (t *table) readColumns() error {
	for t.decoder.PeekKind() == '"' {
		name, err := t.decoder.ReadToken()
		if err != nil {
			return err
		}
		t.columns = append(t.columns, name.String())
		switch t.decoder.PeekKind() {
		case '{':
			err = t.column()
		case '[':
			err = t.list()
		default:
			err = fmt.Errorf("the column %s is no list and no object of values", strconv.Quote(t.columns[len(t.columns)-1]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readRows reads the members where each is a row.
func (t *table) readRows() error {
	for t.decoder.PeekKind() == '"' {
		name, err := t.decoder.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		if t.decoder.PeekKind() != '{' {
			return fmt.Errorf("the row %s is no object", strconv.Quote(key))
		}
		raw, err := t.decoder.ReadValue()
		if err != nil {
			return err
		}
		row := compact(bytes.Clone(raw))
		t.indexed = t.indexed || hasMember(row, "index")
		t.keys, t.rows = append(t.keys, key), append(t.rows, row)
	}
	return nil
}

// hasMember reports whether an object has a member.
func hasMember(object []byte, name string) bool {
	if !bytes.Contains(object, []byte(name)) {
		return false
	}
	var members map[string]stdjson.RawMessage
	if stdjson.Unmarshal(object, &members) != nil {
		return false
	}
	_, ok := members[name]
	return ok
}

// list reads the values of a column that is a list.
func (t *table) list() error {
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	var values [][]byte
	for t.decoder.PeekKind() != ']' {
		raw, err := t.decoder.ReadValue()
		if err != nil {
			return err
		}
		if len(t.columns) == 1 {
			t.keys = append(t.keys, strconv.Itoa(len(values)))
		}
		values = append(values, compact(bytes.Clone(raw)))
	}
	return t.endColumn(values)
}

// column reads the values of a column that is an object.
func (t *table) column() error {
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	var values [][]byte
	for t.decoder.PeekKind() == '"' {
		key, err := t.decoder.ReadToken()
		if err != nil {
			return err
		}
		switch name := key.String(); {
		case len(t.columns) == 1:
			t.keys = append(t.keys, name)
		case len(values) == len(t.keys) || name != t.keys[len(values)]:
			return errKeys
		}
		raw, err := t.decoder.ReadValue()
		if err != nil {
			return err
		}
		values = append(values, compact(bytes.Clone(raw)))
	}
	return t.endColumn(values)
}

// endColumn takes the values of a column, and reads the bracket that closes it.
func (t *table) endColumn(values [][]byte) error {
	if len(values) != len(t.keys) {
		return errKeys
	}
	t.values = append(t.values, values)
	_, err := t.decoder.ReadToken()
	return err
}

// errKeys is the error of a table that is none: the columns' values are those of the
// same rows, so that its size bounds that of the rows.
var errKeys = errors.New("the columns have values of different rows")

// lines returns a reader of the rows. Names other than 0, 1 and so on are values,
// too, of a column index.
func (t *table) lines() *tableRows {
	return &tableRows{table: t, index: len(t.keys) > 0 && !isNumbered(t.keys) && !t.indexed}
}

// tableRows reads the rows of a table as lines, and writes each as it is wanted.
type tableRows struct {
	*table
	index bool
	next  int
	line  []byte // what is left of the row at hand
}

// Read reads from the lines.
func (r *tableRows) Read(p []byte) (n int, err error) {
	if len(r.line) == 0 {
		if r.next == len(r.keys) {
			return 0, io.EOF
		}
		r.line = r.row(r.line[:0], r.next)
		r.next++
	}
	n = copy(p, r.line)
	r.line = r.line[n:]
	return n, nil
}

// row appends a row.
func (r *tableRows) row(out []byte, i int) []byte {
	out = append(out, '{')
	if r.index {
		out = schemas.AppendString(append(out, `"index":`...), r.keys[i])
	}
	if r.rows != nil {
		within := r.rows[i][1:] // with the bracket that closes it
		if len(out) > len("{") && within[0] != '}' {
			out = append(out, ',')
		}
		return append(append(out, within...), '\n')
	}
	for c, name := range r.columns {
		if r.index && name == "index" {
			continue
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(schemas.AppendString(out, name), ':')
		out = append(out, r.values[c][i]...)
	}
	return append(out, "}\n"...)
}

// compact removes the ends of lines from a value.
func compact(raw []byte) []byte {
	if bytes.IndexByte(raw, '\n') < 0 {
		return raw
	}
	value := jsontext.Value(raw)
	if value.Compact() != nil {
		return raw
	}
	return value
}
