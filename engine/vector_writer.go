package engine

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// vectorWriter writes the values of a column of an answer into a vector. Texts come into
// its dictionary when they are first seen.
type vectorWriter struct {
	vector *Vector
	column *plan.Column
	codes  map[string]uint32
	text   []byte
}

// newVectorWriter returns a writer of so many rows, all of them null until they are set.
func newVectorWriter(v *Vector, c *plan.Column, rows int) *vectorWriter {
	v.Type = c.Type
	v.Valid = zeroed(v.Valid, (rows+63)/64)
	w := &vectorWriter{vector: v, column: c}
	switch c.Type {
	case datasets.Number:
		v.Floats = zeroed(v.Floats, rows)
	case datasets.String:
		v.Codes, v.Dict, v.Unused = zeroed(v.Codes, rows), v.Dict[:0], 0
		w.codes = map[string]uint32{}
		if c.Variant {
			v.Types = zeroed(v.Types, rows)
		}
	default:
		v.Ints = zeroed(v.Ints, rows)
	}
	return w
}

// zeroed returns n zeros, in the memory of s if it is enough.
func zeroed[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// set writes a row's value; t is the type of a variant's.
func (w *vectorWriter) set(i int, value plan.Nullable, t datasets.Type) {
	if value.Null {
		return
	}
	v := w.vector
	v.Valid[i>>6] |= 1 << (i & 63)
	switch w.column.Type {
	case datasets.Number:
		v.Floats[i] = value.Float
	case datasets.String:
		text := value.Str
		if w.column.Variant {
			v.Types[i] = t
			w.text = value.AppendText(w.text[:0], t)
			text = string(w.text)
		}
		v.Codes[i] = w.code(text)
	default:
		v.Ints[i] = value.Int
	}
}

// code returns the place of a text in the dictionary.
func (w *vectorWriter) code(text string) uint32 {
	code, ok := w.codes[text]
	if !ok {
		code = uint32(len(w.vector.Dict))
		w.vector.Dict = append(w.vector.Dict, text)
		w.codes[text] = code
	}
	return code
}
