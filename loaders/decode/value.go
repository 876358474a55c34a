package decode

import (
	"strconv"

	"herbarium/schemas"
)

// Kind is what a source says about a value's type.
type Kind uint8

// The kinds.
const (
	Text    Kind = iota // text of a source without types, such as CSV
	Null                // there is no value
	String              // text of a source with types
	Number              // a number, written as in JSON
	Boolean             // true or false
	Instant             // a day or an instant, as RFC 3339 writes it
	Nested              // an object, a list or another value that no field takes
)

// Value is one value of a row, as its source writes it, and where it stands.
type Value struct {
	Kind Kind
	// Text is the value as it is written, valid until the row ends. A Nested
	// value says in words what it is.
	Text []byte
	// Line and Column count from 1, columns in bytes; 0 where the source has
	// no lines.
	Line, Column int
	// Fault says what is wrong with how the value is written; "" where nothing
	// is.
	Fault string
}

// String describes the value for a message.
func (v *Value) String() string {
	switch v.Kind {
	case Number:
		return "the number " + string(v.Text)
	case Boolean, Instant, Nested:
		return string(v.Text)
	}
	return Quote(string(v.Text))
}

// Quote shows text in a message, shortened. Control characters, which a
// terminal would act on, and bytes that are not UTF-8 are escaped as in Go.
func Quote(text string) string { return strconv.Quote(schemas.Clip(text)) }

// Row is the row that a reader stands on.
type Row interface {
	// AppendJSON appends the row to dst as a JSON object of its values as they
	// stand in the source, for the file of rejected rows.
	AppendJSON(dst []byte) []byte
}
