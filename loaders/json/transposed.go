package json

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// pandas writes a table by columns unless it is told otherwise: one object with an
// object for each column, which has the values by the rows' names, 0, 1 and so on.
// Such a document is read into memory and written again by rows.

// firstColumn returns the name of the first column of a source that begins as a
// table by columns does; ok is false for others.
func firstColumn(head []byte) (name string, ok bool) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return "", false
	}
	if end := elementEnd(text, 0); end > 0 && len(bytes.TrimSpace(text[end:])) > 0 {
		return "", false // another row follows
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	var names [2]string
	for i, kind := range []jsontext.Kind{'{', '"', '{', '"'} {
		token, err := decoder.ReadToken()
		if err != nil || token.Kind() != kind {
			return "", false
		}
		if kind == '"' {
			names[i/2] = token.String()
		}
	}
	value := decoder.PeekKind()
	return names[0], names[1] == "0" && names[0] != "0" && value != '{' && value != '['
}

// transposed reads a table by columns and returns its rows, a line each.
func transposed(in *bufio.Reader) (*bufio.Reader, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxEnvelope+1))
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	if len(text) > maxEnvelope {
		return nil, source.ErrorAt(1, 1, fmt.Sprintf("the table stands by columns and has more than %d MiB; write it by rows, with pandas: to_json(FILE, orient=\"records\", lines=True)", maxEnvelope>>20))
	}
	t := &table{decoder: jsontext.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))}
	if err := t.read(); err != nil {
		line, column := behind(text[:min(int(t.decoder.InputOffset()), len(text))], 1, 1)
		return nil, source.ErrorAt(line, column, "this is not JSON, or no table by columns: "+reasonOf(err))
	}
	return bufio.NewReader(t.rows()), nil
}

// table is a table by columns.
type table struct {
	decoder *jsontext.Decoder
	columns []string
	keys    []string   // the rows' names
	values  [][][]byte // of each column, by row
}

func (t *table) read() error {
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	for t.decoder.PeekKind() == '"' {
		name, err := t.decoder.ReadToken()
		if err != nil {
			return err
		}
		t.columns = append(t.columns, name.String())
		if t.decoder.PeekKind() != '{' {
			return fmt.Errorf("the column %s is no object of values", strconv.Quote(t.columns[len(t.columns)-1]))
		}
		if err := t.column(); err != nil {
			return err
		}
	}
	if _, err := t.decoder.ReadToken(); err != nil {
		return err
	}
	if _, err := t.decoder.ReadToken(); err != io.EOF {
		return fmt.Errorf("there is more data after the table")
	}
	return nil
}

// column reads the values of one column.
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

// rows returns a reader of the rows. Names other than 0, 1 and so on are values,
// too, of a column index.
func (t *table) rows() *tableRows {
	r := &tableRows{table: t}
	for i, key := range t.keys {
		r.index = r.index || key != strconv.Itoa(i)
	}
	return r
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
