package json

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/decode"
)

// rowText is the text of one row of JSON. It keeps memory from one to the
// next.
type rowText struct {
	text    []byte
	decoder *jsontext.Decoder
	buffer  bytes.Buffer
	values  []byte // memory of texts with escapes
	words   bool   // rows may have words such as NaN
	// Where the row has words such as NaN: its text as it was, and where the texts
	// end that they have become.
	written []byte
	ends    []int
}

// reset begins another row.
func (t *rowText) reset(text []byte) {
	if t.decoder == nil {
		t.decoder = jsontext.NewDecoder(&t.buffer)
	}
	t.text, t.values = text, t.values[:0]
	t.written, t.ends = text, nil
	t.buffer = *bytes.NewBuffer(text)
	t.decoder.Reset(&t.buffer)
}

// readable makes the words of a row texts, as NaN, if it has any and so is not JSON.
func (t *rowText) readable() {
	if stdjson.Valid(t.text) {
		return
	}
	if changed, ends := replaceWords(t.text); ends != nil {
		written := t.text
		t.reset(changed)
		t.written, t.ends = written, ends
	}
}

// noRowError says that a text is not a row, though it may be JSON.
type noRowError struct {
	offset int // in the text
	detail string
}

func (e *noRowError) Error() string { return e.detail }

// whole reads the text, which must be one object or, if arrays is true, an array;
// object reads it.
func (t *rowText) whole(arrays bool, object func() error) error {
	if kind := t.decoder.PeekKind(); kind != '{' && kind != 0 && (kind != '[' || !arrays) {
		raw, err := t.decoder.ReadValue()
		if err == nil {
			err = &noRowError{0, "a row is an object, {…}, not " + Describe(raw)}
		}
		return err
	}
	if err := object(); err != nil {
		return err
	}
	end := int(t.decoder.InputOffset())
	if rest := bytes.TrimLeft(t.text[end:], " \t\r\n"); len(rest) > 0 {
		return &noRowError{len(t.text) - len(rest), "there is more data after the row's object"}
	}
	return nil
}

// value returns a JSON value as one of a row.
func (t *rowText) value(raw []byte) decode.Value {
	switch raw[0] {
	case 'n':
		return decode.Value{Kind: decode.Null}
	case 't', 'f':
		return decode.Value{Kind: decode.Boolean, Text: raw}
	case '"':
		if t.ends != nil {
			if word, ok := wordOf(raw); ok {
				return decode.Value{Kind: decode.Number, Text: word}
			}
		}
		return decode.Value{Kind: decode.String, Text: t.unquote(raw)}
	case '{', '[':
		return decode.Value{Kind: decode.Nested, Text: []byte(Describe(raw))}
	}
	return decode.Value{Kind: decode.Number, Text: raw}
}

// unquote returns the text of a JSON string, valid until the next row.
func (t *rowText) unquote(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	start := len(t.values)
	t.values, _ = jsontext.AppendUnquote(t.values, raw) // the decoder has checked it
	return t.values[start:]
}

// detailOf says why a text is not a row.
func detailOf(err error) string {
	var wrong *jsontext.SyntacticError
	if errors.As(err, &wrong) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "this is not JSON: " + reasonOf(err)
	}
	return err.Error()
}

// reasonOf says what is wrong with a JSON text.
func reasonOf(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends within a value"
	}
	var wrong *jsontext.SyntacticError
	if errors.As(err, &wrong) && wrong.Err != nil {
		return strings.TrimPrefix(wrong.Err.Error(), "jsontext: ")
	}
	return strings.TrimPrefix(err.Error(), "jsontext: ")
}

// Describe says in words what kind of value JSON begins with.
func Describe(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}
