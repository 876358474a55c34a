package infer

import "herbarium/datasets"

// Kind is what a source tells of a value's type.
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

// Value is one value of a row.
type Value struct {
	Kind Kind
	// Text is the value as it is written, valid until Add returns.
	Text []byte
	// Line is where it stands, from 1; 0 where the source has no lines.
	Line int
}

// Reading reads values as a load into one field would.
type Reading interface {
	// Missing reports whether the field takes the value for none.
	Missing(v *Value) bool
	// Read returns where the value stands in its type's order, and whether the
	// field takes it.
	Read(v *Value) (order float64, ok bool)
}

// Readings returns how a load would read a field.
type Readings func(f *datasets.Field) Reading
